"""From where an alert, or a watched market, begins: the price and the last closed candle now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from engram.core.clock import Clock
from engram.core.errors import ExchangeError, MarketError, UnknownMarketError
from engram.market.analyst import Analyst
from engram.market.feed import Feed, Venue
from engram.market.symbols import Request
from engram.storage.watch.alert_table import Alert
from engram.watch import texts
from engram.watch.conditions import Condition, OutOfRangeError
from engram.watch.latest import Latest
from engram.watch.ledger.ledger import report_of
from engram.watch.looking.closed import WINDOW, figures

if TYPE_CHECKING:
    from engram.market.candles import Candles
    from engram.market.report import Report
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

    venue: Venue
    timeframe: str
    condition: Condition
    holds: bool
    since: int
    words: str


class MarketNow:
    """A market at this moment, at a `venue`; its candles are asked for once somebody needs them."""

    def __init__(self, feed: Feed, analyst: Analyst, venue: Venue, timeframe: str) -> None:
        self.venue, self._feed, self._timeframe = venue, feed, timeframe
        self._analyst = analyst
        self._known: tuple[Candles, Analysis] | None = None

    def start(self, asked: Condition) -> Start:
        """Where an alert for `asked` would begin; raises `CannotStartError`."""
        venue = self.venue
        costs = texts.price_now(venue.symbol, venue.price, venue.name)
        if not asked.needs_candles:
            level = _level(asked, venue.price)
            return Start(venue, venue.minute, level, level.holds(venue.price), venue.candle, costs)
        candles, analysis = self._analysis()
        value, other = figures(asked, analysis.snapshot.last)
        signal, level = analysis.signal.value, asked.at(value, other)
        holds = level.holds(signal if asked.subject == "signal" else value, other)
        stands = texts.standing(asked, signal, value, other)
        return Start(venue, self._timeframe, level, holds, _last(candles), f"{stands}; {costs}")

    def signal(self) -> tuple[str, int]:
        """The signal, and its candle by when it opened (ms); raises `CannotStartError`."""
        candles, analysis = self._analysis()
        return analysis.signal.value, _last(candles)

    def report(self) -> Report | None:
        """All that is to be said of that signal, if it can be; raises `CannotStartError`."""
        return report_of(self._analyst, self._analysis()[0])

    def _analysis(self) -> tuple[Candles, Analysis]:
        """The closed candles, and what they say."""
        from engram.market.signals import TooFewCandlesError, analyse

        if self._known is None:
            venue, until = self.venue, time.monotonic() + self._feed.patience
            ask = (venue.exchange, venue.symbol, self._timeframe, WINDOW, until)
            try:
                candles = self._feed.candles(*ask, somebody_waits=True)
                analysis = analyse(candles)
            except (ExchangeError, TooFewCandlesError) as err:
                raise CannotStartError(texts.no_start(venue.name, err)) from err
            self._known = candles, analysis
        return self._known


class Starts:
    """Finds markets, by `feed`; `latest` is told their prices, with the time of `clock`."""

    def __init__(self, feed: Feed, analyst: Analyst, clock: Clock, latest: Latest) -> None:
        self._feed, self._analyst, self._clock, self._latest = feed, analyst, clock, latest

    def market(self, request: Request) -> MarketNow:
        """The market of `request`; raises `CannotStartError`."""
        try:
            venue = self._feed.venue(request, self._feed.patience)
        except MarketError as err:
            is_unknown = isinstance(err, UnknownMarketError)
            text = texts.NOTHING_SET_UP if is_unknown else texts.NO_PRICE
            raise CannotStartError(text.format(why=err)) from err
        self._latest.note(venue.exchange, venue.symbol, venue.price, self._clock.now())
        return MarketNow(self._feed, self._analyst, venue, request.timeframe)


def asked_by(alert: Alert) -> Condition:
    """What `alert` was asked for; raises `CannotStartError` where that cannot be read any more."""
    try:
        return Condition.read(alert.asked)
    except ValueError as err:
        raise CannotStartError(texts.DAMAGED) from err


def _last(candles: Candles) -> int:
    return int(candles.time[-1])


def _level(asked: Condition, price: float) -> Condition:
    """What `asked` comes to at that price; raises `CannotStartError` for what no price reaches."""
    try:
        return asked.at(price)
    except OutOfRangeError as err:
        raise CannotStartError(texts.NO_SUCH_PRICE) from err
