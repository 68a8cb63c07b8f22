"""Tables: the cells of a row, and all of them as monospaced text; pure."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from engram.core.markdown.inlines import inline

# No column is filled up with spaces beyond this width.
WIDEST = 40
_BARS = re.compile(r"`[^`]*`|\\\||\|")


def cells(line: str) -> list[str]:
    """The cells of a row; a bar in code or behind a backslash ends none."""
    row = line.strip()
    bars = [found.start() for found in _BARS.finditer(row) if found[0] == "|"]
    cells = [row[a + 1 : b].strip() for a, b in pairwise([-1, *bars, len(row)])]
    if bars and bars[0] == 0:
        del cells[0]
    if bars and bars[-1] == len(row) - 1 and len(cells) > 1:
        del cells[-1]
    return cells


def drawn(rows: Sequence[Sequence[str]], right: set[int], size: int) -> str:
    """A table in monospaced text, from the Markdown of its cells, which was `size` long.

    Columns in `right` are aligned there. One whose columns would need too much space has none.
    """
    texts = [[inline(cell).text.split("\n") for cell in row] for row in rows]
    widths: dict[int, int] = {}
    for row in texts:
        for column, cell in enumerate(row):
            widest = min(max(map(_width, cell)), WIDEST)
            widths[column] = max(widths.get(column, 1), widest)
    if sum(widths[column] for row in texts for column in range(len(row))) > 4 * size + 1000:
        widths = dict.fromkeys(widths, 1)
    lines = [line for row in texts for line in _row(row, widths, right)]
    head = len(_row(texts[0], widths, right))
    lines.insert(head, "  ".join("─" * widths[column] for column in range(len(texts[0]))))
    return "\n".join(lines)


def _row(cells: Sequence[Sequence[str]], widths: dict[int, int], right: set[int]) -> list[str]:
    lines = []
    for number in range(max((len(cell) for cell in cells), default=0)):
        filled = []
        for column, cell in enumerate(cells):
            text = cell[number] if number < len(cell) else ""
            gap = " " * (widths[column] - _width(text))
            filled.append(gap + text if column in right else text + gap)
        lines.append("  ".join(filled).rstrip())
    return lines


def _width(text: str) -> int:
    """How many columns `text` takes in a monospaced font."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)
