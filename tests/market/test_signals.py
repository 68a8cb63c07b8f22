"""BUY, SELL or HOLD by votes, and what must hold for any series of candles."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engram.market.candles import Candles
from engram.market.evidence import Evidence, Regime
from engram.market.indicators import Indicators, compute
from engram.market.outcomes import Signal
from engram.market.panel.panel import panel
from engram.market.signals import CANDLES_NEEDED, TooFewCandlesError, analyse, votes_by_rule
from tests.series import first, made

VOTES = ["Trend", "Strength", "RSI", "MACD", "Bollinger", "Volume"]


@pytest.mark.parametrize(
    ("shape", "signal", "score"),
    [("rising", Signal.BUY, 3), ("falling", Signal.SELL, -3), ("flat", Signal.HOLD, 0)],
)
def test_a_plain_market_gets_the_plain_signal(shape, signal, score):
    """Not even a market that only rises would get a BUY."""
    found = analyse(made(shape, 999))
    assert (found.signal, found.score) == (signal, score)
    assert list(found.votes) == VOTES


@pytest.mark.parametrize("count", [0, 1, 2, 34, 199])
@pytest.mark.parametrize("shape", ["rising", "flat"])
def test_no_signal_from_too_few_candles(count, shape):
    """A coin listed yesterday would get a signal from half an indicator."""
    with pytest.raises(TooFewCandlesError, match=f" BTC/USDT: {count} candles are too few"):
        analyse(first(made(shape, 250), count))


def test_the_longest_indicator_decides_how_many_are_needed():
    """The first signal would rest on an EMA 200 without enough candles."""
    assert analyse(made("rising", CANDLES_NEEDED)).signal is Signal.BUY


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_vote_looks_ahead(seed):
    """A signal would be studied that knew the candles after it."""
    whole = made("walk", 420, seed)
    columns = votes_by_rule(compute(whole))
    for count in range(CANDLES_NEEDED, 421, 20):
        then = {name: column[count - 1] for name, column in columns.items()}
        assert analyse(first(whole, count)).votes == then


# Indicators of one candle that no rule votes on; each line below changes some of them.
QUIET = {
    "close": 100.0, "change": 0.0, "ema20": 100.0, "ema50": 100.0, "ema200": 100.0, "adx": 10.0,
    "rsi": 50.0, "macd_histogram": 0.0, "atr": 2.0,
    "bollinger_upper": 105.0, "bollinger_lower": 95.0,
    "volume_ratio": 1.0,
}  # fmt: skip
NAN = float("nan")


@pytest.mark.parametrize(
    ("changes", "votes"),
    [
        ({}, {}),
        ({"close": 103, "ema50": 102, "ema200": 101}, {"Trend": 1}),
        ({"close": 97, "ema50": 98, "ema200": 99}, {"Trend": -1}),
        ({"close": 101, "ema50": 102, "ema200": 101}, {}),
        ({"close": 103, "ema50": 102, "ema200": NAN}, {}),
        ({"adx": 20, "ema20": 101}, {"Strength": 1}),
        ({"adx": 20, "ema20": 99}, {"Strength": -1}),
        ({"adx": 19.99, "ema20": 101}, {}),
        ({"rsi": 55}, {}),
        ({"rsi": 55.01}, {"RSI": 1}),
        ({"rsi": 45}, {}),
        ({"rsi": 44.99}, {"RSI": -1}),
        ({"macd_histogram": 0.1}, {}),
        ({"macd_histogram": 0.11}, {"MACD": 1}),
        ({"macd_histogram": -0.11}, {"MACD": -1}),
        ({"close": 94}, {"Bollinger": 1}),
        ({"close": 106}, {"Bollinger": -1}),
        ({"close": 94, "adx": 20}, {}),
        ({"volume_ratio": 1.5, "change": 0.01}, {"Volume": 1}),
        ({"volume_ratio": 1.5, "change": -0.01}, {"Volume": -1}),
        ({"volume_ratio": 1.5}, {}),
        ({"volume_ratio": 1.49, "change": 0.01}, {}),
        ({"volume_ratio": NAN, "change": 0.01}, {}),
        ({"rsi": 60, "still": True}, {}),
    ],
    ids=str,
)
def test_each_vote_follows_its_rule(changes, votes):
    """A vote would be cast for other reasons than the documents state."""
    values = {**QUIET, "still": False, **changes}
    one = Indicators(**{name: np.array([value]) for name, value in values.items()})
    found = {name: int(column[0]) for name, column in votes_by_rule(one).items()}
    assert found == {**dict.fromkeys(VOTES, 0), **votes}


@pytest.mark.parametrize(
    ("score", "signal"),
    [(6, "BUY"), (2, "BUY"), (1, "HOLD"), (0, "HOLD"), (-1, "HOLD"), (-2, "SELL"), (-6, "SELL")],
)
def test_two_votes_decide(score, signal):
    """The threshold would differ from the one that the panel names."""
    cast = [1] * max(score, 0) + [-1] * max(-score, 0)
    votes = dict(zip(VOTES, cast, strict=False))
    assert replace(analyse(made("flat", 250)), votes=votes).signal.value == signal


def walked(data):
    """Candles from what hypothesis drew: moves of the close, spans, volumes, gaps."""
    moves, spans, volumes, steps, start = data
    close = start * np.exp(np.cumsum(moves))
    opened = np.concatenate([[start], close[:-1]])
    high = np.maximum(opened, close) * (1 + np.array(spans))
    low = np.minimum(opened, close) / (1 + np.array(spans))
    time = 1_700_000_000_000 + 3_600_000 * np.cumsum(steps)
    price, now = float(close[-1]) * 1.001, float(time[-1]) / 1000 + 4000
    columns = (time, opened, high, low, close, np.array(volumes, dtype=float))
    missing = int(np.sum(steps)) - len(steps)
    return Candles("1000SATS/FDUSD", "Coinbase Exchange", "1h", *columns, price, now, now, missing)


@st.composite
def series(draw):
    """Random candles: calm, wild, still for a while, with jumps, without volume, of any price."""
    count = draw(st.integers(1, 420))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    swing = draw(st.sampled_from([0.0, 1e-9, 1e-4, 0.01, 0.3]))
    moves = chance.normal(draw(st.sampled_from([0.0, 0.002, -0.002])), 1, count) * swing
    still = draw(st.integers(0, count))
    moves[still : still + draw(st.sampled_from([0, 5, 20, 400]))] = 0.0
    for place in draw(st.lists(st.integers(0, count - 1), max_size=3)):
        moves[place] = draw(st.sampled_from([-5.0, -0.5, 0.5, 5.0]))
    moves = np.clip(moves, -6, 6)
    spans = abs(chance.normal(0, draw(st.sampled_from([0.0, 1e-6, 0.01])), count))
    volumes = chance.exponential(1, count) * draw(st.sampled_from([0.0, 1e-8, 1.0, 1e12]))
    steps = 1 + (chance.random(count) < draw(st.sampled_from([0.0, 0.1]))) * 3
    start = draw(st.sampled_from([1.23e-8, 0.00000123, 1.0, 67_000.0, 1e9]))
    return walked((moves, spans, volumes, steps, start))


@settings(max_examples=150, deadline=None)
@given(series(), st.sampled_from([1, 24, 300]))
@example(walked((np.zeros(300), np.zeros(300), np.zeros(300), np.ones(300), 1.23e-8)), 24)
def test_any_series_gets_a_consistent_answer_or_none(candles, horizon):
    """Some market on some day would end in an error, or in figures that contradict each other."""
    close = candles.close.tolist()
    if len(close) < CANDLES_NEEDED:
        with pytest.raises(TooFewCandlesError):
            analyse(candles, horizon)
        return
    found = analyse(candles, horizon)
    score = sum(found.votes.values())
    assert found.signal.value == ("BUY" if score >= 2 else "SELL" if score <= -2 else "HOLD")
    if found.range:
        assert 0 < found.range.low < found.range.high < np.inf
    evidence = Evidence.of(candles, horizon, found.signal, Regime(Signal.BUY, Signal.SELL))
    text = panel(found, candles, evidence)
    assert "nan" not in text
    assert "inf" not in text
    if 1e-9 < candles.price < 1e12:  # nothing that an exchange lists is cheaper or dearer
        assert len(text.encode("utf-16-le")) // 2 <= 1024
