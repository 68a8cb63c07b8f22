"""Where a market is looked for: exchanges in their order, until one of them has it."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence

from engram.core.errors import ExchangeError, MarketError, NoMarketDataError, UnknownMarketError
from engram.market.candles import duration
from engram.market.exchanges.exchange import Exchange
from engram.market.symbols import Request, nearest_symbols, spellings


class Search:
    """The exchanges of `able` that list what `request` asks for, best first.

    `usual` is the configured quote. The time `until` then, by `time.monotonic`, is shared among the
    exchanges that may still be asked. The `others` have no candles of the timeframe: they are named
    where they alone list the market.
    """

    def __init__(
        self,
        request: Request,
        able: Sequence[Exchange],
        usual: str,
        until: float,
        others: Sequence[Exchange] = (),
    ) -> None:
        self._request = request
        self._symbols = spellings(request.base, request.quote, usual)
        self._able, self._others = able, others
        self._until = until
        #: What is wrong with those that failed; they are not asked again.
        self.troubles: dict[Exchange, str] = {}

    def __iter__(self) -> Iterator[tuple[Exchange, str, float]]:
        """Exchange and symbol, and until when to ask for it there."""
        for symbol in self._symbols:
            for exchange in self._able:
                if exchange in self.troubles:
                    continue
                now = time.monotonic()
                left = len(self._able) - len(self.troubles)
                share = now + (self._until - now) / left
                try:
                    if symbol in exchange.markets(share):
                        yield exchange, symbol, share
                except ExchangeError as err:
                    self.failed(exchange, err)

    def failed(self, exchange: Exchange, err: ExchangeError) -> None:
        """Go on without `exchange`."""
        self.troubles[exchange] = str(err)

    def in_vain(self) -> MarketError:
        """What to say to the person who asked once no exchange is left."""
        asked = [exchange for exchange in self._able if exchange not in self.troubles]
        listed = [symbol for exchange in asked for symbol in exchange.markets(self._until)]
        nearest = nearest_symbols(self._request, self._symbols, listed)
        # An exchange in trouble may list it; but a name that is so close to a listed one is a typo.
        if self.troubles and not nearest:
            unlisted = f"had no market {self._request.symbol}"
            told = {one.profile.name: self.troubles.get(one, unlisted) for one in self._able}
            return NoMarketDataError(sentence(told))
        for other in self._others:
            if listed_there := next((one for one in self._symbols if one in other.at_hand()), None):
                frame = self._request.timeframe
                what = f"{other.profile.name} lists {listed_there}, but has no {frame} candles."
                return UnknownMarketError(what, _nearest(frame, other.profile.timeframes))
        names = " or ".join(exchange.profile.name for exchange in asked)
        return UnknownMarketError(f"I found no {self._request.symbol} on {names}.", nearest)


def able_to_serve(exchanges: Sequence[Exchange], timeframe: str) -> list[Exchange]:
    """Those that have candles of `timeframe`, "" for any; raises a `MarketError` if none has."""
    if not exchanges:
        raise NoMarketDataError("[market] exchange in config.ini names no exchange.")
    length = duration(timeframe)
    able = [one for one in exchanges if length in one.profile.timeframes or not timeframe]
    able = [one for one in able if one.profile.timeframes]
    if able:
        return able
    known = dict(item for e in exchanges for item in e.profile.timeframes.items())
    if not known:
        raise NoMarketDataError("[market] exchange names none that ccxt knows.")
    raise UnknownMarketError(f"There are no {timeframe} candles.", _nearest(timeframe, known))


def _nearest(timeframe: str, known: Mapping[float, str]) -> tuple[str, ...]:
    """The three of `known`, timeframes by their seconds, that are most like `timeframe`."""
    length = duration(timeframe) or 3600.0
    closest = sorted(known, key=lambda other: abs(math.log(other / length)))[:3]
    return tuple(known[length] for length in sorted(closest))


def sentence(troubles: Mapping[str, str]) -> str:
    """The troubles by exchange as one sentence: "Binance and Kraken could not be reached."."""
    names: dict[str, list[str]] = {}
    for name, trouble in troubles.items():
        names.setdefault(trouble, []).append(name)
    return " and ".join(f"{' and '.join(who)} {trouble}" for trouble, who in names.items()) + "."
