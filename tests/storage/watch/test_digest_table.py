"""Which digest each chat wants."""

import pytest

from engram.storage.outbox import DIGEST, Outgoing
from engram.storage.watch.digest_table import DigestPlan
from tests.storage.watch.conftest import NOW

SAID = Outgoing("7", DIGEST, "nothing changed", name="digest of 2026-11-29")


def test_minute_and_zone_are_kept_apart(tables):
    """Who sets the zone would lose the digest, or the other way round."""
    assert tables.digests.plan("7") == DigestPlan("7")
    tables.digests.put_zone("7", "Europe/Berlin", NOW)
    tables.digests.put_minute("7", "08:00", NOW + 1)
    plan = DigestPlan("7", "08:00", "Europe/Berlin", at=NOW + 1)
    assert tables.digests.plan("7") == plan
    assert tables.digests.wanted() == [plan]
    tables.digests.put_minute("7", "", NOW + 2)
    assert tables.digests.wanted() == []
    assert tables.digests.plan("7").zone == "Europe/Berlin"


def test_a_digest_is_made_once_whoever_makes_it(tables):
    """Two processes would both send the digest of a day."""
    tables.digests.put_minute("7", "08:00", NOW)
    plan = tables.digests.plan("7")
    assert tables.digests.made(plan, ["2026-11-29"], SAID, NOW + 5)
    assert not tables.digests.made(plan, ["2026-11-29"], SAID, NOW + 6)
    now = tables.digests.plan("7")
    assert (now.days, now.made_at) == (("2026-11-29",), NOW + 5)
    assert tables.outbox.depth == 1


def test_a_suspended_chat_wants_none_until_it_asks_again(tables):
    """A chat that blocked the bot would be made a digest each day."""
    tables.digests.put_minute("7", "08:00", NOW)
    tables.suspend("7")
    assert tables.digests.wanted() == []
    tables.digests.put_minute("7", "08:00", NOW)
    assert len(tables.digests.wanted()) == 1


@pytest.mark.parametrize("days", ["", "{", "7", "null", '{"a": 1}'])
def test_damaged_days_are_none(tables, store, days):
    """A damaged row would end all digests of the chat."""
    tables.digests.put_minute("7", "08:00", NOW)
    store.write("UPDATE digests SET days = ?", days)
    assert tables.digests.plan("7").days == ()


def test_a_new_zone_is_as_new_as_a_new_minute(tables):
    """Who sets a time zone at noon would be sent the digest of that morning."""
    tables.digests.put_minute("7", "08:00", NOW)
    tables.digests.put_zone("7", "Asia/Tokyo", NOW + 9)
    assert tables.digests.plan("7").at == NOW + 9


def test_a_topic_lives_where_its_chat_does(tables):
    """Each topic of a group would have to be told its time zone."""
    tables.digests.put_minute("-100/7", "08:00", NOW)
    tables.digests.put_zone("-100", "Asia/Tokyo", NOW + 1)
    plan = tables.digests.plan("-100/7")
    assert (plan.zone, plan.at) == ("Asia/Tokyo", NOW + 1)
    assert tables.digests.wanted() == [plan]
    assert tables.digests.plan("-100/8").zone == "Asia/Tokyo"
    assert tables.digests.plan("-1").zone == ""
    tables.digests.put_zone("-100/7", "UTC", NOW + 2)
    tables.digests.put_zone("-100", "CET", NOW + 3)
    plan = tables.digests.plan("-100/7")
    assert (plan.zone, plan.at, tables.digests.plan("-100").zone) == ("UTC", NOW + 2, "CET")


def test_a_damaged_row_gets_its_digest_once(tables, store):
    """The same digest would be made every twenty seconds, and never come."""
    tables.digests.put_minute("7", "08:00", NOW)
    store.write("UPDATE digests SET days = 'damaged'")
    assert tables.digests.made(tables.digests.plan("7"), ["2026-11-29"], SAID, NOW + 5)
    assert tables.digests.plan("7").days == ("2026-11-29",)


def test_what_was_ended_meanwhile_is_not_sent(tables):
    """Who sends /digest off would get one more."""
    tables.digests.put_minute("7", "08:00", NOW)
    plan = tables.digests.plan("7")
    tables.digests.put_minute("7", "", NOW + 1)
    assert not tables.digests.made(plan, ["2026-11-29"], SAID, NOW + 5)
    assert tables.outbox.depth == 0
