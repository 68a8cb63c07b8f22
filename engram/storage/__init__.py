"""What outlives the process: one SQLite file.

It may import core; sqlite3 and filelock are imported here alone. Begin reading with `schema`, which
has all tables, and `store`, which says what is safe after a crash. Each other module owns the
tables that it names, and no other module reads or writes them.
"""
