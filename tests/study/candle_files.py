"""Recorded candles in a folder: one `crypto-BTC_USDT-4h.npz` for each market and timeframe."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from engram.market.candles import LONGEST_PAUSE, Candles, Times, closing_times, duration
from engram.market.evidence import TIMEFRAMES

COLUMNS = ("open", "high", "low", "close", "volume")
# No exchange has so many candles of 15 minutes; more would only fill the memory.
MOST_CANDLES = 2_000_000
DAY = 86_400_000
LATEST = 4_102_444_800_000  # the year 2100
LIKE_TIMES = "times are when each candle opened, in milliseconds since 1970, oldest first"
# Of a day that is built from shorter candles there is at least such a share.
WHOLE = 5 / 6
# Coins are traded day and night; stocks and currencies rest overnight and at weekends, which is no
# pause of theirs.
LONGEST_PAUSES = {"crypto": LONGEST_PAUSE, "equity": 200, "fx": 200}
# What zipfile and numpy raise for files that are cut off, or something else than arrays.
DAMAGED = (
    AttributeError, EOFError, MemoryError, NotImplementedError, OSError, RuntimeError, TypeError,
    ValueError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


class CandleFileError(ValueError):
    """A file cannot be studied; the text is a sentence that names it and says why."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of one kind of market ("crypto") in a folder, by market and studied timeframe."""

    files: Mapping[str, Mapping[str, Path]]
    longest_pause: float = LONGEST_PAUSE

    @property
    def markets(self) -> list[str]:
        """The names of the markets, in order."""
        return sorted(self.files)

    @classmethod
    def of(cls, path: Path, kind: str = "crypto") -> Folder:
        """The folder at `path`; files with other names are passed over."""
        files: dict[str, dict[str, Path]] = {}
        for file in sorted(path.glob(f"{kind}-*-*.npz")):
            market, _, timeframe = file.stem.removeprefix(f"{kind}-").rpartition("-")
            if timeframe in TIMEFRAMES:
                files.setdefault(market.replace("_", "/"), {})[timeframe] = file
        return cls(files, LONGEST_PAUSES[kind])

    def series(self, market: str) -> dict[str, Candles]:
        """All series of `market` by timeframe; a daily one is built from hours if it is missing."""
        found = {one: read(path, market, one) for one, path in self.files[market].items()}
        # A day of an exchange that closes overnight has fewer hours.
        if self.longest_pause == LONGEST_PAUSE and "1d" not in found and "1h" in found:
            found["1d"] = daily(found["1h"])
        return found

    def faults(self) -> Iterator[str]:
        """A sentence for each file that cannot be studied."""
        for market, files in self.files.items():
            for timeframe, path in files.items():
                try:
                    read(path, market, timeframe)
                except CandleFileError as err:
                    yield str(err)


def read(path: Path, market: str, timeframe: str) -> Candles:
    """The candles in a file; all of them are closed. Raises `CandleFileError`."""
    try:
        time, *columns = arrays(path)
    except DAMAGED as err:
        raise CandleFileError(f"{path} cannot be read: {err or type(err).__name__}.") from err
    why = fault(time, columns, timeframe)
    if why:
        raise CandleFileError(f"{path}: {why}.")
    return candles_of(market, timeframe, time.astype(np.int64), columns)


def arrays(path: Path) -> list[np.ndarray]:
    """The columns of a file as numbers, the time first."""
    with zipfile.ZipFile(path) as packed:
        # Looked at before anything is unpacked.
        if sum(one.file_size for one in packed.infolist()) > 48 * MOST_CANDLES:
            raise ValueError(f"it has more than {MOST_CANDLES:,} candles")
    with np.load(path) as found:
        absent = [name for name in ("time", *COLUMNS) if name not in found]
        if absent:
            raise ValueError(f"it has no array named {', '.join(absent)}")
        return [found[name].astype(np.float64) for name in ("time", *COLUMNS)]


def fault(time: np.ndarray, columns: Sequence[np.ndarray], timeframe: str) -> str:
    """What is wrong with the columns of a file, as the end of a sentence; "" if nothing is."""
    opened, high, low, close, volume = columns
    if any(one.ndim != 1 or one.shape != time.shape for one in columns):
        return f"the arrays time, {', '.join(COLUMNS)} must have one dimension and equal lengths"
    if not time.size:
        return "it has no candles"
    if not all(np.isfinite(one).all() for one in (time, *columns)):
        return "an array has a value that is no number"
    if min(opened.min(), low.min(), close.min()) <= 0 or volume.min() < 0 or (high < low).any():
        return "prices must be above zero, volumes not below, and no high below its low"
    if not -LATEST < time[0] <= time[-1] < LATEST:
        return LIKE_TIMES
    if (np.diff(time) < (duration(timeframe) or 0.0) * 1000).any():
        return f"{LIKE_TIMES}; these are no candles of {timeframe}, or not in order"
    return ""


def candles_of(market: str, timeframe: str, time: Times, columns: Iterable[np.ndarray]) -> Candles:
    """Closed candles at the moment when the last one closes; its close is the price."""
    opened, high, low, close, volume = columns
    now = float(closing_times(time[-1:], timeframe)[0]) / 1000
    length = duration(timeframe) or 0.0
    price = float(close[-1])
    return Candles(
        market, "", timeframe, time, opened, high, low, close, volume, price, now, now + length
    )


def daily(hours: Candles) -> Candles:
    """Days from shorter candles; those at both ends of which too much is missing are left out."""
    days = hours.time // DAY
    first = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
    last = np.append(first[1:], len(days))
    columns = [
        hours.open[first],
        np.maximum.reduceat(hours.high, first),
        np.minimum.reduceat(hours.low, first),
        hours.close[last - 1],
        np.add.reduceat(hours.volume, first),
    ]
    whole = (last - first) * (duration(hours.timeframe) or 0.0) * 1000 >= WHOLE * DAY
    whole[1:-1] = True
    time = days[first] * DAY
    return candles_of(hours.symbol, "1d", time[whole], [column[whole] for column in columns])


def segments(candles: Candles, longest_pause: float = LONGEST_PAUSE) -> Sequence[slice]:
    """The stretches between long pauses: the bot uses nothing from before such a pause."""
    step = (duration(candles.timeframe) or 0.0) * 1000
    absent = np.rint(np.diff(candles.time) / step) - 1
    ends = [0, *(np.flatnonzero(absent > longest_pause) + 1).tolist(), len(candles.time)]
    return [slice(begin, end) for begin, end in pairwise(ends)]
