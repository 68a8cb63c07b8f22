"""The candles in a text that a model was given, in either of the forms that prompts have; pure.

Prompts tell how the last candles went in percent from the price; those of conversations that are
older than this form have a row of prices for each candle.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

Candle = tuple[float, ...]

_PLAIN = r" (\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,2})?)"
_ROW = re.compile(rf"^\d{{4}}-\d{{2}}-(\d{{2}})T(\d{{2}}:\d{{2}}){4 * _PLAIN} (\S+)$", re.MULTILINE)
# Before the price of a market; its line is above the course of its candles.
PRICE = "Price: "
_PRICE = re.compile(rf"{PRICE}(\d[\d,]{{0,24}}(?:\.\d{{1,20}})?)(?![\d,])")
_CHANGE = r"[+-]\d{1,6}(?:\.\d{1,2})?"
# As `chat/prompts.py` writes it.
_COURSE = re.compile(
    rf"^The last \d{{1,3}} candles?, high low close in % from the price:"
    rf"((?:\n{_CHANGE} {_CHANGE} {_CHANGE}(?=\n|$)){{1,500}})",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class CandlesInText:
    """Candles (open, high, low, close), the latest last, and where numbers stand in their rows.

    `at` has those whose time was told, by their time of day, 08:00, and by the day of the month,
    02. `changes` are spans of the text in which each number is a percentage, and `levels` the
    prices that follow from these. `volumes` are where the volumes begin that were told.
    """

    rows: Sequence[Candle]
    at: dict[str, list[Candle]]
    changes: Sequence[tuple[int, int]]
    levels: Sequence[float]
    volumes: dict[int, str]


def candles_in(text: str) -> CandlesInText:
    """The candles in `text`."""
    rows: list[Candle] = []
    at: dict[str, list[Candle]] = {}
    volumes: dict[int, str] = {}
    for found in _ROW.finditer(text):
        day, time, *prices, volume = found.groups()
        volumes[found.start(7)] = volume
        candle = tuple(map(float, prices))
        if all(candle):
            rows.append(candle)
            at.setdefault(day, []).append(candle)
            at.setdefault(time, []).append(candle)
    courses = list(_COURSE.finditer(text))
    told = list(chain.from_iterable(_told(text, course) for course in courses))
    levels = [level for row in told for level in row[1:]]
    return CandlesInText([*rows, *told], at, [one.span(1) for one in courses], levels, volumes)


def price_above(text: str, end: int) -> float:
    """The price of the market of which `text` speaks at `end`; 0 where none is stated."""
    stated = _PRICE.match(text, max(0, text.rfind(PRICE, 0, end)))
    return float(stated[1].replace(",", "")) if stated else 0.0


def _told(text: str, course: re.Match[str]) -> list[Candle]:
    """The candles of a `course`, from the price above it; each opened at the close before it."""
    price = price_above(text, course.start())
    lines = course[1].split("\n")[1:]
    rows = [[price * (1 + float(one) / 100) for one in line.split()] for line in lines]
    closes = [row[2] for row in rows]
    found = [(start, *row) for start, row in zip([closes[0], *closes], rows, strict=False)]
    return [row for row in found if all(row)]
