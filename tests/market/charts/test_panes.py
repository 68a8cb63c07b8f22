"""How candles, averages and the range are drawn."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex

from engram.market.candles import OpenCandle
from engram.market.charts.chart import draw
from engram.market.charts.style import DOWN, EMA200, FAN, GROUND, UP
from engram.market.signals import analyse
from tests.market.charts.pictures import MARKETS, figure_of, view_of


def hollow_of(pane):
    """The bars that are not filled: those of the open candle."""
    bars = [one for one in pane.collections if type(one) is PolyCollection]
    return [one for one in bars if {to_hex(c) for c in one.get_facecolor()} == {GROUND}]


def test_the_open_candle_is_hollow_and_stands_last():
    """It would be taken for a closed one, or the picture would end before the price."""
    now = MARKETS["wandering"].open_candle
    figure = figure_of("wandering")
    for pane, foot, top in ((figure.axes[0], *sorted(now[1:5:3])), (figure.axes[1], 0, now.volume)):
        (bar,) = hollow_of(pane)
        corners = bar.get_paths()[0].vertices
        assert corners[:, 0].mean() == pytest.approx(120, abs=0.2)
        assert (corners[:, 1].min(), corners[:, 1].max()) == pytest.approx((foot, top))
        assert to_hex(bar.get_edgecolor()[0]) == (UP if now.close >= now.open else DOWN)
    assert not any(hollow_of(pane) for pane in figure_of("none open").axes)


def test_the_open_candle_is_in_no_figure():
    """A signal would come and go with every trade."""
    candles = MARKETS["wandering"]
    wild = OpenCandle(candles.open_candle.time, 1.0, 1e6, 0.1, candles.price, 1e9)
    kept, swung = (analyse(one) for one in (candles, replace(candles, open_candle=wild)))
    assert (kept.votes, kept.snapshot, kept.range) == (swung.votes, swung.snapshot, swung.range)


def test_ema_200_is_drawn_where_it_votes():
    """The vote of the trend could not be seen."""
    (line,) = [one for one in figure_of("wandering").axes[0].lines if one.get_color() == EMA200]
    assert line.get_ydata()[-1] == view_of("wandering").analysis.snapshot.last.ema200


@pytest.mark.parametrize(("market", "solid"), [("wandering", True), ("very long", False)])
def test_the_range_reaches_from_the_last_close_to_its_ends(market, solid):
    """The picture would show another range than the panel says, or a pressed one as if to scale."""
    view, pane = view_of(market), figure_of(market).axes[0]
    edges = [line for line in pane.lines if line.get_color() == FAN and len(line.get_xdata()) > 2]
    assert {line.get_linestyle() == "-" for line in edges} == {solid}
    assert sorted(line.get_ydata()[-1] for line in edges) == pytest.approx(
        [view.range.low, view.range.high]
    )
    for line in edges:
        assert (line.get_xdata()[0], line.get_ydata()[0]) == (119.5, view.candles.close[-1])
        assert line.get_xdata()[-1] == pane.get_xlim()[1]


def test_candles_are_no_narrower_for_a_longer_range():
    """With a long horizon the candles would be as thin as hairs."""
    widths = {
        market: np.ptp(figure_of(market).axes[0].get_xlim()) for market in ("long", "very long")
    }
    assert widths["very long"] == widths["long"] < 1.4 * 120


def test_a_market_whose_only_trade_is_now_is_drawn():
    """After a night without trades there would be no picture at all."""
    silent = MARKETS["not traded"]
    now = silent.open_candle._replace(volume=5.0)
    assert draw(replace(silent, open_candle=now), analyse(silent))
