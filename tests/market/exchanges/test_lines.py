"""How ccxt is set up for a call, and what is kept of it for the next one."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

from engram.market.exchanges.lines import moved, spot_only

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
