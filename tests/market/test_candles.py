"""What counts as a candle, which of them are closed, and how much may be missing; no network."""

from __future__ import annotations

import math
import random
from datetime import datetime, timezone
from typing import Any

import pytest

from engram.core.errors import ExchangeError
from engram.market.candles import Candles, closing_time, duration, opening_after, read_candles
from tests.doubles.exchange import candles

HOUR = 3600
# Half past an hour.
NOW = 1_795_339_800.0


def read(rows: object, timeframe: str = "1h", now: float = NOW) -> Candles:
    """The candles that are read from `rows`."""
    return read_candles(rows, "BTC/USDT", "Binance", timeframe, now)


def with_row(i: int, *row: Any) -> list[Any]:
    """Twenty good rows, the one at `i` replaced."""
    rows: list[Any] = candles(20, "rising", end=NOW)
    rows[i] = list(row) if row else None
    return rows


TIME = candles(20, "rising", end=NOW)[5][0]
BAD = {
    "none": [],
    "short": [TIME, 1, 1, 1, 1],
    "text": [TIME, "1", "1", "1", "1", "1"],
    "null": [TIME, 1, 1, 1, None, 1],
    "nan": [TIME, 1, 1, 1, math.nan, 1],
    "infinite": [TIME, 1, math.inf, 1, 1, 1],
    "beyond float": [TIME, 1, 10**400, 1, 1, 1],
    "zero price": [TIME, 1, 1, 0, 1, 1],
    "negative price": [TIME, 1, 1, 1, -1, 1],
    "high below low": [TIME, 1, 1, 2, 1, 1],
    "negative volume": [TIME, 1, 1, 1, 1, -1],
    "negative time": [-1, 1, 1, 1, 1, 1],
    "of the future": [NOW * 1000 + 2 * 3_600_000, 1, 1, 1, 1, 1],
}


@pytest.mark.parametrize("row", BAD.values(), ids=BAD)
def test_a_bad_row_is_left_out_and_counted(row: list[Any]) -> None:
    """One broken row would turn every indicator into NaN, or a price into nonsense."""
    found = read(with_row(5, *row))
    assert len(found.close) == 18
    assert found.missing == 1
    assert TIME not in found.time


@pytest.mark.parametrize(
    "rows",
    [
        None,
        [],
        {},
        "",
        "<html>",
        7,
        [None],
        [[]],
        ["x"] * 9,
        [*candles(20, "flat", end=NOW), 1, 2, 3],
    ],
    ids=str,
)
def test_nothing_usable_is_refused(rows: object) -> None:
    """Rubbish would be analysed, as far as it goes, instead of asking the next exchange."""
    with pytest.raises(ExchangeError, match="sent no usable candles"):
        read(rows)


def test_order_and_duplicates() -> None:
    """Rows in the wrong order, or twice, would make a chart that runs backwards."""
    rows = candles(20, "walk", end=NOW)
    again = [rows[3][0], 1.0, 1.0, 1.0, 1.0, 1.0]
    mixed = [*rows, again]
    random.Random(7).shuffle(mixed)
    mixed.remove(again)
    found = read([*mixed, again])
    assert found.time.tolist() == [row[0] for row in rows[:-1]]
    assert found.close[3] == 1.0
    assert found.missing == 0


def test_zero_volume_is_a_candle() -> None:
    """A quiet market would be taken for a broken one."""
    found = read(with_row(5, TIME, 1.0, 1.0, 1.0, 1.0, 0.0))
    assert (found.volume[5], found.missing) == (0.0, 0)


@pytest.mark.parametrize(
    ("gap", "missing", "left"), [(1, 1, 18), (5, 5, 14), (24, 24, 19), (25, 0, 9)]
)
def test_gaps(gap: int, missing: int, left: int) -> None:
    """Missing candles would go untold, or another coin of the same name would be analysed."""
    rows = candles(20 if gap < 20 else 20 + gap, "rising", end=NOW)
    kept = [*rows[: -10 - gap], *rows[-10:]]
    found = read(kept)
    assert (found.missing, len(found.time)) == (missing, left)


