"""The terminal front end: lines of standard input are questions, and answers are printed.

It may import core, storage and chat; rich and prompt_toolkit are imported here alone. Begin reading
with `console`.
"""
