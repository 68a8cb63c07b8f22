"""Whether a text goes on about the market that was spoken of before."""

import pytest

from engram.market.words.reader import read_sentence
from tests.market.words.test_reader import MARKETS


@pytest.mark.parametrize(
    ("text", "follows"),
    [
        ("what's a safe stop?", True), ("what is a good entry?", True),
        ("what does the signal mean?", False), ("why is the trend up?", True),
        ("which of these is the strongest?", True), ("which one is weaker?", True),
        ("zoom out to weekly", True), ("switch the chart to 15m", True),
        ("what is an ema?", False), ("what's a limit order", False), ("explain rsi", False),
        ("what does bullish mean?", False), ("is it worth buying?", True),
        # The coin may be meant, and no other market is given in its place.
        ("is sol worth it?", False),
    ],
)  # fmt: skip
def test_talk_of_the_market_of_before_is_told_from_general_questions(text, follows):
    """Whoever asks what a word means would get figures, or no figures who asks for a stop."""
    reading = read_sentence(text, MARKETS)
    assert (reading.follows, reading.symbols) == (follows, ())


@pytest.mark.parametrize(
    ("text", "joins"),
    [
        ("compare it with eth", True), ("eth vs it?", True), ("is it better than eth?", True),
        ("is it better to buy eth than to wait?", False), ("is it eth?", False),
    ],
)  # fmt: skip
def test_what_is_compared_with_the_market_of_before_joins_it(text, joins):
    """One of the two markets that somebody compares would have no figures."""
    reading = read_sentence(text, MARKETS)
    assert (reading.joins, reading.symbols) == (joins, ("ETH/USDT",))
