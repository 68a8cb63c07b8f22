"""Recorded candles: which files there are, days from hours, and pauses."""

import random
import zipfile

import numpy as np
import pytest

from tests.study import candle_files
from tests.study.candle_files import (
    COLUMNS,
    DAY,
    CandleFileError,
    Folder,
    candles_of,
    daily,
    read,
    segments,
)

HOUR = 3_600_000


def hours(count, begin=0):
    """So many candles of an hour, from hour `begin` of a day on, whose closes are their numbers."""
    time = (begin + np.arange(count)) * HOUR + 20_000 * DAY
    close = np.arange(1.0, count + 1)
    return candles_of(
        "BTC/USDT", "1h", time, [close - 0.5, close + 1, close - 1, close, close * 10]
    )


def arrays(**changed):
    """What a file of 300 hours has, with some arrays changed, or left out (None)."""
    series = hours(300)
    found = {name: getattr(series, name) for name in ("time", *COLUMNS)}
    found = {**found, "low": series.low + 0.5, **changed}
    return {name: values for name, values in found.items() if values is not None}


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
    names = ("BTC_USDT-1h", "ETH_USDT-1h", "X-notes", "BTC_USDT-1m", "BTC_USDT-4h.part")
    for name in (*(f"crypto-{name}" for name in names), "equity-usa_spy-1d"):
        np.savez(tmp_path / f"{name}.npz", **arrays())
    folder = Folder.of(tmp_path)
    assert folder.markets == ["BTC/USDT", "ETH/USDT"]
    found = folder.series("BTC/USDT")
    assert {frame: len(one.close) for frame, one in found.items()} == {"1h": 300, "1d": 12}
    assert found["1h"].price == 300.0
    assert Folder.of(tmp_path, "equity").markets == ["usa/spy"]


TIME, CLOSE = arrays()["time"], arrays()["close"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"volume": None, "low": None}, "cannot be read: it has no array named low, volume."),
        ({"close": CLOSE[:-1]}, "one dimension and equal lengths"),
        ({"close": np.column_stack([CLOSE, CLOSE])}, "one dimension and equal lengths"),
        ({"close": np.float64(1)}, "one dimension and equal lengths"),
        (dict.fromkeys(("time", *COLUMNS), CLOSE[:0]), "it has no candles."),
        ({"close": np.where(CLOSE == 7, np.nan, CLOSE)}, "a value that is no number"),
        ({"high": np.where(CLOSE == 7, np.inf, CLOSE + 1)}, "a value that is no number"),
        ({"low": CLOSE - 1}, "prices must be above zero"),
        ({"volume": -CLOSE}, "volumes not below"),
        ({"high": CLOSE - 2}, "no high below its low"),
        ({"close": CLOSE.astype(str)}, None),
        ({"close": np.array(["a"] * 300)}, "cannot be read: could not convert string"),
        ({"close": np.array([None] * 300)}, "cannot be read: Object arrays cannot be loaded"),
        ({"time": TIME[::-1]}, "milliseconds since 1970, oldest first"),
        ({"time": np.repeat(TIME[::2], 2)}, "these are no candles of 1h, or not in order."),
        ({"time": TIME // 1000}, "these are no candles of 1h, or not in order."),
        ({"time": TIME * 1000}, "milliseconds since 1970, oldest first."),
        ({"time": TIME // 4}, "these are no candles of 1h"),
        ({}, None),
    ],
)  # fmt: skip
def test_arrays_that_are_no_candles_are_named(tmp_path, changed, says):
    """One wrong file would end in a traceback, or in figures of no market."""
    file = tmp_path / "crypto-BTC_USDT-1h.npz"
    np.savez(file, **arrays(**changed))
    found = list(Folder.of(tmp_path).faults())
    assert len(found) == (says is not None)
    for one in found:
        assert one.startswith(f"{file}")
        assert says in one
        with pytest.raises(CandleFileError, match="crypto-BTC_USDT-1h"):
            read(file, "BTC/USDT", "1h")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_off_is_named(tmp_path, share):
    """A download that a full disk cut short would be a traceback after minutes of work."""
    file = tmp_path / "crypto-BTC_USDT-1h.npz"
    np.savez_compressed(file, **arrays())
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    (found,) = Folder.of(tmp_path).faults()
    assert found == f"{file} cannot be read: File is not a zip file."


def test_any_damage_is_a_sentence(tmp_path):
    """A bad disk would be a traceback."""
    file = tmp_path / "crypto-BTC_USDT-1h.npz"
    np.savez_compressed(file, **arrays())
    whole, chance = file.read_bytes(), random.Random(7)
    found = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(chance.choice([1, 2, 20])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        file.write_bytes(damaged)
        found += len(list(Folder.of(tmp_path).faults()))
    assert found > 200


@pytest.mark.parametrize("what", ["folder", "array", "text in it", "huge"])
def test_what_is_no_such_file_is_named(tmp_path, monkeypatch, what):
    """A person would read a traceback, or the machine would run out of memory."""
    file = tmp_path / "crypto-BTC_USDT-1h.npz"
    if what == "folder":
        file.mkdir()
    elif what == "array":
        with file.open("wb") as out:
            np.save(out, CLOSE)
    elif what == "text in it":
        with zipfile.ZipFile(file, "w") as out:
            for name in ("time", *COLUMNS):
                out.writestr(f"{name}.npy", "notes")
    else:
        monkeypatch.setattr(candle_files, "MOST_CANDLES", 299)
        np.savez(file, **arrays())
    (found,) = Folder.of(tmp_path).faults()
    assert found.startswith(f"{file} cannot be read: ")
    assert ("it has more than 299 candles" in found) == (what == "huge")


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
