"""What a text has to be before it is shown or sent: without halves of characters, in one line."""
