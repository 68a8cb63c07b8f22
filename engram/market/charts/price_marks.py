"""The marks on the pane of prices: tags, notes at its edges, and the signal.

As in `chart.py`, matplotlib is imported late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engram.market.charts.placement import placed, with_room
from engram.market.charts.style import FONT, GROUND, LEADER, LETTER, MARKS, POINT, TEXT
from engram.market.charts.view import View
from engram.market.outcomes import Signal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NOTE_FONT = 9.5
# The mark of the signal stands so far (points) from its candle, and stays so far inside.
_AWAY, _INSIDE = 11.0, 0.1


def tag_prices(pane: Axes, view: View) -> None:
    """Draw tags at the right, each with a line to its price, and round prices where no tag is."""
    axis, box = view.axis, pane.get_position()
    gap = 1.75 * FONT * POINT / box.height
    beside = 1 + LEADER * POINT / box.width
    tags = placed(axis, view.tags, view.ends, gap)
    for tag, place in tags:
        if not axis.side(tag.price):
            if not tag.ahead:
                pane.axhline(tag.price, color=tag.colour, linewidth=0.9, linestyle="--", alpha=0.8)
            leader = ([1.0, beside], [axis.place(tag.price), place])
            pane.plot(
                *leader, color=tag.colour, linewidth=1.4, transform=pane.transAxes, clip_on=False
            )
        pane.annotate(
            tag.text,
            (beside, place),
            (2, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            color=tag.colour if tag.ahead else GROUND,
            fontsize=FONT,
            bbox={
                "boxstyle": "square,pad=0.2",
                "facecolor": GROUND if tag.ahead else tag.colour,
                "edgecolor": tag.colour,
            },
        )
    ticks = axis.ticks()
    free = [all(abs(axis.place(tick.at) - place) > gap for _, place in tags) for tick in ticks]
    labels = [tick.label if ok else "" for tick, ok in zip(ticks, free, strict=True)]
    pane.set_yticks([tick.at for tick in ticks], labels)


def write_notes(pane: Axes, view: View) -> None:
    """Mark what is beyond the picture, and say how many candles are missing where."""
    left, right = view.times.limits
    of_pane = pane.get_position().width / (right - left)  # the width of a candle
    cut = view.cut
    for one in cut:
        pane.plot(
            [one.at],
            [0.985 if one.above else 0.015],
            marker="^" if one.above else "v",
            markersize=6,
            color=one.colour,
            transform=pane.get_xaxis_transform(),
            zorder=3,
        )
    for one in with_room([*cut, *view.holes], LETTER * _NOTE_FONT * POINT / of_pane, right):
        pane.annotate(
            one.text,
            (one.at, 1.0 if one.above else 0.0),
            (-6 if one.leftwards else 6, -3 if one.above else 3),
            xycoords=pane.get_xaxis_transform(),
            textcoords="offset points",
            ha="right" if one.leftwards else "left",
            va="top" if one.above else "bottom",
            color=one.colour,
            fontsize=_NOTE_FONT,
            bbox={
                "boxstyle": "square,pad=0.1",
                "facecolor": GROUND,
                "edgecolor": "none",
                "alpha": 0.8,
            },
        )


def mark_signal(pane: Axes, view: View, signal: Signal) -> None:
    """Mark the last closed candle: below it for BUY, above it for SELL and HOLD."""
    from matplotlib.transforms import ScaledTranslation

    marker, colour = MARKS[signal]
    below, c, axis = signal is Signal.BUY, view.candles, view.axis
    prices = [c.low[-1] if below else c.high[-1]]
    if c.open_candle:  # which is beside it
        prices.append(c.open_candle.low if below else c.open_candle.high)
    # One that is beyond the picture takes no mark along.
    places = [axis.place(price) for price in prices if not axis.side(price)]
    place = (
        max(min(places, default=0.0), _INSIDE)
        if below
        else min(max(places, default=1.0), 1 - _INSIDE)
    )
    away = -_AWAY if below else _AWAY
    points = ScaledTranslation(0, away / 72, pane.figure.dpi_scale_trans)
    pane.plot(
        view.x[-1:],
        [place],
        marker=marker,
        markersize=11,
        color=colour,
        markeredgecolor=TEXT,
        transform=pane.get_xaxis_transform() + points,
        clip_on=False,
        zorder=3,  # above the frame
    )
