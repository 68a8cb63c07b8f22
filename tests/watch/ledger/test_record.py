"""What /record says of the signals, and the line of a panel."""

import math
import re

import pytest

from engram.storage.watch.ledger_table import ALL, RULES, Past, Scope, Tally
from engram.watch.ledger.record import (
    NEEDED,
    WIDTH,
    exported,
    history,
    interval,
    no_such_market,
    record,
)

KEY = "lmstudio-community/qwen3-30b-a3b-thinking-2507"


def table(*tallies, waiting=0, unknown=0, scope=ALL):
    """The lines of the table."""
    text = record(tallies, waiting, unknown, scope)
    return re.search(r"```\n(.*)\n```", text, re.DOTALL)[1].splitlines()


def test_rules_and_models_stand_side_by_side():
    """A trader could not see whether the model is any better than the rules."""
    assert table(
        Tally("glm-4.7-flash", "Low", 34, 19, 34, 0.493, 0.0123),
        Tally(RULES, "Low", 128, 60, 128, 0.502, -0.0021),
        Tally("glm-4.7-flash", "High", 29, 29, 29, 0.5, 0.05),
        Tally(RULES, "Medium", 1234, 700, 50, 0.499, None),
    ) == [
        "given right   90 % chance   move",
        "glm-4.7-flash, High",
        "   29  too few: needs 30",
        "rules, Medium",
        " 1234  57 %  45-68   50 %      -",
        "rules, Low",
        "  128  47 %  40-54   50 % -0.2 %",
        "glm-4.7-flash, Low",
        "   34  56 %  42-69   49 % +1.2 %",
    ]


@pytest.mark.parametrize(
    "tally",
    [
        Tally(KEY, "Medium", 99_999, 99_999, 1, 1.0, -0.999),
        Tally(RULES, "High", 99_999, 0, 99_999, None, 25.0),
        Tally("a" * 300, "High", NEEDED - 1, 0, 1, None, None),
    ],
)
def test_it_fits_a_phone(tally):
    """Lines would break in the middle, and no column would stand below its name."""
    assert all(len(line) <= WIDTH for line in table(tally))


def test_models_of_long_names_are_told_apart():
    """Two variants of a model would have the same line."""
    assert table(Tally(KEY, "Low", 1, 1, 1, 0.5, 0.0))[1] == "…wen3-30b-a3b-thinking-2507, Low"


def test_a_name_cannot_break_the_table():
    """A server's list of models could write whatever it likes into the chat."""
    text = record([Tally("a```\n# b", "Low", 1, 1, 1, 0.5, 0.0)], 0, 0, ALL)
    assert text.count("```") == 2
    assert "\n# b" not in text


def test_what_is_not_judged_is_told():
    """Signals would vanish whose outcome nobody knows."""
    text = record([], 1, 2, Scope(("BTC/USDT", "ETH/USDT"), "4h"))
    assert text.startswith(
        "📒 What became of the signals of BTC/USDT, ETH/USDT on 4h shown here\n\n"
        "None has been judged yet: that happens once its horizon has ended.\n\n"
        "1 waits for the end of the horizon. 2 can never be judged, and count nowhere."
    )
    assert "3 wait for the end" in record([], 3, 1, ALL)
    assert "1 can never be judged, and counts nowhere." in record([], 3, 1, ALL)
    assert "right:" not in text  # there is no such column
    judged = record([Tally(KEY, "Low", 1, 1, 1, 0.5, 0.0)], 3, 0, ALL)
    assert "3 more wait for the end" in judged
    assert "right: BUY, if" in judged


def test_an_empty_ledger_says_so():
    """A person would read an empty table."""
    text = record([], 0, 0, Scope((), "4h"))
    assert text.startswith("No signal on 4h has been shown here so far.")
    assert exported(0, Scope((), "4h"), is_all=True) == text
    assert no_such_market(["PEPE"]).startswith("No signal of PEPE has been shown here")
    assert len(no_such_market(["x" * 5000])) < 200


def test_a_file_says_how_much_of_it_there_is():
    """A person would take the end of the ledger for all of it."""
    assert exported(1234, ALL, is_all=True) == "📒 The signals shown here: 1,234."
    assert "the latest 50,000" in exported(50_000, ALL, is_all=False)


@pytest.mark.parametrize(
    ("past", "line"),
    [
        (Past(34, 19, 17.2), "given 34 times here, right 19, chance 17"),
        (Past(NEEDED, 30, 15.0), "given 30 times here, right 30, chance 15"),
        (Past(NEEDED - 1, 19, 17.0), ""),
        (Past(), ""),
    ],
)
def test_a_panel_says_what_became_of_its_signal_once_there_are_enough(past, line):
    """Two lucky days would look like a proof."""
    assert history(past) == line


@pytest.mark.parametrize("right", [0, 1, 15, 29, 30])
def test_the_interval_is_wilsons(right):
    """An interval that is too narrow makes luck look like skill."""
    share, z = right / 30, 1.6448536
    low, high = interval(share, 30)
    # Its ends are where the share would lie just z standard errors away, says the article.
    for end in (low, high):
        error = z * math.sqrt(end * (1 - end) / 30)
        assert abs(share - end) == pytest.approx(error, abs=1e-6)
    assert 0 <= low < high <= 1
