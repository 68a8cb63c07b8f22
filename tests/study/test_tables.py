"""How the figures are written."""

import pytest

from tests.study.publish import kept
from tests.study.results import is_enough
from tests.study.tables import details, interval, multiple, percent, table


@pytest.mark.parametrize(
    ("share", "decimals", "signed", "text"),
    [
        (0.4664, 1, False, "46.6"), (0.0128, 2, True, "+1.28"), (-0.0101, 2, True, "-1.01"),
        (-0.00001, 2, True, "+0.00"), (None, 1, False, "-"), (1.0, 0, False, "100"),
    ],
)  # fmt: skip
def test_a_share_is_written_as_a_percentage(share, decimals, signed, text):
    """A reader would see -0.00, or None."""
    assert percent(share, decimals, signed=signed) == text


def test_an_interval_stands_behind_its_figure():
    """A figure would be told without how sure it is."""
    assert interval([0.466, 0.453, 0.48]) == "46.6 [45.3, 48.0]"
    assert interval([0.0128, 0.0058, 0.0196], 2, signed=True) == "+1.28 [+0.58, +1.96]"
    assert interval([None, None, None]) == "-"
    assert multiple([0.06, 0.0, 0.13]) == "+0.06 [+0.00, +0.13]"


def test_every_cell_and_every_rule_is_printed():
    """Whoever doubts a figure of the bot would not find the cell that it is from."""
    coins = kept()["crypto"]
    printed = details(coins)
    rows = [row for row in coins["signals"] if is_enough(row)]
    assert len(printed["cells"].splitlines()) == len(rows) + 2
    for row in rows:
        name = f"| {row['timeframe']} {row['signal']}, daily {row['own']}, BTC {row['btc']} | "
        (line,) = [line for line in printed["cells"].splitlines() if line.startswith(name)]
        assert interval(row["late"]["true"]) in line
    for one in coins["rules"]:
        for row in one["rules"]:
            assert f"| {one['timeframe']} {row['rule']} | " in printed["all rules"]


def test_numbers_stand_at_the_right():
    """A column of figures could not be compared at a glance."""
    assert list(table(("what", "a", "b"), [("x", "1", "2")])) == [
        "| what | a | b |",
        "|---|---:|---:|",
        "| x | 1 | 2 |",
    ]
