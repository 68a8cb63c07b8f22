"""What is watched: where a market is, and looks at single exchanges that nobody waits for."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from engram.core.errors import ExchangeError
from engram.market.candles import Candles, duration
from engram.market.exchanges.exchange import Exchange
from engram.market.exchanges.lines import GENTLE
from engram.market.exchanges.looks import Looks, Rows, Ticker
from engram.market.exchanges.profile import Profile, profile_of
from engram.market.source.candle_source import CandleSource, import_libraries
from engram.market.symbols import Request

MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Venue:
    """Where a market can be watched, and what it is like there now."""

    exchange: str  # its id, "binance"
    name: str  # for people, "Binance"
    symbol: str  # as it is listed there, "BTC/USDT"
    price: float
    candle: int  # when the newest minute candle opened, in ms by the exchange's clock
    minute: str  # the timeframe of that candle, "1m", or the shortest one that it has


class Feed:
    """The exchanges of `source`, one by one; for several threads.

    Looks have pauses by `clock`, which should not jump. `until` is by `time.monotonic`. Of an
    exchange that config.ini does not name (any more) nothing can be had but an `ExchangeError`;
    `DelistedError` is raised where the exchange does not list the market any more.
    """

    def __init__(self, source: CandleSource, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._exchanges = {exchange.id: exchange for exchange in source.exchanges}
        self._looks = {id_: Looks(one, clock) for id_, one in self._exchanges.items()}
        # A person waits for a venue: nothing that goes on already may hold it up.
        self._venues = {id_: one.beside(clock) for id_, one in self._exchanges.items()}

    @property
    def exchanges(self) -> tuple[str, ...]:
        """The ids of the exchanges in config.ini, in its order."""
        return tuple(self._exchanges)

    @property
    def patience(self) -> float:
        """How many seconds a person waits for an exchange, at most."""
        return self._source.deadline

    def name(self, exchange: str) -> str:
        """What people call the exchange, which config.ini need not name."""
        return self._profile(exchange).name

    def rate_limit(self, exchange: str) -> float:
        """How many seconds are to lie between the starts of two looks."""
        return GENTLE * self._profile(exchange).rate_limit

    def minute(self, exchange: str) -> str:
        """The timeframe that prices are watched on: "1m", or the shortest one that is longer.

        Empty if there is none.
        """
        return _minute(self._profile(exchange))

    def has(self, exchange: str, timeframe: str) -> bool:
        """Whether the exchange has candles of that timeframe."""
        known = self._exchanges.get(exchange)
        return known is not None and duration(timeframe) in known.profile.timeframes

    def listed(self, exchange: str, symbol: str) -> bool | None:
        """Whether the exchange lists that market; None if that is not known. Nobody is asked."""
        looks = self._looks.get(exchange)
        return looks.lists(symbol) if looks else None

    def venue(self, request: Request, deadline: float) -> Venue:
        """Where `request` can be watched: the first exchange that lists the market and answers.

        It has candles of the request's timeframe, too. Takes at most `deadline` seconds, and asks
        nobody where an analysis has left a price of the last 30 s. Raises a `MarketError`, whose
        text is for the person who asked.
        """
        if self._source.enabled:
            import_libraries()
        search = self._source.search(request, time.monotonic() + deadline)
        with self._source.held:
            for exchange, symbol, until in search:
                try:
                    return self._left(exchange, symbol) or self._asked(exchange, symbol, until)
                except ExchangeError as err:
                    search.failed(exchange, err)
        raise search.in_vain()

    def rows(
        self, exchange: str, symbol: str, timeframe: str, since: int, limit: int, until: float
    ) -> Rows:
        """See `Looks.rows`."""
        return self._look(exchange).rows(symbol, timeframe, since, limit, until)

    def ticker(self, exchange: str, symbol: str, until: float) -> Ticker:
        """See `Looks.ticker`."""
        return self._look(exchange).ticker(symbol, until)

    def candles(
        self,
        exchange: str,
        symbol: str,
        timeframe: str,
        count: int,
        until: float,
        *,
        somebody_waits: bool = False,
    ) -> Candles:
        """Up to `count` closed candles; see `Exchange.candles`.

        Where somebody waits for them they keep no pace, are held up by no look, and are those that
        an analysis has left, if these are as many and their price is of the last 30 s.
        """
        looks = self._look(exchange)
        if not somebody_waits:
            return looks.candles(symbol, timeframe, count, until)
        left = self._source.candles_left(self._exchanges[exchange], symbol, timeframe, count)
        with self._source.held:
            return left or looks.candles(symbol, timeframe, count, until, self._venues[exchange])

    def _look(self, exchange: str) -> Looks:
        looks = self._looks.get(exchange)
        if looks is None:
            raise ExchangeError("is not in config.ini any more")
        return looks

    def _left(self, exchange: Exchange, symbol: str) -> Venue | None:
        """The venue by candles that are there; None where the time leaves the minute open."""
        recent, step = (
            self._source.price_left(exchange, symbol),
            duration(_minute(exchange.profile)),
        )
        if recent is None or step is None or recent.earliest // step != recent.latest // step:
            return None
        opened = recent.earliest // step * step
        return _venue(exchange, symbol, recent.candles.price, int(opened * 1000))

    def _asked(self, exchange: Exchange, symbol: str, until: float) -> Venue:
        client, minute = self._venues[exchange.id], _minute(exchange.profile)
        found = exchange.candles(symbol, minute, 2, until, via=client)
        newest = found.open_candle.time if found.open_candle else int(found.time[-1])
        return _venue(exchange, symbol, found.price, newest)

    def _profile(self, exchange: str) -> Profile:
        known = self._exchanges.get(exchange)
        return known.profile if known else profile_of(exchange)


def _minute(profile: Profile) -> str:
    lengths = [length for length in profile.timeframes if length >= MINUTE]
    return profile.timeframes[min(lengths)] if lengths else ""


def _venue(exchange: Exchange, symbol: str, price: float, candle: int) -> Venue:
    profile = exchange.profile
    return Venue(exchange.id, profile.name, symbol, price, candle, _minute(profile))
