"""The arithmetic of a position."""

import math
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engram.chat.sizing.position import NoSizeError, Why, position, share_of


def sized(account, at_risk, price, atr, *, above=False):
    return position(Decimal(account), Decimal(at_risk), price, atr, above=above)


@pytest.mark.parametrize(
    ("price", "atr", "above", "stop", "distance", "amount", "worth"),
    [
        (62_342.6, 572.08, False, "61484.48", "858.12", "0.11653", "7264.783178"),
        (62_342.6, 572.08, True, "63200.72", "858.12", "0.11653", "7264.783178"),
        (50.0, 4 / 3, False, "48.000", "2.000", "50", "2500"),
        (0.0000068213, 2e-7, False, "0.0000065213", "0.0000003000", "333333333", "2273.7666643929"),
        (1.0001, 0.0001, False, "0.999950", "0.000150", "666666", "666732.6666"),
        (98_000_000.0, 1e6, False, "96500000", "1500000", "0.000066666", "6533.268"),
    ],
)  # fmt: skip
def test_a_hundred_at_risk(price, atr, above, stop, distance, amount, worth):
    """A person would trade more, or less, than the risk allows."""
    found = sized("10000", "100", price, atr, above=above)
    assert (found.stop, found.distance) == (Decimal(stop), Decimal(distance))
    assert found.worth.normalize() == Decimal(worth).normalize()
    assert found.amount.normalize() == Decimal(amount).normalize()


def test_the_whole_account_is_the_most_without_borrowed_money():
    """A person would be told to buy what they cannot pay for."""
    found = sized("1000", "100", 50.0, 0.5)
    assert (found.needs_credit, found.amount) == (True, Decimal("133.33"))
    assert found.affordable == 20
    assert found.affordable_loss == Decimal("15.00")


@pytest.mark.parametrize(
    ("at_risk", "price", "atr", "above", "why"),
    [
        ("100", 100.0, 0.0, False, Why.STANDS_STILL),
        ("100", 100.0, 1e-9, True, Why.STANDS_STILL),
        ("100", 100.0, math.nan, False, Why.STANDS_STILL),
        ("100", 3.0, 2.0, False, Why.TOO_WIDE),
        ("100", 3.0, 50.0, False, Why.TOO_WIDE),
        ("0.00000001", 98_000_000.0, 1e6, False, Why.TOO_SMALL),
    ],
)
def test_where_there_is_no_size_it_says_why(at_risk, price, atr, above, why):
    """A person would be told to buy without end, or a stop below zero."""
    with pytest.raises(NoSizeError) as caught:
        sized("10000", at_risk, price, atr, above=above)
    assert caught.value.why is why


def test_a_stop_above_may_be_as_far_as_it_is():
    """A wild market would have no size for a short position, although there is one."""
    assert sized("10000", "100", 3.0, 50.0, above=True).stop == 78


@given(
    account=st.decimals("0.01", "1000000000000", places=2),
    percent=st.decimals("0.01", "100", places=2),
    price=st.floats(1e-9, 1e9),
    ratio=st.floats(1e-5, 0.6),
    above=st.booleans(),
)
def test_no_more_is_lost_at_the_stop_than_is_at_risk(account, percent, price, ratio, above):
    """The size would break the promise that it is made for."""
    at_risk = share_of(account, percent)
    assert at_risk <= account * percent / 100
    try:
        found = position(account, at_risk, price, price * ratio, above=above)
    except NoSizeError:
        assume(False)
    assert 0 < found.amount * found.distance <= at_risk
    # Rounding down costs less than a ten-thousandth.
    assert found.amount * found.distance > at_risk * Decimal("0.9999") or found.amount >= 10_000
    assert (found.stop > found.price) is above
    assert float(found.distance) == pytest.approx(1.5 * price * ratio, rel=0.01)
    assert found.affordable * found.price <= account
    assert found.affordable_loss <= at_risk
    assert found.needs_credit == (found.amount * found.price > account)
