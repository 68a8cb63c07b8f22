"""`config.ini` and `.env` become one frozen `Settings`, with every mistake reported at once.

It may import core; dotenv is imported here alone. Begin reading with `settings`, which has every
key with its default and the way it is read; `load` reads the files, `reload` notices edits, and
`writing` sets single values in them.
"""
