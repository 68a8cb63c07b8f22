"""What outlives the process: one SQLite file.

It may import core; sqlite3 and filelock come in here. Begin with `store`, which holds the tables
and says what is safe after a crash; every other module is one table's owner.
"""
