"""How ccxt is set up, and what its failures mean to people; no network."""

from __future__ import annotations

import threading
import time
from typing import Any

import ccxt
import pytest
import requests

from engram.config.settings import ExchangeSettings
from engram.core.errors import ExchangeError, KeepAwayError
from engram.market.exchanges.call_session import CallSession
from engram.market.exchanges.ccxt_client import (
    CALLS_AT_ONCE,
    PAUSE,
    CcxtClient,
    explain,
)
from tests.doubles.dripping import Dripping, kinds
from tests.machine_speed import LONG


@pytest.mark.parametrize(
    ("status", "err", "why", "pause"),
    [
        (451, ccxt.ExchangeNotAvailable(), "refused requests from here", 600),
        (200, ccxt.RestrictedLocation(), "refused requests from here", 600),
        (429, ccxt.RateLimitExceeded(), "asked for a pause", 60),
        (200, ccxt.DDoSProtection(), "asked for a pause", 60),
        (504, ccxt.RequestTimeout(), "did not answer in time", 20),
        (502, ccxt.ExchangeNotAvailable(), "could not answer", 20),
        (0, ccxt.NetworkError(), "could not be reached", 20),
        (0, ccxt.NotSupported("pysocks"), "could not be reached", 20),
        (400, ccxt.BadSymbol(), "had no such market any more", 0),
        (200, ccxt.ExchangeError(), "sent nothing usable", 0),
        (200, TypeError(), "sent nothing usable", 0),
        (200, ExchangeError("sent no list of markets", 1), "sent no list of markets", 1),
    ],
    ids=str,
)
def test_explain(status: int, err: Exception, why: str, pause: float) -> None:
    """People would read technical text, or an exchange would be asked too soon or never again."""
    with CallSession() as session:
        if status:
            session.response = requests.Response()
            session.response.status_code = status
        found = explain(err, session)
    assert (str(found), found.pause) == (why, pause)


def test_a_machine_without_a_thread_to_give_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a moment without memory there would be no market data until the next start."""
    now = 0.0
    client, start = CcxtClient("binance", ExchangeSettings(), lambda: now), threading.Thread.start

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    for _ in range(CALLS_AT_ONCE + 1):
        with pytest.raises(ExchangeError, match=r"^could not be asked$"):
            client.call(lambda _: 1, "test", time.monotonic() + 0.1)
        now += PAUSE
    monkeypatch.setattr(threading.Thread, "start", start)
    assert client.call(lambda _: 1, "test", time.monotonic() + LONG) == 1


def test_a_failure_names_the_call_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The owner could not tell which market or list it was, nor why."""
    client = CcxtClient("binance", ExchangeSettings(), lambda: 0.0)

    def refuse(_client: Any) -> None:
        raise ExchangeError("sent no usable candles")

    with pytest.raises(ExchangeError):
        client.call(refuse, "BTC/USDT 1h", time.monotonic() + LONG)
    assert "Binance sent no usable candles (BTC/USDT 1h: HTTP status 0, Exchange" in caplog.text


@pytest.mark.parametrize("kind", kinds())
def test_an_exchange_whose_answers_drip_in_is_given_up(kind: str) -> None:
    """A question about its markets would wait for ever, and a thread with it."""
    with Dripping(kind) as server:
        client = CcxtClient("binance", ExchangeSettings(api_url=server.url), time.monotonic)
        with pytest.raises(ExchangeError, match="did not answer in time"):
            client.call(lambda one: one.fetch_time(), "time", time.monotonic() + 0.3)
        assert server.is_left(5)


BUSY = ExchangeError("could not answer", 20.0)
AWAY = KeepAwayError("asked for a pause", 60.0)


def pauses(client: CcxtClient) -> bool:
    """Whether it asks for nothing at the moment."""
    try:
        client.check_pause()
    except ExchangeError:
        return True
    return False


@pytest.mark.parametrize(
    ("failing", "err", "paused"),
    [
        ("main", BUSY, (True, True)),
        ("main", AWAY, (True, True)),
        ("aside", BUSY, (False, True)),
        ("aside", AWAY, (True, True)),
    ],
    ids=str,
)
def test_what_is_asked_aside_pauses_nothing_else(
    failing: str, err: ExchangeError, paused: tuple[bool, bool]
) -> None:
    """A person would be told of an outage because of a line that is only shown beside a panel."""
    main = CcxtClient("binance", ExchangeSettings(), lambda: 0.0)
    aside = CcxtClient("binance", ExchangeSettings(), lambda: 0.0, beside=main)
    (main if failing == "main" else aside).failed(err, "BTC/USDT 1d")
    assert (pauses(main), pauses(aside)) == paused


@pytest.mark.parametrize(("err", "paused"), [(BUSY, False), (AWAY, True)], ids=str)
def test_what_goes_on_apart_pauses_only_if_the_exchange_wants_it(
    err: ExchangeError, paused: bool
) -> None:
    """Alerts would not be looked at for minutes because an answer did not come in time."""
    main = CcxtClient("binance", ExchangeSettings(), lambda: 0.0)
    looks = CcxtClient("binance", ExchangeSettings(), lambda: 0.0, beside=main, apart=True)
    main.failed(err, "BTC/USDT 1h")
    assert (pauses(main), pauses(looks)) == (True, paused)


def test_a_clock_that_is_set_back_makes_no_pause_longer() -> None:
    """An exchange that was away for a moment would not be asked for hours."""
    now = 7200.0
    client = CcxtClient("binance", ExchangeSettings(), lambda: now)
    client.failed(BUSY, "BTC/USDT 1h")
    assert pauses(client)
    now = 0.0
    assert not pauses(client)


@pytest.mark.parametrize(("err", "paused"), [(BUSY, False), (AWAY, True)], ids=str)
def test_an_answer_on_its_way_takes_back_no_ban(err: ExchangeError, paused: bool) -> None:
    """Requests would go on although the exchange wants none, until it bans the address for days."""
    client = CcxtClient("binance", ExchangeSettings(), lambda: 0.0)
    client.call(
        lambda _: client.failed(err, "another call"), "BTC/USDT 1h", time.monotonic() + LONG
    )
    assert pauses(client) == paused
