"""The words of the list of what is armed; pure."""

from __future__ import annotations

from engram.core.formats import format_duration, format_price
from engram.storage.watch.alert_table import Alert
from engram.watch import texts

NOTHING_ARMED = (
    "No alert is armed here. /alert BTC > 100000 arms one, and so does a sentence: tell me when "
    "ETH drops 5%."
)
TITLE = "🔔 {count} {alerts} armed"
PAGE = ", page {page} of {pages}"
LOOKED = "last look {age} ago"
LONG_AGO = "⚠️ last look {age} ago"
LATE = "⚠️ Rounds are late: one takes {seconds} now. Nothing is missed, it is only told later."
CANNOT = "⚠️ cannot be watched: {exchange} {reason}"
ELSEWHERE = "in another topic"
IN_TERMINAL = "in the terminal"
SUSPENDED = (
    "⏸ Suspended, because I could not reach this chat: {count}. /resume arms all of it anew."
)
AT_NEXT = "fires at the next crossing"
BY_NUMBER = "/disarm {number} takes #{number} back."
# Older looks than this (s) are pointed out.
OLD = 300.0


def entry(alert: Alert, exchange: str, price: float | None, *notes: str) -> str:
    """An alert in the list of all, with the latest price if there is one, and `notes`."""
    now = [] if price is None else [f"now {format_price(price)}", *_way(alert, price)]
    who = [f"by {alert.name}"] if alert.name else []
    about = " · ".join([*now, exchange, *who, *notes])
    return f"#{alert.number} {texts.what_is_awaited(alert)}\n  {about}"


def _way(alert: Alert, price: float) -> list[str]:
    """How far the price has to go, if it has; one that is true already has to come back first."""
    far = texts.distance(alert, price)
    to_go = [texts.DISTANCE.format(percent=far)] if far else []
    return to_go if alert.ready else [AT_NEXT]


def looked(age: float, pause: float = 0.0) -> str:
    """How old the last look is, where there is a `pause` between two; both in seconds."""
    text = LONG_AGO if age > OLD + pause else LOOKED
    return text.format(age=format_duration(age))


def title(count: int, page: int, pages: int) -> str:
    """How many alerts are armed, and which page of them this is."""
    text = TITLE.format(count=count, alerts="alert" if count == 1 else "alerts")
    return text + (PAGE.format(page=page, pages=pages) if pages > 1 else "")


def late(seconds: float) -> str:
    """That a round of looks takes longer than a minute."""
    return LATE.format(seconds=format_duration(seconds))


def suspended(alerts: int, watched: int) -> list[str]:
    """The line about what is suspended, if anything is."""
    count = texts.counted(alerts, watched)
    return [SUSPENDED.format(count=count)] if count else []
