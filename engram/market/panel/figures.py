"""The evidence of a panel for a model: the same figures in few words, and the averages' levels."""

from engram.core.formats import format_percent, format_price, format_time
from engram.market.candles import Candles, closing_time
from engram.market.evidence import Evidence
from engram.market.panel.ahead import away, daily_lines, range_lines, stop_lines, verdict_lines
from engram.market.panel.panel import (
    gap_lines,
    history_lines,
    levels_line,
    price_line,
    score,
)
from engram.market.panel.votes import vote_lines
from engram.market.signals import Analysis

_MARKS = {1: "up:", -1: "down:", 0: "none:"}


def figures(analysis: Analysis, candles: Candles, evidence: Evidence, history: str = "") -> str:
    """All figures of the panel, each once, with the distance of every level from the price.

    Nobody has to compute one: a model would be wrong.
    """
    signal, confidence = verdict_lines(analysis, candles, evidence)
    return "\n".join(
        (
            f"By the rules: {_value(signal)}, confidence {_value(confidence)}",
            *map(_bare, history_lines(analysis, history)),
            price_line(analysis.snapshot),
            *(f"Range of closes: {_bare(line)}" for line in range_lines(analysis, candles)),
            *(f"Stop: {_bare(line)}" for line in stop_lines(analysis, evidence)),
            *map(_bare, daily_lines(evidence.regime, candles)),
            _bare(levels_line(analysis.snapshot)),
            _averages(analysis),
            f"Votes at the last close, {format_time(closing_time(candles))}: {score(analysis)}",
            *vote_lines(analysis, marks=_MARKS),
            *map(_bare, gap_lines(candles.missing)),
        )
    )


def _value(line: str) -> str:
    """What stands behind the label of `line`."""
    return line.partition(": ")[2]


def _bare(line: str) -> str:
    """`line` without the picture that it begins with, of which a model makes several tokens."""
    return line.partition(" ")[2]


def _averages(analysis: Analysis) -> str:
    s = analysis.snapshot
    i = s.last
    levels = {
        "EMA 20": i.ema20,
        "EMA 50": i.ema50,
        "EMA 200": i.ema200,
        "lower band": i.bollinger_lower,
        "upper band": i.bollinger_upper,
    }
    far = (
        f"{name} {format_price(level, like=s.price)} ({away(s.price, level, 1)})"
        for name, level in levels.items()
        if level > 0
    )
    atr = f"ATR {format_price(i.atr, like=s.price)} ({format_percent(i.atr / s.price, 2)})"
    # Otherwise they are among the reasons of the votes.
    still = (f"ADX {i.adx:.1f}", f"RSI {i.rsi:.1f}") if i.still else ()
    return ", ".join((*still, atr, *far))
