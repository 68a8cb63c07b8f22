"""The names of coins."""

import pytest

from engram.market.words.coin_names import find, tickers
from engram.market.words.fold import fold


@pytest.mark.parametrize(
    ("text", "ticker"),
    [
        ("Bitcoin", "BTC"), ("bitcoin's", "BTC"), ("bitcoins", "BTC"), ("bitcoin-cash", "BCH"),
        ("bitcoin  cash", "BCH"), ("ethereum classic", "ETC"), ("bitcoin sv", "BSV"),
        ("ethereumpow", "ETHW"), ("биткоину", "BTC"), ("比特币现金", "BCH"),
        ("ビットコインの", "BTC"),
        ("ビットコインキャッシュ", "BCH"), ("비트코인은", "BTC"),
        ("비트코인캐시", "BCH"), ("البيتكوين", "BTC"),
        ("وللبيتكوين", "BTC"), ("বিটকয়েনের", "BTC"), ("बिटकॉइन", "BTC"), ("bitcoinpizza", None),
        ("ビットコインゴールド", None), ("xbitcoin", None), ("ethernet", None), ("以太网", None),
    ],
)  # fmt: skip
def test_a_name_is_one_coin_and_no_other(text, ticker):
    """A person would get Bitcoin's figures for another coin that is called after it."""
    found = [one.tickers for one in find(fold(text).low) if one.tickers]
    assert found == ([(ticker,)] if ticker else [])


def test_words_of_everyday_speech_are_told_apart():
    """ "Link me the docs" would be about a coin."""
    assert {"LINK", "NEAR", "SOL"} <= tickers(words=True) - tickers(words=False)
    assert {"BTC", "ETH", "XRP"} <= tickers(words=False)
