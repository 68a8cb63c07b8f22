"""Damages single rows of a store, as SQLite itself never would."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

# What may be in a column of any type; the last is no UTF-8.
TEXTS = [
    "",
    "x",
    "{",
    "[",
    "[" * 100_000,
    "null",
    "[1",
    '{"update_id": "x"}',
    "9" * 5000,
    "\0",
    "é",
]
ODD: list[Any] = [None, -1, 2**62, 0.5, 1e308, float("inf"), b"", b"\xff\xfe\x00", *TEXTS]
BROKEN_TEXT, HUGE = "CAST(X'c328ff' AS TEXT)", "CAST(zeroblob(10000000) AS TEXT)"
EXPRESSIONS = [BROKEN_TEXT, HUGE]


def damage(file: Path, table: str, column: str, value: Any, where: str = "1") -> None:
    """Set a `column` of the rows `where` to `value`, or to what the SQL in `EXPRESSIONS` gives."""
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        with_constraints = db.execute("SELECT name, sql FROM sqlite_master").fetchall()
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '')")
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        is_sql = value in EXPRESSIONS if isinstance(value, str) else False
        put = value if is_sql else "?"
        values = () if is_sql else (value,)
        # Names of our own tables.
        db.execute(f"UPDATE OR IGNORE {table} SET {column} = {put} WHERE {where}", values)  # noqa: S608
        db.execute("PRAGMA writable_schema = ON")
        sql = "UPDATE sqlite_master SET sql = ? WHERE name = ?"
        db.executemany(sql, [(text, name) for name, text in with_constraints])
