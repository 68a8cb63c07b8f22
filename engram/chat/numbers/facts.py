"""What somebody knows about markets who has read a text; pure."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from engram.chat.numbers import words
from engram.chat.numbers.candles import Candle, candles_in, price_above
from engram.chat.numbers.reading import NumberInText, numbers_in

# "RSI 14" is a name.
PERIOD = 14
# So many numbers behind the name of a level, and so many values of one name.
BEHIND, MOST = 8, 6
# Prices are within these multiples of the current one; other numbers are distances or amounts.
LOWEST, HIGHEST = 0.4, 2.5
# So many current prices and ATRs, the latest: a conversation may speak of several markets.
LATEST = 6
# As `market/panel/figures.py` writes them.
_BANDS = re.compile(r"\bbands ([+-]\d{1,6}\.\d) %(?: and ([+-]\d{1,6}\.\d) %)?")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Frequencies:
    """What was said of how often something happens, all in percent, each once.

    `rates` are pairs: how often signals came true, and how often the same happened by chance.
    `odds` are of anything, `inside` is the share of closes that a range holds.
    """

    rates: Sequence[tuple[float, float]]
    odds: Sequence[float]
    inside: Sequence[float]


@dataclass(frozen=True, slots=True)
class Facts:
    """The numbers of a text: all values and all percentages, in order, and what some of them are.

    `times` are multiples of an average, `indicators` values by the name of the indicator, `levels`
    by the names in `words.LEVELS`, each the latest first. `volumes` are those of candles, and no
    `values`. `prices` are current prices, `ranges` ATRs. `candles` (open, high, low, close) whose
    time was told are by their time of day, 08:00, and by the day of the month, 02. Of all of them
    `swings` hold the lowest and the highest price, `last` is the last one, and `whole` is one from
    the first close to the last.
    """

    values: Sequence[float]
    percents: Sequence[float]
    times: Sequence[float]
    indicators: dict[str, Sequence[float]]
    levels: dict[str, Sequence[float]]
    volumes: Sequence[float]
    prices: Sequence[float]
    ranges: Sequence[float]
    candles: dict[str, list[Candle]]
    swings: Sequence[tuple[float, float]]
    last: Candle
    whole: Candle
    often: Frequencies


def facts_in(text: str) -> Facts:
    """The facts in `text`."""
    numbers = list(numbers_in(text))
    apart = {part.start for number in numbers if number.certain for part in number.parts}
    candles = candles_in(text)
    numbers = [
        replace(number, percent=True) if _is_within(number, candles.changes) else number
        for number in numbers
        if number.parts or number.start not in apart
    ]
    indicators: dict[str, set[float]] = {}
    claims = indicator_values(text, numbers)
    for number in numbers:
        if number.start in claims:
            indicators.setdefault(claims[number.start], set()).add(number.value)
    rows, volumes = candles.rows, candles.volumes
    swings = [(min(row[2] for row in rows), max(row[1] for row in rows))] if rows else []
    values = [one for one in numbers if not one.percent and one.start not in volumes]
    prices = _after(r"\bPrice:?\s*$", text, numbers)
    levels = _levels(text, numbers, prices)
    if bands := _bands(text):
        levels["band"] = [*bands, *levels.get("band", ())][:MOST]
    told = [one.value for number in values for one in number.readings]
    return Facts(
        values=sorted([*told, *candles.levels, *bands]),
        volumes=sorted(one.value for n in numbers if n.start in volumes for one in n.readings),
        percents=sorted(one.value for n in numbers if n.percent for one in n.readings),
        times=[number.value for number in numbers if number.times],
        indicators={name: sorted(values) for name, values in indicators.items()},
        levels=levels,
        prices=prices,
        ranges=_after(r"\bATR(?: 14)?:?\s*$", text, numbers),
        candles=candles.at,
        swings=swings,
        last=rows[-1] if rows else (),
        whole=(rows[0][3], swings[0][1], swings[0][0], rows[-1][3]) if rows else (),
        often=_frequencies(text),
    )


def _is_within(number: NumberInText, spans: Sequence[tuple[int, int]]) -> bool:
    i = bisect_left(spans, (number.start, number.start))
    return i > 0 and number.start < spans[i - 1][1]


def indicator_values(text: str, numbers: Iterable[NumberInText]) -> dict[int, str]:
    """Where numbers begin that are said to be the value of an indicator, with its name."""
    at = {number.start: number for number in numbers if not number.percent}
    claims: dict[int, str] = {}
    for name in words.INDICATOR.finditer(text):
        between = words.IS.match(text, name.end())
        number = at.get(between.end()) if between else None
        if number and number.value != PERIOD and not words.OPERATOR.match(text, number.end):
            claims[number.start] = name[0].upper()
    return claims


def _frequencies(text: str) -> Frequencies:
    rates = [(float(rate), float(chance)) for rate, chance in words.RATES.findall(text)]
    records = (map(int, one) for one in words.RECORD.findall(text))
    rates += [(100 * right / n, 100 * chance / n) for n, right, chance in records if n]
    odds, inside = (map(float, one.findall(text)) for one in (words.ODDS, words.INSIDE))
    return Frequencies(_last(rates), _last(odds), _last(inside))


def _last(found: Iterable[T]) -> Sequence[T]:
    return list(dict.fromkeys(found))[-MOST:]


def _levels(
    text: str, numbers: Sequence[NumberInText], prices: Sequence[float]
) -> dict[str, Sequence[float]]:
    """The numbers that follow the name of a level on its line, by the name."""
    levels: dict[str, list[float]] = {}
    starts = [number.start for number in numbers]
    names = list(words.LEVELS.finditer(text))
    nexts = [*(name.start() for name in names[1:]), len(text)]
    for name, following in zip(names, nexts, strict=False):
        line = text.find("\n", name.end())
        end = min(line if line >= 0 else len(text), following)
        first = bisect_left(starts, name.end())
        levels.setdefault(name.lastgroup or "", []).extend(
            number.value
            for number in numbers[first : first + BEHIND]
            if number.start < end
            and _is_level(number, text[number.end : end], prices if name["range"] else ())
        )
    return {name: list(dict.fromkeys(found[::-1]))[:MOST] for name, found in levels.items()}


def _bands(text: str) -> Sequence[float]:
    """The levels of bands of which the distances from the price were told, the latest first."""
    told = list(_BANDS.finditer(text))[::-1][:LATEST]
    pairs = ((price_above(text, one.start()), far) for one in told for far in one.groups() if far)
    return [price * (1 + float(far) / 100) for price, far in pairs if price]


def _is_level(number: NumberInText, after: str, prices: Sequence[float]) -> bool:
    """Whether `number`, behind the name of a level, is one: no 1.5 ATR, and no 24 candles.

    Near one of `prices` it may be a whole number.
    """
    if number.percent or number.times or words.MULTIPLIES.match(after):
        return False
    near = any(LOWEST * price < number.value < HIGHEST * price for price in prices)
    return number.decimal or (near and not words.UNIT.match(after))


def _after(name: str, text: str, numbers: Iterable[NumberInText]) -> Sequence[float]:
    pattern = re.compile(name)
    prices = (number for number in numbers if not number.percent)
    found = [n.value for n in prices if pattern.search(text, max(0, n.start - 12), n.start)]
    return [value for value in dict.fromkeys(found[::-1]) if value > 0][:LATEST]
