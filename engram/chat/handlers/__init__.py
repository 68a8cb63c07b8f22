"""What answers commands and questions, from the `Parts`, what was said, and the words of it.

Begin reading with `parts`, which says what a handler may use; `table` names the handler of each
command.
"""
