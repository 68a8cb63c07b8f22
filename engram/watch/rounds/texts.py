"""The words of alerts that fired, of changed signals, and of what cannot be watched; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engram.core.formats import format_percent, format_price
from engram.core.text.surrogates import utf16_length
from engram.market.candles import duration, title
from engram.storage.watch.alert_table import Alert
from engram.storage.watch.armed import Place
from engram.storage.watch.watched_table import Watched
from engram.watch.conditions import NAMES, Condition
from engram.watch.looking.closed import Change, Fired
from engram.watch.looking.price import Firing
from engram.watch.texts import some_of, what_is_awaited
from engram.watch.zones import local

FIRED = "🔔 {what}"
REACHED = "{price} on {exchange} at {when}"
BETWEEN = "{price} on {exchange} between {begin} and {end}"
AT_CLOSE = "{value} at the close of {when}, at {price} on {exchange}"
AWAY = ", while I was away"
NOW = "Now {price}"
FROM_LEVEL = ", {share} from there"
BY = "Armed by {name}"
CHANGED = "👁 {market}: {signal}, was {was} since {since}"
CHANGED_AT = "It changed at the close of {when}{away}."
CHANGE_NAME = "signal of {symbol} ({timeframe})"
UNJUDGED_NAME = "candles of {symbol} that are not judged"
EARLIER = "Before: {changes}."
EARLIER_ONE = "{signal} from {when}"
MOST_EARLIER = 5
# So many UTF-16 units fit below a picture.
CAPTION = 1024
AND_MORE = "{count} earlier ones"
UNJUDGED = (
    "⚠️ I was away for too long: the candles of {market} from {begin} to {end} are not judged. What "
    "came after them is."
)
CANNOT = "⚠️ I cannot watch {what}: {exchange} {why}. That concerns {count} here."
GOES_ON = "I keep asking, and judge the time between as soon as I can."
GOES_ON_REMOVED = "I judge the time between once it is there again."
WORKS = "✅ I can watch {what} again, and have looked at the time between."
FROZEN = "has sent nothing new of it for 15 minutes"
REMOVED = "is not in config.ini any more"
BUG = "sent what I could not judge"
AWAY_NAME = "what cannot be watched"


def fired(
    alert: Alert, firing: Firing, exchange: str, price: float, zone: str, now: float,
    *, is_away: bool, is_rough: bool,
) -> str:  # fmt: skip
    """That a price alert has fired, and what the market costs now.

    `is_away` tells that nobody was looking then, `is_rough` that only a longer candle is known.
    """
    begin, end = (at / 1000 for at in (firing.candle, firing.candle + firing.length))
    about = {"price": format_price(firing.price), "exchange": exchange}
    if is_rough:
        first, last = local(begin, zone, now), local(end, zone, now)
        when = BETWEEN.format(**about, begin=first, end=last)
    else:
        when = REACHED.format(**about, when=local(begin, zone, now))
    level = Condition.read(alert.condition).value
    share = format_percent(price / level - 1, 2, signed=True)
    standing = NOW.format(price=format_price(price)) + FROM_LEVEL.format(share=share)
    return _lines(alert, when + AWAY * is_away, standing)


def fired_at_close(
    alert: Alert, found: Fired, exchange: str, price: float, zone: str, now: float, *, is_away: bool
) -> str:
    """That an alert on an indicator or a signal has fired."""
    when = AT_CLOSE.format(
        value=_value(Condition.read(alert.condition), found),
        when=local(found.reading.closed / 1000, zone, now),
        price=format_price(found.reading.row.close),
        exchange=exchange,
    )
    return _lines(alert, when + AWAY * is_away, NOW.format(price=format_price(price)))


def _lines(alert: Alert, when: str, standing: str) -> str:
    what = what_is_awaited(alert)
    first = FIRED.format(what=what[:1].upper() + what[1:])
    who = [BY.format(name=alert.name)] if alert.name else []
    return "\n".join([first, when, standing, *who])


def _value(condition: Condition, found: Fired) -> str:
    """What an alert has met: "RSI 28.4", "signal BUY (was HOLD)"."""
    row, signal = found.reading.row, found.reading.signal
    if condition.subject == "signal" and signal:
        return f"Signal {signal.value}" + (f" (was {found.was.value})" if found.was else "")
    if condition.subject == "close":
        average = format_price(getattr(row, condition.other), like=row.close)
        return f"EMA {condition.other.removeprefix('ema')} {average}"
    name = NAMES[condition.subject]
    value = found.value if math.isfinite(found.value) else 0.0
    return f"{name[0].upper()}{name[1:]} {value:,.3g}{condition.unit}"


def changed(
    watched: Watched, changes: Sequence[Change], exchange: str, zone: str, now: float,
    *, is_away: bool, panels: Sequence[str] = (),
) -> str:  # fmt: skip
    """How the signal of a watched market has changed: the latest change, and those before it.

    Below it stands the first of the `panels` with which all of it is one caption. Where none is
    short enough, fewer of the changes before are named.
    """
    text = ""
    for most in range(MOST_EARLIER, -1, -1):
        heading = _changes(watched, changes, exchange, zone, now, is_away=is_away, most=most)
        for panel in panels or ("",):
            text = f"{heading}\n\n{panel}".strip()
            if utf16_length(text) <= CAPTION:
                return text
    return text


def _changes(
    watched: Watched, changes: Sequence[Change], exchange: str, zone: str, now: float,
    *, is_away: bool, most: int,
) -> str:  # fmt: skip
    *before, last = changes
    heading = CHANGED.format(
        market=title(watched.symbol, watched.timeframe, exchange), signal=last.signal, was=last.was,
        since=local(last.since / 1000 + (duration(watched.timeframe) or 0.0), zone, now),
    )  # fmt: skip
    when = local(last.reading.closed / 1000, zone, now)
    lines = [heading, CHANGED_AT.format(when=when, away=AWAY * is_away)]
    if before:
        named = [
            EARLIER_ONE.format(
                signal=one.signal,
                when=local(one.reading.closed / 1000, zone, now),
            )
            for one in before[max(0, len(before) - most) :]
        ]
        left = len(before) - len(named)
        more = [AND_MORE.format(count=left)] if left else []
        lines.append(EARLIER.format(changes=", ".join([*more, *named])))
    return "\n".join(lines)


def unjudged(place: Place, exchange: str, times: tuple[int, int], zone: str, now: float) -> str:
    """Which candles lie too far back: those between `times` (ms)."""
    begin, end = (local(at / 1000, zone, now) for at in times)
    market = title(place.symbol, place.timeframe, exchange)
    return UNJUDGED.format(market=market, begin=begin, end=end)


def cannot(exchange: str, symbols: Sequence[str], why: str, count: str, *, removed: bool) -> str:
    """That `symbols`, or with none all of an exchange, cannot be watched."""
    first = CANNOT.format(what=_what(exchange, symbols), exchange=exchange, why=why, count=count)
    return f"{first}\n{GOES_ON_REMOVED if removed else GOES_ON}"


def works(exchange: str, symbols: Sequence[str]) -> str:
    """That they can be watched again."""
    return WORKS.format(what=_what(exchange, symbols))


def _what(exchange: str, symbols: Sequence[str]) -> str:
    return f"{some_of(symbols)} on {exchange}" if symbols else exchange
