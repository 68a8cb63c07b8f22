"""Cases: what the bot would have said at a candle, and what came of it."""

import math
from dataclasses import replace
from statistics import median

import numpy as np
import pytest

from engram.market.candles import CANDLES_NEEDED, read_candles
from engram.market.indicators import compute
from engram.market.signals import analyse, votes_by_rule
from tests.doubles.exchange import candles
from tests.series import first, made
from tests.study.candle_files import LONGEST_PAUSES
from tests.study.track_record import measure
from tests.study.walk import (
    HORIZON,
    SIGNALS,
    UNKNOWN,
    WINDOW,
    Daily,
    replay,
    stated,
    traded,
    walk,
    windows,
)

PAUSE = LONGEST_PAUSES["crypto"]
SERIES = made("walk", 1400, seed=7, timeframe="4h", scale=300)
DAYS = made("walk", 420, seed=8, timeframe="1d", scale=300)


def cases_of(series, daily=(None, None), stride=6):
    """The cases of a series, without daily signals unless they are given."""
    return walk(series, 3, daily, stride, PAUSE)


def at(series, case):
    """The number of the candle at which a case is."""
    (found,) = np.flatnonzero(series.time + 4 * 3_600_000 == case["time"])
    return int(found)


@pytest.mark.parametrize("seed", [1, 7])
def test_a_case_is_what_the_bot_would_have_said(seed):
    """The study would be of another program than the one that people use."""
    series = made("walk", 1400, seed, timeframe="4h", scale=300)
    for case in cases_of(series)[::17]:
        t = at(series, case)
        known = window_at(series, t)
        found = analyse(known, HORIZON)
        close = known.close[-1]
        assert SIGNALS[case["signal"]] is found.signal
        assert case["low"] == pytest.approx(found.range.low / close - 1, rel=1e-5)
        assert case["high"] == pytest.approx(found.range.high / close - 1, rel=1e-5)


def test_the_bot_has_as_many_candles_as_a_window():
    """The averages of the study would have begun at another candle."""
    rows = candles(1000, "walk", "4h", 1_795_339_800.0)
    sent = read_candles(rows, "BTC/USDT", "Binance", "4h", 1_795_339_800.0)
    assert len(sent.close) == WINDOW


@pytest.mark.parametrize("cut", [230, 700, 1013, 1399])
def test_no_case_knows_what_comes_after_it(cut):
    """A signal would be praised for what it could not have known."""
    whole, part = cases_of(SERIES), cases_of(first(SERIES, cut))
    assert len(part) == sum(at(SERIES, case) + HORIZON < cut for case in whole)
    for name in whole.dtype.names:
        np.testing.assert_array_equal(part[name], whole[name][: len(part)])


def test_what_is_known_does_not_change_with_the_future():
    """The range would be drawn by the prices that it is to foretell."""
    before = cases_of(SERIES)
    t = at(SERIES, before[40])
    close = SERIES.close.copy()
    close[t + 1 :] *= 3
    changed = replace(SERIES, close=close, high=np.maximum(SERIES.high, close))
    after = next(case for case in cases_of(changed) if case["time"] == before[40]["time"])
    future = {"move", "up", "down", "long", "short"}
    for name in set(before.dtype.names) - future:
        assert after[name] == before[40][name] or after[name] != after[name]
    assert after["move"] > before[40]["move"] + 1


def test_what_came_of_it_is_worked_out_from_the_next_candles():
    """Moves, touches and stops would be those of other candles."""
    for case in cases_of(SERIES)[::9]:
        t = at(SERIES, case)
        close, after = SERIES.close[t], slice(t + 1, t + 1 + HORIZON)
        assert case["move"] == pytest.approx(SERIES.close[t + HORIZON] / close - 1, rel=1e-5)
        atr = wilder_atr(first(SERIES, t + 1))
        lows, highs = SERIES.low[after].tolist(), SERIES.high[after].tolist()
        assert case["down"] == pytest.approx((close - min(lows)) / atr, rel=1e-4)
        assert case["up"] == pytest.approx((max(highs) - close) / atr, rel=1e-4)
        touched = any(low <= close - 1.5 * atr for low in lows)
        assert (case["down"] >= 1.5) == touched


@pytest.mark.parametrize(
    ("opened", "month", "year"),
    [
        # The last candle of a month closes at the first moment of the next.
        ("2020-11-30T20:00", 610, 2020), ("2020-12-01T00:00", 611, 2020),
        ("2020-12-27T20:00", 611, 2020), ("2020-12-28T00:00", 611, 2021),
        ("2020-12-31T20:00", 611, 2021), ("2021-01-01T00:00", 612, 2021),
    ],
)  # fmt: skip
def test_a_case_is_of_the_month_of_its_candle_and_the_year_of_its_end(opened, month, year):
    """A rule would be found on some of the prices on which it is then tried."""
    step = 4 * 3_600_000
    first_ = int(np.datetime64(opened, "ms").astype(int)) - 240 * step
    case = cases_of(replace(SERIES, time=first_ + step * np.arange(len(SERIES.time))))[6]
    assert case["time"] == first_ + 241 * step
    assert (case["month"], case["year"]) == (month, year)


