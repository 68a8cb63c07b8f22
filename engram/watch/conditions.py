"""What an alert waits for, and the text of it that the store keeps; pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from decimal import Decimal

from engram.core.formats import format_percent, format_price

#: What people call the subjects that are figures.
NAMES = {"rsi": "RSI", "adx": "ADX", "macd": "MACD histogram", "volume": "volume"}
AVERAGES = ("ema20", "ema50", "ema200")
SIGNALS = ("BUY", "SELL", "HOLD")
LEVELS = (">", "<", "crosses")
# What each subject can be compared with: the values between which, but not at which, a level lies.
# RSI and ADX reach neither of their ends, and a coin of a trillion does not exist.
RANGES = {
    "price": (0.0, 1e15),
    "rsi": (0.0, 100.0),
    "adx": (0.0, 100.0),
    "macd": (-1e15, 1e15),
    "volume": (0.0, 1000.0),
}
# Nothing costs less; an infinite number of zeros is no text for a store.
SMALLEST = 1e-18
# A fall by everything never happens; less than a hundredth of a percent is passed at once.
SMALLEST_MOVE, LARGEST_MOVE = 0.0001, 100.0
_OPERATORS = {
    **dict.fromkeys(RANGES, LEVELS),
    "price": (*LEVELS, "moves"),
    "close": LEVELS,
    "signal": ("=", "changes"),
}
_CANONICAL = re.compile(
    r"(?P<subject>[a-z]{1,9}) (?:changes|moves (?P<percent>[+-]?\d+(?:\.\d+)?)%"
    r"|(?P<operator>[><=]|crosses) (?:(?P<level>-?\d+(?:\.\d+)?)|(?P<other>[a-zA-Z]{1,9}\d{0,4})))",
    re.ASCII,
)
_VERBS = {">": "rises above", "<": "falls below", "crosses": "crosses"}


class OutOfRangeError(ValueError):
    """A level of `subject` ("moves" for a percentage) that is never passed, or at once."""

    def __init__(self, subject: str, value: float) -> None:
        super().__init__(f"out of range: {subject} {value}")
        self.subject = subject


@dataclass(frozen=True, slots=True)
class Condition:
    """`subject` compared by `operator` with `value`, or with `other`.

    | subject | operator | compared with |
    |---|---|---|
    | price | > < crosses | `value`, a price |
    | price | moves | `value`, a share of the price at arming: 0.05 is 5 % up |
    | rsi adx macd | > < crosses | `value`; macd is the histogram |
    | volume | > < crosses | `value`, in times its average |
    | close | > < crosses | `other`: ema20, ema50 or ema200 |
    | signal | = | `other`: BUY, SELL or HOLD |
    | signal | changes | |

    Raises `OutOfRangeError` for a level that cannot be passed, and ValueError for what is no
    condition at all.
    """

    subject: str
    operator: str
    value: float = 0.0
    other: str = ""

    def __post_init__(self) -> None:
        if self.operator not in _OPERATORS.get(self.subject, ()):
            raise ValueError(f"no condition: {self.subject} {self.operator}")
        named = {"close": AVERAGES, "=": SIGNALS}
        known = named.get(self.operator, named.get(self.subject, ("",)))
        if self.other not in known or (self.value and self.subject not in RANGES):
            raise ValueError(f"{self.subject} is not compared with {self.other or self.value}")
        if not self._is_in_range:
            subject = self.operator if self.operator == "moves" else self.subject
            raise OutOfRangeError(subject, self.value)

    @property
    def _is_in_range(self) -> bool:
        size = abs(self.value)
        if self.operator == "moves":
            return -1 < self.value <= LARGEST_MOVE and size >= SMALLEST_MOVE
        low, high = RANGES.get(self.subject, (-math.inf, math.inf))
        return low < self.value < high and not 0 < size < SMALLEST

    @property
    def needs_candles(self) -> bool:
        """Whether it is judged on closed candles of a timeframe: all but those of the price."""
        return self.subject != "price"

    def __str__(self) -> str:
        """The text in the store, which `read` reads: "price > 100000", "price moves +5%"."""
        if self.operator == "changes":
            return f"{self.subject} changes"
        operand = self.other or _plain(Decimal(repr(self.value)))
        if self.operator == "moves":
            sign = "+" if self.value > 0 else ""
            operand = f"{sign}{_plain(Decimal(repr(self.value)) * 100)}%"
        return f"{self.subject} {self.operator} {operand}"

    @classmethod
    def read(cls, text: str) -> Condition:
        """The condition that was kept as `text`; raises ValueError for any other text."""
        found = _CANONICAL.fullmatch(text)
        if not found:
            raise ValueError(f"no condition: {text!r}")
        subject, operator = found["subject"], found["operator"]
        if found["percent"]:
            return cls(subject, "moves", float(Decimal(found["percent"]) / 100))
        if not operator:
            return cls(subject, "changes")
        return cls(subject, operator, float(found["level"] or 0), found["other"] or "")

    def at(self, value: float, other: float = math.nan) -> Condition:
        """The plain level, `>` or `<`, that is meant when the subject is at `value` now.

        `other` is the average that a close is compared with. Where `value` is at the level itself,
        passing it upwards is meant. Any other condition is itself.
        """
        if self.operator == "moves":
            # 0.1 * 1.05 has sixteen decimals, which nobody meant.
            level = float(f"{value * (1 + self.value):.12g}")
            return replace(self, operator=">" if self.value > 0 else "<", value=level)
        if self.operator == "crosses":
            level = other if self.subject == "close" else self.value
            return replace(self, operator="<" if value > level else ">")
        return self

    def holds(self, value: float | str, other: float = math.nan) -> bool:
        """Whether it is true when the subject is at `value`; a signal is BUY, SELL or HOLD.

        `other` is the average that a close is compared with. Strict: a price at the level is
        neither above nor below it. Nothing holds for NaN, and a change is no state. Raises
        ValueError for what is no plain level yet; see `at`.
        """
        if self.operator in ("moves", "crosses"):
            raise ValueError(f"{self} has to be made a level first")
        if isinstance(value, str):
            return self.operator == "=" and value == self.other
        level = other if self.subject == "close" else self.value
        if self.operator == ">":
            return value > level
        return self.operator == "<" and value < level

    @property
    def unit(self) -> str:
        """What stands behind its figures: those of the volume are in times of its average."""
        return " times its average" if self.subject == "volume" else ""

    def words(self, symbol: str, timeframe: str) -> str:
        """What is waited for, said to a person: "BTC/USDT rises above 100,000.00"."""
        market = f"{symbol} ({timeframe})"
        if self.operator == "moves":
            verb = "rises" if self.value > 0 else "falls"
            return f"{symbol} {verb} by {_percent(abs(self.value))} from its price now"
        if self.subject == "price":
            return f"{symbol} {_VERBS[self.operator]} {format_price(self.value)}"
        if self.subject == "close":
            verb = {"crosses": "crosses", ">": "closes above", "<": "closes below"}[self.operator]
            return f"{market} {verb} its EMA {self.other.removeprefix('ema')}"
        if self.subject == "signal":
            return f"the signal of {market} {'becomes ' + self.other if self.other else 'changes'}"
        level = _short(format_price(self.value))
        return f"the {NAMES[self.subject]} of {market} {_VERBS[self.operator]} {level}{self.unit}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _short(number: str) -> str:
    """30.00 as 30: an RSI is no price."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def _percent(share: float) -> str:
    number, _, sign = format_percent(share, 2).partition(" ")
    return f"{_short(number)} {sign}"
