"""/watch and /unwatch in a conversation."""

import pytest


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        (["/watch BTC 1h"], ["BTC/USDT (1h, Binance) is watched. Its signal is "]),
        (["/watch btc"], ["BTC/USDT (4h, Binance) is watched.", "You named no timeframe"]),
        (["/watch BTC 1h", "/watch btc 1h"], ["BTC/USDT (1h, Binance) is watched already"]),
        (["/analyze ETH 1h", "/watch"], ["ETH/USDT (4h, Binance) is watched.", "no timeframe"]),
        (["/analyze ETH 1h", "/watch daily"], ["ETH/USDT (1d, Binance) is watched."]),
        (["/watch"], ["Which market?"]),
        (["/watch moonz"], ["no market moonz on Binance"]),
        (["/watch btc eth"], ["One market at a time", "BTC/USDT or ETH/USDT"]),
        (["/watch btc 7m"], ["There are no 7m candles"]),
        (["/watch btc 1h", "/unwatch btc 4h"], ["I watch nothing of BTC/USDT 4h here"]),
        (["/watch btc 1h", "/unwatch btc 1h"], ["No longer watched: BTC/USDT (1h, Binance)."]),
        (["/watch btc 1h", "/watch btc", "/unwatch btc"], ["(1h, Binance), BTC/USDT (4h"]),
        (["/watch btc 1h", "/unwatch"], ["No longer watched: BTC/USDT (1h, Binance)."]),
        (["/unwatch"], ["Which market?"]),
        (["/unwatch btc eth"], ["One market at a time"]),
    ],
)
def test_the_market_is_the_one_that_is_meant(talk, said, parts):
    """A person would be told about another market, or still about one that they ended."""
    *_, last = [talk(text) for text in said]
    for part in parts:
        assert part in last.text


@pytest.mark.parametrize("follow_up", ["/analyze 1h", "/alert > 1000"])
def test_it_is_spoken_of_from_then_on(talk, follow_up):
    """A follow-up would be about another market."""
    talk("/analyze BTC")
    talk("/watch ETH")
    assert "ETH/USDT" in talk(follow_up).text


def test_it_has_a_cross_and_the_terminal_a_command(talk):
    """Nobody could end it without looking up how."""
    assert talk("/watch BTC").buttons[0][0].command == "/disarm w1"
    assert "/disarm w2 takes it back." in talk("/watch BTC", chat="console").text
