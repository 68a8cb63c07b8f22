"""What ccxt knows of exchanges without asking them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engram.core.formats import did_you_mean
from engram.market.candles import duration


@dataclass(frozen=True, slots=True)
class Profile:
    """What ccxt knows of an exchange without asking it."""

    name: str  # for people: Binance
    timeframes: Mapping[float, str]  # that it has candles of, by their seconds
    rate_limit: float = 1.0  # seconds that ccxt leaves between two requests


def profile_of(id_: str) -> Profile:
    """The exchange's profile; one that ccxt does not know has its id as name and no candles."""
    import ccxt

    if unknown_exchanges([id_]):
        return Profile(id_, {})
    known = getattr(ccxt, id_)()
    lengths = {name: duration(name) for name in known.timeframes or ()}
    timeframes = {length: name for name, length in lengths.items() if length}
    return Profile(known.name, timeframes, known.rateLimit / 1000)


def unknown_exchanges(ids: Iterable[str]) -> list[str]:
    """A sentence for each of `ids` that offers no candles through ccxt; needs no network."""
    import ccxt

    problems = []
    for id_ in ids:
        if id_ not in ccxt.exchanges:
            meant = did_you_mean(id_, ccxt.exchanges)
            problems.append(f"[market] exchange = {id_}: ccxt knows no such exchange{meant}")
        elif not getattr(ccxt, id_)().has.get("fetchOHLCV"):
            problems.append(f"[market] exchange = {id_}: this exchange offers no candles")
    return problems
