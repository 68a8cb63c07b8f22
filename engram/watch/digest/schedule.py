"""When a digest is due, by a plan and the time; pure.

A plan names a minute of each local date. Where that minute does not exist on a date the digest is
due at the next one that does; of one that comes twice the first counts. Each date has at most one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo

from engram.market.candles import DAY
from engram.storage.watch.digest_table import DigestPlan
from engram.watch.zones import named

# A missed digest is made up to so many seconds after its minute.
LATEST = 6 * 3600.0
# One that is made later than this says so (s): a round may be held up a little.
LATE = 120.0
# So many dates are kept: those of the last week, also if the time zone changes each day.
KEPT = 14
_MINUTE, _ONE_DAY = 60, timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """The digest of the local date `day` ("2026-11-29"), due at `at` (s since the epoch).

    `late` tells by how many seconds it was missed, 0 if it was not.
    """

    day: str
    at: float
    late: float = 0.0


def due(plan: DigestPlan, now: float) -> Due | None:
    """The digest that is to be made `now` (s since the epoch), if any."""
    zone = named(plan.zone)
    for day in _dates(zone, now, -1, 0):
        at = instant(day, plan.minute, zone)
        if at is None or not at <= now < at + LATEST or not _counts(plan, day, at, now):
            continue
        return Due(day.isoformat(), at, now - at if now - at >= LATE else 0.0)
    return None


def upcoming(plan: DigestPlan, now: float) -> float | None:
    """When the next digest will be due after `now`; None where there is none in the next days."""
    zone = named(plan.zone)
    for day in _dates(zone, now, -1, 0, 1, 2):
        at = instant(day, plan.minute, zone)
        if at is not None and at > now and _counts(plan, day, at, now):
            return at
    return None


def with_day(plan: DigestPlan, day: str) -> tuple[str, ...]:
    """The dates of `plan` that are to be kept once the digest of `day` is made.

    The latest that were made stay, whatever their order: a clock that was far ahead for a while
    must not push the true dates out.
    """
    return (*plan.days, day)[-KEPT:]


def since(plan: DigestPlan, now: float) -> float:
    """From when on a digest that is made `now` tells what happened (s since the epoch)."""
    last = plan.made_at or plan.at
    return last if last <= now else now - DAY


def instant(day: date, minute: str, zone: tzinfo) -> float | None:
    """When that minute ("08:00") comes on a date in `zone`, in seconds since the epoch.

    None for a date that a place has left out, as Samoa did with 2011-12-30 when it crossed the
    date line. Raises ValueError for what is no minute.
    """
    hour, _, rest = minute.partition(":")
    wanted = datetime(day.year, day.month, day.day, int(hour), int(rest))
    # Of a minute that comes twice, 0 is the first, and of one that does not come, the time as if
    # the clocks had not been put forward yet.
    at = _seconds(wanted, zone, 0)
    if _wall(at, zone) == wanted:
        return float(at)
    at = _seconds(wanted, zone, 1)
    while _wall(at, zone) < wanted:
        at += _MINUTE
    around = _wall(at, zone).date(), _wall(at - _MINUTE, zone).date()
    return float(at) if day in around else None


def _counts(plan: DigestPlan, day: date, at: float, now: float) -> bool:
    """Whether that date has had none yet, and it was asked for before.

    A plan from far in the future was made when the clock was wrong.
    """
    is_new = plan.at > at and plan.at <= now + DAY
    return day.isoformat() not in plan.days and not is_new and at != plan.at


def _dates(zone: tzinfo, now: float, *offsets: int) -> list[date]:
    today = _wall(now, zone).date()
    return [today + offset * _ONE_DAY for offset in offsets]


def _seconds(wall: datetime, zone: tzinfo, fold: int) -> int:
    return int(wall.replace(tzinfo=zone, fold=fold).timestamp())


def _wall(at: float, zone: tzinfo) -> datetime:
    """What the clocks in `zone` show, without it: such times can be compared."""
    return datetime.fromtimestamp(at, timezone.utc).astimezone(zone).replace(tzinfo=None)
