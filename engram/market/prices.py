"""The prices of markets, and how far they have moved in a day."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from engram.core.errors import MarketError, UnknownMarketError
from engram.market.candles import DAY, closing_times
from engram.market.source.candle_source import CandleSource
from engram.market.symbols import Request

if TYPE_CHECKING:
    from engram.market.candles import Candles

# So many markets are priced together.
MOST = 10
# What a day's change is computed from, by preference, where an answer to somebody has left it.
# Longer candles tell too little of where the price was a day ago.
AT_HAND = ("15m", "5m", "30m", "1h", "2h", "4h")
# What is asked for; hardly an exchange has neither.
ASKED = ("15m", "1h")


@dataclass(frozen=True, slots=True)
class Change:
    """By which `share` the price has changed in so many `seconds`; +0.012 is 1.2 % up."""

    share: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Price:
    """The price of `symbol` ("BTC/USDT") on `exchange` ("Binance"), which it was `at` that time.

    There is no `change` while nothing has been traded for long enough.
    """

    symbol: str
    exchange: str
    price: float
    at: datetime
    change: Change | None


class Prices:
    """The prices of markets whose candles `source` has."""

    def __init__(self, source: CandleSource) -> None:
        self._source = source

    def of(self, requests: Sequence[Request]) -> list[Price | MarketError]:
        """The price of each of `requests`, whatever its timeframe, or why there is none.

        Prices that are not older than 30 s are at hand; the others are asked for side by side.
        """
        found = self.at_hand(requests)
        missing = [one for one, known in zip(requests, found, strict=True) if known is None]
        if not missing:
            return [known for known in found if known]
        with ThreadPoolExecutor(len(missing)) as pool:
            answers = pool.map(self._ask, missing)
            return [known or next(answers) for known in found]

    def at_hand(self, requests: Sequence[Request]) -> list[Price | None]:
        """Those of the prices that no exchange has to be asked for, and None for the others."""
        return [self._known(request) for request in requests]

    def _known(self, request: Request) -> Price | None:
        known = (self._source.at_hand(replace(request, timeframe=one)) for one in AT_HAND)
        candles = next(filter(None, known), None)
        return price_of(candles) if candles else None

    def _ask(self, request: Request) -> Price | MarketError:
        for timeframe in ASKED:
            try:
                return price_of(self._source.candles(replace(request, timeframe=timeframe)))
            except MarketError as err:
                failed = err
                # An exchange that lists it may have no such candles.
                if not isinstance(err, UnknownMarketError):
                    break
        return failed


def price_of(candles: Candles) -> Price:
    """The current price in `candles`, and its change in the 24 hours before."""
    at = datetime.fromtimestamp(candles.priced_at, tz=timezone.utc)
    return Price(candles.symbol, candles.exchange, candles.price, at, _change(candles))


def _change(candles: Candles) -> Change | None:
    """The change in a day, or in about a day: since the edge of a candle that is nearest to it.

    A market that is younger has changed since its first candle opened.
    """
    if not len(candles.close):
        return None
    before, known_at = _price_at(candles, 1000 * (candles.priced_at - DAY))
    return Change(candles.price / before - 1, candles.priced_at - known_at / 1000)


def _price_at(candles: Candles, moment: float) -> tuple[float, float]:
    """The price at `moment` (ms), as near as the candles tell, and when (ms) it was that."""
    import numpy as np

    begun = int(np.searchsorted(candles.time, moment, side="right")) - 1
    if begun < 0:
        return float(candles.open[0]), float(candles.time[0])
    opened = float(candles.time[begun])
    closed = float(closing_times(candles.time[begun : begun + 1], candles.timeframe)[0])
    if moment >= closed:
        # Nothing was traded from then on until later.
        return float(candles.close[begun]), moment
    if moment - opened < closed - moment:
        return float(candles.open[begun]), opened
    return float(candles.close[begun]), closed
