"""How what people type for a coin and a timeframe is read."""

import pytest

from engram.market.symbols import find_coin, parse_request


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("BTC", "BTC/USDT 1h"),
        ("btc", "BTC/USDT 1h"),
        ("$BTC", "BTC/USDT 1h"),
        ("BTC/USDT", "BTC/USDT 1h"),
        ("BTCUSDT", "BTC/USDT 1h"),
        ("btc-usd", "BTC/USD 1h"),
        ("bitcoin", "BTC/USDT 1h"),
        ("Shiba Inu 1d", "SHIB/USDT 1d"),
        ("BTC 4h", "BTC/USDT 4h"),
        ("4h btc", "BTC/USDT 4h"),
        ("15min sol", "SOL/USDT 15m"),
        ("1M eth", "ETH/USDT 1M"),
        ("1D eth", "ETH/USDT 1d"),
        ("SUSDT", "S/USDT 1h"),
        ("WBTC", "WBTC/USDT 1h"),
        ("CBBTC", "CBBTC/USDT 1h"),
        ("ETHBTC", "ETH/BTC 1h"),
        ("1000PEPE", "1000PEPE/USDT 1h"),
    ],
)
def test_symbols_are_understood_as_people_write_them(text, request_):
    """People would have to learn the exchange's spelling."""
    assert str(parse_request(text, "USDT", "1h")) == request_


@pytest.mark.parametrize("text", ["", "4h", "btc eth", "what?", "<b>", "BTC 4h please", "../etc"])
def test_what_is_no_symbol_is_not_guessed(text):
    """Somebody would get an analysis of something they did not ask for."""
    assert parse_request(text, "USDT", "1h") is None


@pytest.mark.parametrize(
    ("text", "coin"),
    [
        ("what about bitcoin?", "BTC"),
        ("is $sol a buy", "SOL"),
        ("LINK or DOT?", "LINK"),
        ("send me the link", None),
        ("dot the i", None),
        ("hello", None),
    ],
)
def test_a_coin_is_found_in_a_sentence(text, coin):
    """A question about a coin would not be recognised, or one about a link would."""
    assert find_coin(text) == coin
