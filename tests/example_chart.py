"""Draws docs/chart.png and prints the panel that stands below it: `python3 -m tests.example_chart`.

The market is simulated, and says so: nobody should take it for a price of that day. Its prices are
those of a random walk in steps of 15 minutes, calm and wild by turns, with rare large shocks; the
last one is 62,342.60. The same seed gives the same candles again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from engram.market.candles import Candles, read_candles
from engram.market.charts.chart import draw
from engram.market.evidence import HORIZON, Evidence, Regime
from engram.market.panel.panel import panel
from engram.market.signals import analyse
from tests.series import NOW

SEED = 13
SYMBOL, EXCHANGE = "BTC/USDT", "Simulated"
LAST_PRICE = 62_342.6
STEP = 900  # seconds
DAYS = 400  # more than the 200 that a daily signal needs
DEVIATION = 0.0032  # of the logarithm of the price, in a step
# How fast calm and wild times follow each other, and how much wilder the wild ones are.
MEMORY, UNREST = 0.9985, 0.03
FREEDOM = 4  # of Student's t distribution: the lower, the rarer and larger the shocks
VOLUME = 350.0  # coins in a quiet step


def steps(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times (s), prices and volumes up to `NOW`, one for every 15 minutes."""
    chance = np.random.default_rng(seed)
    first = int(NOW - DAYS * 86_400) // 86_400 * 86_400
    time = np.arange(first, NOW, STEP)
    mood = _wandering(chance.normal(0, UNREST, len(time)), MEMORY)
    shock = chance.standard_t(FREEDOM, len(time)) * np.sqrt((FREEDOM - 2) / FREEDOM)
    moves = DEVIATION * np.exp(mood - mood.var()) * shock
    prices = np.exp(np.cumsum(moves))
    # Much is traded when the price moves, for a while after it, and at times for no reason at all.
    busy = _wandering(chance.normal(0, 0.25, len(time)), 0.9) + 0.17 * _wandering(abs(shock), 0.8)
    return time, prices * (LAST_PRICE / prices[-1]), VOLUME * np.exp(busy + 0.7 * mood)


def _wandering(changes: np.ndarray, memory: float) -> np.ndarray:
    """A column that adds up `changes`, and forgets them as fast as `memory` says."""
    column = changes.copy()
    for i in range(1, len(column)):
        column[i] += memory * column[i - 1]
    return column


def rows(hours: int, seed: int) -> list[list[float]]:
    """Candles of `hours` made of the steps, as an exchange sends them; the last one is open."""
    time, prices, volume = steps(seed)
    opened = np.append(prices[0], prices[:-1])
    number = time // (3600 * hours)
    begin = np.flatnonzero(np.diff(number, prepend=-1))
    end = np.append(begin[1:], len(time)) - 1
    high = np.maximum.reduceat(np.maximum(opened, prices), begin)
    low = np.minimum.reduceat(np.minimum(opened, prices), begin)
    columns = (number[begin] * 3_600_000 * hours, opened[begin], high, low, prices[end])
    table = np.stack([*columns, np.add.reduceat(volume, begin)], 1).round(2)
    found: list[list[float]] = table[-1001:].tolist()
    return found


def candles(timeframe: str, hours: int, seed: int) -> Candles:
    """The same as the bot reads them."""
    return read_candles(rows(hours, seed), SYMBOL, EXCHANGE, timeframe, NOW)


def example(seed: int = SEED) -> tuple[bytes, str]:
    """The picture and the panel, made as `Analyst` makes them."""
    shown, daily = candles("4h", 4, seed), analyse(candles("1d", 24, seed)).signal
    analysis = analyse(shown)
    evidence = Evidence.of(shown, HORIZON, analysis.signal, Regime(daily, daily))
    return draw(shown, analysis, evidence), panel(analysis, shown, evidence)


def main() -> None:
    """Write the picture, print the panel."""
    parser = argparse.ArgumentParser(description="Draw docs/chart.png and print its panel.")
    parser.add_argument("--out", type=Path, default=Path("docs/chart.png"))
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    picture, text = example(given.seed)
    given.out.write_bytes(picture)
    print(text)


if __name__ == "__main__":
    main()
