"""How long an exchange is left alone, and on whose account."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from engram.core.errors import ExchangeError, KeepAwayError
from engram.market.exchanges.pauses import Pauses

BUSY = ExchangeError("could not answer", 20.0)
AWAY = KeepAwayError("asked for a pause", 60.0)


@pytest.fixture
def clock() -> SimpleNamespace:
    """A clock that a test turns."""
    return SimpleNamespace(now=1000.0)


@pytest.fixture
def pauses(clock: SimpleNamespace) -> Pauses:
    """Pauses by that clock."""
    return Pauses(lambda: clock.now)


def lasts(pauses: Pauses, subject: str = "") -> str:
    """Why nothing is asked about `subject` at the moment; empty if it is."""
    try:
        pauses.check(subject)
    except ExchangeError as err:
        return str(err)
    return ""


@pytest.mark.parametrize(
    ("seconds", "why"), [(0, "could not answer"), (19.9, "could not answer"), (20, ""), (-1, "")]
)
def test_a_pause_is_over_in_time(
    pauses: Pauses, clock: SimpleNamespace, seconds: float, why: str
) -> None:
    """An exchange would be asked too soon, or for hours not at all after a clock was set back."""
    pauses.begin(BUSY)
    clock.now += seconds
    assert lasts(pauses) == why


def test_one_market_that_always_fails_holds_up_no_other(pauses: Pauses) -> None:
    """Alerts on a hundred markets would not be looked at because of one that is broken."""
    pauses.begin(BUSY, "LUNA/USDT")
    assert (lasts(pauses, "LUNA/USDT"), lasts(pauses, "BTC/USDT")) == (str(BUSY), "")
    pauses.begin(BUSY, "ETH/USDT")
    assert lasts(pauses, "BTC/USDT") == str(BUSY)


def test_a_market_that_fails_alone_is_left_alone_for_less_than_a_round(
    pauses: Pauses, clock: SimpleNamespace
) -> None:
    """Who asks for it would wait in vain each time; or a hiccup would cost its alerts a look."""
    slow = ExchangeError("did not answer in time", 80.0)
    assert pauses.begin(slow, "LUNA/USDT") == "LUNA/USDT"
    assert pauses.end(time.monotonic(), "BTC/USDT")
    assert (lasts(pauses, "LUNA/USDT"), lasts(pauses, "BTC/USDT")) == (str(slow), "")
    clock.now += 40
    assert lasts(pauses, "LUNA/USDT") == ""
    pauses.begin(slow, "LUNA/USDT")
    assert pauses.end(time.monotonic(), "LUNA/USDT")
    assert lasts(pauses, "LUNA/USDT") == ""


def test_what_tells_nothing_about_the_exchange_does_not_count(pauses: Pauses) -> None:
    """A delisted market and one that is slow would make an outage of the exchange."""
    pauses.begin(ExchangeError("had no such market any more"), "LUNA/USDT")
    assert pauses.begin(BUSY, "ETH/USDT") == "ETH/USDT"
    assert pauses.begin(BUSY, "BTC/USDT") == ""
    # The answer to a request that was on its way.
    pauses.begin(ExchangeError("sent nothing usable"), "SOL/USDT")
    assert lasts(pauses, "SOL/USDT") == str(BUSY)


def test_what_is_about_no_market_is_about_all(pauses: Pauses) -> None:
    """Each market would be asked for in vain while the exchange is away."""
    pauses.begin(BUSY)
    assert lasts(pauses, "BTC/USDT") == str(BUSY)


def test_an_answer_ends_pauses(pauses: Pauses) -> None:
    """After one failure an exchange that answers would be left alone."""
    pauses.begin(BUSY, "LUNA/USDT")
    pauses.begin(BUSY, "ETH/USDT")
    assert pauses.end(time.monotonic())
    pauses.begin(BUSY, "LUNA/USDT")
    assert lasts(pauses, "ETH/USDT") == ""


def test_no_answer_and_no_failure_takes_back_a_ban(pauses: Pauses, clock: SimpleNamespace) -> None:
    """An exchange that wants no requests would be asked on, until it bans the address for days."""
    asked = time.monotonic()
    pauses.begin(AWAY)
    assert not pauses.end(asked)
    pauses.begin(BUSY)
    clock.now += 30
    assert lasts(pauses) == str(AWAY)
    with pytest.raises(ExchangeError):
        pauses.check_ban()
    assert pauses.end(time.monotonic() + 1)
    assert lasts(pauses) == ""
