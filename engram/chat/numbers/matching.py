"""Whether a number, as it was written, means a value; pure."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from engram.chat.numbers.reading import NumberInText
from engram.market.words.digits import PossibleValue

# Of a unit: what floating point may add or take away.
EPSILON = 1e-6
# What is "about" right may be wrong by so many units, or by this share.
UNITS, SHARE = 1.25, 0.005
# A price of which a digit is a larger share than this was not computed.
COARSE = 0.005
# A number that was given is not rounded by more than this share.
ROUNDED = 0.4
# 0.0 is rounded from nothing but 0.
TINY = 1e-12
# A bound says something about values that are so many times as far from 0.
BOUND = 1.5


def is_round(number: NumberInText) -> bool:
    """Whether `number` has at most two digits that are not 0."""
    return f"{number.value:.3e}"[3:5] == "00"


def is_coarse(number: NumberInText) -> bool:
    """Whether `number` is rounded so much that it was hardly computed."""
    likeliest = number.readings[0]
    return likeliest.unit > COARSE * likeliest.value


def among(number: NumberInText, values: Sequence[float]) -> float | None:
    """One of `values`, which are in order, that fits `number`: 0.00001 is no price of 0.0000068."""
    for read in number.readings:
        unit = min(read.unit, ROUNDED * read.value) or TINY
        one = read if number.percent else replace(read, unit=unit)
        i = bisect_left(values, _lowest(one))
        if i < len(values) and values[i] < _highest(one):
            return values[i]
    return None


def fits(number: NumberInText, value: float) -> bool:
    """Whether `number` is `value`, rounded or cut off."""
    return any(_lowest(one) <= value < _highest(one) for one in number.readings)


def is_about(number: NumberInText, value: float) -> bool:
    """Whether `number` is near `value`."""
    reach = ((one, max(UNITS * one.unit, SHARE * one.value)) for one in number.readings)
    return any(abs(one.value - value) <= reached for one, reached in reach)


def is_less(number: NumberInText, value: float) -> bool:
    """Whether `number` is a lower bound that says something about `value`."""
    return any(one.value <= value < BOUND * one.value for one in number.readings)


def is_more(number: NumberInText, value: float) -> bool:
    """Whether `number` is an upper bound that says something about `value`."""
    return any(one.value / BOUND < value <= one.value for one in number.readings)


def _lowest(one: PossibleValue) -> float:
    return one.value - one.unit * (0.5 + EPSILON)


def _highest(one: PossibleValue) -> float:
    return one.value + one.unit * (1 - EPSILON)
