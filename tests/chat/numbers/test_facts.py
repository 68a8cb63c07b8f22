"""What is known about a market to somebody who has read a prompt."""

import pytest

from engram.chat import prompts
from engram.chat.numbers.facts import Frequencies, facts_in
from engram.market.report import Findings
from engram.market.symbols import Request
from tests.conftest import make_analyst


@pytest.fixture
def report(exchange):
    exchange.shape = "walk"
    return make_analyst(exchange).report(Request("BTC", "USDT", "4h"))


def test_the_facts_of_a_prompt_are_those_of_the_market(report):
    """Levels would be looked for around a wrong price, or at multiples of a wrong ATR."""
    facts = facts_in(prompts.analysis(Findings((report,))))
    figures = report.data.analysis.snapshot
    assert facts.prices == [pytest.approx(figures.price, abs=0.01)]
    assert facts.ranges == [pytest.approx(figures.last.atr, abs=0.01)]
    assert facts.indicators["RSI"] == [pytest.approx(figures.last.rsi, abs=0.05)]
    assert facts.indicators["ADX"] == [pytest.approx(figures.last.adx, abs=0.05)]
    lows, highs = report.data.candles.low[-5:].min(), report.data.candles.high[-5:].max()
    near = 0.1 * figures.last.atr
    assert facts.swings == [(pytest.approx(lows, abs=near), pytest.approx(highs, abs=near))]
    assert facts.last[3] == pytest.approx(report.data.candles.close[-1], abs=near)
    for ema in (figures.last.ema20, figures.last.ema50, figures.last.ema200):
        assert any(level == pytest.approx(ema, abs=near) for level in facts.levels["ema"])


def test_a_text_without_a_market_has_few_facts():
    """A person's own figures would be taken for those of the market."""
    facts = facts_in("I have 1 000 XRP at 0.62")
    assert list(facts.values) == [0.62, 1000.0]
    assert (facts.prices, facts.swings, facts.last, facts.candles) == ([], [], (), {})


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("RSI 14: 46.3", {"RSI": [46.3]}),
        ("The RSI (14) is at 71.", {"RSI": [71]}),
        ("| RSI | **71** |", {"RSI": [71]}),
        ("Der RSI liegt bei 71.", {"RSI": [71]}),
        ("RSI above 70 would be overbought", {}),
        ("RSI = 100 − 100 / (1 + RS)", {}),
        ("Fear & Greed index at 72", {"FEAR & GREED": [72]}),
        ("RSI 14 and ADX 14", {}),
        ("RSI up 5 %", {}),
    ],
)
def test_what_claims_to_be_the_value_of_an_indicator(text, claims):
    """An invented RSI of 71 would pass, as any whole number does, or a threshold be named."""
    assert facts_in(text).indicators == claims


def test_a_price_of_nothing_is_none():
    """A person who pastes zeros would make the check divide by them."""
    facts = facts_in("Price: 0 and\n2026-11-21T04:00 0 0 0 0 5\n2026-11-21T05:00 1.2.3 1 1 1 5")
    assert (facts.prices, facts.candles, facts.swings) == ([], {}, [])


AHEAD = (
    "By the rules: BUY, confidence Low (such signals came true 54 % of the time, chance is 50 %)\n"
    "Price: 38.50\n"
    "{range}: Next 24 candles (24 days), 80 %: 36 to 41 (-6.5 % to +6.5 %)\n"
    "{stop}: 1.5 ATR below: 38.12 (-1.0 %), touched 61 times in 100; 3 ATR below: 37.73 "
    "(-2.0 %), 32 in 100\n"
    "ATR 0.26 (0.67 %), EMA 20 38.94 (+1.1 %)\n"
)


@pytest.mark.parametrize("words", [("Range of closes", "Stop"), ("🎯", "🛑")])
def test_what_is_said_about_the_future_is_known(words):
    """The ends of a range and the odds of a stop would be called inventions when they are used."""
    facts = facts_in(AHEAD.format(range=words[0], stop=words[1]))
    assert facts.levels["range"] == [41.0, 36.0]
    assert facts.levels["ema"] == [38.94]
    assert facts.levels.get("stop", [37.73, 38.12]) == [37.73, 38.12]
    assert {54.0, 50.0, 80.0, 61.0, 32.0} <= set(facts.percents)
    assert facts.often == Frequencies([(54.0, 50.0)], [54.0, 61.0, 32.0], [80.0])
    assert facts.times == []
