"""How prices, amounts, percentages and times are written."""

from datetime import datetime, timezone

import pytest

from engram.core.formats import (
    did_you_mean,
    format_amount,
    format_duration,
    format_percent,
    format_price,
    format_size,
    format_speed,
    format_time,
    price_decimals,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (67_123.456, "67,123.46"),
        (1_000_000.0, "1,000,000.00"),
        (1_100_000_000.4, "1,100,000,000"),
        (999.999, "1,000.00"),
        (100.0, "100.00"),
        (12.3456, "12.346"),
        (1.23456, "1.2346"),
        (0.5, "0.50"),
        (0.00000123, "0.00000123"),
        (0.000001234567, "0.0000012346"),
        (0.0, "0.00"),
        (-1.5, "-1.50"),
        (-0.0, "0.00"),
    ],
)
def test_a_price_is_written_as_traders_write_it(value, text):
    """Cheap coins would all cost 0.00, and dear ones would be a row of digits."""
    assert format_price(value) == text


@pytest.mark.parametrize(
    ("value", "like", "text"),
    [
        (0.00004, 67_123.45, "0.00"),
        (-0.4, 1_100_000_000.0, "0"),
        (-1234.5, 1_100_000_000.0, "-1,234"),
        (-0.00004, 67_123.45, "0.00"),
        (-12.345, 67_123.45, "-12.35"),
        (64_000, 67_123.45, "64,000.00"),
        (0.0000012, 0.00000123, "0.0000012000"),
        (0.0000000001, 0.00000123, "0.0000000001"),
        (7, 0.00000123, "7.0000000000"),
    ],
)
def test_numbers_that_stand_together_have_the_same_decimals(value, like, text):
    """A column of prices could not be compared at a glance; -0.00 would look like a bug."""
    assert format_price(value, like=like) == text


@pytest.mark.parametrize(
    ("reference", "decimals"),
    [(0, 2), (67_000, 2), (1000, 2), (999, 2), (99, 3), (1, 4), (0.1, 5), (-0.01, 6), (1e-8, 12)],
)
def test_decimals_show_five_digits(reference, decimals):
    """The last digits of a price, where all the movement is, would be cut off."""
    assert price_decimals(reference) == decimals


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0"),
        (0.5, "0.5"),
        (950, "950"),
        (999.4, "999"),
        (999.7, "1K"),
        (1234, "1.23K"),
        (999_400, "999K"),
        (999_700, "1M"),
        (34_000_000, "34M"),
        (5.6e9, "5.6B"),
        (7.89e12, "7.89T"),
    ],
)
def test_an_amount_is_short(amount, text):
    """The volume's label would be cut at the chart's edge, or read 1e+03K."""
    assert format_amount(amount) == text


@pytest.mark.parametrize(
    ("share", "decimals", "signed", "text"),
    [
        (31 / 52, 0, False, "60 %"),
        (0.596, 1, False, "59.6 %"),
        (0.0231, 2, True, "+2.31 %"),
        (-0.0231, 2, True, "-2.31 %"),
        (-0.000001, 2, True, "+0.00 %"),
        (-0.001, 0, False, "0 %"),
        (1.0, 0, False, "100 %"),
    ],
)
def test_a_share_is_written_as_a_percentage(share, decimals, signed, text):
    """A hit rate would read 0.596, or an unchanged price as having fallen by -0.00 %."""
    assert format_percent(share, decimals, signed=signed) == text


def test_a_time_names_its_zone():
    """A person in Tokyo would take it for local time."""
    moment = datetime(2026, 11, 22, 21, 0, 59, tzinfo=timezone.utc)
    assert format_time(moment) == "2026-11-22 21:00 UTC"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3661, "1 h 1 min"), (90_000, "1 d 1 h")],
)
def test_durations_read_well(seconds, words):
    """The uptime would be a number of seconds."""
    assert format_duration(seconds) == words


@pytest.mark.parametrize(
    ("word", "question"),
    [
        ("tiemout", '; did you mean "timeout"?'),
        ("TIMEOUTS", '; did you mean "timeout"?'),
        ("quote", ""),
        ("", ""),
    ],
)
def test_a_typing_error_is_answered_with_what_was_meant(word, question):
    """The owner would have to look the right word up."""
    assert did_you_mean(word, ["timeout", "url"]) == question


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (950, "950 bytes"),
        (1000, "1 KB"),
        (12_345, "12.3 KB"),
        (999_600, "1 MB"),
        (18_125_000_000, "18.1 GB"),
    ],
)
def test_how_large_a_file_is(count, text):
    """Nobody reads 18125000000."""
    assert format_size(count) == text


@pytest.mark.parametrize(
    ("speed", "text"),
    [
        (41.4, "41 tokens/s"),
        (1234.5, "1234 tokens/s"),
        (9.96, "10 tokens/s"),
        (9.94, "9.9 tokens/s"),
        (0.05, "0.1 tokens/s"),
    ],
)
def test_a_speed_is_said_as_people_compare_it(speed, text):
    """Seven tokens a second and seven and a half would look the same, forty would have decimals."""
    assert format_speed(speed) == text
