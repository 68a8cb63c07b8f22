"""The terminal front end: lines of standard input become questions, events become text.

It may import core, storage and chat; rich comes in here. Begin with `console`.
"""
