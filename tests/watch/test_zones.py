"""Time zones as people name them, and times as they read them."""

import os
import subprocess
import sys
import zoneinfo
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.watch.zones import Offered, find, is_offset, local, named, place
from tests.conftest import ROOT

# 2026-11-29 23:10 UTC.
EVENING = 1_795_993_800.0


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (" EUROPE/BERLIN. ", "Europe/Berlin"),
        ("America/New York", "America/New_York"),
        ("america-new-york", "America/New_York"),
        ("America/Argentina/buenos_aires", "America/Argentina/Buenos_Aires"),
        ("cet", "CET"),
        ("UTC", "UTC"),
        ("gmt", "UTC"),
        ("z", "UTC"),
        ("UTC+0", "UTC"),
        ("UTC+2", "UTC+02:00"),
        ("utc +2", "UTC+02:00"),
        ("GMT-5", "UTC-05:00"),
        ("+05:30", "UTC+05:30"),
        ("UTC−3", "UTC-03:00"),
        ("UTC+0545", "UTC+05:45"),
        ("ＵＴＣ＋２", "UTC+02:00"),
        ("UTC+14", "UTC+14:00"),
        ("Etc/GMT+2", "Etc/GMT+2"),
    ],
)  # fmt: skip
def test_a_zone_is_understood_as_it_is_written(said, zone):
    """A person would have to write it exactly as a database does."""
    assert find(said) == zone


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("Berlin", ("Europe/Berlin",)),
        ("new york", ("America/New_York",)),
        ("São Paulo", ("America/Sao_Paulo",)),
        ("Europe/Berln", ("Europe/Berlin",)),
        ("istanbul", ("Asia/Istanbul", "Europe/Istanbul")),
        ("UTC+25", ()),
        ("UTC+5:17", ()),
        ("+2:75", ()),
        ("5", ()),
        ("nowhere at all", ()),
        ("../../etc/passwd", ()),
        ("localtime", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_what_is_no_name_is_asked_back_with_what_may_be_meant(said, names):
    """Who lives in San Juan on Puerto Rico would read all times as those of Argentina."""
    found = find(said)
    assert isinstance(found, Offered)
    assert found.names[: len(names)] == names if names else not found.names


@given(st.text(max_size=60))
@settings(deadline=None)
def test_nothing_that_is_written_is_an_error(said):
    """A person would get the last resort for an answer."""
    found = find(said)
    if isinstance(found, str):
        assert isinstance(named(found).utcoffset(datetime(2026, 1, 1)), timedelta)


def test_each_zone_is_found_by_its_name():
    """Somebody would live in a zone that cannot be set."""
    now = datetime(2026, 7, 1, tzinfo=timezone.utc)
    for name in sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})[::7]:
        found = find(name)
        assert isinstance(found, str)
        assert now.astimezone(named(found)).utcoffset() == now.astimezone(named(name)).utcoffset()


def test_a_zone_that_no_system_knows_is_utc():
    """A store that came from another machine would end all digests."""
    for zone in ("Mars/Olympus", "", "/etc/passwd", "UTC+", "a\0b"):
        assert named(zone).utcoffset(datetime(2026, 7, 1)) == timedelta(0)
    assert named("UTC+05:30").utcoffset(None) == timedelta(hours=5.5)
    assert named("UTC-03:30").utcoffset(None) == timedelta(hours=-3.5)


def test_an_offset_has_no_summer_time():
    """Who sets one would not be told that it is an hour off in summer."""
    assert is_offset("UTC+02:00")
    assert not any(map(is_offset, ("", "UTC", "CET", "Europe/Berlin")))


@pytest.mark.parametrize(
    ("zone", "where"),
    [("America/New_York", "in New York"), ("Japan", "in Japan"), ("CET", "CET"),
     ("UTC+02:00", "UTC+02:00"), ("Etc/GMT+2", "Etc/GMT+2"), ("", "UTC"), ("UTC", "UTC")],
)  # fmt: skip
def test_where_that_is_reads_like_a_sentence(zone, where):
    """A time would stand there without a word on whose it is."""
    assert place(zone) == where


@pytest.mark.parametrize(
    ("zone", "now", "text"),
    [
        ("", None, "23:10 UTC"),
        ("UTC", None, "23:10 UTC"),
        ("Africa/Abidjan", None, "23:10 UTC"),
        ("America/New_York", None, "23:10 UTC (18:10 in New York)"),
        ("UTC+00:30", EVENING, "23:10 UTC (23:40 UTC+00:30)"),
        ("Europe/Berlin", EVENING, "23:10 UTC (30 Nov 00:10 in Berlin)"),
        ("Europe/Berlin", EVENING + 86_400, "29 Nov 23:10 UTC (30 Nov 00:10 in Berlin)"),
        ("", EVENING + 86_400, "29 Nov 23:10 UTC"),
    ],
)  # fmt: skip
def test_a_time_is_told_in_utc_and_as_people_read_it(zone, now, text):
    """What happened at night would seem to have happened at another hour, or on another day."""
    assert local(EVENING, zone, now) == text


def test_zones_are_there_where_the_system_has_none():
    """On Windows, and in a small container, there would be no zone but UTC."""
    code = "from engram.watch.zones import *; print(find('europe/berlin'), local(0, 'Asia/Tokyo'))"
    environment = {**os.environ, "PYTHONTZPATH": "", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert run.stdout == "Europe/Berlin 00:00 UTC (09:00 in Tokyo)\n"
