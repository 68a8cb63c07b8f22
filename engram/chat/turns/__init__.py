"""What is said in a conversation: from the words of a person to the turn that is remembered.

Begin reading with `said`, which is what every answer begins with.
"""
