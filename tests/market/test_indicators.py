"""Indicators against plain Python that was written from their definitions."""

from dataclasses import fields, replace
from itertools import pairwise
from statistics import fmean, pstdev

import numpy as np
import pytest

from engram.market.candles import read_candles
from engram.market.indicators import Indicators, Levels, compute, snapshot, swing_levels, tail
from tests.doubles.exchange import candles
from tests.reference import adx, ema, macd, rsi, true_ranges, wilder
from tests.series import NOW, first, made


def of(highs, lows=None, price=None):
    """Candles with these highs and lows, of an hour each."""
    lows = lows or [high - 1 for high in highs]
    rows = [
        [(NOW - 1800 - 3600 * age) * 1000, low, high, low, high, 1.0]
        for age, high, low in zip(range(len(highs), 0, -1), highs, lows, strict=True)
    ]
    found = read_candles(rows, "BTC/USDT", "Binance", "1h", NOW)
    return found if price is None else replace(found, price=price)


def test_ema_by_hand():
    """The trend would be judged by another average than the named one."""
    found = compute(of([float(n) for n in range(2, 23)])).ema20
    # The mean of 2 to 21 is 11.5; the next value, 22, is 10.5 above it, and 2/21 of that is 1.
    assert np.isnan(found[:19]).all()
    assert found[19:].tolist() == pytest.approx([11.5, 12.5])


def test_rsi_by_hand():
    """A strong market would be called a weak one."""
    # Of 14 steps ten rise by 1 and four fall by 1: 100 * 10 / (10 + 4).
    steps = [1, 1, 1, -1, 1, 1, -1, 1, 1, -1, 1, 1, -1, 1]
    close = [100.0]
    for step in steps:
        close.append(close[-1] + step)
    found = compute(of(close)).rsi
    assert np.isnan(found[:14]).all()
    assert found[14] == pytest.approx(1000 / 14)


def test_atr_by_hand():
    """Volatility would be wrong wherever the market opens with a gap."""
    # Fourteen candles of range 1 that begin where the last one ended, then one 3 above it.
    highs = [100.0 + n for n in range(15)] + [118.0]
    found = compute(of(highs)).atr
    assert found[14] == pytest.approx(1.0)
    assert found[15] == pytest.approx((13 * 1 + 4) / 14)


@pytest.mark.parametrize("shape", ["walk", "waves", "rising", "falling"])
@pytest.mark.parametrize("scale", [1.0, 1.23e-8, 1e9])
def test_every_indicator_is_what_its_definition_says(shape, scale):
    """A figure in the answer would not be the one that its name promises."""
    given = made(shape, scale=scale)
    high, low, close = given.high.tolist(), given.low.tolist(), given.close.tolist()
    found = compute(given)
    line, signal = macd(close)
    windows = [close[end - 20 : end] for end in range(20, len(close) + 1)]
    expected = {
        "ema20": ema(close, 20),
        "ema50": ema(close, 50),
        "ema200": ema(close, 200),
        "rsi": rsi(close),
        "atr": wilder(true_ranges(high, low, close), 14),
        "adx": adx(high, low, close),
        "macd_histogram": [a - b for a, b in zip(line[8:], signal, strict=True)],
        "bollinger_upper": [fmean(window) + 2 * pstdev(window) for window in windows],
        "bollinger_lower": [fmean(window) - 2 * pstdev(window) for window in windows],
        "change": [after / before - 1 for before, after in pairwise(close)],
    }
    for name, values in expected.items():
        column = getattr(found, name)
        own_scale = 1 if name in {"rsi", "adx", "change"} else scale
        assert np.isnan(column[: len(close) - len(values)]).all(), name
        there = column[len(close) - len(values) :].tolist()
        assert there == pytest.approx(values, rel=1e-6, abs=1e-6 * own_scale), name


def test_volume_is_compared_with_the_last_twenty():
    """A burst of trading would go unnoticed."""
    given = made(count=30)
    volume = given.volume.tolist()
    found = compute(given).volume_ratio
    assert np.isnan(found[:19]).all()
    assert found[-1] == pytest.approx(volume[-1] / fmean(volume[-20:]))


@pytest.mark.parametrize("cut", [200, 233, 299])
def test_no_value_looks_ahead(cut):
    """The track record would be that of a rule that knows the future."""
    whole = compute(made(count=300))
    part = compute(first(made(count=300), cut))
    for field in fields(Indicators):
        before, after = getattr(part, field.name), getattr(whole, field.name)[:cut]
        assert np.array_equal(before, after, equal_nan=field.name != "still"), field.name


def test_a_market_that_stands_still_is_neither_weak_nor_strong():
    """TA-Lib's RSI of 0 would read as the deepest of all falls."""
    found = compute(made("flat", 60))
    assert found.still[14:].all()
    assert not found.still[:14].any()
    assert set(found.rsi[14:].tolist()) == {50.0}


