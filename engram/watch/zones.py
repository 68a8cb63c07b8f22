"""Time zones: what people call them, what is kept of them, and times as they read them; pure.

A zone is kept as the name in the IANA database ("Europe/Berlin"), or as an offset ("UTC+02:00").
"" stands for none, which is UTC.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo

UTC = "UTC"
# So many names are offered where several may be meant.
OFFERED = 3
# The clocks of the world lie between these, in quarters of an hour.
_EARLIEST, _LATEST, _STEP = -12 * 60, 14 * 60, 15
_OFFSET = re.compile(
    r"(?:(?:utc|gmt)\s*)?(?P<sign>[+-])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?"
    r"\s*(?:h|hours?|hrs?|utc|gmt)?"
)
_NO_OFFSET = {"utc", "gmt", "z", "zulu", "utc0", "gmt0", "etc/utc", "etc/gmt", "universal", "uct"}
_DASHES = str.maketrans("−–‐‑", "----")
# What a system may list beside the zones: its own, and the lack of one.
_NO_ZONES = {"localtime", "Factory", "posixrules"}


@dataclass(frozen=True, slots=True)
class Offered:
    """Zones that may be meant, the most likely first; none where nothing is like what was said."""

    names: tuple[str, ...]


def find(said: str) -> str | Offered:
    """The zone that somebody named: "europe/berlin", "UTC+2"; or what may be meant by "Berlin"."""
    words = unicodedata.normalize("NFKC", said).translate(_DASHES).strip().strip("\"'.").casefold()
    if words in _NO_OFFSET:
        return UTC
    if offset := _OFFSET.fullmatch(words):
        return _offset(offset)
    from zoneinfo import available_timezones  # 0.3 MB that a bot without zones need not spend

    known = sorted(available_timezones() - _NO_ZONES, key=_rank)
    names = {_plain(name): name for name in reversed(known)}
    wanted = _plain(words)
    if not wanted:
        return Offered(())
    # "Etc/GMT+2" is two hours behind UTC: nobody who writes "gmt+2" means that.
    return names.get(wanted) or Offered(_like(wanted, known))


def named(zone: str) -> tzinfo:
    """The zone that was kept under that name; UTC where no system knows it any more."""
    if offset := _OFFSET.fullmatch(zone.casefold()):
        return timezone(_minutes(offset))
    if not zone:
        return timezone.utc
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # see `find`

    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return timezone.utc


def is_offset(zone: str) -> bool:
    """Whether a kept zone is a plain offset, which knows no summer time."""
    return zone.startswith("UTC") and zone != UTC


def place(zone: str) -> str:
    """Where that is, as the end of a sentence: "in New York", "UTC+02:00"."""
    last = zone.rpartition("/")[2].replace("_", " ")
    is_place = any(sign.islower() for sign in last)
    return f"in {last}" if is_place else zone or UTC


def there(at: float, zone: str) -> datetime:
    """What the clocks in a kept zone show at the time `at` (s since the epoch)."""
    return datetime.fromtimestamp(at, timezone.utc).astimezone(named(zone))


def local(at: float, zone: str = "", now: float | None = None) -> str:
    """The time `at` (s since the epoch) in UTC and in `zone`: "03:10 UTC (05:10 in Berlin)".

    With dates where they are not those of `now`: "28 Nov 23:10 UTC (29 Nov 00:10 in Berlin)".
    """
    moment, then = there(at, UTC), there(at, zone)
    today = None if now is None else there(now, UTC)
    is_today = today is None or today.date() == moment.date()
    text = f"{_clock(moment, dated=not is_today)} UTC"
    if then.utcoffset() == timedelta(0):
        return text
    return f"{text} ({_clock(then, dated=then.date() != moment.date())} {place(zone)})"


def _clock(moment: datetime, *, dated: bool) -> str:
    return f"{moment.day} {moment:%b %H:%M}" if dated else f"{moment:%H:%M}"


def _offset(found: re.Match[str]) -> str | Offered:
    """The offset as it is kept; nothing is offered where no clock of the world has it."""
    minutes = round(_minutes(found).total_seconds() / 60)
    is_known = _EARLIEST <= minutes <= _LATEST and minutes % _STEP == 0
    if not is_known or int(found["minutes"] or 0) > 59:
        return Offered(())
    if not minutes:
        return UTC
    hours, rest = divmod(abs(minutes), 60)
    return f"{UTC}{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _minutes(found: re.Match[str]) -> timedelta:
    minutes = 60 * int(found["hours"]) + int(found["minutes"] or 0)
    return timedelta(minutes=-minutes if found["sign"] == "-" else minutes)


def _plain(name: str) -> str:
    """`name` without what people leave out, or write otherwise: "America/New_York"."""
    return re.sub(r"[\s_/-]+", "", name.casefold())


def _rank(name: str) -> tuple[bool, str]:
    """Old names of a place come after those with a continent."""
    return "/" not in name or name.startswith(("Etc/", "US/", "SystemV/")), name


def _like(wanted: str, names: Sequence[str]) -> tuple[str, ...]:
    """Those whose place is the one that is `wanted`, or else is written much like it."""
    ends: dict[str, list[str]] = {}
    for name in names:
        if not name.startswith("Etc/"):
            ends.setdefault(_plain(name.rpartition("/")[2]), []).append(name)
    whole = {_plain(name): [name] for name in names}
    if wanted in ends:
        return tuple(ends[wanted][:OFFERED])
    known = {**ends, **whole}
    near = difflib.get_close_matches(wanted, known, n=OFFERED, cutoff=0.8)
    found = [name for one in near for name in known[one]]
    return tuple(dict.fromkeys(found))[:OFFERED]
