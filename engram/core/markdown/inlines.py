"""One line of Markdown -> its text, and where that is bold, italic, struck out or code; pure.

No character is taken out but the marks of formatting that is applied: a mark without its
counterpart is text, and so is `*` or `_` inside a word or beside a digit. Only `**` may have a
digit on its inner side, where prices stand (`**64,000**`). HTML, backslashes and LaTeX are text.
The time is linear in the length of the line.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate, pairwise

from engram.core.markdown.marks import closes, is_word, opens

STYLES = {
    "*": ("italic",), "_": ("italic",), "**": ("bold",), "__": ("bold",), "***": ("bold", "italic"),
    "~~": ("strikethrough",),
}  # fmt: skip
# More marks than these are not open at once: of more, the oldest stay text.
DEPTH = 8
# Other marks between a mark and what it stands beside count as nothing, up to so many.
NEAR = 8
# What one begins with is looked for first: most of a text is none.
_TOKEN = re.compile(
    r"(?=[`*_~<!\[h])(?:(?P<code>`+)|(?P<mark>\*+|_+|~~+)|(?P<end><br ?/?>)"
    r"|!?\[(?P<label>[^\[\]]{1,500})\]\((?P<address>https?://[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)"
    r"(?:[ ]+\"(?P<title>[^\"]{0,500})\")?\)"
    r"|https?://[^\s`*<>()\[\]|]+)",
    re.IGNORECASE,
)
_HALF_LINK = re.compile(r"!?\[(?P<label>[^\[\]]{1,500})\]\((?P<address>https?://[^\s()<>]*)$")
# What is not only space and signs: without any, marks are text, as in `*.*`.
_CONTENT = re.compile(r"[^\s!-/:-@\[-`{-~]")
# A power and what stands beside it: `10 **2** 3`, `2 **x** 3`; one of the first two is a number.
_POWER = re.compile(r"(?:[\d)\]][ ]*\*\*(?:[\d.,]+|[A-Za-z])|\b[b-zB-HJ-Z][ ]*\*\*[\d.,]+)\*\*")
_EXPONENT = re.compile(r"[ ]*(?:[\d(]|[A-Za-z]\b)")
# A name in a program, such as `__init__`.
_NAME = re.compile(r"[a-z0-9_.]+")


@dataclass(frozen=True, slots=True)
class Span:
    """Formatting of the characters from `start` up to `end` of a text.

    `style` is the name of one of Telegram's entities: "bold", "italic", "strikethrough", "code",
    "blockquote" or "pre", a block of code in `language` or a table.
    """

    start: int
    end: int
    style: str
    language: str = ""

    def moved(self, by: int) -> "Span":
        """The same in a text that has `by` more characters before it."""
        return Span(self.start + by, self.end + by, self.style, self.language)


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text as people read it, with its formatting: outer spans before inner ones."""

    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class _Open:
    """A mark that may begin formatting: the number of its piece, and its end in the source."""

    mark: str
    piece: int
    end: int


def inline(source: str, *, growing: bool = False, style: str = "") -> Formatted:
    """Format `source`, which is a line; all of it has `style`, if any.

    `growing` tells that the line has not ended: what is open at its end counts as closed there,
    and a mark with which it ends is left out until what follows tells what it means.
    """
    if _TOKEN.search(source):
        return _Line(source, growing).formatted(style)
    return Formatted(source, (Span(0, len(source), style),) if style and source else ())


