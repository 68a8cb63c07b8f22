"""The session of one call to an exchange: JSON of bounded size, the server's clock, the proxy."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import pytest
import requests

from engram.market.exchanges.call_session import LONGEST_BAN, CallSession
from tests.doubles.exchange import ExchangeDouble
from tests.machine_speed import LONG, IdleClock

PATH = "/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=3"


@pytest.mark.parametrize("how", ["hang", "drip", "drip_head"])
def test_hang_up_ends_a_call_wherever_it_is(
    exchange: ExchangeDouble, idle_clock: IdleClock, how: str
) -> None:
    """A thread would be lost for each exchange that does not finish; the timeout never comes."""
    exchange.fail("klines", how)
    with CallSession() as session:
        timer = threading.Timer(0.2, session.hang_up)
        timer.start()
        began = time.monotonic()
        with pytest.raises((requests.RequestException, OSError)):
            session.get(exchange.url + PATH, timeout=LONG)
        assert time.monotonic() - began > 0.1
        assert idle_clock.since(began) < 5
        timer.join()


@pytest.mark.parametrize("how", ["huge", "html", "broken"])
def test_useless_bodies_are_refused(exchange: ExchangeDouble, how: str) -> None:
    """An endless body would fill the memory; one that is not JSON would be read as candles."""
    exchange.fail("klines", how)
    with CallSession() as session, pytest.raises(requests.RequestException):
        session.get(exchange.url + PATH, timeout=LONG)


def test_answer_and_time_of_the_server(exchange: ExchangeDouble) -> None:
    """Which candle is closed would be decided by a clock that may be wrong."""
    exchange.now = lambda: 1_795_339_800.9
    with CallSession() as session:
        assert len(session.get(exchange.url + PATH, timeout=LONG).json()) == 3
        assert session.status == 200
        assert session.server_time is not None
        assert -1 < session.server_time - 1_795_339_800 < 0


def test_a_server_without_a_clock(exchange: ExchangeDouble) -> None:
    """A missing Date would be an error, or a time would be made up."""
    exchange.dated = False
    with CallSession() as session:
        session.get(exchange.url + PATH, timeout=LONG)
        assert session.server_time is None


def test_before_an_answer_nothing_is_known() -> None:
    """A call that failed before its answer could not be explained."""
    with CallSession() as session:
        assert (session.status, session.server_time, session.retry_after) == (0, None, None)


@pytest.mark.parametrize(("asked", "kept"), [(120, 120.0), (999_999_999, LONGEST_BAN)])
def test_a_pause_that_the_server_asks_for_is_known(
    exchange: ExchangeDouble, asked: float, kept: float
) -> None:
    """An exchange would be asked again at once, or not before the next restart."""
    exchange.fail("klines", "429", retry_after=asked)
    with CallSession() as session:
        session.get(exchange.url + PATH, timeout=LONG)
        assert (session.status, session.retry_after) == (429, kept)


def test_nothing_is_left_of_a_call(exchange: ExchangeDouble) -> None:
    """Each request would cost 150 KB and an open connection for ever."""
    with CallSession() as session:
        session.get(exchange.url + PATH, timeout=LONG)
        gone = weakref.ref(session)
    del session
    gc.collect()
    assert gone() is None


def test_configured_proxy_wins(monkeypatch: pytest.MonkeyPatch, exchange: ExchangeDouble) -> None:
    """The proxy of the environment would be used in place of the one in config.ini."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with CallSession(proxy=exchange.url) as session:
        session.get("http://exchange.test/0/public/Assets", timeout=LONG)
    assert exchange.asked == [("http://exchange.test/0/public/Assets", {})]


def test_a_connection_that_was_closed_meanwhile_is_opened_again(exchange: ExchangeDouble) -> None:
    """An exchange that ends idle connections would seem to be unreachable once a minute."""
    with CallSession() as session:
        session.get(exchange.url + PATH, timeout=LONG)
        session.response = None
        exchange.fail("klines", "reset")
        assert session.get(exchange.url + PATH, timeout=LONG).json()
    assert exchange.count("klines") == 3


@pytest.mark.parametrize(("answered", "resets"), [(0, 1), (1, 1), (2, 2)])
def test_what_fails_otherwise_is_not_tried_twice(
    exchange: ExchangeDouble, answered: int, resets: int
) -> None:
    """An exchange in trouble would be asked twice as often."""
    with CallSession() as session:
        for _ in range(answered):
            session.get(exchange.url + PATH, timeout=LONG)
        if answered == 2:
            # The next call, on a kept connection: once more, and no more than that.
            session.response = None
        exchange.fail("klines", "reset", times=9)
        with pytest.raises(requests.ConnectionError):
            session.get(exchange.url + PATH, timeout=LONG)
    assert exchange.count("klines") == answered + resets


def test_a_hang_up_is_no_reason_to_connect_again(exchange: ExchangeDouble) -> None:
    """A look that was given up would begin anew, and its thread go on."""
    with CallSession() as session:
        session.get(exchange.url + PATH, timeout=LONG)
        session.response = None
        exchange.fail("klines", "hang", times=9)
        timer = threading.Timer(0.2, session.hang_up)
        timer.start()
        with pytest.raises((requests.RequestException, OSError)):
            session.get(exchange.url + PATH, timeout=LONG)
        timer.join()
    assert exchange.count("klines") == 2


def test_each_request_is_told_with_its_status(exchange: ExchangeDouble) -> None:
    """Nobody could see how much is asked of an exchange, and how often it refuses."""
    told: list[int] = []
    with CallSession(told=told.append) as session:
        session.get(exchange.url + PATH, timeout=LONG)
        exchange.fail("klines", "429")
        session.get(exchange.url + PATH, timeout=LONG)
        exchange.fail("klines", "huge")
        with pytest.raises(requests.RequestException):
            session.get(exchange.url + PATH, timeout=LONG)
    assert told == [200, 429, 0]
