"""Walks over recorded candles as the bot would have, and counts what came true.

`python3 -m tests.study --help` says how to run it; docs/signals.md says what was found. Begin
reading in `walk`, which turns candles into cases; `counts` makes frequencies and intervals of them,
`results` the tables.
"""
