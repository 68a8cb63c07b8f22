"""What is asked of a market, and how a topic is kept."""

import pytest

from engram.market.symbols import Request, Topic, nearest_symbols, spellings


@pytest.mark.parametrize(
    "topic",
    [
        Topic(),
        Topic((Request("BTC", "USDT", "4h"),)),
        Topic((Request("ETH", "BTC", "1M"), Request("1INCH", "USDT", "1h")), ("HYPE", "ADA/BTC")),
        Topic((), ("bitcoin gold",)),
    ],
)
def test_a_topic_is_kept_as_it_was(topic):
    """After a restart a follow-up would mean another market, or none."""
    assert Topic.read(str(topic)) == topic
    assert bool(topic) is (topic != Topic())


def test_a_dollar_may_be_another_kind_of_dollar_and_nothing_else():
    """A person who asks for euros would read dollars."""
    assert spellings("BTC", "USD", "USDT") == ("BTC/USD", "BTC/USDT", "BTC/USDC")
    assert spellings("BTC", "EUR", "USDT") == ("BTC/EUR",)


def test_the_nearest_symbols_are_of_the_same_coin_first():
    """A person would be offered other coins before the one that they meant."""
    listed = ["BTC/EUR", "BTT/USDT", "BTCB/USDT", "SOL/USDT"]
    nearest = nearest_symbols(Request("BTC", "USDT", "1h"), ["BTC/USDT"], listed)
    assert nearest == ("BTC/EUR", "BTCB/USDT", "BTT/USDT")
