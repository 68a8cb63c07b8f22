"""The lists of markets of all exchanges, as one that texts are read by."""

import contextlib
import threading
import time
from collections.abc import Mapping, Sequence

from engram.core.errors import ExchangeError, MarketError, NoMarketDataError, UnknownMarketError
from engram.market.exchanges.exchange import Exchange
from engram.market.words.markets import Markets


class MarketLists:
    """What `exchanges` list; texts that name no quote mean `quote`. For several threads."""

    def __init__(self, exchanges: Sequence[Exchange], quote: str) -> None:
        self._exchanges = exchanges
        self._quote = quote
        self._lock = threading.Lock()
        self._read: list[Mapping[str, object]] = []
        self._markets = Markets((), quote, complete=False)

    def at_hand(self) -> Markets:
        """The markets that are known without asking an exchange."""
        lists = [exchange.at_hand() for exchange in self._exchanges]
        with self._lock:
            # They are made ready once for each list that an exchange sends.
            known = zip(lists, self._read, strict=False)
            if len(lists) != len(self._read) or any(one is not other for one, other in known):
                symbols = (symbol for listed in lists for symbol in listed)
                self._markets = Markets(symbols, self._quote, complete=bool(lists) and all(lists))
                self._read = lists
            return self._markets

    def after(self, seconds: float) -> Markets:
        """The markets once all lists have arrived that are missing, or after `seconds` at most."""
        until = time.monotonic() + seconds
        missing = [exchange for exchange in self._exchanges if not exchange.at_hand()]
        missing = [exchange for exchange in missing if exchange.profile.timeframes]
        # All begin at the same time.
        for ask in (Exchange.load, lambda exchange: exchange.markets(until)):
            for exchange in missing:
                with contextlib.suppress(ExchangeError):
                    ask(exchange)
        return self.at_hand()

    def unlisted(self, word: str) -> MarketError:
        """What to say about `word`, which was meant as a market and is none that is known."""
        able = [exchange for exchange in self._exchanges if exchange.profile.timeframes]
        asked = [exchange.profile.name for exchange in able if exchange.at_hand()]
        if not asked:
            return NoMarketDataError(f"No exchange told which markets it has, {word} or others.")
        silent = [exchange.profile.name for exchange in able if not exchange.at_hand()]
        but = f" ({' and '.join(silent)} could not be asked)" if silent else ""
        what = f"I found no market {word} on {' or '.join(asked)}{but}."
        return UnknownMarketError(what, self.at_hand().nearest(word))
