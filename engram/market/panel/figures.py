"""The evidence of a panel for a model: the same figures in few words, and few digits; pure.

On a home machine reading the prompt is most of the wait, and nearly each digit is a token.
"""

import math
from functools import partial

from engram.core.formats import format_percent, price_decimals
from engram.market.candles import Candles
from engram.market.evidence import Evidence
from engram.market.indicators import Snapshot
from engram.market.panel.ahead import away, daily_lines, range_lines, stop_lines, verdict_lines
from engram.market.panel.panel import (
    gap_lines,
    history_lines,
    levels_line,
    price_line,
    total,
)
from engram.market.panel.votes import sides
from engram.market.signals import Analysis

# A digit of a level, or of a candle's course, that is worth less than this share of an ATR says
# nothing about the market.
LEVEL, COURSE = 0.05, 0.2
# From here on a price is written in groups of digits.
WHOLE_FROM = 1000
# Of so many candles the course is told: enough to see the last swing, and where in it the price is.
CANDLES = 5


def figures(analysis: Analysis, candles: Candles, evidence: Evidence, history: str = "") -> str:
    """The figures of the panel, each once, with the distance of every level from the price.

    Nobody has to compute one: a model would be wrong. Levels have as many digits as matter.
    """
    signal, confidence = verdict_lines(analysis, candles, evidence)
    level = partial(_level, analysis.snapshot)
    return "\n".join(
        (
            f"By the rules: {_value(signal)}, confidence {_value(confidence)}",
            *map(_bare, history_lines(analysis, history)),
            price_line(analysis.snapshot),
            *(f"Range of closes: {_bare(line)}" for line in range_lines(analysis, candles)),
            *(f"Stop: {_bare(line)}" for line in stop_lines(analysis, evidence, level)),
            *map(_bare, daily_lines(evidence.regime, candles)),
            _bare(levels_line(analysis.snapshot, level)),
            _averages(analysis.snapshot),
            f"Votes: {total(analysis)}",
            *sides(analysis),
            *map(_bare, gap_lines(candles.missing)),
        )
    )


def course(analysis: Analysis, candles: Candles) -> tuple[str, ...]:
    """How the last closed candles went, oldest first: high, low and close in % from the price."""
    s = analysis.snapshot
    decimals = min(_decimals(COURSE * 100 * s.last.atr / s.price), 2)
    columns = (one[-CANDLES:].tolist() for one in (candles.high, candles.low, candles.close))
    return tuple(
        " ".join(_change(price / s.price, decimals) for price in row)
        for row in zip(*columns, strict=True)
    )


def _change(ratio: float, decimals: int) -> str:
    """`ratio` as a signed percentage without its sign of percent: "+0.3"."""
    return f"{round(100 * (ratio - 1), decimals) + 0.0:+.{decimals}f}"


def _decimals(unit: float) -> int:
    """The fewest decimals of which the last is worth no more than `unit`; many for 0."""
    return max(math.ceil(-math.log10(unit)), 0) if unit > 0 else 9


def _level(s: Snapshot, level: float) -> str:
    """`level` as traders write it, without the decimals of the price that do not matter.

    One is left where nothing else tells a price from a count.
    """
    least = 0 if min(level, s.price) >= WHOLE_FROM else 1
    decimals = min(price_decimals(s.price), max(_decimals(LEVEL * s.last.atr), least))
    return f"{level:,.{decimals}f}"


def _value(line: str) -> str:
    """What stands behind the label of `line`."""
    return line.partition(": ")[2]


def _bare(line: str) -> str:
    """`line` without the picture that it begins with, of which a model makes several tokens."""
    return line.partition(" ")[2]


def _averages(s: Snapshot) -> str:
    """The ATR, the levels of the averages, and how far the bands are; no panel shows them."""
    i = s.last
    emas = (
        f"EMA {period} {_level(s, level)} ({away(s.price, level, 1)})"
        for period, level in ((20, i.ema20), (50, i.ema50), (200, i.ema200))
    )
    edges = (i.bollinger_lower, i.bollinger_upper)
    bands = " and ".join(away(s.price, edge, 1) for edge in edges if edge > 0)
    atr = f"ATR {_few_digits(i.atr, s.price)} ({format_percent(i.atr / s.price, 2)})"
    return ", ".join((atr, *emas, f"bands {bands}"))


def _few_digits(value: float, price: float) -> str:
    """`value` with three digits, and no more decimals than a `price` beside it would need."""
    decimals = min(price_decimals(price) + 1, _decimals(value / 100))
    return f"{value:,.{decimals}f}"
