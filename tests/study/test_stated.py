"""What the first edition stated, against values worked out by hand."""

import pytest

from tests.study import stated as study
from tests.study.test_results import cases_with
from tests.study.walk import CONFIDENCES


def test_the_old_rates_are_set_against_what_came_true():
    """A number that says nothing would go on being believed."""
    cases = cases_with(signal=[1, 1, -1, -1, 1, 0], stated=[0.2, 0.2, 0.8, 0.8, 0.8, 0.8])
    old = study.stated(cases)
    assert old["cases"] == 5
    assert [(one["cases"], one["true"][0]) for one in old["bins"]] == [(2, 1.0), (3, 1.0)]
    assert old["slope"] == pytest.approx(0, abs=1e-6)
    assert old["brier"] == pytest.approx((2 * 0.64 + 3 * 0.04) / 5, abs=1e-4)


def test_a_label_is_told_with_what_came_true_of_it():
    """The labels of HOLD, or of other timeframes, would be blamed on those of BUY and SELL."""
    # BUY, BUY, SELL, SELL, BUY, HOLD: right, right, right, right, right, none of them.
    cases = cases_with(signal=[1, 1, -1, -1, 1, 0], stated=0.5, earned=[0, 1, 1, 2, 2, 2])
    cases["timeframe"] = ["1h", "1h", "1h", "4h", "1h", "1h"]
    cases["move"][1] = -0.02
    rows = {row["label"]: row for row in study.labels(cases)}
    assert list(rows) == [one.value for one in CONFIDENCES]
    assert [row["given"] for row in rows.values()] == [0.2, 0.4, 0.4]
    assert [row["true"][0] for row in rows.values()] == [1.0, 0.5, 1.0]
