"""The figures of one column of a table, taken from cell after cell in little memory; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone

# Digits, with what people write around them: $1,234.50, 12 %, (3.5), 1e-7.
_NUMBER = re.compile(
    r"(?P<open>\()?(?:[-+−]?[$€£¥₿]?\s?|[$€£¥₿][-+−])"
    r"(?P<digits>\d[\d.,' \u00a0]{0,40}|[.,]\d{1,40})"
    r"(?P<power>[eE][-+]?\d{1,3})?\s?(?:%|[$€£¥₿])?\)?"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?")
# A comma before one, two or more than three digits separates no thousands.
_DECIMAL_COMMA = re.compile(r"[-+]?[\d.]{1,20},(?:\d{1,2}|\d{4,20})")
# Most numbers, which Python reads faster.
_PLAIN = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?")
# Times that are in order when their texts are (ISO 8601, and MetaTrader's dots).
_TIME = re.compile(r"\d{4}[-./]\d\d[-./]\d\d(?:[T ]\d\d:\d\d.{0,20})?")
_EPOCHS = ((1e9, 4.2e9, 1.0), (1e12, 4.2e12, 1e3), (1e15, 4.2e15, 1e6))
_TIME_WORDS = ("time", "date", "timestamp", "open_time", "close_time", "opened", "closed", "ts")
# Different texts of one column that are counted, and that are shown; characters of a cell.
MOST_TEXTS, SHOWN, LONG = 1000, 5, 60
# A column is one of numbers if so many of its cells are: there may be a "?" or a total.
MOSTLY = 0.9
_EMPTY = ("-", "n/a", "na", "nan", "null", "none")
_FULL = 5  # characters of a cell that cannot be one of these


def is_number(cell: str) -> bool:
    """Whether `cell` is a number, in whatever way people write it."""
    return number(cell.strip(), commas=False) is not None


def has_decimal_commas(cells: Iterable[str]) -> bool:
    """Whether 1,5 is one and a half in these cells."""
    return any(_DECIMAL_COMMA.fullmatch(cell.strip()) for cell in cells)


def number(cell: str, *, commas: bool) -> float | None:
    """The value of `cell`, None if it is no number; `commas` are decimal ones or in thousands."""
    if not commas and _PLAIN.fullmatch(cell):
        return float(cell)
    found = _NUMBER.fullmatch(cell) if len(cell) <= LONG else None
    if not found:
        return None
    digits = re.sub(r"['\s\u00a0]", "", found["digits"])
    if commas:
        digits = digits.replace(".", "").replace(",", ".") if "," in digits else digits
    elif "," in digits:
        if not _THOUSANDS.fullmatch(digits):
            return None
        digits = digits.replace(",", "")
    is_negative = bool(found["open"]) or cell.lstrip("$€£¥₿").startswith(("-", "−"))
    try:
        value = float(digits + (found["power"] or ""))
    except ValueError:
        return None
    return -value if is_negative else value


@dataclass
class Column:
    """What is known of the cells so far; cells are given with `take`."""

    name: str
    commas: bool = False
    cells: int = 0
    empty: int = 0
    first: str = ""
    last: str = ""
    # Of numbers: how many, their sum, the extremes as they are written.
    numbers: int = 0
    total: float = 0.0
    low: tuple[float, str] = (float("inf"), "")
    high: tuple[float, str] = (float("-inf"), "")
    # Of times that are texts.
    times: int = 0
    earliest: str = ""
    latest: str = ""
    texts: Counter[str] = field(default_factory=Counter)

    def take(self, cell: str) -> None:
        """Count `cell` in."""
        self.cells += 1
        if not cell or (len(cell) < _FULL and cell.lower() in _EMPTY):
            self.empty += 1
            return
        shown = cell if len(cell) <= LONG else f"{cell[: LONG - 1]}…"
        self.first, self.last = self.first or shown, shown
        value = number(cell, commas=self.commas)
        if value is not None and abs(value) < float("inf"):
            self.numbers += 1
            self.total += value
            if value < self.low[0]:
                self.low = value, shown
            if value > self.high[0]:
                self.high = value, shown
        elif _TIME.fullmatch(shown):
            self.times += 1
            self.earliest = min(self.earliest or shown, shown)
            self.latest = max(self.latest, shown)
        elif shown in self.texts or len(self.texts) < MOST_TEXTS:
            self.texts[shown] += 1

    def told(self) -> str:
        """The column in a line: its name, its kind and its figures."""
        filled = self.cells - self.empty
        ends = f"first {self.first}, last {self.last}"
        if not filled:
            said = "empty"
        elif self.numbers >= MOSTLY * filled:
            said = self._epochs() or self._figures(ends)
            others = filled - self.numbers
            said += f"; {others:,} cells that are no number" if others else ""
        elif self.times == filled:
            said = f"times from {self.earliest} to {self.latest}; {ends}"
        else:
            said = self._words(ends)
        missing = f"; {self.empty:,} empty cells" if filled and self.empty else ""
        return f"{self.name}: {said}{missing}"

    def _figures(self, ends: str) -> str:
        mean = f"{self.total / self.numbers:.6g}"
        extremes = f"numbers from {self.low[1]} to {self.high[1]}"
        return f"{extremes}; {ends}; mean {mean}, sum {self.total:.10g}"

    def _epochs(self) -> str:
        """Times that are seconds since 1970, or thousandths or millionths of them."""
        if not self.name.lower().replace(" ", "_").endswith(_TIME_WORDS):
            return ""
        for least, most, unit in _EPOCHS:
            if least <= self.low[0] and self.high[0] <= most:
                begin, end = (_utc(one[0] / unit) for one in (self.low, self.high))
                return f"times from {begin} to {end}; first {self.first}, last {self.last}"
        return ""

    def _words(self, ends: str) -> str:
        if self.numbers or self.times:
            return f"texts and numbers; {ends}"
        if len(self.texts) == MOST_TEXTS:
            return f"texts; {ends}"
        common = [f"{text} ({count:,})" for text, count in self.texts.most_common(SHOWN)]
        more = len(self.texts) - SHOWN
        said = f"texts: {', '.join(common)}"
        return f"{said} and {more:,} others; {ends}" if more > 0 else f"{said}; {ends}"


def _utc(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
