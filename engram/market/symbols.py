"""What is asked of a market: a symbol on a timeframe, and in which spellings it may be listed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

# So many markets are looked at together.
MOST = 4
# A person who asks for a coin in dollars is served in any of these; the candles say in which.
DOLLARS = ("USDT", "USD", "USDC")


@dataclass(frozen=True, slots=True)
class Request:
    """What to analyse: `base` in `quote` ("BTC", "USDT") on a `timeframe` ("4h")."""

    base: str
    quote: str
    timeframe: str

    @classmethod
    def of(cls, symbol: str, timeframe: str) -> Request:
        """The request for a `symbol` such as BTC/USDT."""
        base, _, quote = symbol.partition("/")
        return cls(base, quote, timeframe)

    @property
    def symbol(self) -> str:
        """The market's name as exchanges write it: BTC/USDT."""
        return f"{self.base}/{self.quote}"

    def __str__(self) -> str:
        return f"{self.symbol} {self.timeframe}"


@dataclass(frozen=True, slots=True)
class Topic:
    """What a text is about: the markets of `requests`, and what was meant as one and is `unknown`.

    As a text, in which the store keeps it, `BTC/USDT 4h, ?HYPE`.
    """

    requests: tuple[Request, ...] = ()
    unknown: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ", ".join([*map(str, self.requests), *(f"?{word}" for word in self.unknown)])

    def __bool__(self) -> bool:
        return bool(self.requests or self.unknown)

    @classmethod
    def read(cls, text: str) -> Topic:
        """The topic that was kept as `text`."""
        parts = text.split(", ") if text else []
        named = [part.rpartition(" ") for part in parts if not part.startswith("?")]
        requests = [Request.of(symbol, timeframe) for symbol, _, timeframe in named]
        return cls(tuple(requests), tuple(part[1:] for part in parts if part.startswith("?")))


def spellings(base: str, quote: str, configured: str) -> tuple[str, ...]:
    """The symbols that answer for `base` in `quote`, best first; `configured` is the usual quote.

    A quote that a person chose is not replaced, except for a dollar by another kind of dollar.
    """
    others = DOLLARS if quote in (*DOLLARS, configured) else ()
    return tuple(dict.fromkeys(f"{base}/{one}" for one in (quote, *others)))


def nearest_symbols(
    request: Request, wanted: Iterable[str], listed: Iterable[str]
) -> tuple[str, ...]:
    """Up to three of `listed`: the same coin in other money, then coins with a similar ticker."""
    same = [symbol for symbol in listed if symbol.startswith(f"{request.base}/")]
    quotes = {symbol.partition("/")[2] for symbol in wanted}
    bases: dict[str, str] = {}
    for symbol in listed:
        base, _, quote = symbol.partition("/")
        if quote in quotes:
            bases.setdefault(base, symbol)
    close = difflib.get_close_matches(request.base, bases, 3)
    return tuple(dict.fromkeys([*same, *(bases[base] for base in close)]))[:3]
