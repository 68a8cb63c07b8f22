"""Which digest a conversation wants."""

import pytest

from engram.watch.digest.plans import DigestPlans
from tests.watch.conftest import HOUR, NOW


@pytest.fixture
def plans(tables, clock):
    return DigestPlans(tables.digests, clock)


def test_the_next_one_is_known(plans):
    """A person would not know when the first digest comes."""
    assert not plans.of("7").is_on
    plans.want("7", "08:00")
    planned = plans.of("7")
    assert (planned.is_on, planned.now) == (True, NOW)
    assert 0 < planned.next - NOW < HOUR


def test_what_is_set_already_stays_as_it_was_asked_for(plans, clock):
    """A late digest would be lost to who asks for it once more."""
    plans.want("7", "08:00")
    clock.at += HOUR
    plans.want("7", "08:00")
    assert plans.of("7").plan.at == NOW
    plans.want("7", "09:00")
    assert plans.of("7").plan.at == NOW + HOUR


def test_a_suspended_one_is_taken_up_again(plans, tables):
    """Who asks for it again would read that it is set, and get none."""
    plans.want("7", "08:00")
    tables.suspend("7")
    assert not plans.of("7").is_on
    plans.want("7", "08:00")
    assert plans.of("7").is_on


def test_the_zone_is_kept_beside_the_minute(plans):
    """/timezone would end the digest, or /digest forget the zone."""
    plans.want("7", "08:00")
    plans.live_in("7", "Europe/Berlin")
    plans.want("7", "08:30")
    plan = plans.of("7").plan
    assert (plan.minute, plan.zone) == ("08:30", "Europe/Berlin")


def test_it_lasts_where_the_store_does(plans):
    """A person would rely on a digest that is gone after a restart."""
    assert plans.is_lasting