@pytest.mark.parametrize(("n", "closed"), [(1, 0), (2, 1), (3, 2)])
def test_few_candles_are_no_error(n: int, closed: int) -> None:
    """A coin listed an hour ago would have no price."""
    found = read(candles(n, "flat", end=NOW))
    assert (len(found.close), found.price) == (closed, 100.0)


@pytest.mark.parametrize(
    ("after", "closed", "price"),
    [(0, 18, 118), (29 * 60, 18, 118), (30 * 60, 19, 118), (90 * 60, 19, 118), (200 * 60, 19, 118)],
)
def test_closed_is_what_has_ended(after: float, closed: int, price: float) -> None:
    """An open candle would count as closed, or a closed one not yet."""
    rows = candles(19, "flat", end=NOW)
    rows[-1][1:5] = [118.0] * 4
    found = read(rows, now=NOW + after)
    assert (len(found.close), found.price) == (closed, price)


@pytest.mark.parametrize(("after", "is_open"), [(0, True), (1799, True), (1800, False)])
def test_the_open_candle_is_kept_apart(after: float, is_open: bool) -> None:
    """The chart would end before the price, or an indicator would use a candle that changes."""
    rows = candles(19, "flat", end=NOW)
    rows[-1][1:] = [118.0, 120.0, 117.0, 119.0, 7.0]
    found = read(rows, now=NOW + after)
    assert found.open_candle == (tuple(rows[-1]) if is_open else None)
    assert (rows[-1][0] in found.time) is not is_open


@pytest.mark.parametrize(
    ("timeframe", "hours", "old"),
    [("1h", 3, False), ("1h", 4, True), ("1m", 0.25, False), ("1m", 0.3, True), ("1d", 95, True)],
)
def test_old_candles_have_no_current_price(timeframe: str, hours: float, old: bool) -> None:
    """The last price of a market that was closed long ago would be shown as today's."""
    rows = candles(20, "flat", timeframe, end=NOW)
    now = rows[-2][0] / 1000 + (duration(timeframe) or 0) + hours * HOUR
    if old:
        with pytest.raises(ExchangeError, match="only old"):
            read(rows[:-1], timeframe, now)
    else:
        assert read(rows[:-1], timeframe, now).price == 100.0


@pytest.mark.parametrize(
    ("timeframe", "after", "closes_in"),
    [("1h", 0, 1800), ("1h", 1799, 1), ("1h", 1800, 3600), ("1h", 9000, 3600), ("4h", 0, 9000)],
)
def test_when_the_open_candle_closes(timeframe: str, after: float, closes_in: float) -> None:
    """The cache would be thrown away with each request, or outlive its candle."""
    rows = candles(20, "flat", timeframe, end=NOW)
    found = read(rows, timeframe, NOW + after)
    assert found.closes_at - found.priced_at == closes_in


def test_months_have_their_own_length() -> None:
    """On the 31st the month's open candle would be taken for a closed one."""
    opened = [datetime(2026, month, 1, tzinfo=timezone.utc).timestamp() for month in range(1, 9)]
    rows = [[time * 1000, 1.0, 1.0, 1.0, 1.0, 1.0] for time in opened]
    last_day = datetime(2026, 8, 31, 12, tzinfo=timezone.utc).timestamp()
    found = read(rows, "1M", last_day)
    assert (len(found.close), found.missing) == (7, 0)
    assert found.closes_at == datetime(2026, 9, 1, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    ("timeframe", "opened", "count", "closed"),
    [
        ("1h", "2026-11-22 20:00", 2, "2026-11-22 21:00"),
        ("1h", "2026-11-22 20:00", 1, "2026-11-22 21:00"),
        ("4h", "2026-11-22 20:00", 2, "2026-11-23 00:00"),
        ("1w", "2026-11-16 00:00", 2, "2026-11-23 00:00"),
        ("1M", "2026-02-01 00:00", 1, "2026-03-01 00:00"),
        ("3M", "2026-10-01 00:00", 1, "2027-01-01 00:00"),
    ],
)
def test_the_data_reach_to_the_last_close(
    timeframe: str, opened: str, count: int, closed: str
) -> None:
    """The figures would seem to be older than they are, or from a month of 30 days."""
    last = datetime.fromisoformat(opened).replace(tzinfo=timezone.utc).timestamp()
    step = {"h": 3600, "w": 604800, "M": 30 * 86400}[timeframe[-1]] * int(timeframe[0])
    rows = [[(last - i * step) * 1000, 1.0, 1.0, 1.0, 1.0, 1.0] for i in reversed(range(count))]
    found = closing_time(read(rows, timeframe, last + 1.1 * step))
    assert found == datetime.fromisoformat(f"{closed}+00:00")


