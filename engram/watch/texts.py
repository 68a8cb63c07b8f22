"""The words about what is armed, watched or was taken back; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engram.core.errors import ExchangeError
from engram.core.formats import format_percent, format_price
from engram.storage.watch.alert_table import Alert
from engram.storage.watch.armed import DELIVERED, FIRED
from engram.watch.conditions import NAMES, Condition

MOST_ALERTS, MOST_WATCHED, MOST_TIMEFRAMES = 50, 30, 4

# What was to be done: "armed", "watch" or "kept".
IN_MEMORY = (
    "I {did} nothing: my store is in memory only, so it would be forgotten after a restart. Its "
    "owner finds the reason in the log."
)
UNWRITTEN = (
    "I {did} nothing: my store cannot be written right now, and what is not kept could get lost. "
    "Its owner is told why. Please send it again later."
)
NOT_CHANGED = (
    "I could not change that: my store cannot be written right now. Its owner is told why. Please "
    "try again later."
)
NOTHING_SET_UP = "Nothing is set up: {why}"
NO_PRICE = (
    "There is no current price to begin with, so nothing is set up: {why} Send it again once there "
    "is one."
)
DAMAGED = "What is kept of it is damaged. /alert arms another one."
NO_SUCH_PRICE = "I armed nothing: no market comes to such a price."
NO_CANDLES = (
    "There are no candles to begin with, so nothing is set up: {why} Send it again once there are."
)
TOO_MANY_ALERTS = (
    f"I armed nothing: at most {MOST_ALERTS} alerts can be armed in a chat, and there are {{count}}"
    ". /alerts has a ✖ for each of them."
)
TOO_MANY_WATCHED = (
    f"I watch at most {MOST_WATCHED} markets for a chat, and there are {{count}} already. "
    "/unwatch BTC ends one."
)
TOO_MANY_TIMEFRAMES = (
    f"I watch at most {MOST_TIMEFRAMES} timeframes for a chat, and there are {{frames}} already. "
    "One is free once no market is watched on it: /watchlist shows them, and /unwatch BTC 4h ends "
    "that market's."
)
ARMED = "🔔 Armed: {what}."
ARMED_ALREADY = "🔔 Already armed: {what}."
TAKEN_BACK = "✖ Disarmed: {what}."
FIRED_ALREADY = "🔔 It has fired: {what}."
STILL = "What this message armed before stays armed: {what}."
INSTEAD = "Disarmed instead: {what}."
TRUE_ALREADY = (
    "I armed nothing, because that is so already: {now}, and the alert was to fire when {what}. "
    "{advice}"
)
STILL_TO_COME = "An alert waits for a crossing, so ask for what is still to come."
NEXT_SIGNAL = "/alert {symbol} {timeframe} signal tells you of the next change."
NOT_READY = "That is so right now: it fires at the next crossing."
PRICE_NOW = "{symbol} costs {price} on {exchange}"
STANDING = "at the last close {subject} was {value}"
SIGNAL_NOW = "at the last close the signal was {signal}"
NOW = "The price is {price} on {exchange}{distance}."
PRICE_THEN = "When it was armed the price was {price} on {exchange}."
DISTANCE = "{percent} to go"
SINCE = " ({percent} from {price})"
AT_CLOSE = "It is judged whenever a {timeframe} candle closes{by_default}."
BY_DEFAULT = ", on the default timeframe, because none was named"
LONG_MINUTES = "{exchange} has no one-minute candles of it, so I look at its {timeframe} candles."
NO_ALERT = "There is no such alert here: /alerts lists them."
NOT_YOURS = "That is somebody else's: they or an administrator can end it."
WATCHING = "👁 {market} is watched. Its signal is {signal}, and I tell you when that changes."
WATCHED_ALREADY = "👁 {market} is watched already. Its signal is {signal}."
BY_DEFAULT_TIMEFRAME = "You named no timeframe, so it is the default one."
NOT_WATCHED = "I watch nothing of {market} here. /watchlist shows what I do."
UNWATCHED = "✖ No longer watched: {markets}."
WHICH_MARKET = (
    "Which market? None was spoken of here yet. /watch BTC 4h tells you when its signal changes, "
    "and /unwatch BTC ends that."
)
ONE_MARKET = "One market at a time, please: this could be {markets}."
NOTHING_SUSPENDED = "Nothing is suspended here."
RESUME = "🔁 Arm all anew"
RESUMED = "🔁 Armed anew:"
NOT_RESUMED = "⏸ Still suspended, /resume tries it again:"
STOPPED = "That was stopped."
TOOK_TOO_LONG = "That took too long."
DIGEST = "the digest at {minute}"
BY_TEXT = "{command} takes it back."
AND_OTHERS = " and {count} more"
# So many names stand in a row.
NAMED = 5


def what_is_awaited(alert: Alert) -> str:
    """What an alert waits for, with the level that a percentage came to."""
    try:
        asked, waits_for = Condition.read(alert.asked), Condition.read(alert.condition)
    except ValueError:
        # A damaged row must hold up nothing else that is said.
        return f"{alert.symbol}: {alert.condition}"
    words = waits_for.words(alert.symbol, alert.timeframe)
    if asked.operator != "moves":
        return words
    share = format_percent(asked.value, _decimals(asked.value), signed=True)
    return words + SINCE.format(percent=share, price=format_price(alert.price))


def armed(
    alert: Alert, exchange: str, *, is_new: bool = True, is_default: bool = False, minute: str = ""
) -> str:
    """What was understood, with the price when it was armed.

    `is_default` tells that nobody named the timeframe; `minute` is the shortest one that the
    exchange has.
    """
    what = what_is_awaited(alert)
    if not is_new:
        then = PRICE_THEN.format(price=format_price(alert.price), exchange=exchange)
        return f"{ARMED_ALREADY.format(what=what)}\n{then}"
    lines = [ARMED.format(what=what), *_standing(alert, exchange)]
    if alert.is_closed:
        by_default = BY_DEFAULT if is_default else ""
        lines.append(AT_CLOSE.format(timeframe=alert.timeframe, by_default=by_default))
    elif minute not in ("", "1m"):
        lines.append(LONG_MINUTES.format(exchange=exchange, timeframe=minute))
    return "\n".join(lines)


def true_already(asked: Condition, symbol: str, timeframe: str, now: str) -> str:
    """That what is `asked` is so already, as the words `now` say, and what could be asked for."""
    is_signal = asked.subject == "signal"
    advice = NEXT_SIGNAL if is_signal else STILL_TO_COME
    advice = advice.format(symbol=symbol, timeframe=timeframe)
    return TRUE_ALREADY.format(now=now, what=asked.words(symbol, timeframe), advice=advice)


def still(alert: Alert) -> str:
    """That what a message armed before it was edited stays armed."""
    return STILL.format(what=what_is_awaited(alert))


def instead(alert: Alert) -> str:
    """That an alert was disarmed for another one."""
    return INSTEAD.format(what=what_is_awaited(alert))


def price_now(symbol: str, price: float, exchange: str) -> str:
    """What a market costs now."""
    return PRICE_NOW.format(symbol=symbol, price=format_price(price), exchange=exchange)


def standing(asked: Condition, signal: str, value: float, other: float) -> str:
    """How the subject of a condition stands at the last closed candle."""
    if asked.subject == "signal":
        return SIGNAL_NOW.format(signal=signal)
    if asked.subject == "close":
        than = f"{format_price(value)}, its EMA {asked.other[3:]} {format_price(other)}"
        return STANDING.format(subject="it", value=than)
    subject = f"the {NAMES[asked.subject]}"
    return STANDING.format(subject=subject, value=f"{value:,.4g}{asked.unit}")


def _standing(alert: Alert, exchange: str) -> list[str]:
    """The price when it was armed, how far it had to go, and whether it was true then."""
    price, far = format_price(alert.price), distance(alert, alert.price)
    far = f": {DISTANCE.format(percent=far)}" if far and alert.ready else ""
    lines = [NOW.format(price=price, exchange=exchange, distance=far)]
    return lines if alert.ready else [*lines, NOT_READY]


def distance(alert: Alert, price: float) -> str:
    """How far the price has to go, signed; "" for what waits for no price."""
    if alert.is_closed:
        return ""
    try:
        level = Condition.read(alert.condition).value
    except ValueError:
        return ""
    return format_percent(level / price - 1, 2, signed=True)


def ended(alert: Alert) -> str:
    """How it stands with an alert that is not armed any more."""
    text = FIRED_ALREADY if alert.state in (FIRED, DELIVERED) else TAKEN_BACK
    return text.format(what=what_is_awaited(alert))


def resumed(done: Sequence[str], left: Mapping[str, Sequence[str]]) -> str:
    """What is armed anew, and by the reason what is not."""
    parts = [_listed(RESUMED, done)] if done else []
    parts += [f"{_listed(NOT_RESUMED, what)}\n{why}" for why, what in left.items()]
    return "\n\n".join(parts)


def _listed(title: str, what: Sequence[str]) -> str:
    return "\n".join([title, *(f"· {one}" for one in what)])


def no_start(exchange: str, err: Exception) -> str:
    """Why no candles say where an alert would begin."""
    why = f"{exchange} {err}." if isinstance(err, ExchangeError) else str(err)
    return NO_CANDLES.format(why=why)


def some_of(names: Sequence[str]) -> str:
    """Names in a row, those beyond the fifth as a number."""
    left = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (AND_OTHERS.format(count=left) if left > 0 else "")


def counted(alerts: int = 0, watched: int = 0) -> str:
    """So many alerts and watched markets: "3 alerts and 1 watched market"."""
    counts = [(alerts, "alert"), (watched, "watched market")]
    return " and ".join(f"{count} {name}{'s' * (count > 1)}" for count, name in counts if count)


def _decimals(share: float) -> int:
    """As many decimals as the percentage has that was asked for, at most two."""
    percent = abs(100 * share)
    return next((digits for digits in (0, 1) if abs(round(percent, digits) - percent) < 1e-9), 2)
