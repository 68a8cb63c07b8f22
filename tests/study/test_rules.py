"""The rules that were tried, each at a candle whose figures are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.study.rules import CANDIDATES

# 130 candles that end at 100, on their averages, with nothing that a rule looks at.
QUIET = {
    "ema50": 100.0, "ema200": 100.0, "rsi": 50.0, "bollinger_upper": 105.0,
    "bollinger_lower": 95.0,
}  # fmt: skip
RULES = ("Trend", "Strength", "RSI", "MACD", "Bollinger", "Volume")
# A rule, what makes it BUY, and what does not.
TRIED = [
    ("one vote", {"votes": {"RSI": 1}}, {}),
    ("three votes", {"votes": {"RSI": 1, "MACD": 1, "Trend": 1}},
     {"votes": {"RSI": 1, "MACD": 1}}),
    ("four votes", {"votes": dict.fromkeys(RULES[:4], 1)},
     {"votes": dict.fromkeys(RULES[:5], 1) | {"RSI": -1}}),
    ("Trend alone", {"votes": {"Trend": 1, "RSI": -1}}, {"votes": {"RSI": 1}}),
    ("Trend and MACD", {"votes": {"Trend": 1, "MACD": 1, "RSI": -1}},
     {"votes": {"Trend": 1, "RSI": 1}}),
    ("Trend, Strength, RSI: two", {"votes": {"Strength": 1, "RSI": 1}},
     {"votes": {"Strength": 1, "MACD": 1}}),
    ("Volume alone", {"votes": {"Volume": 1}}, {"votes": {"Trend": 1}}),
    ("close and EMA 50", {"ema50": 99.0}, {"ema200": 99.0}),
    ("close and EMA 200", {"ema200": 99.0}, {"ema50": 99.0}),
    ("EMA 50 and EMA 200", {"ema50": 101.0}, {"close": {1: 101.0}}),
    ("drift of 24 candles", {"close": {25: 99.0}}, {"close": {24: 99.0, 26: 99.0}}),
    ("drift of 120 candles", {"close": {121: 99.0}}, {"close": {120: 99.0, 122: 99.0}}),
    ("RSI below 30, above 70", {"rsi": 29.9}, {"rsi": 30.0}),
    ("RSI below 40, above 60", {"rsi": 39.9}, {"rsi": 40.0}),
    ("outside the bands", {"close": {1: 94.9}}, {"close": {1: 95.0}}),
]  # fmt: skip


def said(rule, close=None, votes=None, **figures):
    """What `rule` says where the latest closes, votes and figures are these."""
    closes = np.full(130, 100.0)
    for age, price in (close or {}).items():
        closes[-age] = price
    # Yesterday's figures are other ones, which nobody may look at.
    columns = {name: np.array([7.0, one]) for name, one in (QUIET | figures).items()}
    all_votes = {name: np.array([-1, (votes or {}).get(name, 0)]) for name in RULES}
    return CANDIDATES[rule](SimpleNamespace(close=closes, **columns), all_votes)


@pytest.mark.parametrize(("rule", "buys", "not_yet"), TRIED)
def test_a_rule_buys_where_its_name_says(rule, buys, not_yet):
    """A rule would be reported as tried that never was."""
    assert said(rule) == said(rule, **not_yet) == 0
    assert said(rule, **buys) == 1
    assert said(rule, **opposite(buys)) == -1


def opposite(changes):
    """The same changes towards a fall."""
    about = {"votes": 0.0, "close": 100.0, "rsi": 50.0, "ema50": 100.0, "ema200": 100.0}
    return {
        name: {key: 2 * about[name] - one for key, one in value.items()}
        if isinstance(value, dict)
        else 2 * about[name] - value
        for name, value in changes.items()
    }


def test_a_channel_is_left_by_the_highest_or_lowest_close():
    """The highest of 54 or 56 candles would be counted as that of 55."""
    rule = "highest of 55 candles"
    assert said(rule, {1: 101.0}) == said(rule, {1: 101.0, 55: 101.0, 56: 102.0}) == 1
    assert said(rule, {1: 99.0, 56: 98.0}) == -1
    assert said(rule, {1: 101.0, 55: 102.0, 2: 99.0}) == 0


def test_each_rule_is_tried_here():
    """A rule that is added would be believed without a look at it."""
    assert set(CANDIDATES) == {*(rule for rule, _, _ in TRIED), "highest of 55 candles"}
