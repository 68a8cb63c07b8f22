"""Where the marks on the pane of prices are drawn: what a person reads off them."""

from dataclasses import replace

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from engram.core.formats import format_price
from engram.market.charts import chart
from engram.market.charts.axes import PriceAxis
from engram.market.charts.style import DPI, FONT, TEXT
from tests.market.charts.pictures import MARKETS, figure_of, middle, tags_of, view_of

HEIGHT = 1.75 * FONT * DPI / 72  # of a tag, with the gap to the next one


def leaders_of(market):
    """The lines beside the axis, each from a price to its tag; in pixels."""
    pane = figure_of(market).axes[0]
    right = pane.get_window_extent().x1
    drawn = [line.get_transform().transform(line.get_xydata()) for line in pane.lines]
    return [line for line in drawn if len(line) == 2 and line[1, 0] > right + 1]


@pytest.mark.parametrize("market", MARKETS)
def test_each_tag_has_a_line_to_its_price(market):
    """A tag that had to give way would be read as the price that it stands at."""
    view, pane = view_of(market), figure_of(market).axes[0]
    prices = {tag.on(view.axis).text: tag.price for tag in (*view.tags, *view.ends)}
    leaders = leaders_of(market)
    for tag in tags_of(market):
        price, (_, low, _, high) = (
            prices[tag.get_text()],
            tag.get_bbox_patch().get_window_extent().extents,
        )
        if view.axis.side(price):
            assert tag.get_text()[0] in "▲▼"
            continue
        _, at = pane.transData.transform((0, price))
        (leader,) = [line for line in leaders if low < line[1, 1] < high]
        assert leader[0, 1] == pytest.approx(at, abs=0.5)
        assert leader[1, 1] == pytest.approx(middle(tag), abs=2)
        assert abs(middle(tag) - at) < 1.2 * HEIGHT


@pytest.mark.parametrize("market", ["wandering", "quarters", "near levels", "crash", "very long"])
def test_the_tag_of_the_current_price_is_at_its_line(market):
    """The one price that everybody looks for would stand elsewhere, beside the levels."""
    view, pane = view_of(market), figure_of(market).axes[0]
    (tag,) = [tag for tag in tags_of(market) if tag.get_text() == view.tags[0].text]
    _, at = pane.transData.transform((0, view.candles.price))
    assert middle(tag) == pytest.approx(at, abs=2)


@pytest.mark.parametrize("market", MARKETS)
def test_tags_stand_in_the_order_of_their_prices(market):
    """Of two tags side by side one would stand on the other's price."""
    view = view_of(market)
    prices = {tag.on(view.axis).text: tag.price for tag in (*view.tags, *view.ends)}
    shown = [prices[tag.get_text()] for tag in tags_of(market)]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) >= len(view.tags)


@pytest.mark.parametrize(
    ("market", "text", "at_the_top"),
    [("leaps now", "▲ 966,508.28", True), ("falls now", "▼ 2,416.27", False)],
)
def test_a_price_beyond_the_picture_stays_on_it(market, text, at_the_top):
    """The current price would be nowhere, or seem to be that of the frame."""
    tag = tags_of(market)[0 if at_the_top else -1]
    assert tag.get_text() == text
    frame = figure_of(market).axes[0].get_window_extent()
    assert middle(tag) == pytest.approx(frame.y1 if at_the_top else frame.y0, abs=2)


@pytest.mark.parametrize(
    ("market", "marker", "below"),
    [("rising", "^", True), ("falling", "v", False), ("flat", "D", False)],
)
def test_the_signal_is_marked_at_the_last_candle(market, marker, below):
    """BUY and SELL would look the same, or point at another candle."""
    pane = figure_of(market).axes[0]
    (mark,) = [line for line in pane.lines if line.get_marker() == marker]
    assert mark.get_xdata() == [119]
    box, price = mark.get_window_extent(), MARKETS[market].close[-1]
    _, at = pane.transData.transform((119, price))
    assert (box.y1 < at) if below else (box.y0 > at)


@pytest.mark.parametrize("market", MARKETS)
def test_the_mark_of_the_signal_is_on_the_picture(market):
    """It would cover the volume, or be cut off."""
    view, pane = view_of(market), figure_of(market).axes[0]
    marks = [line for line in pane.lines if line.get_markersize() == 11]
    assert len(marks) == (view.analysis is not None)
    frame = pane.get_window_extent()
    for mark in marks:
        box = mark.get_window_extent()
        assert frame.x0 < box.x0 < box.x1 < frame.x1
        assert frame.y0 < box.y0 < box.y1 < frame.y1


@pytest.mark.parametrize(("market", "marker"), [("rising", "^"), ("falling", "v"), ("flat", "D")])
def test_the_mark_stays_inside_beside_a_candle_at_the_edge(market, marker):
    """It would cover the legend, or the volume."""
    view = view_of(market)
    c = view.candles
    narrow = PriceAxis(c.low[-1] * 0.99999, c.high[-1] * 1.00001, logarithmic=False)
    figure = chart._figure(replace(view, axis=narrow))
    FigureCanvasAgg(figure).draw()
    pane = figure.axes[0]
    (mark,) = [
        line for line in pane.lines if line.get_marker() == marker and line.get_markersize() == 11
    ]
    box, frame = mark.get_window_extent(), pane.get_window_extent()
    assert frame.y0 < box.y0 < box.y1 < frame.y1


def arrows_of(market):
    """The arrows at the edges, each with the number of its candle."""
    pane = figure_of(market).axes[0]
    edges = [line for line in pane.lines if line.get_color() == TEXT and len(line.get_xdata()) == 1]
    return sorted((line.get_marker(), line.get_xdata()[0]) for line in edges)


@pytest.mark.parametrize(
    ("market", "arrow", "number"),
    [
        ("wandering", "", 0),
        ("wick up", "^", 80),
        ("wick to nothing", "v", 116),
        ("leaps now", "^", 120),
    ],
)
def test_a_wick_that_is_cut_off_is_marked_with_its_price(market, arrow, number):
    """Somebody's stop would have been hit by a candle that looks harmless."""
    c = MARKETS[market]
    ends = {"^": [*c.high[-120:], c.open_candle.high], "v": c.low[-120:]}
    texts = [format_price(ends[arrow][number], like=c.price)] if arrow else []
    assert arrows_of(market) == [(arrow, number)] * len(texts)
    beside = set(map(id, tags_of(market)))
    notes = [text for text in figure_of(market).axes[0].texts if id(text) not in beside]
    assert [note.get_text() for note in notes] == texts


def test_holes_are_marked_in_every_pane():
    """A pause of trading would look like a single candle that leapt."""
    figure = figure_of("holes")
    expected = [hole.at for hole in view_of("holes").times.holes()]
    assert len(expected) == 8
    for pane in figure.axes:
        upright = [line.get_xdata()[0] for line in pane.lines if list(line.get_ydata()) == [0, 1]]
        assert upright == expected
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert "5 missing" in texts
    assert "1 missing" in texts
