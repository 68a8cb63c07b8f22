"""The picture in the documents is what the code draws, of a market that could be one."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests import example_chart

# Of 255, on average over the picture: other versions of numpy and matplotlib may shade a little
# differently. A line of another colour is 0.13, another market 14.
TOLERANCE = 0.1


@pytest.fixture(scope="module")
def made():
    """The picture and its panel."""
    return example_chart.example()


def test_the_picture_in_the_documents_is_drawn_by_this_code(made):
    """A trader would look for things on the chart that are not there any more."""
    path = Path(__file__).parents[1] / "docs" / "chart.png"
    shades = []
    for source in (path, io.BytesIO(made[0])):
        with Image.open(source) as picture:
            shades.append(np.asarray(picture.convert("RGB"), dtype=float))
    assert abs(shades[0] - shades[1]).mean() < TOLERANCE, "run python3 -m tests.example_chart"


def test_the_panel_belongs_to_the_picture(made):
    """Picture and words in the documents would be of different candles."""
    title, *_ = made[1].splitlines()
    assert title.endswith("BTC/USDT · 4h · Simulated")
    assert "Price: 62,342.60 (" in made[1]
    assert "Last close 2026-11-22 08:00 UTC" in made[1]


def test_the_documents_explain_this_panel(made):
    """A trader would learn to read an answer on one that the bot would not give."""
    page = Path(__file__).parents[1] / "docs" / "signals.md"
    assert f"```\n{made[1].rstrip()}\n```" in page.read_text("utf-8")


def test_the_market_is_like_one():
    """Without calm and wild times, and wicks, it would be a chart that no trader has ever seen."""
    candles = example_chart.candles("4h", 4, example_chart.SEED)
    moves = np.diff(np.log(candles.close))
    assert 0.007 < moves.std() < 0.02
    assert (moves**4).mean() / moves.var() ** 2 > 4  # 3 would be a bell curve
    wild = abs(moves)
    assert np.corrcoef(wild[1:], wild[:-1])[0, 1] > 0.15
    assert (candles.high > np.maximum(candles.open, candles.close)).mean() > 0.6
    assert len(candles.close) == 1000
    assert candles.open_candle is not None
