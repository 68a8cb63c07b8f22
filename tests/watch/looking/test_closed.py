"""Closed candles, judged one after the other, against analyses of them one by one."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engram.market.outcomes import Signal
from engram.market.signals import analyse
from engram.watch.conditions import Condition
from engram.watch.looking.closed import (
    COLUMNS,
    FURTHEST,
    WINDOW,
    candles_wanted,
    changes,
    judge,
    read,
)
from tests.series import NOW, first, made

HOUR = 3_600_000
SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
CONDITIONS = [
    "rsi < 40", "rsi > 60", "adx > 25", "macd > 0", "close > ema20", "close < ema50",
    "volume > 1.5", "signal = BUY", "signal = HOLD", "signal = SELL", "signal changes",
]  # fmt: skip


def analysis_at(candles, at):
    """What an analysis says right after the candle at that place has closed."""
    window = {name: getattr(candles, name)[max(0, at - WINDOW + 1) : at + 1] for name in COLUMNS}
    return analyse(replace(candles, **window))


def truths(candles, text):
    """At which candles a condition is true, the slow way."""
    signals = [analysis_at(candles, at).signal for at in range(250, len(candles.close))]
    rows = [analysis_at(candles, at).snapshot.last for at in range(250, len(candles.close))]
    subject, operator, *operand = text.split()
    found = []
    for place, (signal, row) in enumerate(zip(signals, rows, strict=True)):
        if operator == "changes":
            found.append(place > 0 and signal is not signals[place - 1])
        elif subject == "signal":
            found.append(signal.value == operand[0])
        else:
            names = {"macd": "macd_histogram", "volume": "volume_ratio"}
            value = getattr(row, names.get(subject, subject))
            level = getattr(row, operand[0]) if subject == "close" else float(operand[0])
            found.append(value > level if operator == ">" else value < level)
    return found


@SLOW
@given(
    st.integers(0, 1000),
    st.sampled_from(CONDITIONS),
    st.lists(st.integers(1, 12), min_size=1, max_size=8),
    st.booleans(),
)
def test_an_alert_fires_at_the_first_candle_that_crosses(seed, text, steps, ready):
    """It would fire twice, or not at all, depending on when it is looked at."""
    whole = made("walk", 250 + sum(steps) + 1, seed)
    times, true = whole.time.tolist(), truths(whole, text)
    condition, at, judged, fired = Condition.read(text), 250, times[250], None
    was_ready = ready
    for step in steps:
        at += step
        found = judge(condition, read(first(whole, at + 1), judged), judged, ready)
        judged, ready = found.judged, found.ready
        if found.fired:
            fired = found.fired.reading.candle
            break
        assert judged == times[at]
    expected = None
    for place in range(1, at - 250 + 1):
        if true[place] and was_ready:
            expected = times[250 + place]
            break
        was_ready = was_ready or not true[place]
    assert fired == expected


@SLOW
@given(st.integers(0, 1000), st.lists(st.integers(1, 30), min_size=1, max_size=6))
def test_a_watched_market_tells_each_change_once(seed, steps):
    """A change would be told twice, or be overlooked, depending on when it is looked at."""
    whole = made("walk", 250 + sum(steps) + 1, seed)
    times = whole.time.tolist()
    signals = [analysis_at(whole, at).signal.value for at in range(250, len(times))]
    signal, since, at, told = signals[0], times[250], 250, []
    for step in steps:
        before, at = times[at], at + step
        for one in changes(read(first(whole, at + 1), before), before, signal, since):
            told.append((one.reading.candle, one.was, one.since))
            signal, since = one.reading.signal.value, one.reading.candle
    expected, since = [], times[250]
    for place in range(1, len(signals)):
        if signals[place] != signals[place - 1]:
            expected.append((times[250 + place], signals[place - 1], since))
            since = times[250 + place]
    assert told == expected


def test_each_candle_is_judged_with_those_that_an_analysis_would_have_had():
    """After an absence a message would speak of a signal that /analyze never showed."""
    whole = made("walk", WINDOW + 40)
    judged = whole.time.tolist()[-41]
    readings = read(whole, judged)
    assert len(readings.all) == 41
    for place, reading in enumerate(readings.all):
        then = analysis_at(whole, WINDOW + 40 - 41 + place)
        assert (reading.signal, reading.row) == (then.signal, then.snapshot.last)
    assert readings.all[-1].closed == readings.all[-1].candle + HOUR


def test_what_lies_further_back_is_named():
    """Somebody who was away for two months would think that nothing had happened before."""
    whole = made("walk", WINDOW + FURTHEST)
    times = whole.time.tolist()
    assert read(whole, times[-FURTHEST - 1]).unjudged is None
    readings = read(whole, times[-FURTHEST - 21])
    assert len(readings.after(times[-FURTHEST - 1])) == FURTHEST
    assert readings.unjudged == (times[-FURTHEST - 20], times[-FURTHEST])
    long_ago = times[0] - 500 * HOUR
    assert read(whole, long_ago).unjudged == (long_ago + HOUR, times[-FURTHEST])


def test_what_cannot_be_told_is_neither_true_nor_false():
    """A coin listed yesterday would fire an alert with its first indicator."""
    young = made("falling", 210)
    times = young.time.tolist()
    readings = read(young, times[150])
    assert [one.signal for one in readings.all[:3]] == [None] * 3
    assert readings.all[-1].signal is Signal.SELL
    found = judge(Condition.read("signal = SELL"), readings, times[150], ready=False)
    assert (found.fired, found.ready, found.judged) == (None, False, times[-1])
    assert judge(Condition.read("close < ema200"), readings, times[150], ready=False).fired is None
    fired = judge(Condition.read("signal = SELL"), readings, times[150], ready=True).fired
    assert (fired.reading.candle, fired.was) == (times[199], None)


def test_a_value_is_told_with_what_fired():
    """ "RSI fell below 30" would not say how far."""
    whole = made("falling", 400)
    times = whole.time.tolist()
    fired = judge(Condition.read("rsi < 30"), read(whole, times[-3]), times[-3], ready=True).fired
    assert fired.value == analysis_at(whole, 398).snapshot.last.rsi < 30
    assert fired.reading.row.close == whole.close[398]


@pytest.mark.parametrize(
    ("ago", "wanted"),
    [(0, WINDOW), (1, WINDOW), (2, WINDOW), (2.5, WINDOW), (3, WINDOW + 1), (10, WINDOW + 8),
     (5000, WINDOW + FURTHEST), (-5, WINDOW)],
)  # fmt: skip
def test_one_page_is_enough_for_the_candle_that_has_just_closed(ago, wanted):
    """Each look would take two requests, or an absence have too few candles."""
    judged = int(NOW * 1000) // HOUR * HOUR
    assert candles_wanted(judged, judged / 1000 + ago * 3600, 3600.0) == wanted
