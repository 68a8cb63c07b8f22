"""When a digest is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.storage.watch.digest_table import DigestPlan
from engram.watch.digest.schedule import KEPT, LATEST, due, instant, since, upcoming, with_day
from engram.watch.zones import named

HOUR, DAY = 3600.0, 86_400.0
# Zones whose clocks are turned by an hour at night, by half an hour, at midnight, or at the end of
# a day; one that has left out a day; and some whose clocks stand still.
ZONES = (
    "", "UTC+05:45", "Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
    "Africa/Cairo", "America/Nuuk", "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia",
    "Pacific/Auckland",
)  # fmt: skip
minutes = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
# Weeks in which clocks are turned somewhere, among others, and Samoa's missing day.
moments = st.one_of(
    st.floats(1_300_000_000, 1_900_000_000),
    st.sampled_from(["2011-12-30", "2026-03-29", "2026-10-25", "2026-04-24", "2018-11-04"]).flatmap(
        lambda day: st.floats(-3 * DAY, 3 * DAY).map(lambda away: at(f"{day} 00:00") + away)
    ),
)


def at(text: str, zone: str = "") -> float:
    """A local time as seconds since the epoch."""
    return datetime.fromisoformat(text).replace(tzinfo=named(zone)).timestamp()


def plan_of(minute="08:00", zone="", at=0.0, days=(), made_at=0.0):
    return DigestPlan("7", minute, zone, at=at, made_at=made_at, days=days)


@pytest.mark.parametrize(
    ("zone", "day", "minute", "utc"),
    [
        ("", "2026-11-29", "08:00", "2026-11-29 08:00"),
        ("Europe/Berlin", "2026-11-29", "08:00", "2026-11-29 07:00"),
        # 02:30 does not exist: the clocks go from 02:00 to 03:00.
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29 01:00"),
        # It comes twice: in summer time first.
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25 00:30"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03 15:30"),
        ("Africa/Cairo", "2026-04-24", "00:30", "2026-04-23 22:00"),
        # The next minute that exists is the first one of the next date.
        ("America/Nuuk", "2026-03-28", "23:30", "2026-03-29 01:00"),
    ],
)  # fmt: skip
def test_the_minute_of_a_date(zone, day, minute, utc):
    """A digest would come an hour early, twice, or not at all when the clocks are turned."""
    assert instant(date.fromisoformat(day), minute, named(zone)) == at(utc)


def test_a_date_that_a_place_has_left_out_has_no_minute():
    """A digest would come for a day that nobody in Samoa had."""
    assert instant(date(2011, 12, 30), "08:00", named("Pacific/Apia")) is None
    assert instant(date(2011, 12, 31), "08:00", named("Pacific/Apia")) == at("2011-12-30 18:00")


@given(st.sampled_from(ZONES), minutes, moments)
@settings(deadline=None)
def test_it_is_the_first_minute_whose_clock_shows_as_much(zone, minute, moment):
    """The clever way to find the minute would find another one than looking at the clock does."""
    there = named(zone)
    day = datetime.fromtimestamp(moment, timezone.utc).astimezone(there).date()
    wanted = datetime.fromisoformat(f"{day} {minute}")
    begin = int((wanted - timedelta(days=1)).replace(tzinfo=timezone.utc).timestamp()) - 54_000
    walls = (
        (utc, datetime.fromtimestamp(utc, timezone.utc).astimezone(there).replace(tzinfo=None))
        for utc in range(begin, begin + 4 * 86_400, 60)
    )
    assert instant(day, minute, there) == next(utc for utc, wall in walls if wall >= wanted)


@pytest.mark.parametrize(
    ("now", "late"),
    [("07:59:59", None), ("08:00:00", 0), ("08:01:30", 0), ("08:02:00", 120), ("13:59:59", 21_599),
     ("14:00:00", None)],
)  # fmt: skip
def test_a_missed_one_is_made_for_six_hours_and_says_so(now, late):
    """A digest would be lost after a restart, or come when the day is over."""
    found = due(plan_of(), at(f"2026-11-29 {now}"))
    assert (found.late if found else None) == late
    assert found is None or (found.day, found.at) == ("2026-11-29", at("2026-11-29 08:00"))


def test_a_late_one_belongs_to_the_evening_before():
    """What was missed before midnight would be lost, or take the place of the next day's."""
    found = due(plan_of("23:00"), at("2026-11-30 01:00"))
    assert (found.day, found.late) == ("2026-11-29", 2 * HOUR)
    assert due(plan_of("23:00", days=("2026-11-29",)), at("2026-11-30 01:00")) is None


def test_the_first_one_is_at_the_next_such_minute():
    """Who asks for one at nine would be sent that of eight at once."""
    asked = at("2026-11-29 09:00")
    plan = plan_of(at=asked)
    assert due(plan, asked + 1) is None
    assert upcoming(plan, asked) == at("2026-11-30 08:00")
    assert due(plan_of(at=at("2026-11-29 08:00")), at("2026-11-29 08:00")) is None
    assert due(plan_of(at=at("2026-11-29 07:59")), at("2026-11-29 08:00"))


