"""What is on a picture: the last candles, their axes, and what was computed of all candles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from engram.core.formats import format_price
from engram.market.candles import Candles, Column
from engram.market.charts.axes import PriceAxis
from engram.market.charts.placement import Note, Tag
from engram.market.charts.style import DOWN, FAINT, FAN, TEXT, UP
from engram.market.charts.time_axis import TimeAxis
from engram.market.evidence import Evidence
from engram.market.indicators import RECENT, Columns, Levels, compute, swing_levels, tail
from engram.market.price_range import PriceRange
from engram.market.signals import Analysis

_FAN_STEPS = 33


class Fan(NamedTuple):
    """The range of the price from the last close on: places on x, and both ends at each of them."""

    x: Column
    low: Column
    high: Column


@dataclass(frozen=True, slots=True)
class View:
    """The `candles` that are shown, at 0, 1, 2 … on x, and the figures that belong to them."""

    candles: Candles
    indicators: Columns
    levels: Levels
    analysis: Analysis | None
    evidence: Evidence | None
    x: Column
    times: TimeAxis
    axis: PriceAxis

    @classmethod
    def of(
        cls,
        candles: Candles,
        analysis: Analysis | None = None,
        evidence: Evidence | None = None,
    ) -> View:
        """All figures come from `analysis`; without one, from as many candles as there are."""
        import numpy as np

        columns = ("time", "open", "high", "low", "close", "volume")
        shown = replace(candles, **{name: getattr(candles, name)[-RECENT:] for name in columns})
        x = np.arange(len(shown.close), dtype=np.float64)
        ahead = analysis.range if analysis else None
        times = TimeAxis.of(shown, ahead.horizon if ahead else 0)
        axis = PriceAxis.over(shown, (ahead.low, ahead.high) if ahead else ())
        if analysis is None:
            figures = tail(compute(candles), RECENT), swing_levels(candles)
        else:
            figures = analysis.indicators, analysis.snapshot.levels
        return cls(shown, *figures, analysis, evidence, x, times, axis)

    @property
    def range(self) -> PriceRange | None:
        """Where the price will be, four times out of five; None where nothing is known."""
        return self.analysis.range if self.analysis else None

    @property
    def colours(self) -> list[str]:
        """One for each candle, by whether it rose."""
        return [UP if rose else DOWN for rose in self.candles.close >= self.candles.open]

    @property
    def tags(self) -> list[Tag]:
        """The prices that are marked on the axis, the current one first."""
        price = self.candles.price
        levels = (("R", self.levels.resistance, DOWN), ("S", self.levels.support, UP))
        return [Tag(price, format_price(price, like=price), TEXT)] + [
            Tag(level, f"{name} {format_price(level, like=price)}", colour)
            for name, level, colour in levels
            if level is not None
        ]

    @property
    def ends(self) -> list[Tag]:
        """The ends of the range, the only prices of it that were measured."""
        if self.range is None:
            return []
        low, high = self.range.written(self.candles.price)
        return [
            Tag(self.range.high, high, FAN, ahead=True),
            Tag(self.range.low, low, FAN, ahead=True),
        ]

    @property
    def fan(self) -> Fan | None:
        """It widens with the square root of time, as the distance of a price from where it began.

        Prices are on a logarithmic scale, on which a rise is as wide as the fall that undoes it.
        """
        if self.range is None:
            return None
        import numpy as np

        close = self.candles.close[-1]
        root = np.linspace(0.0, 1.0, _FAN_STEPS)
        ends = (self.range.low, self.range.high)
        low, high = (close * (end / close) ** root for end in ends)
        return Fan(self.times.begin + self.times.ahead * root**2, low, high)

    @property
    def cut(self) -> list[Note]:
        """The prices that candles reached beyond the axis, the farthest first."""
        c, axis, middle = self.candles, self.axis, self.times.closed / 2
        now = c.open_candle
        lows = [*c.low.tolist(), *([now.low] if now else [])]
        highs = [*c.high.tolist(), *([now.high] if now else [])]
        reached = [*enumerate(lows), *enumerate(highs)]
        far = [(axis.place(price), i, price) for i, price in reached if axis.side(price)]
        return [
            Note(i, format_price(price, like=c.price), TEXT, place > 0, i > middle)
            for place, i, price in sorted(far, key=lambda one: -abs(one[0] - 0.5))
        ]

    @property
    def holes(self) -> list[Note]:
        """How many candles are missing, the most first, at the lower edge."""
        by_size = sorted(self.times.holes(), key=lambda hole: -hole.missing)
        return [Note(hole.at, f"{hole.missing} missing", FAINT, above=False) for hole in by_size]
