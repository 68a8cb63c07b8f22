"""What an alert waits for."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.watch.conditions import (
    AVERAGES,
    LARGEST_MOVE,
    RANGES,
    SIGNALS,
    SMALLEST,
    SMALLEST_MOVE,
    Condition,
    OutOfRangeError,
)

LEVEL = st.sampled_from([">", "<", "crosses"])


def levels(subject):
    low, high = RANGES[subject]
    return st.floats(low, high, exclude_min=True, exclude_max=True).filter(
        lambda value: abs(value) >= SMALLEST or (subject == "macd" and value == 0)
    )


CONDITIONS = st.one_of(
    *(st.builds(Condition, st.just(one), LEVEL, levels(one)) for one in RANGES),
    st.builds(
        Condition,
        st.just("price"),
        st.just("moves"),
        st.floats(-0.999999, LARGEST_MOVE).filter(lambda value: abs(value) >= SMALLEST_MOVE),
    ),
    st.builds(Condition, st.just("close"), LEVEL, st.just(0.0), st.sampled_from(AVERAGES)),
    st.builds(Condition, st.just("signal"), st.just("="), st.just(0.0), st.sampled_from(SIGNALS)),
    st.just(Condition("signal", "changes")),
)

TEXTS = [
    (Condition("price", ">", 100_000), "price > 100000"),
    (Condition("price", "<", 0.00000123), "price < 0.00000123"),
    (Condition("price", "crosses", 3000.5), "price crosses 3000.5"),
    (Condition("price", "moves", 0.05), "price moves +5%"),
    (Condition("price", "moves", -0.035), "price moves -3.5%"),
    (Condition("rsi", "<", 30), "rsi < 30"),
    (Condition("macd", ">"), "macd > 0"),
    (Condition("macd", "<", -0.5), "macd < -0.5"),
    (Condition("close", ">", other="ema50"), "close > ema50"),
    (Condition("volume", ">", 3), "volume > 3"),
    (Condition("signal", "=", other="BUY"), "signal = BUY"),
    (Condition("signal", "changes"), "signal changes"),
]


@pytest.mark.parametrize(("condition", "text"), TEXTS)
def test_the_text_in_the_store_stays(condition, text):
    """An alert that was armed with an earlier version would be lost."""
    assert str(condition) == text
    assert Condition.read(text) == condition


@given(CONDITIONS)
def test_what_is_kept_is_what_was_armed(condition):
    """After a restart an alert would wait for another price."""
    assert Condition.read(str(condition)) == condition


@pytest.mark.parametrize(
    "text",
    [
        "", "price", "price >", "price > x", "price > nan", "price > inf", "price > ", "btc > 5",
        "price = 5", "price changes", "close > 5", "close > ema9", "signal = LONG", "signal > 5",
        "signal changes 5", "rsi moves +5%", "price moves", "price moves x%", "price moves nan%",
        "price > 5 6", "price >5", "price > 1_000", "price > ٣", "price > 1e5", "volume > ema50",
    ],
)  # fmt: skip
def test_no_other_text_is_a_condition(text):
    """A damaged row would fire, or stop everything that is looked at with it."""
    with pytest.raises(ValueError, match=r"condition|compared|range"):
        Condition.read(text)


@given(st.text(alphabet="pricemovsda<>=+-%0123456789. enf\n", max_size=30))
def test_no_text_is_another_error(text):
    """One damaged row would end the looking for all."""
    with contextlib.suppress(ValueError):
        Condition.read(text)


@pytest.mark.parametrize(
    ("subject", "operator", "value"),
    [
        ("price", ">", 0), ("price", "<", -1), ("price", ">", 1e15), ("price", ">", 1e-300),
        ("price", ">", math.nan),
        ("price", ">", math.inf), ("rsi", "<", 0), ("rsi", ">", 100), ("rsi", ">", 170),
        ("adx", ">", 100), ("macd", ">", math.nan), ("volume", ">", 0), ("volume", ">", 1e6),
        ("price", "moves", 0), ("price", "moves", -1), ("price", "moves", -1.5),
        ("price", "moves", 0.00001), ("price", "moves", 200), ("price", "moves", math.nan),
    ],
)  # fmt: skip
def test_what_cannot_happen_is_no_condition(subject, operator, value):
    """A person would wait for ever for an RSI above 100."""
    with pytest.raises(OutOfRangeError):
        Condition(subject, operator, value)


@pytest.mark.parametrize(
    ("text", "value", "other", "level"),
    [
        ("price moves +5%", 0.1, math.nan, "price > 0.105"),
        ("price moves -3%", 60_000, math.nan, "price < 58200"),
        ("price crosses 100", 90, math.nan, "price > 100"),
        ("price crosses 100", 110, math.nan, "price < 100"),
        ("price crosses 100", 100, math.nan, "price > 100"),
        ("macd crosses 0", 0.1, math.nan, "macd < 0"),
        ("close crosses ema50", 10, 11, "close > ema50"),
        ("close crosses ema50", 12, 11, "close < ema50"),
        ("price > 100", 110, math.nan, "price > 100"),
        ("signal changes", 1, math.nan, "signal changes"),
    ],
)
def test_a_move_becomes_a_level_when_it_is_armed(text, value, other, level):
    """5 % would be counted from each new price, and never come."""
    assert str(Condition.read(text).at(value, other)) == level


@pytest.mark.parametrize(
    ("text", "value", "other", "holds"),
    [
        ("price > 100", 100.01, math.nan, True),
        ("price > 100", 100, math.nan, False),
        ("price < 100", 100, math.nan, False),
        ("price < 100", 99.99, math.nan, True),
        ("price < 100", math.nan, math.nan, False),
        ("close > ema50", 12, 11, True),
        ("close > ema50", 12, math.nan, False),
        ("close < ema50", 10, 11, True),
        ("signal = BUY", "BUY", math.nan, True),
        ("signal = BUY", "HOLD", math.nan, False),
        ("signal changes", "BUY", math.nan, False),
        ("signal changes", 1, math.nan, False),
    ],
)
def test_when_it_holds(text, value, other, holds):
    """An alert would fire at the level, where the price may turn, or with no price at all."""
    assert Condition.read(text).holds(value, other) is holds


@pytest.mark.parametrize("text", ["price moves +5%", "price crosses 100"])
def test_what_is_no_level_yet_is_not_judged(text):
    """An alert whose level was forgotten would never fire, and nobody would know."""
    with pytest.raises(ValueError, match="level first"):
        Condition.read(text).holds(1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("price > 100000", "BTC/USDT rises above 100,000.00"),
        ("price < 0.00000123", "BTC/USDT falls below 0.00000123"),
        ("price crosses 100", "BTC/USDT crosses 100.00"),
        ("price moves +5%", "BTC/USDT rises by 5 % from its price now"),
        ("price moves -3.25%", "BTC/USDT falls by 3.25 % from its price now"),
        ("rsi < 30", "the RSI of BTC/USDT (4h) falls below 30"),
        ("rsi > 70.5", "the RSI of BTC/USDT (4h) rises above 70.5"),
        ("macd crosses 0", "the MACD histogram of BTC/USDT (4h) crosses 0"),
        ("volume > 3", "the volume of BTC/USDT (4h) rises above 3 times its average"),
        ("close > ema50", "BTC/USDT (4h) closes above its EMA 50"),
        ("close crosses ema200", "BTC/USDT (4h) crosses its EMA 200"),
        ("signal = SELL", "the signal of BTC/USDT (4h) becomes SELL"),
        ("signal changes", "the signal of BTC/USDT (4h) changes"),
    ],
)
def test_what_was_understood_is_said_back(text, words):
    """A person could not see that another alert was armed than was meant."""
    assert Condition.read(text).words("BTC/USDT", "4h") == words


def test_only_the_price_is_judged_between_closes():
    """An RSI that was below 30 for a minute would be told."""
    assert not Condition.read("price moves +5%").needs_candles
    assert Condition.read("signal changes").needs_candles
