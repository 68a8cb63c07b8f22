"""What a digest says; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from engram.core.formats import format_duration, format_price
from engram.core.model import Model
from engram.market.candles import duration
from engram.storage.watch.alert_table import Alert
from engram.storage.watch.ledger_table import LedgerRow
from engram.storage.watch.watched_table import Watched
from engram.watch.texts import what_is_awaited
from engram.watch.watchlist.table import MARKS
from engram.watch.zones import local, place, there

# So many lines of one kind.
LINES = 8
NAME = "digest of {day}"
HEAD = "🗞 Digest · {time} {place}"
LATE = "⏰ It comes {late} late: I was away at {minute}."
NOTHING_WATCHED = "Nothing is watched here: /watch BTC 4h puts a market into the digest."
CHANGED = "🔀 {symbol} {timeframe}: {mark} {signal} since {time}"
WAS = ", was {mark} {signal}"
FIRED = "🔔 {what} · {time}, at {price}"
# The rules' and the models' signals, all that anybody was shown.
CAME_OUT = "📒 Signals whose horizon has ended: {sources}"
SOURCE = "{source} {right} of {given} right"
RULES = "rules"
ENDED = "{sign} {symbol} {timeframe} {signal} ({source}): {price} → {judged}"
RIGHT, WRONG = "✅", "❌"
QUIET = "Nothing new: no signal has changed, no alert has fired, and no signal's horizon has ended."
MORE = "… and {count} more"
PROMPT = (
    "Below is what a trader's watchlist says today. Say in at most two sentences, in English and "
    "without Markdown, what stands out in it. Use only the numbers that stand there, and give no "
    "advice. ▲ is BUY, ▼ is SELL, ▬ is HOLD."
)
# A change in the table, whose column says what it is.
_CHANGE = re.compile(r"(?m)(?<=\s)[+-]\d+(?:\.\d)?(?=\s(?!%)|$)")


def data(facts: str) -> str:
    """The `facts` of a digest as a model gets them: the changes in the table are percentages."""
    return _CHANGE.sub(r"\g<0> %", facts)


def head(at: float, zone: str) -> str:
    """The first line: the minute that the digest is of, as it is read in `zone`."""
    then = there(at, zone)
    return HEAD.format(time=f"{then:%a} {then.day} {then:%b %H:%M}", place=place(zone))


def late(seconds: float, minute: str) -> str:
    """Why it comes now."""
    return LATE.format(late=format_duration(seconds // 60 * 60), minute=minute)


def changed(watched: Iterable[Watched], since: float, now: float, zone: str) -> list[str]:
    """A line for each signal that has changed after `since`, as it was and is."""
    lines = []
    for one in watched:
        closed = one.since / 1000 + (duration(one.timeframe) or 0.0)
        # What the signal was when it began to be watched is no change.
        if closed <= max(since, one.at):
            continue
        about = {"symbol": one.symbol, "timeframe": one.timeframe, "time": local(closed, zone, now)}
        line = CHANGED.format(**about, mark=MARKS.get(one.signal, ""), signal=one.signal)
        was = WAS.format(mark=MARKS.get(one.was, ""), signal=one.was) if one.was else ""
        lines.append(line + was)
    return _some(lines)


def fired(alerts: Iterable[Alert], now: float, zone: str) -> list[str]:
    """A line for each alert that has fired."""
    lines = []
    for one in alerts:
        at = (one.fired_candle or 0) / 1000
        at += (duration(one.timeframe) or 0.0) if one.is_closed else 0.0
        about = {"time": local(at, zone, now), "price": format_price(one.fired_price or 0.0)}
        lines.append(FIRED.format(what=what_is_awaited(one), **about))
    return _some(lines)


def came_out(ended: Sequence[LedgerRow], symbols: Iterable[str]) -> list[str]:
    """How the signals came out, all of them by their sources, and those on `symbols` one by one."""
    if not ended:
        return []
    sources = []
    for source in sorted({row.source for row in ended}, key=lambda one: (one != RULES, one)):
        given = [row for row in ended if row.source == source]
        right = sum(bool(row.came_true) for row in given)
        sources.append(SOURCE.format(source=_name(source), right=right, given=len(given)))
    watched = set(symbols)
    lines = [_ended(row) for row in ended if row.symbol in watched]
    return [CAME_OUT.format(sources=", ".join(sources)), *_some(lines)]


def _ended(row: LedgerRow) -> str:
    return ENDED.format(
        sign=RIGHT if row.came_true else WRONG,
        symbol=row.symbol,
        timeframe=row.timeframe,
        signal=row.signal,
        source=_name(row.source),
        price=format_price(row.price),
        judged=format_price(row.judged_price or 0.0, like=row.price),
    )


def _name(source: str) -> str:
    """The rules, or a model without its publisher."""
    return Model(source).name


def _some(lines: list[str]) -> list[str]:
    """The last ones of them, with how many more there are."""
    more = len(lines) - LINES
    return [*lines[-LINES:], MORE.format(count=more)] if more > 0 else lines
