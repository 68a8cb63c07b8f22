"""Finds the prices and percentages in a model's text that it was not given; pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

NUMBER = re.compile(
    r"(?<![\w.,])(?P<money>[$€£]\s?)?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:(?P<kilo>k|K|M|bn)\b|\s?(?P<percent>%|percent\b)|(?P<unit>\s?(?:USDT?|USDC|EUR|dollars?)\b))?"
    r"(?![\w%])",
)
# These look like numbers, and nothing could be checked about them: dates, times, list markers.
NOT_NUMBERS = re.compile(
    r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{1,2}:\d{2}(?::\d{2})?\b"
    r"|\b(?:19|20)\d{2}\b(?![.,]\d)|^[ \t]*\d+[.)]\s",
    re.MULTILINE,
)
# Percentages of one's own account, or from textbooks, say nothing about the market.
ADVICE = re.compile(
    r"risk|account|capital|portfolio|position|fib|retrace|overbought|oversold", re.I
)
NEARBY = 40
SCALES = {"k": 1e3, "K": 1e3, "M": 1e6, "bn": 1e9}
# Whole numbers below this, without a sign of money, may be periods, RSI levels or counts.
LEAST_PRICE = 1000.0
NAMED = 5


@dataclass(frozen=True, slots=True)
class NumberInText:
    """A number as it was written, its value, and how far rounding may have moved it."""

    text: str
    value: float
    tolerance: float
    checkable: bool


def not_in_data(text: str, given: str) -> list[str]:
    """The prices and percentages of `text`, as written there, that match no number in `given`.

    A number matches one that was given if it is that number, rounded: 65k, 65,000 and 64,812 all
    match 64,812.37. Signs are not compared. At most five are returned.
    """
    known = [number.value for number in _numbers(given)]
    odd = [one.text for one in _numbers(text) if one.checkable and not _matches(one, known)]
    return list(dict.fromkeys(odd))[:NAMED]


def _numbers(text: str) -> Iterator[NumberInText]:
    # Blanks of the same length keep the distances in the text.
    text = NOT_NUMBERS.sub(lambda found: " " * len(found[0]), text)
    for match in NUMBER.finditer(text):
        digits = match["digits"]
        scale = SCALES.get(match["kilo"] or "", 1.0)
        value = float(digits.replace(",", "")) * scale
        money = match["money"] or match["kilo"] or match["unit"]
        price = money or "." in digits or "," in digits or value >= LEAST_PRICE
        around = text[max(0, match.start() - NEARBY) : match.end() + NEARBY]
        yield NumberInText(
            text=match[0].strip(),
            value=value,
            tolerance=_half_unit(digits) * scale,
            checkable=bool(price or match["percent"]) and not ADVICE.search(around),
        )


def _half_unit(digits: str) -> float:
    """Half the unit of the last digit; zeros at the end of a whole number count as rounding."""
    whole, _, decimals = digits.replace(",", "").partition(".")
    if decimals:
        return 0.5 * 10.0 ** -len(decimals)
    zeros = len(whole) - len(whole.rstrip("0"))
    # One digit must remain certain, or 60,000 would match everything up to 110,000.
    return 0.5 * 10.0 ** min(zeros, max(len(whole) - 2, 0), 300)


def _matches(number: NumberInText, known: Iterable[float]) -> bool:
    tolerance = number.tolerance * (1 + 1e-9)
    return any(abs(number.value - value) <= tolerance for value in known)
