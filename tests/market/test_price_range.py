"""The range after some candles, against quantiles worked out by hand."""

import math

import numpy as np
import pytest

from engram.market.indicators import compute
from engram.market.price_range import ENOUGH, PriceRange, price_range
from tests.series import first, made


def by_hand(close, atr, horizon):
    """Both ends, in plain Python."""
    moves = sorted(
        math.log(later / now) / math.sqrt(wide / now)
        for now, later, wide in zip(close, close[horizon:], atr, strict=False)
        if wide > 0
    )
    ends = []
    for share in (0.1, 0.9):
        place = share * (len(moves) - 1)
        lower, part = int(place), place % 1
        quantile = moves[lower] + part * (moves[min(lower + 1, len(moves) - 1)] - moves[lower])
        ends.append(close[-1] * math.exp(quantile * math.sqrt(atr[-1] / close[-1])))
    return ends


@pytest.mark.parametrize("horizon", [1, 24, 100])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_ends_are_quantiles_of_scaled_moves(seed, horizon):
    """The range would be one that nobody has studied."""
    candles = made("walk", 500, seed)
    atr = compute(candles).atr
    found = price_range(candles.close, atr, horizon)
    low, high = by_hand(candles.close.tolist(), atr.tolist(), horizon)
    assert (found.low, found.high, found.horizon) == (
        pytest.approx(low), pytest.approx(high), horizon,
    )  # fmt: skip


def test_it_is_wide_in_wild_times_and_narrow_in_calm_ones():
    """A range would hold on average, and fail whenever it matters."""
    candles = made("walk", 500, 3)
    atr = compute(candles).atr
    wild = atr.copy()
    wild[-1] *= 4
    usual, wider = (price_range(candles.close, one, 24) for one in (atr, wild))
    assert math.log(wider.high / wider.low) == pytest.approx(2 * math.log(usual.high / usual.low))


def test_it_never_falls_below_zero():
    """A coin that crashes would be shown a price that cannot be."""
    close = 1000 * 0.9 ** np.arange(300.0)
    found = price_range(close, close * 0.5, 24)
    assert found is None or 0 < found.low < found.high


@pytest.mark.parametrize("sign", [1, -1])
def test_old_jumps_make_no_range_that_no_market_could_have(sign):
    """A calm market would be said to reach a price of two hundred digits, or next to nothing."""
    close = np.exp(sign * np.where(np.arange(400) < 200, 0.0, 5.0))
    atr = np.where(np.arange(400) < 250, 1e-6, 4e-4) * close
    assert price_range(close, atr, 100) is None


def test_too_few_outcomes_give_no_range():
    """Two past moves would pretend to know the rare ones."""
    candles = made("walk", 500, 3)
    for count in (ENOUGH + 13, ENOUGH + 37, ENOUGH + 38):
        part = first(candles, count)
        found = price_range(part.close, compute(part).atr, 24)
        # The ATR begins with the 15th candle, and the last 24 have no outcome yet.
        assert (found is None) == (count - 14 - 24 < ENOUGH)


@pytest.mark.parametrize("shape", ["flat", "still at the end"])
def test_a_market_that_stands_still_has_no_range(shape):
    """A dead market would be said to stay at its price to the cent."""
    close = np.full(400, 100.0)
    if shape != "flat":
        close[:200] += np.sin(np.arange(200.0))
    atr = np.where(np.arange(400) < 200, 1.0 if shape != "flat" else 0.0, 0.0)
    assert price_range(close, atr, 24) is None


@pytest.mark.parametrize(
    ("price", "low", "high", "written"),
    [
        (67_123.456, 63_432.1, 71_489.9, ("63,400", "71,500")),
        (67_123.456, 66_987.6, 67_255.5, ("66,988", "67,256")),
        (1.2345, 1.1987, 1.2789, ("1.199", "1.279")),
        (0.00001234, 0.0000112, 0.0000139, ("0.00001120", "0.00001390")),
        (100.0, 99.99999999, 100.00000001, ("100.00", "100.00")),
        (98_765_432.0, 91_234_567.0, 105_432_109.0, ("91,200,000", "105,400,000")),
    ],
)
def test_it_is_written_as_exactly_as_it_is_known(price, low, high, written):
    """Cents would pretend that the next four days are known to the cent."""
    assert PriceRange(low, high, 24).written(price) == written
