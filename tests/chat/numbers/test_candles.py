"""The candles in what a model was given."""

import pytest

from engram.chat.number_check import not_in_data
from engram.chat.numbers.candles import candles_in
from engram.chat.numbers.facts import facts_in

COURSE = (
    "Price: 64,000.00 (+2.31 % in 24 h)\nATR 540 (0.84 %)\n"
    "The last 2 candles, high low close in % from the price:\n+1.0 -2.0 -0.5\n+0.5 -1.0 +0.0"
)
ROWS = "2026-11-21T04:00 1 4 0.5 2 7\n2026-11-22T08:00 2 5 1 3 9.5"


def test_candles_are_known_from_their_course():
    """No level that a model computes from it could be told from an invention."""
    found = candles_in(COURSE)
    assert [tuple(round(one, 6) for one in row) for row in found.rows] == [
        (63_680, 64_640, 62_720, 63_680),
        (63_680, 64_320, 63_360, 64_000),
    ]
    assert [COURSE[start:end] for start, end in found.changes] == [
        "\n+1.0 -2.0 -0.5\n+0.5 -1.0 +0.0"
    ]
    facts = facts_in(COURSE)
    assert {0.5, 1.0, 2.0} <= set(facts.percents)
    assert 0.5 not in facts.values
    assert facts.swings == [(pytest.approx(62_720), pytest.approx(64_640))]


def test_each_course_is_measured_from_the_price_above_it():
    """Of two markets the candles of one would be taken for prices of the other."""
    other = COURSE.replace("64,000.00", "0.00002")
    assert [row[3] for row in candles_in(f"{COURSE}\n\n{other}").rows] == pytest.approx(
        [63_680, 64_000, 0.0000199, 0.00002]
    )


def test_candles_of_older_conversations_are_known():
    """After an update the numbers of yesterday's analysis would be called inventions."""
    found = candles_in(ROWS)
    assert found.rows == [(1, 4, 0.5, 2), (2, 5, 1, 3)]
    assert found.at == {
        "21": [(1, 4, 0.5, 2)], "04:00": [(1, 4, 0.5, 2)],
        "22": [(2, 5, 1, 3)], "08:00": [(2, 5, 1, 3)],
    }  # fmt: skip
    assert list(found.volumes.values()) == ["7", "9.5"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        COURSE.replace("Price: 64,000.00", "No price"),
        COURSE.replace("64,000.00", "0.00"),
        "The last 2 candles, high low close in % from the price:\nhigh low close",
        "2026-11-21T04:00 0 0 0 0 5",
    ],
)
def test_what_has_no_price_is_no_candle(text):
    """The check would divide by zero, and the answer be lost."""
    assert candles_in(text).rows == []


@pytest.mark.parametrize(
    ("said", "odd"),
    [
        ("The high of the last candles was 1 % above the price, at 64,640.", []),
        ("It fell to 62,720 and came back.", []),
        ("The last candle went from -1.0 % to +0.5 %.", []),
        ("The high was at 64,900.", ["64,900"]),
        ("It rose by 3.7 % in the last candle.", ["3.7 %"]),
    ],
)
def test_numbers_are_checked_against_the_course(said, odd):
    """What follows from it would be called an invention, or an invention pass."""
    assert not_in_data(said, COURSE) == odd
