"""The words around the table of the watchlist; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engram.watch.texts import some_of
from engram.watch.watchlist.table import Row
from engram.watch.zones import local

HEAD = "👁 {markets} · {exchanges} · {time}"
NOTHING_WATCHED = (
    "Nothing is watched here. /watch BTC 4h tells you when its signal changes, and puts it into "
    "this table."
)
LISTED_ON = "{exchange}: {markets}"
NO_PRICE = "⚠️ No price of {markets}: {exchange} {reason}."
NOT_YET = "… More prices are on their way."
NOT_IN_TIME = (
    "⚠️ Some prices have not come yet, because {exchanges} takes its time. Please send /watchlist "
    "again in a moment."
)


def head(count: int, exchanges: Sequence[str], now: float, zone: str) -> str:
    """The line above the table: how many markets, where, and when."""
    markets = "1 market" if count == 1 else f"{count} markets"
    return HEAD.format(markets=markets, exchanges=" and ".join(exchanges), time=local(now, zone))


def notes(rows: Sequence[Row], names: Mapping[str, str], *, is_over: bool) -> list[str]:
    """The lines below the table: what stands on another exchange, and which prices are missing."""
    lines = []
    _first, *others = dict.fromkeys(row.exchange for row in rows)
    for exchange in others:
        markets = _markets([row for row in rows if row.exchange == exchange])
        lines.append(LISTED_ON.format(exchange=names[exchange], markets=markets))
    troubles: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.quote and row.quote.missing:
            troubles.setdefault((row.exchange, row.quote.missing), []).append(row)
    for (exchange, reason), meant in troubles.items():
        said = NO_PRICE.format(markets=_markets(meant), exchange=names[exchange], reason=reason)
        lines.append(said)
    waiting = dict.fromkeys(names[row.exchange] for row in rows if row.quote is None)
    if waiting:
        late = NOT_IN_TIME.format(exchanges=" or ".join(waiting))
        lines.append(late if is_over else NOT_YET)
    return lines


def _markets(rows: Sequence[Row]) -> str:
    return some_of([row.symbol for row in rows])
