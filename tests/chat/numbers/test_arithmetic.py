"""What can be computed from a few numbers."""

import pytest

from engram.chat.numbers import arithmetic


@pytest.mark.parametrize(
    ("candidates", "value"),
    [
        (arithmetic.percentages([110.0], [100.0], ()), 10.0),
        (arithmetic.percentages((), [110.0], [100.0]), 100 - 100 / 1.1),
        (arithmetic.percentages((), [5.0, 3.0], [100.0]), 2.0),
        (arithmetic.moves((100.0, 130.0, 90.0, 120.0)), 20.0),
        (arithmetic.moves((100.0, 135.0, 90.0, 120.0)), 50.0),
        (arithmetic.places(15.0, [10.0, 20.0]), 50.0),
        (arithmetic.differences([10.0, 4.0, 1.0]), 3.0),
        (arithmetic.amounts([50.0, 4.0]), 12.5),
        (arithmetic.amounts([50.0, 4.0]), 200.0),
        (arithmetic.amounts([58_200.0], [0.05]), 55_290.0),
        (arithmetic.changed(151.0, 0.01), 151.0 / 1.01),
        (arithmetic.sizes([152.0, 148.0], [50.0]), 12.5),
        (arithmetic.atr_levels([152.34], [1.24]), 152.34 - 1.5 * 1.24),
        (arithmetic.atr_levels([], [1.24]), 3 * 1.24),
        (arithmetic.fibonacci_levels([(10.0, 20.0)], [0.618]), 13.82),
        (arithmetic.rewards([100.0, 98.0]), 104.0),
    ],
)
def test_usual_sums_are_done(candidates, value):
    """A distance that is right would be called an invention."""
    assert any(one == pytest.approx(value) for one in candidates)


@pytest.mark.parametrize(
    "candidates",
    [
        arithmetic.percentages([0.0], [0.0, 1.0], ()),
        arithmetic.amounts([0.0, 0.0], [0.0, 1.0]),
        arithmetic.sizes([1.0, 1.0], [1.0]),
        arithmetic.places(1.0, [1.0, 1.0]),
        arithmetic.moves(()),
    ],
)
def test_zero_divides_nothing(candidates):
    """A price of 0 in a text would cost the answer."""
    assert all(one is not None for one in candidates)
