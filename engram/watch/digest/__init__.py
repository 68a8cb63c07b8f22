"""The digest: when one is due, what it says, and what has it be made.

Begin reading with `schedule`; `making` gathers what a digest says, and `rounds` looks what is due.
"""
