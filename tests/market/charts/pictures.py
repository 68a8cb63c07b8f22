"""Markets of every kind, and their pictures as matplotlib holds them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from engram.market.candles import Candles, OpenCandle
from engram.market.charts import chart
from engram.market.charts.view import View
from engram.market.signals import analyse
from tests.series import made


def without(candles: Candles, *ages: int) -> Candles:
    """The candles without those of these ages; the last one is 1 old."""
    columns = ("time", "open", "high", "low", "close", "volume")
    kept = {name: np.delete(getattr(candles, name), [-age for age in ages]) for name in columns}
    return replace(candles, **kept, missing=len(ages))


def with_wicks(candles: Candles, up: dict[int, float], down: dict[int, float]) -> Candles:
    """The candles with wicks so many times as long, by age."""
    high, low = candles.high.copy(), candles.low.copy()
    for age, times in up.items():
        high[-age] *= times
    for age, times in down.items():
        low[-age] /= times
    return replace(candles, high=high, low=low)


def since(candles: Candles, age: int, times: float) -> Candles:
    """The candles with prices so many times as high since then."""
    now = np.where(np.arange(len(candles.close), 0, -1) <= age, 1.0, 1 / times)
    prices = ("open", "high", "low", "close")
    return replace(candles, **{name: getattr(candles, name) * now for name in prices})


def near_levels(candles: Candles, share: float) -> Candles:
    """The candles with a swing high and a swing low that are so near to the price."""
    high, low = candles.high.copy(), candles.low.copy()
    high[-12:-5], low[-22:-15] = candles.price, candles.price
    high[-9], low[-19] = candles.price * (1 + share), candles.price * (1 - share)
    return replace(candles, high=high, low=low)


WALK = made("walk", 999, seed=3, timeframe="4h", scale=650)
QUARTERS = made("walk", 999, seed=4, timeframe="15m", scale=650)
RISING = made("rising", 999)
MARKETS = {
    "wandering": WALK,
    "waves": made("waves", 999),
    "rising": RISING,
    "falling": made("falling", 999),
    "flat": made("flat", 999),
    "cheap": made("walk", 999, seed=5, timeframe="15m", scale=1.23e-8),
    "cheap and flat": made("flat", 999, scale=1.23e-8),
    "dear": made("walk", 999, seed=6, timeframe="1d", scale=1.5e9),
    "minutes": made("walk", 300, seed=8, timeframe="1m"),
    "weeks": made("walk", 300, seed=8, timeframe="1w"),
    "forty": made("walk", 40, seed=9),
    "three": made("walk", 3),
    "one": made("walk", 1),
    "quarters": near_levels(QUARTERS, 0.0001),
    "near levels": near_levels(WALK, 0.002),
    "crash": since(WALK, 40, 1 / 40),
    "sunk": since(WALK, 130, 0.3),
    "soared": since(WALK, 130, 3.0),
    "holes": without(WALK, 8, 30, 31, 32, 33, 34, 60, 61, 64, 66, 68, 70, 110),
    "wick up": with_wicks(WALK, {40: 20.0}, {}),
    "wick to nothing": with_wicks(WALK, {}, {4: 500.0}),
    "wicks side by side": with_wicks(WALK, {3: 9.0, 2: 30.0}, {61: 7.0, 60: 8.0, 1: 9.0}),
    "holes and wicks": with_wicks(without(WALK, 40, 41, 70), {2: 9.0}, {41: 9.0, 1: 5.0}),
    "leaps now": replace(
        WALK, price=20 * WALK.price,
        open_candle=OpenCandle(int(WALK.time[-1]) + 14_400_000, 48_000.0, 970_000.0, 47_000.0,
                               966_508.28, 12.0),
    ),
    "falls now": replace(WALK, price=WALK.price / 20, open_candle=None),
    "none open": replace(WALK, open_candle=None),
    "not traded": made("flat", 999),
    "long name": replace(RISING, symbol="1000000MOGWITHALONGNAME/FDUSDUSDT"),
    "no letters": replace(RISING, symbol="币安人生/USDT", exchange="$\\frac$\n"),
}  # fmt: skip
MARKETS["not traded"] = replace(MARKETS["flat"], volume=0 * MARKETS["flat"].volume)
HORIZONS = {"next candle": 1, "long": 60, "very long": 200}
MARKETS |= dict.fromkeys(HORIZONS, WALK)


@cache
def view_of(market: str) -> View:
    """What is on the picture of one of the markets; a signal where there are enough candles."""
    candles = MARKETS[market]
    enough = len(candles.close) >= 200
    return View.of(candles, analyse(candles, HORIZONS.get(market, 24)) if enough else None)


@cache
def figure_of(market: str) -> Figure:
    """The matplotlib figure of one of the markets, drawn."""
    figure = chart._figure(view_of(market))
    FigureCanvasAgg(figure).draw()
    return figure


def tags_of(market: str) -> list[Annotation]:
    """The tags beside the prices, from the top."""
    pane = figure_of(market).axes[0]
    right = pane.get_window_extent().x1
    tags = [one for one in pane.texts if one.get_window_extent().x0 > right]
    return sorted(tags, key=lambda tag: -middle(tag))


def middle(text: Annotation) -> float:
    """The height of a text's middle, in pixels from the bottom."""
    box = text.get_window_extent()
    return float(box.y0 + box.y1) / 2
