"""All series of a folder, walked over on all cores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from multiprocessing import get_context

import numpy as np

from tests.study.candle_files import Folder
from tests.study.walk import CASE, STRIDES, Daily, walk

BITCOIN = "BTC/USDT"


def study(
    folder: Folder,
    processes: int,
    strides: Mapping[str, int] = STRIDES,
    progress: Callable[[str], None] = lambda _: None,
) -> np.ndarray:
    """The cases of every market of `folder`; each process holds the candles of one market."""
    bitcoin = None
    if BITCOIN in folder.files:
        bitcoin = Daily.of(folder.series(BITCOIN)["1d"])
    markets = folder.markets
    one = partial(of_market, folder, bitcoin, strides)
    found: dict[int, np.ndarray] = {}
    # A process of its own kind: a forked one would inherit locks of threads that it has not.
    with get_context("spawn").Pool(processes) as pool:
        for number, cases in pool.imap_unordered(one, range(len(markets))):
            found[number] = cases
            count = sum(map(len, found.values()))
            progress(f"{len(found)} of {len(markets)} markets, {count:,} cases: {markets[number]}")
    return np.concatenate([np.empty(0, CASE), *(found[number] for number in sorted(found))])


def of_market(
    folder: Folder, bitcoin: Daily | None, strides: Mapping[str, int], number: int
) -> tuple[int, np.ndarray]:
    """The cases of one market on all timeframes, with its number."""
    series = folder.series(folder.markets[number])
    own = Daily.of(series["1d"]) if "1d" in series else None
    cases = [
        walk(
            series[frame],
            number,
            (None if frame == "1d" else own, bitcoin),
            stride,
            folder.longest_pause,
        )
        for frame, stride in strides.items()
        if frame in series
    ]
    return number, np.concatenate([np.empty(0, CASE), *cases])
