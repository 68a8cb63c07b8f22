"""The terminal front end: lines of standard input are questions, and answers are printed.

It may import core, storage and chat; rich is imported here alone. Begin reading with `console`.
"""
