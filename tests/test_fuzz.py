"""A short run of `python3 -m tests.fuzz`."""

import pytest

from tests.fuzz import TARGETS, fuzz

CASES = 300


@pytest.mark.parametrize("target", TARGETS)
def test_no_broken_input_is_more_than_its_reader_can_take(target):
    """One odd message, stream, candle or setting would end in a traceback."""
    # A flood is a long text.
    outcome = fuzz(target, CASES // 50 if target == "floods" else CASES)
    assert outcome.crashes == []
