"""One call to an HTTP server that does what it should not."""

from __future__ import annotations

import gc
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from email.utils import formatdate
from types import SimpleNamespace

import pytest
import requests

from engram.core.hang_up import HangUpSession, retry_after
from engram.market.call_session import CallSession
from tests.doubles.exchange import ExchangeDouble

PATH = "/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=3"


@pytest.fixture
def double() -> Iterator[ExchangeDouble]:
    """A server; a bug in it fails the test."""
    with ExchangeDouble() as double:
        yield double
    assert not double.errors


@pytest.mark.parametrize("how", ["hang", "drip", "drip_head"])
def test_hang_up_ends_a_call_wherever_it_is(double: ExchangeDouble, how: str) -> None:
    """A thread would be lost for each server that does not finish; the timeout never comes."""
    double.fail("klines", how)
    with CallSession() as session:
        timer = threading.Timer(0.2, session.hang_up)
        timer.start()
        began = time.monotonic()
        with pytest.raises((requests.RequestException, OSError)):
            session.get(double.url + PATH, timeout=30)
        assert 0.1 < time.monotonic() - began < 5
        timer.join()


def test_no_connection_after_hang_up(double: ExchangeDouble) -> None:
    """A call that was given up during a slow name look-up would come back to life."""
    with CallSession() as session:
        session.hang_up()
        with pytest.raises((requests.RequestException, OSError)):
            session.get(double.url + PATH, timeout=5)
    assert double.asked == []


@pytest.mark.parametrize("how", ["huge", "html", "broken"])
def test_useless_bodies_are_refused(double: ExchangeDouble, how: str) -> None:
    """An endless body would fill the memory; one that is no JSON would be read as candles."""
    double.fail("klines", how)
    with CallSession() as session, pytest.raises(requests.RequestException):
        session.get(double.url + PATH, timeout=5)


def test_answer_and_time_of_the_server(double: ExchangeDouble) -> None:
    """Which candle is closed would be decided by a clock that may be wrong."""
    double.now = lambda: 1_795_339_800.9
    with CallSession() as session:
        assert len(session.get(double.url + PATH, timeout=5).json()) == 3
        assert session.server_time is not None
        assert -1 < session.server_time - 1_795_339_800 < 0


def test_nothing_is_left_of_a_call(double: ExchangeDouble) -> None:
    """Each request would cost 150 KB and an open connection for ever."""
    with CallSession() as session:
        session.get(double.url + PATH, timeout=5)
        gone = weakref.ref(session)
    del session
    gc.collect()
    assert gone() is None


def test_server_without_a_clock(double: ExchangeDouble) -> None:
    """No Date must not be an error, and no time be made up."""
    double.dated = False
    with CallSession() as session:
        session.get(double.url + PATH, timeout=5)
        assert session.server_time is None


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
    with CallSession() as session:
        session.response = requests.Response()
        session.response.headers.update(
            {"Retry-After": header, "Date": "Sun, 22 Nov 2026 09:30:00 GMT"}
        )
        assert session.retry_after == seconds


def test_retry_after_by_this_machines_clock() -> None:
    """A busy server that tells no time would be asked again too early."""
    then = formatdate(time.time() + 100, usegmt=True)
    assert retry_after({"Retry-After": then}) == pytest.approx(100, abs=2)


def test_configured_proxy_wins(monkeypatch: pytest.MonkeyPatch, double: ExchangeDouble) -> None:
    """The proxy of the environment would be used in place of the one in config.ini."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with CallSession(proxy=double.url) as session:
        session.get("http://exchange.test/0/public/Assets", timeout=5)
    assert double.asked == [("http://exchange.test/0/public/Assets", {})]


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
