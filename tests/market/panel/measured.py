"""An analysis whose figures are known to the last digit, and the panel made of it."""

from dataclasses import replace

from engram.market.evidence import Cell, Evidence, Period, Regime, Touched
from engram.market.indicators import Levels
from engram.market.outcomes import Signal
from engram.market.panel.panel import panel
from engram.market.price_range import PriceRange
from engram.market.signals import analyse
from tests.series import made

CANDLES = made("walk", 999, seed=3, timeframe="4h", scale=650)
ANALYSIS = analyse(CANDLES)
LAST = replace(
    ANALYSIS.snapshot.last,
    close=67_000.0, ema20=66_000.0, ema50=65_000.5, ema200=61_000.0, adx=31.25, rsi=62.34,
    atr=540.125, bollinger_lower=64_000.0,
    bollinger_upper=68_000.0, volume_ratio=1.234,
)  # fmt: skip
SNAPSHOT = replace(
    ANALYSIS.snapshot,
    price=67_123.456,
    change_24h=0.0231,
    levels=Levels(66_100.0, None),
    last=LAST,
)
VOTES = {"Trend": 1, "RSI": 1, "Volume": 0}
CELL = Cell(4100, 40, 0.5375, 0.4961, Period(0.51, 0.5), Period(0.505, 0.49))
REGIME = Regime(Signal.BUY, Signal.HOLD)
EVIDENCE = Evidence(REGIME, 24, CELL, Touched(0.607, 0.317))
AHEAD = PriceRange(63_432.1, 71_489.9, 24)


def shown(votes=VOTES, evidence=EVIDENCE, candles=CANDLES, ahead=AHEAD, **snapshot):
    """The lines of the panel with these changes."""
    changed = replace(SNAPSHOT, **snapshot)
    analysis = replace(ANALYSIS, votes=votes, range=ahead, snapshot=changed)
    return panel(analysis, candles, evidence).splitlines()


def reason(lines, name):
    """The reason on the line of the vote `name`."""
    votes = dict(line[2:].split(": ", 1) for line in lines if line[:2] in ("▲ ", "• ", "▼ "))
    return votes[name]
