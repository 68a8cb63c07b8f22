"""What a model wrote, in Markdown -> the text that people read, and its formatting; pure.

Nothing vanishes and nothing joins: a construct is formatting only where it cannot be anything else,
and everything else is text. A line end stays one. CommonMark reads a few things otherwise that
models write about markets: a minus sign, a comparison or an equation would lose characters. So
lists stay as they are written (`- 2.5 %`, `2024.`), but for `*` before a word, which becomes a
bullet unless an equation goes on there; `>` begins a quote only before a word, and where no
sentence goes on; cells that a table has no column for get one. The time is linear in the length of
the text.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from engram.core.markdown.inlines import Formatted, Span, inline
from engram.core.markdown.marks import is_digit
from engram.core.markdown.tables import cells, drawn

RULE = "———"
BULLET = "•"
_FENCE = re.compile(
    r"(?P<indent>[ \t]*)(?P<marks>`{3,}(?=[^`]*$)|~{3,}(?=[ \t]*[\w+#.-]*$))(?P<info>.*)"
)
_LANGUAGE = re.compile(r"[A-Za-z][\w+#.-]{0,30}")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(?=\S)")
_STAR = re.compile(r"[ \t]*\*[ \t]+(?=\S)")
_QUOTED = re.compile(r" {0,3}>[ \t]?")
_LETTER = re.compile(r"[^\W_]")
# How a line ends, or a heading begins, after which a quote may stand without a blank line.
_ANNOUNCES = (":", "：", "**")


def formatted(markdown: str, *, growing: bool = False) -> Formatted:
    """Format `markdown`; with `growing` it is the beginning of a text that is still written.

    Marks that stand at the end of a growing text, or wait there for their counterpart, are not
    shown. The text is blank only if `markdown` is, or if there is nothing but such marks.
    """
    lines = markdown.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    page = _Page(lines, growing)
    page.read()
    found = page.formatted()
    if found.text or growing:
        return found
    return Formatted(markdown.strip())


def closed(markdown: str) -> str:
    """`markdown` with its last block of code closed, so that what is appended stands outside."""
    fence = ""
    for line in markdown.split("\n"):
        if fence:
            fence = "" if _closes(line, fence) else fence
        elif opened := _FENCE.fullmatch(line):
            fence = opened["marks"]
    return f"{markdown.rstrip()}\n{fence}" if fence else markdown


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and not bare.strip(fence[0])


def _is_prose(text: str) -> bool:
    """Whether a letter comes before any digit: a sign before `text` is none of arithmetic."""
    first = _LETTER.search(text)
    return first is not None and not is_digit(first[0])


class _Page:
    """Reads blocks, line by line, and writes their text. `in_quote`: there are no quotes in it."""

    def __init__(self, lines: Sequence[str], growing: bool, in_quote: bool = False) -> None:
        self._lines = lines
        self._growing = growing
        self._in_quote = in_quote
        self._at = 0
        # The line before, if it is a line of text; of an equation over several lines the first.
        self._before = ""
        self._parts: list[str] = []
        self._length = 0
        self._spans: list[Span] = []

    def read(self) -> None:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line.strip():
                self._blank()
            elif not (self._code(line) or self._table(line) or self._quote(line)):
                self._at += 1
                self._line(line)

    def formatted(self) -> Formatted:
        text = "".join(self._parts).rstrip()
        # Only white space has been cut off, which may leave a span behind it.
        spans = (replace(one, end=min(one.end, len(text))) for one in self._spans)
        return Formatted(text, tuple(one for one in spans if one.end > one.start))

    def _write(self, block: Formatted, style: str = "", language: str = "") -> None:
        """Append `block` on a line of its own; all of it has `style`, if any."""
        start = self._length
        if style:
            self._spans.append(Span(start, start + len(block.text), style, language))
        self._spans += [one.moved(start) for one in block.spans]
        self._parts += [block.text, "\n"]
        self._length += len(block.text) + 1

    def _blank(self) -> None:
        """One blank line at most, and none at the beginning."""
        self._at += 1
        self._before = ""
        if self._parts and self._parts[-2:] != ["", "\n"]:
            self._write(Formatted(""))

    def _ends(self) -> bool:
        """Whether the text ends, and still grows, where it is read now."""
        return self._growing and self._at >= len(self._lines)

    def _line(self, line: str) -> None:
        """A heading, a rule, or a line of text, which may begin with a bullet."""
        growing, bare = self._ends(), line.strip()
        if growing and not bare.strip("#*>`~|"):
            return
        if len(bare) >= 3 and bare[0] in "-*_" and not bare.strip(bare[0]):
            self._write(Formatted(RULE))
        elif heading := _HEADING.match(line):
            self._write(inline(line[heading.end() :].rstrip(), growing=growing, style="bold"))
        else:
            star = _STAR.match(line)
            if star and _is_prose(line[star.end() :]) and "=" not in self._before:
                line = line.replace("*", BULLET, 1)
            self._write(inline(line.rstrip(), growing=growing))
        if not ("=" in self._before and bare[0] in "+-*/"):
            self._before = line

    def _code(self, line: str) -> bool:
        fence = _FENCE.fullmatch(line)
        if fence is None:
            return False
        begin = self._at
        self._at += 1
        body = []
        is_closed = False
        while self._at < len(self._lines) and not is_closed:
            inner = self._lines[self._at]
            is_closed = _closes(inner, fence["marks"])
            body.append(inner.removeprefix(fence["indent"]))
            self._at += 1
        half = body[-1].strip() if body else ""
        if is_closed or (self._ends() and half and not half.strip(fence["marks"][0])):
            del body[-1]
        info = fence["info"].strip()
        language = info if _LANGUAGE.fullmatch(info) else ""
        text = "\n".join(body if language or not info else [info, *body]).strip("\n").rstrip()
        if text:
            self._write(Formatted(text), "pre", language)
        elif not self._ends():
            self._write(Formatted("\n".join(self._lines[begin : self._at])))
        self._before = ""
        return True

    def _quote(self, line: str) -> bool:
        sign = _QUOTED.match(line)
        if self._in_quote or sign is None or not sign[0].endswith((" ", "\t")):
            return False
        before = self._before.strip()
        is_apart = not before or before.startswith("#") or before.endswith(_ANNOUNCES)
        if not (is_apart and _is_prose(line[sign.end() :])):
            return False
        inner = []
        while self._at < len(self._lines) and (sign := _QUOTED.match(self._lines[self._at])):
            inner.append(self._lines[self._at][sign.end() :])
            self._at += 1
        page = _Page(inner, self._ends(), in_quote=True)
        page.read()
        self._write(page.formatted(), "blockquote")
        self._before = ""
        return True

    def _table(self, line: str) -> bool:
        if "|" not in line:
            return False
        following = self._lines[self._at + 1 : self._at + 2]
        marks = cells(following[0]) if following else []
        head = cells(line)
        if not self._heads_table(line, head, following, marks):
            return False
        begin = self._at
        self._at += 2
        rows = [head]
        while self._at < len(self._lines) and "|" in self._lines[self._at]:
            rows.append(cells(self._lines[self._at]))
            self._at += 1
        right = {column for column, mark in enumerate(marks) if mark.endswith("-:")}
        size = sum(len(one) for one in self._lines[begin : self._at])
        self._write(Formatted(drawn(rows, right, size)), "pre")
        self._before = ""
        return True

    def _heads_table(
        self, line: str, head: list[str], following: Sequence[str], marks: list[str]
    ) -> bool:
        """Whether a table begins with `line`: dashes follow for each column, or may yet follow."""
        are_dashes = all("-" in mark and not mark.strip(":-") for mark in marks)
        if following and "|" in following[0] and len(marks) == len(head) and are_dashes:
            return True
        is_end = self._growing and self._at + 2 >= len(self._lines)
        rest = following[0].strip() if following else ""
        return is_end and line.lstrip().startswith("| ") and not rest.strip("|:- ")