@pytest.mark.parametrize("count", [1, 2, 14, 15, 20, 33, 40])
def test_few_candles_give_what_they_can(count):
    """The chart of a new coin would fail instead of showing its few candles."""
    found = compute(made(count=count))
    assert all(len(getattr(found, field.name)) == count for field in fields(Indicators))
    assert np.isnan(found.ema200).all()
    assert np.isfinite(found.rsi).any() == (count > 14)


PEAKS = [10, 11, 12, 15, 12, 11, 10, 11, 12, 13, 12, 11, 10]


@pytest.mark.parametrize(
    ("highs", "price", "levels"),
    [
        (PEAKS, 12.0, (9.0, 13.0)),
        (PEAKS, 14.0, (9.0, 15.0)),
        (PEAKS, 16.0, (9.0, None)),
        (PEAKS, 8.0, (None, 13.0)),
        (PEAKS[:6], 12.0, (None, None)),
        ([10.0] * 12, 10.0, (9.0, None)),
        ([10, 11, 12, 15, 15, 11, 10, 9, 8], 12.0, (None, 15.0)),
        ([*range(10, 25)], 20.0, (None, None)),
    ],
)
def test_levels_are_the_nearest_swings(highs, price, levels):
    """Support and resistance would not be where the market turned."""
    found = swing_levels(of([float(high) for high in highs], price=price))
    assert found == Levels(*levels)


def test_levels_of_long_ago_are_forgotten():
    """The all-time high of years ago would stand as today's resistance."""
    highs = [float(high) for high in PEAKS] + [10.0 + n / 1000 for n in range(120)]
    assert swing_levels(of(highs, price=10.5)) == Levels(None, None)


def test_the_snapshot_is_the_last_candle():
    """The figures would be those of an earlier hour."""
    given = made()
    columns = compute(given)
    found = snapshot(given, columns)
    assert found.last.close == given.close[-1]
    assert found.price == given.price != found.last.close
    assert found.levels == swing_levels(given)
    for field in fields(Indicators):
        value = getattr(found.last, field.name)
        assert value == getattr(columns, field.name)[-1], field.name
        assert type(value) in (float, bool)


def test_without_volume_there_is_no_ratio():
    """A market without volume would show that of other times, or divide by zero."""
    given = made()
    quiet = replace(given, volume=0 * given.volume)
    assert np.isnan(snapshot(quiet, compute(quiet)).last.volume_ratio)


def test_a_tail_is_the_last_rows_and_keeps_no_others():
    """Each analysis that somebody still waits for would keep 130 KB for the chart."""
    whole = compute(made(count=400))
    kept = tail(whole, 120)
    for field in fields(Indicators):
        column = getattr(kept, field.name)
        assert column.base is None
        assert np.array_equal(column, getattr(whole, field.name)[-120:]), field.name


@pytest.mark.parametrize(
    ("timeframe", "minutes", "hours_back"),
    [
        ("1h", 30, 24.5),
        ("1h", 20, 24.333),
        ("1h", 40, 23.667),
        ("4h", 90, 25.5),
        ("4h", 200, 23.333),
        ("15m", 5, 24.083),
        ("1d", 60, 25.0),
        ("1d", 1400, 23.333),
        ("1d", 720, None),
        ("1w", 720, None),
    ],
)
def test_change_of_24_hours(timeframe, minutes, hours_back):
    """The change of two days would be told as that of 24 hours."""
    given = made(timeframe=timeframe)
    step = int(given.time[1] - given.time[0]) / 1000
    last_close = given.time[-1] / 1000 + step
    given = replace(given, priced_at=last_close + 60 * minutes)
    found = snapshot(given, compute(given)).change_24h
    if hours_back is None:
        assert found is None
        return
    then = given.priced_at - 3600 * hours_back
    by_close = dict(zip((given.time / 1000 + step).tolist(), given.close.tolist(), strict=True))
    nearest = min(by_close, key=lambda closed: abs(closed - then))
    assert abs(nearest - then) < 3
    assert found == pytest.approx(given.price / by_close[nearest] - 1)


def test_no_change_of_24_hours_from_a_gap_or_a_short_history():
    """The change since an hour ago would be told as that of a day."""
    rows = [
        row for row in candles(300, "walk", "1h", NOW) if not 20 < (NOW - row[0] / 1000) / 3600 < 29
    ]
    gap = read_candles(rows, "BTC/USDT", "Binance", "1h", NOW)
    assert snapshot(gap, compute(gap)).change_24h is None
    few = read_candles(rows[-15:], "BTC/USDT", "Binance", "1h", NOW)
    assert snapshot(few, compute(few)).change_24h is None
