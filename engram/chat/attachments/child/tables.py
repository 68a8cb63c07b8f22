"""A CSV file -> its figures, its first and its last rows: a model cannot count a thousand lines.

`table_of` finds the delimiter and reads the rows once; `columns` knows what is in each column.
"""

from __future__ import annotations

import csv
import io
import itertools
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from engram.chat.attachments.child.columns import Column, has_decimal_commas, is_number
from engram.chat.attachments.child.refusals import RefusedError, Why

DELIMITERS = (",", ";", "\t", "|")
# So many rows, of so many characters, tell what a file looks like.
SAMPLE, SAMPLED = 50, 200_000
# What is shown of a table, and of a cell: rows, columns, characters.
HEAD, TAIL, SHORT, WIDE, LONG = 10, 5, 30, 40, 80
# Lines above a table that are no rows of it.
MOST_ABOVE = 20
# Fewer characters than that are shown whole.
WHOLE = 4000
# Seconds after which no other row is counted.
ENOUGH = 6.0
_CHECKED = 1000  # rows between two looks at the clock

# Characters of a cell. One that is longer comes from a quote that nobody closed.
csv.field_size_limit(100_000)


@dataclass
class Table:
    """What is known of a table: `rows` without the header, and whether all of them were read.

    `above` are the lines that stand before it, such as a title.
    """

    delimiter: str
    above: list[list[str]]
    columns: list[Column]
    has_header: bool
    rows: int = 0
    is_whole: bool = True
    head: list[list[str]] = field(default_factory=list)
    tail: deque[list[str]] = field(default_factory=lambda: deque(maxlen=TAIL))


def table_of(text: str, *, surely: bool) -> Table | None:
    """The table in `text`; None if it is none, or not `surely` one, as every text has commas."""
    # Excel's own first line.
    text = text.partition("\n")[2] if text[:4].lower() == "sep=" else text
    # Without its last line, which is not whole; a file without line ends is no table.
    sample = text if len(text) < SAMPLED else text[:SAMPLED].rpartition("\n")[0]
    for quoted in (True, False):
        try:
            delimiter = _delimiter(sample, surely=surely, quoted=quoted)
            return _read(text, delimiter, quoted=quoted) if delimiter else None
        except csv.Error:
            continue
    return None


def is_short(table: Table, text: str) -> bool:
    """Whether all rows of the table, which is in `text`, are shown."""
    return table.is_whole and table.rows <= SHORT and len(text) <= WHOLE


def described(table: Table, text: str) -> str:
    """What a model is given of a table."""
    lines = [f"A table of {table.rows:,} rows and {len(table.columns)} columns."]
    if not table.is_whole:
        lines.append("The file goes on: these are its first rows, and all figures are theirs.")
    lines += [f"Above it: {_line(row)}" for row in table.above]
    lines += [f"- {column.told()}" for column in table.columns[:WIDE]]
    if len(table.columns) > WIDE:
        lines.append(f"- and {len(table.columns) - WIDE} more columns")
    if is_short(table, text):
        return "\n".join([*lines, "All rows:", text.strip()])
    head = [column.name for column in table.columns] if table.has_header else None
    shown = [*filter(None, [head]), *table.head]
    lines += [f"The first {len(table.head)} rows:", *(_line(row) for row in shown)]
    if table.is_whole and table.tail:
        lines += [f"The last {len(table.tail)} rows:", *(_line(row) for row in table.tail)]
    return "\n".join(lines)


def _line(row: list[str]) -> str:
    cells = (" ".join(cell[: 2 * LONG].split()) for cell in row[:WIDE])
    return " | ".join(cell if len(cell) <= LONG else f"{cell[: LONG - 1]}…" for cell in cells)


def _rows(text: str, delimiter: str, *, quoted: bool) -> Iterator[list[str]]:
    """The rows that are not empty."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        skipinitialspace=True,
    )
    return (row for row in reader if any(cell.strip() for cell in row))


def _delimiter(text: str, *, surely: bool, quoted: bool) -> str:
    """What stands between the cells: it makes the most of equally long rows; "" for no table."""
    best, found = 0.0, ""
    for delimiter in DELIMITERS:
        rows = _rows(text, delimiter, quoted=quoted)
        widths = [len(row) for row in itertools.islice(rows, SAMPLE)]
        usual = _usual(widths)
        equal = widths.count(usual) / len(widths) if widths else 0.0
        needed = 0.5 if surely else 1.0
        if usual > 1 and equal >= needed and (surely or (usual > 2 and len(widths) > 2)):
            score = equal * usual
            best, found = (score, delimiter) if score > best else (best, found)
    if not found and surely and text.strip():
        return ","  # a single column
    return found


def _read(text: str, delimiter: str, *, quoted: bool) -> Table:
    rows = _rows(text, delimiter, quoted=quoted)
    sample = list(itertools.islice(rows, SAMPLE))
    if not sample:
        raise RefusedError(Why.EMPTY)
    usual = _usual([len(row) for row in sample])
    # Brokers put their name and the account above the table.
    above = list(itertools.takewhile(lambda row: len(row) < usual, sample[:MOST_ABOVE]))
    sample = sample[len(above) :]
    has_header = _has_header(sample)
    names = sample[0] if has_header else []
    commas = delimiter != "," and has_decimal_commas(cell for row in sample for cell in row)
    columns = [Column(_name(names, at), commas) for at in range(max(usual, len(names)))]
    table = Table(delimiter, above, columns, has_header)
    until = time.monotonic() + ENOUGH
    for row in itertools.chain(sample[has_header:], rows):
        if table.rows % _CHECKED == 0 and time.monotonic() > until:
            table.is_whole = False
            break
        _take(table, row)
    return table


def _usual(widths: list[int]) -> int:
    """How many cells most rows have."""
    return max(set(widths), key=widths.count, default=0)


def _take(table: Table, row: list[str]) -> None:
    table.rows += 1
    if len(table.head) < HEAD:
        table.head.append(row[:WIDE])
    else:
        table.tail.append(row[:WIDE])
    # What is beyond the columns of the first rows belongs to none of them.
    for column, cell in zip(table.columns[:WIDE], row, strict=False):
        column.take(cell.strip())


def _has_header(sample: list[list[str]]) -> bool:
    """Whether the first row names what is below it: words, where others have numbers."""
    first, others = sample[0], sample[1:]
    if not others or any(is_number(cell) for cell in first):
        return False
    return any(is_number(cell) for row in others for cell in row) or all(
        cell and first.count(cell) == 1 for cell in first
    )


def _name(names: list[str], at: int) -> str:
    name = " ".join(names[at].split())[:LONG] if at < len(names) else ""
    return name or f"column {at + 1}"
