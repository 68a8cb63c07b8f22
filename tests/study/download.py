"""Candles from an exchange, through ccxt, into the files that the study reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from engram.market.candles import duration
from tests.study.candle_files import COLUMNS, read

PAGE = 1000
# HTTP statuses, as ccxt tells them, of what is refused from here, now and later.
REFUSALS = (" 403 ", " 451 ")
TRIES = 6


def download(
    client: Any,
    folder: Path,
    symbols: Sequence[str],
    timeframes: Sequence[str],
    since: int,
    progress: Callable[[str], None],
) -> None:
    """Write one file for each of `symbols` and `timeframes`, from 1 January of the year `since`.

    A file that is there is gone on with, after its last candle; each page is written before the
    next one is asked for, so that nothing is asked for twice. `client` is a ccxt exchange. Raises
    what it raises once a page has failed six times.
    """
    folder.mkdir(parents=True, exist_ok=True)
    start = int(datetime(since, 1, 1, tzinfo=timezone.utc).timestamp() * 1000)
    for symbol in symbols:
        for timeframe in timeframes:
            file = folder / f"crypto-{symbol.replace('/', '_')}-{timeframe}.npz"
            one_series(client, file, symbol, timeframe, start, progress)


def one_series(
    client: Any,
    file: Path,
    symbol: str,
    timeframe: str,
    start: int,
    progress: Callable[[str], None],
) -> None:
    """Write all closed candles of a market from `start` (ms) to now into `file`."""
    step = int((duration(timeframe) or 0.0) * 1000)
    rows = kept(file, symbol, timeframe)
    after = int(rows[-1][0]) + step if len(rows) else start
    while after <= (now := client.milliseconds()) - step:
        page = page_of(client, symbol, timeframe, after, progress)
        new = [row[:6] for row in page if after <= row[0] <= now - step and None not in row[:6]]
        if not new:
            # Some exchanges send an empty page for the time before a coin was listed.
            after += PAGE * step
            continue
        rows = np.concatenate([rows, np.array(new, dtype=np.float64)])
        keep(file, rows)
        after = int(rows[-1][0]) + step
        until = datetime.fromtimestamp(rows[-1][0] / 1000, timezone.utc)
        progress(f"{symbol} {timeframe}: {len(rows):,} candles to {until:%Y-%m-%d}")
    progress(f"{symbol} {timeframe}: {len(rows):,} candles, complete")


def page_of(
    client: Any, symbol: str, timeframe: str, after: int, progress: Callable[[str], None]
) -> list[list[Any]]:
    """The next candles; a page that fails is asked for again, with pauses that double."""
    import ccxt

    for attempt in range(TRIES):
        try:
            page: list[list[Any]] = client.fetch_ohlcv(symbol, timeframe, after, PAGE)
            return page
        except ccxt.NetworkError as err:
            if attempt == TRIES - 1 or any(status in str(err) for status in REFUSALS):
                raise
            pause = 2**attempt
            why = f"{type(err).__name__}, {str(err)[:100]}"
            progress(f"{symbol} {timeframe} failed ({why}), again in {pause} s")
            client.sleep(1000 * pause)
    raise AssertionError("the last attempt returns or raises")


def kept(file: Path, symbol: str, timeframe: str) -> np.ndarray:
    """The rows in `file`; none if it is not there. Raises `CandleFileError`."""
    if not file.exists():
        return np.empty((0, 6))
    found = read(file, symbol, timeframe)
    return np.column_stack([getattr(found, name) for name in ("time", *COLUMNS)])


def keep(file: Path, rows: np.ndarray) -> None:
    """Write `rows` so that an interruption leaves the file as it was before."""
    columns = dict(zip(COLUMNS, rows[:, 1:].T, strict=True))
    part = file.with_suffix(".part.npz")
    np.savez_compressed(part, time=rows[:, 0].astype(np.int64), **columns)
    part.replace(file)
