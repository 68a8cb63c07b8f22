"""What is known of exchanges without asking them; no network."""

from __future__ import annotations

import pytest

from engram.market.exchanges.profile import Profile, profile_of, unknown_exchanges


@pytest.mark.parametrize(
    ("ids", "problems"),
    [
        (["binance", "kraken"], []),
        (["binnance"], ['[market] exchange = binnance: ccxt knows no such exchange; did you mean '
                        '"binance"?']),
        (["zaif"], ["[market] exchange = zaif: this exchange offers no candles"]),
    ],
)  # fmt: skip
def test_unknown_exchanges(ids: list[str], problems: list[str]) -> None:
    """A typo in config.ini would show only as missing data."""
    assert unknown_exchanges(ids) == problems


def test_a_profile() -> None:
    """People would read ids, be refused timeframes, or the exchange be asked too often."""
    kraken = profile_of("kraken")
    assert (kraken.name, kraken.rate_limit) == ("Kraken", 1.0)
    assert (kraken.timeframes[60.0], kraken.timeframes[14400.0]) == ("1m", "4h")


def test_what_ccxt_does_not_know_is_called_by_its_id() -> None:
    """An alert on an exchange that ccxt has dropped would end each list in a traceback."""
    assert profile_of("gone") == Profile("gone", {})
