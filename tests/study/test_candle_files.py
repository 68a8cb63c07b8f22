"""Recorded candles: which files there are, days from hours, and pauses."""

import numpy as np
import pytest

from tests.study.candle_files import DAY, Folder, candles_of, daily, segments

HOUR = 3_600_000


def hours(count, begin=0):
    """So many candles of an hour, from hour `begin` of a day on, whose closes are their numbers."""
    time = (begin + np.arange(count)) * HOUR + 20_000 * DAY
    close = np.arange(1.0, count + 1)
    return candles_of(
        "BTC/USDT", "1h", time, [close - 0.5, close + 1, close - 1, close, close * 10]
    )


def test_a_day_is_made_of_its_hours():
    """The daily signal would be that of other candles."""
    days = daily(hours(72))
    assert days.time.tolist() == [(20_000 + number) * DAY for number in range(3)]
    assert days.open.tolist() == [0.5, 24.5, 48.5]
    assert days.high.tolist() == [25.0, 49.0, 73.0]
    assert days.low.tolist() == [0.0, 24.0, 48.0]
    assert days.close.tolist() == [24.0, 48.0, 72.0]
    assert days.volume.tolist() == [3000.0, 8760.0, 14_520.0]
    assert days.timeframe == "1d"


@pytest.mark.parametrize(
    ("begin", "count", "days"), [(0, 30, 1), (4, 44, 2), (5, 43, 1), (0, 44, 2), (0, 43, 1)]
)
def test_half_a_day_at_the_end_is_no_day(begin, count, days):
    """The last day would close in the middle of the night."""
    assert len(daily(hours(count, begin)).close) == days


def test_files_are_found_by_market_and_timeframe(tmp_path):
    """A series would be taken for another one's."""
    series = hours(300)
    columns = {name: getattr(series, name) for name in ("open", "high", "low", "close", "volume")}
    for name in ("crypto-BTC_USDT-1h", "crypto-ETH_USDT-1h", "equity-usa_spy-1d", "crypto-X-notes"):
        np.savez(tmp_path / f"{name}.npz", time=series.time, **columns)
    folder = Folder.of(tmp_path)
    assert folder.markets == ["BTC/USDT", "ETH/USDT"]
    found = folder.series("BTC/USDT")
    assert {frame: len(one.close) for frame, one in found.items()} == {"1h": 300, "1d": 12}
    assert found["1h"].price == 300.0
    assert Folder.of(tmp_path, "equity").markets == ["usa/spy"]


@pytest.mark.parametrize(
    ("absent", "parts"), [(0, [(0, 100)]), (24, [(0, 100)]), (25, [(0, 60), (60, 100)])]
)
def test_a_long_pause_parts_a_series(absent, parts):
    """Prices from before an outage would be taken for today's market."""
    series = hours(100)
    time = series.time.copy()
    time[60:] += absent * HOUR
    paused = candles_of("BTC/USDT", "1h", time, [series.open, series.high, series.low,
                                                 series.close, series.volume])  # fmt: skip
    assert [(part.start, part.stop) for part in segments(paused)] == parts
