"""What is said about the digest and the time zone; pure."""

from engram.core.events import Button, Buttons
from engram.core.formats import format_duration
from engram.watch.digest.plans import Planned
from engram.watch.zones import Offered, is_offset, place, there

EXAMPLE_ZONE = "/timezone Europe/Berlin"
# So much of what was not understood is repeated.
SHOWN = 40
# What a model says below a digest.
REMARK = "💬 {text} ({model})"

NO_DIGEST = (
    "No digest is set. /digest 08:00 sends the watchlist each day at that time, with what changed, "
    "which alerts fired, and how the signals came out."
)
ON = "🗞 Digest: each day at {minute} {place}, the next one {next}. /digest off ends it."
SET = "🗞 Digest: each day at {minute} {place}, the first one {next}. /digest off ends it."
SOON = "{day}, in {time}"
OFF = "🗞 No more digests. /digest {minute} brings them back."
OFF_ALREADY = "No digest is set, so there is none to end."
IS_SUSPENDED = (
    "⏸ It is suspended, because I could not reach this chat. /digest {minute} resumes it."
)
NO_ZONE = f"You have set no time zone, so that is UTC. {EXAMPLE_ZONE} sets one."
UNCLEAR_TIME = (
    "Which time is “{said}”? Send hour and minute, like /digest 08:00 or /digest 8.30 pm, "
    f"or /digest off. The time zone has a command of its own: {EXAMPLE_ZONE}."
)
ZONE = "🕐 Time zone: {zone}, where it is {time} now."
NO_ZONE_YET = (
    f"🕐 No time zone is set, so all times are UTC: it is {{time}} now. {EXAMPLE_ZONE} sets one."
)
NO_SUMMER_TIME = f"It has no summer time; a zone such as {EXAMPLE_ZONE} does."
DIGEST_THEN = "The digest comes at {minute} there, the next one {next}."
NO_DIGEST_SOON = "in some days"
DID_YOU_MEAN = "Did you mean {zones}? Send {example}."
UNKNOWN_ZONE = (
    "I know no time zone “{said}”. Send it by continent and city, like "
    f"{EXAMPLE_ZONE}, or as an offset, like /timezone UTC+2."
)


def standing(planned: Planned) -> str:
    """Which digest is set."""
    minute = planned.plan.minute
    if not minute:
        return NO_DIGEST
    return _digest(ON, planned) if planned.is_on else IS_SUSPENDED.format(minute=minute)


def wanted(planned: Planned) -> str:
    """That it is set from now on."""
    return _digest(SET, planned)


def zone(planned: Planned) -> str:
    """Which time zone is set, and when the next digest is due there."""
    name, time = planned.plan.zone, f"{there(planned.now, planned.plan.zone):%H:%M}"
    if not name:
        return NO_ZONE_YET.format(time=time)
    lines = [ZONE.format(zone=name, time=time)]
    if is_offset(name):
        lines.append(NO_SUMMER_TIME)
    if planned.is_on:
        lines.append(DIGEST_THEN.format(minute=planned.plan.minute, next=_next(planned)))
    return "\n".join(lines)


def which_zone(said: str, offered: Offered) -> str:
    """The question back for a zone that is not known by that name."""
    if not offered.names:
        return UNKNOWN_ZONE.format(said=_short(said))
    zones, example = " or ".join(offered.names), f"/timezone {offered.names[0]}"
    return DID_YOU_MEAN.format(zones=zones, example=example)


def zone_buttons(offered: Offered) -> Buttons:
    """A button for each zone that may be meant."""
    return tuple((Button(name, f"/timezone {name}"),) for name in offered.names)


def unclear_time(said: str) -> str:
    """The question back for what is no time of day."""
    return UNCLEAR_TIME.format(said=_short(said))


def _digest(text: str, planned: Planned) -> str:
    where, plan = place(planned.plan.zone), planned.plan
    said = text.format(minute=plan.minute, place=where, next=_next(planned))
    return said if plan.zone else f"{said}\n{NO_ZONE}"


def _next(planned: Planned) -> str:
    """When the next one comes: "Mon 30 Nov, in 18 h 5 min"."""
    if planned.next is None:
        return NO_DIGEST_SOON
    then = there(planned.next, planned.plan.zone)
    left = format_duration(max(60.0, (planned.next - planned.now) // 60 * 60))
    return SOON.format(day=f"{then:%a} {then.day} {then:%b}", time=left)


def _short(said: str) -> str:
    return said if len(said) <= SHOWN else said[: SHOWN - 1] + "…"