def wilder_atr(series):
    """The ATR of 14 at the last candle of the window, without TA-Lib."""
    high, low, close = (
        getattr(series, name)[-WINDOW:].tolist() for name in ("high", "low", "close")
    )
    ranges = [
        max(top, before) - min(bottom, before)
        for top, bottom, before in zip(high[1:], low[1:], close, strict=False)
    ]
    average = math.fsum(ranges[:14]) / 14
    for one in ranges[14:]:
        average += (one - average) / 14
    return average


@pytest.mark.parametrize(
    ("lows", "highs", "last", "long", "short"),
    [
        # In ATR from the close: the stop is at 1.5, the target at 3.
        ([-1.0, -1.6], [0.5, 0.5], -1.2, -1.0, 0.8),
        ([-1.0, -1.0], [0.5, 3.1], 2.0, 2.0, -1.0),
        ([-1.6, -1.0], [3.1, 0.5], 0.6, -1.0, -1.0),
        ([-0.3, -0.3], [0.3, 3.1], 3.0, 2.0, -1.0),
        ([-0.3, -3.0], [0.3, 0.2], -2.9, -1.0, 2.0),
        ([-0.3, -0.4], [0.3, 0.2], 0.15, 0.1, -0.1),
        ([-1.5, 0.0], [0.0, 3.0], 3.0, -1.0, -1.0),
    ],
)
def test_stop_and_target_come_in_their_order(lows, highs, last, long, short):
    """A trade that was stopped out would be counted as won later."""
    lows, highs = ([*values, *[0.0] * (HORIZON - 2)] for values in (lows, highs))
    close, atr = 100.0, 2.0
    series = replace(
        first(SERIES, HORIZON),
        low=close + atr * np.array(lows),
        high=close + atr * np.array(highs),
        close=np.array([close] * (HORIZON - 1) + [close + atr * last]),
    )
    found = traded(series, slice(0, HORIZON), close, atr)
    assert found == (pytest.approx(long), pytest.approx(short))


def test_daily_signals_are_those_that_had_closed():
    """A signal of 4h would know how its own day ends."""
    daily = Daily.of(DAYS)
    day = 86_400_000
    for number in range(CANDLES_NEEDED, len(DAYS.close), 37):
        closed = int(DAYS.time[number]) + day
        known = analyse(first(DAYS, number + 1)).signal
        assert SIGNALS[daily.at(closed)] is known
        assert SIGNALS[daily.at(closed + day - 1)] is known
        assert daily.at(closed - 1) == daily.at(closed - day)


@pytest.mark.parametrize("late", [0, 2, 4])
def test_an_old_daily_signal_is_not_known(late):
    """A coin whose days are missing would go on with a signal of last month."""
    daily = Daily.of(DAYS)
    last = int(daily.closed[-1])
    found = daily.at(last + late * 86_400_000)
    assert found == (daily.signal[-1] if late < 4 else UNKNOWN)


def test_nothing_crosses_a_long_pause():
    """Prices from before an outage would be moves that nobody could have made."""
    time = SERIES.time.copy()
    time[800:] += 30 * 4 * 3_600_000
    paused = replace(SERIES, time=time)
    found = [(len(window.close), after.start) for window, after in windows(paused, 6, HORIZON, 24)]
    ends = [start - 1 for _, start in found]
    assert all(end + HORIZON < 800 or end >= 800 + CANDLES_NEEDED - 1 for end in ends)
    assert max(length for length, start in found if start > 801) <= 600


def test_the_old_confidence_is_the_one_that_was_shown():
    """What the first edition stated would be blamed for what it did not state."""
    votes = {"Trend": np.array([2] * 150 + [-2] * 150 + [2] * 60)}
    signals = replay(votes)
    assert signals[: CANDLES_NEEDED - 1] == [None] * (CANDLES_NEEDED - 1)
    close = np.linspace(1, 2, 360).tolist()
    record = measure(signals, close, HORIZON)
    rate, _ = stated(record)
    assert rate == record.hit_rate == 1.0


def test_the_old_rate_of_every_case_is_that_of_its_own_signal():
    """The rates of HOLD would be told as those of BUY and SELL."""
    seen = set()
    for case in cases_of(SERIES):
        t = at(SERIES, case)
        close = SERIES.close[max(0, t + 1 - WINDOW) : t + 1].tolist()
        signals = replay(votes_by_rule(compute(window_at(SERIES, t))))
        moved = [later / now - 1 for now, later in zip(close, close[HORIZON:], strict=False)]
        right, times, free = 0, 0, 0
        for place, move in enumerate(moved):
            if signals[place] is SIGNALS[case["signal"]] and place >= free:
                hold = abs(move) <= median(map(abs, moved))
                right += {1: move > 0, -1: move < 0, 0: hold}[int(case["signal"])]
                times, free = times + 1, place + HORIZON
        assert case["stated"] == pytest.approx(right / times if times else math.nan, nan_ok=True)
        seen.add((int(case["signal"]), times > 0))
    assert {(1, True), (-1, True), (0, True)} <= seen


def window_at(series, t):
    """The candles that the bot would have at candle `t`."""
    columns = ("time", "open", "high", "low", "close", "volume")
    known = first(series, t + 1)
    return replace(known, **{name: getattr(known, name)[-WINDOW:] for name in columns})


def test_without_an_outcome_no_old_rate_is_told():
    """A rate of 0 % would be blamed for what nobody stated."""
    votes = {"Trend": np.array([2] * 150 + [-2] * 150)}
    signals, close = replay(votes), np.linspace(1, 2, 300).tolist()
    assert math.isnan(stated(measure(signals, close, 200))[0])
