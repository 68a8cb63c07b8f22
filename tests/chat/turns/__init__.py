"""From the words of a person to the turn that is remembered."""