class _Line:
    """Reads one line from left to right into pieces, which become its text."""

    def __init__(self, source: str, growing: bool) -> None:
        self._source = source
        self._growing = growing
        self._pieces: list[str] = []
        # Ranges of pieces.
        self._spans: list[Span] = []
        self._codes: list[int] = []
        self._open: list[_Open] = []
        # Up to where in the source there is more than space and signs.
        self._content = 0

    def formatted(self, style: str) -> Formatted:
        self._read()
        for one in reversed(self._open if self._growing else []):
            if self._content > one.end:
                self._close(one)
        if style:
            self._spans = [one for one in self._spans if one.style != style]
            self._style(0, (style,))
        offsets = list(accumulate(map(len, self._pieces), initial=0))
        spans = {Span(offsets[one.start], offsets[one.end], one.style) for one in self._spans}
        kept = sorted(spans, key=lambda one: (one.start, -one.end, one.style))
        return Formatted("".join(self._pieces), tuple(one for one in kept if one.end > one.start))

    def _read(self) -> None:
        source, at = self._source, 0
        half = _HALF_LINK.search(source, source.rfind("[") - 1) if self._growing else None
        tokens = list(_TOKEN.finditer(source, 0, half.start() if half else len(source)))
        closing = _counterparts(tokens)
        index = 0
        while index < len(tokens):
            token = tokens[index]
            self._text(at, token.start())
            at, index = token.end(), index + 1
            if token["code"]:
                end = tokens[closing[index - 1]] if index - 1 in closing else None
                if end and self._is_code(token.start(), token.end(), end.start(), end.end()):
                    self._code(token.end(), end.start())
                    at, index = end.end(), closing[index - 1] + 1
                elif self._growing and self._is_code(token.start(), at, len(source), len(source)):
                    self._code(at, len(source))
                    return
                else:
                    self._held(token)
            elif token["mark"]:
                self._mark(token)
            elif token["label"]:
                self._link(token)
            else:
                self._pieces.append("\n" if token["end"] else token[0])
                self._content = at
        self._text(at, half.start() if half else len(source))
        if half:
            self._link(half)

    def _text(self, start: int, end: int) -> None:
        self._pieces.append(self._source[start:end])
        if _CONTENT.search(self._source, start, end):
            self._content = end

    def _code(self, start: int, end: int) -> None:
        if self._source[start] == self._source[end - 1] == " ":
            start, end = start + 1, end - 1
        self._codes.append(len(self._pieces))
        self._spans.append(Span(len(self._pieces), len(self._pieces) + 1, "code"))
        self._text(start, end)

    def _link(self, token: re.Match[str]) -> None:
        """A link's text and then its address: who sees both knows where it leads."""
        label, address = token["label"], token["address"]
        named = inline(label)
        first = len(self._pieces)
        self._pieces += [named.text[a:b] for a, b in pairwise(_cuts(named))]
        cuts = {cut: first + number for number, cut in enumerate(_cuts(named))}
        self._spans += [Span(cuts[one.start], cuts[one.end], one.style) for one in named.spans]
        self._codes += [cuts[one.start] for one in named.spans if one.style == "code"]
        title = token.groupdict().get("title")
        said = address if title is None else f'{address} "{title}"'
        if label != address or title is not None:
            self._pieces.append(f" ({said})")
        self._content = token.end()

    def _mark(self, token: re.Match[str]) -> None:
        """Begin or end formatting; a mark that can do neither is text."""
        mark = token[0]
        if mark in STYLES:
            left = self._source[max(token.start() - NEAR, 0) : token.start()]
            right = self._source[token.end() : token.end() + NEAR]
            before = left.rstrip("*_~")[-1:] or left[NEAR - 1 :]
            after = right.lstrip("*_~")[:1] or right[NEAR - 1 :]
            if closes(mark, before, after) and self._closed(token):
                return
            if opens(mark, before, after):
                self._open = [*self._open, _Open(mark, len(self._pieces), token.end())][-DEPTH:]
        self._held(token)

    def _closed(self, token: re.Match[str]) -> bool:
        """Whether there was something to close, which is closed then."""
        for index in reversed(range(len(self._open))):
            one = self._open[index]
            if one.mark == token[0]:
                del self._open[index:]
                is_name = one.mark == "__" and _NAME.fullmatch(self._source, one.end, token.start())
                if self._content <= one.end or is_name or self._is_power(one, token):
                    return False
                self._close(one)
                return True
        return False

    def _is_power(self, one: _Open, token: re.Match[str]) -> bool:
        """Whether the marks stand between numbers or variables, as signs of arithmetic do."""
        start = one.end - len(one.mark)
        before = self._source[max(0, start - NEAR) : start].rstrip(" ")
        base = max(0, start - NEAR) + len(before) - 1
        return one.mark == "**" and bool(
            before
            and _POWER.fullmatch(self._source, base, token.end())
            and _EXPONENT.match(self._source, token.end())
        )

    def _close(self, one: _Open) -> None:
        self._pieces[one.piece] = ""
        self._style(one.piece, STYLES[one.mark])

    def _style(self, start: int, styles: tuple[str, ...]) -> None:
        """Format all pieces from `start` on but code, which has no other formatting."""
        end = len(self._pieces)
        codes = self._codes[bisect_left(self._codes, start) :]
        for a, b in pairwise([start - 1, *codes, end]):
            self._spans += [Span(a + 1, b, style) for style in styles]

    def _held(self, token: re.Match[str]) -> None:
        """Take the mark as text, unless it may be the first half of one that is still growing."""
        is_last = self._growing and token.end() == len(self._source)
        self._pieces.append("" if is_last else token[0])

    def _is_code(self, start: int, opened: int, closed: int, end: int) -> bool:
        """Whether backticks enclose code: there is some, and it would join no word around it."""
        before, after = self._source[max(start - 1, 0) : start], self._source[end : end + 1]
        if before == "\\" or is_word(before) or is_word(after):
            return False
        return re.compile(r"\S").search(self._source, opened, closed) is not None


def _counterparts(tokens: list[re.Match[str]]) -> dict[int, int]:
    """For each run of backticks the number of the next run of the same length."""
    found: dict[int, int] = {}
    latest: dict[int, int] = {}
    for index in reversed(range(len(tokens))):
        if run := tokens[index]["code"]:
            if len(run) in latest:
                found[index] = latest[len(run)]
            latest[len(run)] = index
    return found


def _cuts(named: Formatted) -> list[int]:
    edges = {edge for one in named.spans for edge in (one.start, one.end)}
    return sorted({0, len(named.text), *edges})
