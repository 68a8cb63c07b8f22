"""`config.ini` and `.env` become one frozen `Settings`, with every mistake reported at once.

It may import core; dotenv comes in here. Begin with `settings`, where every key stands with its
default and with how it is read; `load` reads the files, `reload` notices edits of them.
"""
