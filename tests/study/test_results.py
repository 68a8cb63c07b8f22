"""The tables of the study, against values worked out by hand."""

import numpy as np
import pytest

from tests.study import results as study
from tests.study.walk import CASE, HORIZON

MOVES = (0.04, 0.02, -0.01, -0.03, 0.05, 0.0)


def cases_with(**columns):
    """Cases of one coin on 4h in two months, with these columns."""
    found = np.zeros(len(MOVES), CASE)
    found["timeframe"], found["month"] = "4h", [600, 600, 600, 600, 625, 625]
    found["year"] = 1970 + found["month"] // 12
    found["own"] = found["btc"] = 1
    found["move"], found["typical"] = MOVES, 0.02
    for name, values in columns.items():
        found[name] = values
    return found


@pytest.mark.parametrize(
    ("signal", "came_true", "chance"),
    [
        # Of the moves +4 +2 -1 -3 +5 0 % three are up, two down, and three no larger than 2 %.
        (1, 2 / 3, 3 / 6),
        (-1, 1 / 1, 2 / 6),
        (0, 1 / 2, 3 / 6),
    ],
)
def test_a_signal_is_told_with_chance_on_the_same_candles(signal, came_true, chance):
    """A signal that is right as often as any candle would be praised for it."""
    cases = cases_with(signal=[1, 1, 0, -1, 0, 1])
    row = study.cell(cases, signal)
    assert row["true"][0] == pytest.approx(came_true, abs=1e-4)
    assert row["chance"] == pytest.approx(chance, abs=1e-4)


def test_chance_is_that_of_the_same_regime():
    """A BUY in a bull market would be set against the candles of a bear market."""
    cases = cases_with(signal=[1, 1, 1, 1, 1, 1], btc=[1, 1, 1, -1, -1, -1])
    rows = {
        (row["signal"], row["btc"]): row for row in study.signals(cases, "4h") if row["own"] == "*"
    }
    assert rows["BUY", "BUY"]["chance"] == pytest.approx(2 / 3, abs=1e-4)
    assert rows["BUY", "SELL"]["chance"] == pytest.approx(1 / 3, abs=1e-4)
    assert rows["BUY", "*"]["chance"] == pytest.approx(1 / 2)


def test_a_cell_is_told_in_both_periods():
    """What was found to 2020 would be shown as if it had held."""
    # Months since 1970: 600 is January 2020, 625 February 2022.
    row = study.cell(cases_with(signal=1), 1)
    assert row["early"]["true"][0] == row["early"]["chance"] == pytest.approx(2 / 4)
    assert row["late"]["true"][0] == row["late"]["chance"] == pytest.approx(1 / 2)


def test_a_period_ends_with_what_came_of_its_cases():
    """A rule would be chosen by prices of the years on which it is to be tried."""
    cases = cases_with(signal=1, month=611, year=[2020, 2020, 2020, 2021, 2021, 2021])
    row = study.cell(cases, 1)
    assert row["early"]["true"][0] == pytest.approx(2 / 3, abs=1e-4)
    assert row["late"]["true"][0] == pytest.approx(1 / 3, abs=1e-4)


def test_days_have_no_own_days():
    """A daily signal would be its own second opinion."""
    cases = cases_with(signal=1, timeframe="1d")
    assert {row["own"] for row in study.signals(cases, "1d")} == {"*"}


def test_gain_and_fees_are_those_of_the_direction():
    """A SELL before a fall would be told as a loss."""
    cases = cases_with(signal=[1, 0, 0, -1, 0, 0])
    mean = sum(MOVES) / 6
    buy, sell, hold = (study.cell(cases, signal) for signal in (1, -1, 0))
    assert buy["gain"][0] == pytest.approx(0.04 - mean, abs=1e-4)
    assert sell["gain"][0] == pytest.approx(mean + 0.03, abs=1e-4)
    assert buy["after_fees"] == pytest.approx(0.04 - mean - 0.002, abs=1e-4)
    assert hold["after_fees"] is None


def test_the_range_is_counted_in_each_third():
    """A range that fails whenever the market is wild would look right on the whole."""
    cases = cases_with(
        low=-0.02, high=0.03, plain_low=-0.1, plain_high=0.1, wildness=[0, 0, 1, 1, 2, 2]
    )
    row = study.ranges(cases, "4h")
    assert row["inside"][0] == pytest.approx(3 / 6)
    assert [third[0] for third in row["thirds"]] == [0.5, 0.5, 0.5]
    assert [third[0] for third in row["plain_thirds"]] == [1.0, 1.0, 1.0]
    # Widths of 5 %, and ten times what three misses are off: 1, 1 and 2 %.
    assert row["score"] == pytest.approx(0.05 + 10 * (0.01 + 0.01 + 0.02) / 6, abs=1e-4)
    assert row["plain_score"] == pytest.approx(0.2, abs=1e-4)


def test_touches_are_counted_on_both_sides():
    """The stop of a SELL would be told with the touches below the price."""
    cases = cases_with(down=[0, 1.5, 2, 3, 4, 1], up=[1.6, 0, 0, 0, 0, 1.4])
    row = study.stops(cases, "4h")
    assert [far[0] for far in row["below"]] == [
        pytest.approx(4 / 6, abs=1e-4),
        pytest.approx(2 / 6, abs=1e-4),
    ]
    assert [far[0] for far in row["above"]] == [pytest.approx(1 / 6, abs=1e-4), 0.0]


def test_a_rule_is_chosen_on_early_years_and_tried_on_late_ones():
    """The best rule of the past would be praised for the years on which it was found."""
    cases = cases_with(signal=[1, 0, 0, 0, 1, 0])
    cases["one vote"], cases["Trend alone"] = [1, 1, -1, -1, -1, 1], [0, 0, 0, 1, 1, -1]
    rows = {row["rule"]: row for row in study.rules(cases, "4h")["rules"]}
    assert [rule for rule, row in rows.items() if "late" in row] == ["signal", "one vote"]
    assert rows["one vote"]["early"][0] > 0 > rows["one vote"]["late"][0]
    assert rows["one vote"]["more"][0] < 0


@pytest.mark.parametrize("months", [(600, 601), (630, 631)], ids=["early only", "late only"])
def test_candles_of_one_period_alone_are_told_without_the_other(months):
    """Whoever records a year would see a traceback at the end."""
    chance = np.random.default_rng(1)
    cases = np.zeros(400, CASE)
    cases["timeframe"], cases["month"] = "1h", chance.choice(months, 400)
    cases["year"] = 1970 + cases["month"] // 12
    cases["signal"], cases["move"] = chance.integers(-1, 2, 400), chance.normal(0, 0.02, 400)
    cases["stated"] = chance.random(400)
    found = study.results(cases, ["BTC/USDT"])
    assert found["about"]["cases"] == 400
    assert all(row["cases"] > 0 for row in found["signals"])


def test_the_horizon_is_the_one_of_the_settings():
    """The bot would tell figures of another horizon than it uses."""
    from engram.config.settings import MarketSettings

    assert MarketSettings().horizon == HORIZON
