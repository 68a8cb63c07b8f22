"""Calls that are ended from another thread, and what the headers of an answer say."""

from __future__ import annotations

import socket
import time
from email.utils import formatdate
from types import SimpleNamespace

import pytest
import requests

from engram.core.hang_up import HangUpSession, retry_after
from tests.doubles.exchange import ExchangeDouble
from tests.machine_speed import LONG, IdleClock

PATH = "/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=3"


@pytest.mark.parametrize("how", ["hang", "drip", "drip_head"])
def test_a_call_ends_in_time_wherever_it_is(
    exchange: ExchangeDouble, idle_clock: IdleClock, how: str
) -> None:
    """A thread would be lost for each server that does not finish; the timeout never comes."""
    exchange.fail("klines", how)
    began = time.monotonic()
    failed = pytest.raises((requests.RequestException, OSError))
    with HangUpSession() as session, failed, session.ended_after(0.2):
        session.get(exchange.url + PATH, timeout=LONG)
    assert time.monotonic() - began > 0.1
    assert idle_clock.since(began) < 5


def test_no_connection_after_hang_up(exchange: ExchangeDouble) -> None:
    """A call that was given up during a slow name look-up would come back to life."""
    with HangUpSession() as session:
        session.hang_up()
        with pytest.raises((requests.RequestException, OSError)):
            session.get(exchange.url + PATH, timeout=LONG)
    assert exchange.asked == []


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", 1.5),
        ("Sun, 22 Nov 2026 09:32:00", 120.0),
        ("Sun, 22 Nov 2026 09:32:00 +99999999999999", None),
        ("Sun, 22 Nov 99999999999999999999 09:32:00 GMT", None),
        ("Sun, 22 Nov 2026 09:32:00 GMT", 120.0),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 0.0),
    ],
)
def test_retry_after(header: str, seconds: float | None) -> None:
    """A server that names a time of day would be asked again at once."""
    date = "Sun, 22 Nov 2026 09:30:00 GMT"
    assert retry_after({"Retry-After": header, "Date": date}) == seconds


def test_retry_after_by_this_machines_clock() -> None:
    """A busy server that tells no time would be asked again too early."""
    then = formatdate(time.time() + 100, usegmt=True)
    assert retry_after({"Retry-After": then}) == pytest.approx(100, abs=2)


def test_a_connection_that_opens_after_the_end_is_closed_as_well() -> None:
    """Each poll that is given up while it connects would cost a file handle."""
    session = HangUpSession()
    session.hang_up()
    session.close()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with pytest.raises(OSError, match="given up"):
            session.opened(SimpleNamespace(sock=ours))
        assert theirs.recv(1) == b""
    assert session._sockets == []