def test_a_date_has_one_digest_whatever_the_time_zone():
    """Who flies west would be sent the digest of the same day once more."""
    made = plan_of(zone="Asia/Tokyo", days=("2026-11-29",))
    there = replace(made, zone="America/New_York")
    assert due(there, at("2026-11-29 08:00", "America/New_York")) is None
    assert due(there, at("2026-11-30 08:00", "America/New_York")).day == "2026-11-30"


def test_a_plan_of_a_clock_that_was_far_ahead_counts_at_once():
    """After a wrong clock was set right there would be no digest for months."""
    plan = plan_of(at=at("2027-03-01 00:00"))
    assert due(plan, at("2026-11-29 08:00"))
    # An hour is no reason to send one that was not asked for.
    assert due(plan_of(at=at("2026-11-29 09:00")), at("2026-11-29 08:30")) is None


def test_dates_of_a_clock_that_was_far_ahead_push_no_others_out():
    """The digest of today would be made again and again."""
    plan = plan_of(days=tuple(f"2027-03-{day:02}" for day in range(1, KEPT + 1)))
    days = with_day(plan, "2026-11-29")
    assert days[-1] == "2026-11-29"
    assert len(days) == KEPT
    assert due(replace(plan, days=days), at("2026-11-29 08:00")) is None


def test_a_clock_that_was_far_ahead_has_had_the_next_dates():
    """The bot would look for the next digest for ever."""
    plan = plan_of(days=("2026-11-28", "2026-11-29", "2026-11-30", "2026-12-01"))
    assert upcoming(plan, at("2026-11-29 07:00")) is None


def test_it_tells_what_happened_since_the_last_one():
    """After a clock was set back nothing would have happened, for hours."""
    now = at("2026-11-29 08:00")
    assert since(plan_of(at=now - 9), now) == now - 9
    assert since(plan_of(at=now - 9, made_at=now - DAY), now) == now - DAY
    assert since(plan_of(made_at=now + HOUR), now) == now - DAY


@pytest.mark.parametrize("minute", ["", "8", "25:00", "x:y", "08:00:00"])
def test_a_damaged_minute_is_an_error_of_its_kind(minute):
    """A damaged row would end all digests, not only its own."""
    with pytest.raises(ValueError, match=r"int|hour|minute"):
        due(plan_of(minute), 0.0)


class Person:
    """Somebody with a digest: what is due is made, at whatever time the clock shows."""

    def __init__(self, plan: DigestPlan) -> None:
        self.plan = plan
        self.made: list[tuple[str, float]] = []

    def look(self, now: float) -> None:
        """A round of looks."""
        if found := due(self.plan, now):
            self.made.append((found.day, now))
            self.plan = replace(self.plan, days=with_day(self.plan, found.day), made_at=now)

    def days(self) -> list[str]:
        """The dates that had one."""
        return [day for day, _ in self.made]


jumps = st.lists(
    st.one_of(st.floats(0, 40), st.floats(-12 * HOUR, 12 * HOUR), st.sampled_from(ZONES)),
    max_size=40,
)


@given(st.sampled_from(ZONES), minutes, moments, jumps)
@settings(deadline=None)
def test_no_date_has_two_whatever_clock_and_zone_do(zone, minute, moment, steps):
    """A clock that jumps, or a journey, would send the same digest twice."""
    person, now = Person(plan_of(minute, zone, moment)), moment
    for step in steps:
        if isinstance(step, str):
            person.plan = replace(person.plan, zone=step, at=now)
        else:
            now += step
        person.look(now)
    assert len(set(person.days())) == len(person.days())


@given(st.sampled_from(ZONES), minutes, moments, st.lists(st.floats(60, 5 * HOUR), max_size=60))
@settings(deadline=None)
def test_each_date_has_one_however_long_the_machine_sleeps(zone, minute, moment, sleeps):
    """A laptop that sleeps through the minute would lose the digest of the day."""
    person, now, there = Person(plan_of(minute, zone, moment)), moment, named(zone)
    for sleep in sleeps:
        now += sleep
        person.look(now)
    dates = [
        datetime.fromtimestamp(moment, timezone.utc).astimezone(there).date() + timedelta(days=i)
        for i in range(-1, round((now - moment) / DAY) + 3)
    ]
    minutes_ = [(one.isoformat(), instant(one, minute, there)) for one in dates]
    wanted = [day for day, when in minutes_ if when is not None and moment < when <= now]
    assert person.days() == wanted
    for day, made in person.made:
        assert 0 <= made - dict(minutes_)[day] < LATEST


@given(st.sampled_from(ZONES), minutes, moments)
@settings(deadline=None)
def test_nothing_is_due_before_what_comes_next(zone, minute, moment):
    """The bot would sleep through the minute, or look at the clock all the time."""
    plan = plan_of(minute, zone, moment)
    soon = upcoming(plan, moment)
    assert moment < soon <= moment + 2 * DAY + HOUR
    assert due(plan, (moment + soon) / 2) is None
    assert due(plan, soon).at == soon
