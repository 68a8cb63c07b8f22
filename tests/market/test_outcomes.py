"""When a signal has come true."""

import numpy as np
import pytest

from engram.market.outcomes import Signal, came_true, chance, moves, typical_move

BUY, SELL, HOLD = Signal.BUY, Signal.SELL, Signal.HOLD
CLOSE = np.array([100.0, 110.0, 99.0, 99.0, 121.0])


def test_a_move_is_from_one_close_to_a_later_one():
    """A signal would be judged by the next candle, whatever the horizon."""
    assert moves(CLOSE, 2).tolist() == pytest.approx([-0.01, -0.1, 121 / 99 - 1])
    assert moves(CLOSE, 4).tolist() == pytest.approx([0.21])
    assert moves(CLOSE, 5).tolist() == moves(CLOSE, 9).tolist() == []


@pytest.mark.parametrize("horizon", [0, -1])
def test_no_signal_is_judged_by_its_own_candle(horizon):
    """Every HOLD would come true."""
    with pytest.raises(ValueError, match="at least 1 candle"):
        moves(CLOSE, horizon)


def test_the_typical_move_is_the_median_either_way():
    """HOLD would be judged by the rises alone."""
    assert typical_move(CLOSE, 2) == pytest.approx(0.1)
    assert np.isnan(typical_move(CLOSE, 5))


@pytest.mark.parametrize(
    ("signal", "move", "true"),
    [
        (BUY, 0.01, True), (BUY, 0.0, False), (BUY, -0.01, False),
        (SELL, -0.01, True), (SELL, 0.0, False), (SELL, 0.01, False),
        (HOLD, 0.0, True), (HOLD, 0.02, True), (HOLD, -0.02, True), (HOLD, 0.021, False),
        (HOLD, -0.021, False),
    ],
)  # fmt: skip
def test_a_signal_comes_true_as_the_documents_say(signal, move, true):
    """The figures beside the confidence would be of something else."""
    assert came_true(signal, move, 0.02) is true
    assert came_true(signal, np.array([move, move]), 0.02).tolist() == [true, true]


def test_only_who_sells_is_stopped_by_a_rise():
    """The stop of a panel, or of a size, would be where the position gains."""
    assert [one for one in Signal if one.stops_above] == [SELL]


def test_chance_is_the_share_of_all_candles_at_hand():
    """A panel would compare its signals with the chance of something else."""
    close = np.array([64.0, 128.0, 64.0, 64.0, 16.0])
    assert [chance(one, close, 1) for one in (BUY, SELL, HOLD)] == [0.25, 0.5, 0.5]
    assert chance(BUY, close, 5) is None
