"""How ccxt is set up for a call, and what is kept of it for the next one."""

from __future__ import annotations

import threading
import time
from typing import Any

import ccxt
import pytest

from engram.config.settings import ExchangeSettings
from engram.market.exchanges.lines import GENTLE, Lines, Pace, Turns, moved, spot_only

URL = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("api", "expected"),
    [
        ("https://api.kraken.com", URL),
        ("https://api.binance.com/api/v3", URL + "/api/v3"),
        ("https://api.{hostname}/v5", URL + "/v5"),
        ({"public": "https://a.com/x", "ws": {"spot": "wss://b.com/y"}, "none": None},
         {"public": URL + "/x", "ws": {"spot": URL + "/y"}, "none": None}),
    ],
)  # fmt: skip
def test_api_url_replaces_scheme_and_host(api: Any, expected: Any) -> None:
    """A mirror would be asked at the wrong path, or the blocked host would be asked after all."""
    assert moved(api, URL) == expected


@pytest.mark.parametrize("name", ["binance", "bybit", "okx", "kucoin", "hyperliquid", "kraken"])
def test_one_request_for_spot_markets(name: str) -> None:
    """Futures and options of an exchange would make the first answer several times slower."""
    client = getattr(ccxt, name)({"enableRateLimit": False})
    client.options = {**client.options, **spot_only(client.options)}
    asked = []

    def fetch(url: str, *_: object) -> dict[str, Any]:
        asked.append(url)
        return {"data": [], "result": {}, "symbols": []}

    client.fetch = fetch
    client.fetch_markets()
    assert len(asked) == 1


@pytest.mark.parametrize("types", [["spot", "swap"], {"spot": True, "linear": True}], ids=str)
def test_both_ways_to_choose_spot(types: Any) -> None:
    """Futures of an exchange that has a switch for each kind of market would be loaded."""
    chosen = spot_only({"fetchMarkets": {"types": types, "loadAllOptions": False}})["fetchMarkets"]
    assert chosen["types"] in (["spot"], {"spot": True, "linear": False})
    assert chosen["loadAllOptions"] is False


def test_settings_of_ccxt_are_not_changed_for_others() -> None:
    """ccxt's objects share their options: one exchange would change those of another."""
    options = ccxt.binance().options
    before = repr(options["fetchMarkets"])
    assert spot_only(options)["fetchMarkets"]["types"] == ["spot"]
    assert repr(options["fetchMarkets"]) == before


def lines(kept: int = 2) -> Lines:
    """Lines to Binance."""
    return Lines("binance", ExchangeSettings(api_url=URL), kept)


def test_lines_are_kept_with_their_ccxt_objects() -> None:
    """Each look would make a ccxt object, which is most of its processor time."""
    known = lines()
    first = known.take(1)
    client = first.client(5)
    known.give_back(first, usable=True)
    again = known.take(2)
    assert (again, again.client(7)) == (first, client)
    assert client.timeout == 7000


@pytest.mark.parametrize("kept", [0, 2])
def test_no_more_are_kept_than_may_be(kept: int) -> None:
    """Connections to an exchange would be collected for as long as the bot runs."""
    known = lines(kept)
    taken = [known.take(number) for number in range(3)]
    for one in taken:
        known.give_back(one, usable=True)
    again = [known.take(number) for number in range(3)]
    assert len(set(again) & set(taken)) == kept


def test_what_failed_or_was_hung_up_is_not_used_again() -> None:
    """Every second look would fail on a connection that is closed for good."""
    known = lines()
    failed, given_up, fine = (known.take(name) for name in ("failed", "given up", "fine"))
    known.give_back(failed, usable=False)
    known.hang_up(given_up, "given up")
    known.give_back(given_up, usable=True)
    known.give_back(fine, usable=True)
    assert known.take("next") is fine
    assert known.take("another") not in (failed, given_up, fine)


def test_a_late_hang_up_ends_no_later_call() -> None:
    """A look whose time ran out as it ended would end that of another market."""
    known = lines()
    line = known.take("first")
    known.give_back(line, usable=True)
    assert known.take("second") is line
    known.hang_up(line, "first")
    assert not line.session.is_over
    known.hang_up(line, "second")
    assert line.session.is_over


def test_a_pace_is_kept_by_all_threads() -> None:
    """Two looks at the same time would ask twice as often as the exchange allows."""
    pace, started, begun = Pace(), [], time.monotonic()

    def ask() -> None:
        turns = Turns(pace, 0.02)
        for _ in range(3):
            turns.wait()
            started.append(time.monotonic())

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    # The first may be late to look at the clock, when the machine is busy.
    assert max(started) - begun >= 5 * 0.02


def test_what_a_call_waits_for_its_turns_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exchange would be blamed for the time that a look has waited for others."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    known = lines()
    first, second = known.take(1), known.take(2)
    assert first.waited == 0.0
    first.client(5).throttle(2)
    second.client(5).throttle(1)
    limit = GENTLE * ccxt.binance().rateLimit / 1000
    assert first.waited == 0.0
    assert second.waited == pytest.approx(2 * limit, abs=0.9 * limit)
    known.give_back(second, usable=True)
    assert known.take(3).waited == 0.0


def test_looks_share_a_gentle_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks would take the room of the answers, or a costly request be counted as a cheap one."""
    waits: list[tuple[Pace, float]] = []

    def turn(pace: Pace, seconds: float) -> float:
        waits.append((pace, seconds))
        return 0.0

    monkeypatch.setattr(Pace, "turn", turn)
    for known in (lines(2), lines(0)):
        for call in (1, 2):
            client = known.take(call).client(5)
            client.throttle(0.4)
            client.throttle(3)
    limit = ccxt.binance().rateLimit / 1000
    gentle, usual = waits[:4], waits[4:]
    assert [seconds for _, seconds in gentle] == [GENTLE * limit, GENTLE * 3 * limit] * 2
    assert [seconds for _, seconds in usual] == [limit, 3 * limit] * 2
    assert len({id(pace) for pace, _ in gentle}) == 1
    assert len({id(pace) for pace, _ in usual}) == 2
