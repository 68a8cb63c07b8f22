"""Random walks as files, in which nothing can be foreseen."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engram.market.candles import Candles
from tests.study.candle_files import COLUMNS, candles_of, daily
from tests.study.study import BITCOIN

HOUR = 3_600_000
# A candle of 4h moves by about 1.5 %, in four steps.
STEP = 0.0075


def write(folder: Path, count: int, first: str, last: str) -> None:
    """Write `count` walks of 4h candles and their days; the first one stands for Bitcoin."""
    begin, end = (int(np.datetime64(day, "ms").astype(np.int64)) for day in (first, last))
    time = np.arange(begin, end, 4 * HOUR, dtype=np.int64)
    for seed in range(count):
        name = BITCOIN if seed == 0 else f"WALK{seed}/USDT"
        hours = walked(name, time, seed)
        for series in (hours, daily(hours)):
            file = folder / f"crypto-{name.replace('/', '_')}-{series.timeframe}.npz"
            columns = {column: getattr(series, column) for column in COLUMNS}
            np.savez(file, time=series.time, **columns)


def walked(name: str, time: np.ndarray, seed: int) -> Candles:
    """Candles of a walk whose steps are normal, with four of them in each candle."""
    chance = np.random.default_rng(seed)
    prices = np.exp(np.cumsum(chance.normal(0, STEP, 4 * len(time)))).reshape(-1, 4)
    opened = np.concatenate([[1.0], prices[:-1, -1]])
    inside = np.column_stack([opened, prices])
    columns = (
        opened,
        inside.max(1),
        inside.min(1),
        prices[:, -1],
        chance.exponential(1, len(time)),
    )
    return candles_of(name, "4h", time, columns)