def test_columns_cannot_be_changed() -> None:
    """One careless caller would falsify the data that all callers share."""
    with pytest.raises(ValueError, match="read-only"):
        read(candles(20, "flat", end=NOW)).close[0] = 1.0


@pytest.mark.parametrize("seed", range(50))
def test_any_rubbish_is_read_or_refused(seed: int) -> None:
    """An unforeseen row would end in a traceback instead of an answer."""
    chance = random.Random(seed)
    odd: list[Any] = [
        None,
        "",
        "7",
        math.nan,
        -math.inf,
        0,
        -1,
        10**400,
        True,
        [],
        {},
        b"x",
        1e-300,
        1e17,
    ]
    rows: list[Any] = candles(100, "walk", end=NOW, seed=seed)
    for _ in range(chance.randrange(9)):
        row = chance.randrange(100)
        if rows[row] and isinstance(rows[row], list):
            rows[row][chance.randrange(6)] = chance.choice(odd)
        else:
            rows[row] = chance.choice(odd)
    chance.shuffle(rows)
    found = read(rows)
    assert all(math.isfinite(value) and value > 0 for value in found.low.tolist())
    assert sorted(set(found.time.tolist())) == found.time.tolist()


@pytest.mark.parametrize(
    ("timeframe", "seconds"),
    [
        ("1m", 60),
        ("90m", 5400),
        ("4h", 14400),
        ("1w", 604800),
        ("0h", None),
        ("1y", None),
        ("", None),
    ],
)
def test_duration(timeframe: str, seconds: float | None) -> None:
    """60m would not be found to be 1h."""
    assert duration(timeframe) == seconds


@pytest.mark.parametrize(
    ("opened", "timeframe", "count", "opens"),
    [
        ("2026-11-22T08:00", "4h", 25, "2026-11-26T12:00"),
        ("2026-11-22T08:00", "15m", -1, "2026-11-22T07:45"),
        ("2026-10-05T00:00", "1w", 2, "2026-10-19T00:00"),
        ("2026-11-01T00:00", "1M", 4, "2027-03-01T00:00"),
        ("2026-12-01T00:00", "1M", 0, "2026-12-01T00:00"),
        ("2026-01-01T00:00", "3M", -1, "2025-10-01T00:00"),
        # Korean months begin at 15:00 UTC.
        ("2026-10-31T15:00", "1M", 1, "2026-11-30T15:00"),
        ("2026-11-30T15:00", "1M", 3, "2027-02-28T15:00"),
    ],
)
def test_when_a_later_candle_opens(opened: str, timeframe: str, count: int, opens: str) -> None:
    """A signal would be judged by another candle than its own."""
    first, then = (
        round(datetime.fromisoformat(f"{one}+00:00").timestamp() * 1000) for one in (opened, opens)
    )
    assert opening_after(first, timeframe, count) == then


def test_there_are_no_later_candles_of_no_timeframe() -> None:
    """A damaged row would be judged by the candle in which it was shown."""
    with pytest.raises(ValueError, match="xx is no timeframe"):
        opening_after(0, "xx", 1)
