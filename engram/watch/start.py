"""From where an alert, or a watched market, begins: the price and the last closed candle now."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from engram.core.clock import Clock
from engram.core.errors import ExchangeError, MarketError
from engram.market.feed import Feed, Place
from engram.market.symbols import Request
from engram.watch import texts
from engram.watch.conditions import Condition
from engram.watch.latest import Latest
from engram.watch.looking.closed import SUBJECTS, WINDOW

if TYPE_CHECKING:
    from engram.market.indicators import Row
    from engram.market.signals import Analysis


#: Raises if what goes on should end.
Check: TypeAlias = Callable[[], None]


def go_on() -> None:
    """Nobody wants it to end."""


class CannotStartError(Exception):
    """Nothing can be armed; the text says why."""


@dataclass(frozen=True, slots=True)
class Start:
    """From where an alert begins to wait.

    `condition` is what it waits for as a plain level, which `holds` or not by now; `words` say how
    its subject stands. What counts comes after the candle `since`, by when it opened (ms).
    """

    place: Place
    timeframe: str
    condition: Condition
    holds: bool
    since: int
    words: str


class MarketNow:
    """A market at this moment, at a `place`; its candles are asked for once somebody needs them."""

    def __init__(self, feed: Feed, place: Place, timeframe: str) -> None:
        self.place, self._feed, self._timeframe = place, feed, timeframe
        self._known: tuple[int, Analysis] | None = None

    def start(self, asked: Condition) -> Start:
        """Where an alert for `asked` would begin; raises `CannotStartError`."""
        place = self.place
        costs = texts.price_now(place.symbol, place.price, place.name)
        if not asked.needs_candles:
            level = asked.at(place.price)
            return Start(place, place.minute, level, level.holds(place.price), place.candle, costs)
        candle, analysis = self._analysis()
        value, other = _figures(asked, analysis.snapshot.last)
        signal, level = analysis.signal.value, asked.at(value, other)
        holds = level.holds(signal if asked.subject == "signal" else value, other)
        stands = texts.standing(asked, signal, value, other)
        return Start(place, self._timeframe, level, holds, candle, f"{stands}; {costs}")

    def signal(self) -> tuple[str, int]:
        """The signal, and its candle by when it opened (ms); raises `CannotStartError`."""
        candle, analysis = self._analysis()
        return analysis.signal.value, candle

    def _analysis(self) -> tuple[int, Analysis]:
        """What the closed candles say, and when the last of them opened (ms)."""
        from engram.market.signals import TooFewCandlesError, analyse

        if self._known is None:
            place, until = self.place, time.monotonic() + self._feed.patience
            ask = (place.exchange, place.symbol, self._timeframe, WINDOW, until)
            try:
                candles = self._feed.candles(*ask, somebody_waits=True)
                analysis = analyse(candles)
            except (ExchangeError, TooFewCandlesError) as err:
                raise CannotStartError(texts.no_start(place.name, err)) from err
            self._known = int(candles.time[-1]), analysis
        return self._known


class Starts:
    """Finds markets, by `feed`; `latest` is told their prices, with the time of `clock`."""

    def __init__(self, feed: Feed, clock: Clock, latest: Latest) -> None:
        self._feed, self._clock, self._latest = feed, clock, latest

    def market(self, request: Request) -> MarketNow:
        """The market of `request`; raises `CannotStartError`."""
        try:
            place = self._feed.place(request, self._feed.patience)
        except MarketError as err:
            raise CannotStartError(texts.NO_PRICE.format(why=err)) from err
        self._latest.note(place.exchange, place.symbol, place.price, self._clock.now())
        return MarketNow(self._feed, place, request.timeframe)


def _figures(asked: Condition, row: Row) -> tuple[float, float]:
    """The value that a condition is about, and the average that it is compared with."""
    name = SUBJECTS.get(asked.subject)
    value = getattr(row, name) if name else math.nan
    return float(value), float(getattr(row, asked.other)) if name and asked.other else math.nan
