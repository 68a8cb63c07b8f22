"""A text file -> what a model is given of it: its text, or the figures of a table; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engram.chat.attachments.child.plain import cut, text_of
from engram.chat.attachments.child.tables import described, is_short, table_of

if TYPE_CHECKING:
    from engram.chat.attachments.child.work import Opened, Reader

# A file with such a name is a table if it can be read as one.
TABLES = ("csv", "tsv")
# Such a text is a table if every line says so.
PERHAPS = ("txt", "")


def reader_of(ending: str) -> Reader:
    """What reads a file whose name ends with `ending`, which has no dot."""

    def read(data: bytes) -> Opened:
        text = text_of(data)
        if ending in TABLES or ending in PERHAPS:
            table = table_of(text, surely=ending in TABLES)
            if table:
                content, left = cut(described(table, text))
                unseen = 0 if is_short(table, text) else table.rows
                return {"rows": unseen, "goes_on": not table.is_whole, "left": left}, content
        content, left = cut(text)
        return {"left": left}, content

    return read
