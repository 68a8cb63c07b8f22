"""How often signals came true in a study of real candles, and what confidence that earns them.

The tables at the end are written by `python3 -m tests.study FOLDER --write`, which docs/signals.md
explains. A line of `SIGNALS` is

    timeframe signal own btc cases months came_true chance low_1 chance_1 low_2 chance_2

where `own` and `btc` are the daily signals of the market itself and of Bitcoin, `*` for any, and
`low` is the lower end of the 90 % interval of `came_true`, in the years to 2020 (1) and in 2021 and
2022 (2). Figures are shares, and "-" is none. A line of `STOPS` says how often 1.5 and 3 ATR below,
or above, the price were touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import NamedTuple

from engram.market.candles import Candles, duration
from engram.market.outcomes import Signal
from engram.market.symbols import DOLLARS

TIMEFRAMES = ("15m", "1h", "4h", "1d")
# The study looked at coins in Tether; other dollars are worth the same, other quotes move as well.
ALL_DOLLARS = (*DOLLARS, "BUSD", "DAI", "FDUSD", "PYUSD", "RLUSD", "TUSD", "USD1", "USDE", "USDP")
CURRENCIES = ("AUD", "BRL", "CAD", "CHF", "EUR", "EURC", "EURI", "GBP", "JPY", "KRW", "PAXG", "TRY")
# A cell with fewer cases, or from fewer calendar months, says nothing.
ENOUGH_CASES, ENOUGH_MONTHS = 300, 12
# What comes true so often earns more than Medium.
OFTEN = 0.6
HORIZON = 24  # candles after which the study judged a signal
DAILY = 86_400.0


class Confidence(Enum):
    """What a signal has earned by coming true more often than chance."""

    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"


class Regime(NamedTuple):
    """The daily signals of the market itself and of Bitcoin; None where one is not known."""

    own: Signal | None = None
    btc: Signal | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Some years: the lower end of the rate's 90 % interval, and chance; None without figures."""

    low: float | None
    chance: float | None

    @property
    def held(self) -> bool:
        """Whether the signal came true more often than chance, and luck can hardly explain it."""
        return self.low is not None and self.chance is not None and self.low > self.chance


@dataclass(frozen=True, slots=True)
class Cell:
    """How often such signals came true, and how often the same happened at any candle (chance).

    "Such" are those of one timeframe and regime, over all coins and years of the study.
    """

    cases: int
    months: int
    rate: float
    chance: float
    early: Period  # the years to 2020
    late: Period  # 2021 and 2022

    @property
    def enough(self) -> bool:
        """Whether there are cases enough to say anything."""
        return self.cases >= ENOUGH_CASES and self.months >= ENOUGH_MONTHS

    @property
    def confidence(self) -> Confidence:
        """Medium if it held in both periods, High if besides it came true 60 % of the time."""
        if not (self.early.held and self.late.held):
            return Confidence.LOW
        return Confidence.HIGH if self.rate >= OFTEN else Confidence.MEDIUM


Key = tuple[str, Signal, Regime]


class Touched(NamedTuple):
    """How often the price went 1.5 and 3 ATR below, or above, the close within the horizon."""

    stop: float
    twice: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the study says about a signal: its cell and its stop, None where it was not studied.

    `regime` is what the daily signals were, and `horizon` the candles after which it is judged.
    """

    regime: Regime
    horizon: int
    cell: Cell | None = None
    touched: Touched | None = None

    @classmethod
    def of(cls, candles: Candles, horizon: int, signal: Signal, regime: Regime) -> Evidence:
        """The evidence for `signal` on `candles`."""
        if horizon != HORIZON or not is_studied(candles.symbol):
            return cls(regime, horizon)
        frame = candles.timeframe
        return cls(regime, horizon, find(frame, signal, regime), touched(frame, signal))

    @property
    def confidence(self) -> Confidence:
        """What the signal has earned: Low where nothing is known."""
        return self.cell.confidence if self.cell else Confidence.LOW


def find(timeframe: str, signal: Signal, regime: Regime) -> Cell | None:
    """What is known about such a signal; None if signals on `timeframe` were not studied.

    A cell that is too thin falls back to the one without the market's own daily signal, then to
    the one without any; so does one whose daily signals are not known.
    """
    cells, studied = _cells(), _same(timeframe)
    own = None if (duration(timeframe) or 0.0) >= DAILY else regime.own
    regimes = [Regime(own, regime.btc), Regime(None, regime.btc)] if regime.btc else []
    found = (cells.get((studied, signal, one)) for one in (*regimes, Regime()))
    return next((cell for cell in found if cell), None)


def touched(timeframe: str, signal: Signal) -> Touched | None:
    """How often the stop of such a signal was touched; None if `timeframe` was not studied."""
    return _touches().get((_same(timeframe), "above" if signal is Signal.SELL else "below"))


def is_studied(symbol: str) -> bool:
    """Whether `symbol` is a market such as the study looked at: a coin, priced in dollars."""
    base, _, quote = symbol.partition("/")
    return quote in ALL_DOLLARS and base not in (*ALL_DOLLARS, *CURRENCIES)


def _same(timeframe: str) -> str:
    """The timeframe of the study that is as long as `timeframe`; itself where there is none."""
    length = duration(timeframe)
    return next((one for one in TIMEFRAMES if duration(one) == length), timeframe)


@cache
def _cells() -> Mapping[Key, Cell]:
    cells: dict[Key, Cell] = {}
    for line in SIGNALS.strip().splitlines():
        timeframe, signal, own, btc, cases, months, *shares = line.split()
        rate, chance, *periods = map(_share, shares)
        cell = Cell(int(cases), int(months), rate or 0.0, chance or 0.0, *_periods(periods))
        if cell.enough:
            cells[timeframe, Signal(signal), Regime(_daily(own), _daily(btc))] = cell
    return cells


@cache
def _touches() -> Mapping[tuple[str, str], Touched]:
    lines = (line.split() for line in STOPS.strip().splitlines())
    return {(one, side): Touched(float(stop), float(twice)) for one, side, stop, twice in lines}


def _periods(shares: Sequence[float | None]) -> tuple[Period, Period]:
    return Period(*shares[:2]), Period(*shares[2:])


def _share(text: str) -> float | None:
    return None if text == "-" else float(text)


def _daily(text: str) -> Signal | None:
    return None if text == "*" else Signal(text)


# Written by the study: from here
SIGNALS = """
"""
STOPS = """
"""
# to here.
