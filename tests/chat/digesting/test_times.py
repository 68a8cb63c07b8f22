"""A time of day as people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.chat.digesting.times import is_off, read


@pytest.mark.parametrize(
    ("text", "minute"),
    [
        ("8", "08:00"), ("08:00", "08:00"), ("8:00", "08:00"), ("0800", "08:00"), ("8am", "08:00"),
        ("8 a.m.", "08:00"), ("20:30", "20:30"), ("8.30 pm", "20:30"), ("8:30 P.M.", "20:30"),
        ("8h30", "08:30"), ("20h", "20:00"), ("8,30", "08:30"), ("8 30", "08:30"),
        ("8 o'clock", "08:00"), ("8 o’clock", "08:00"), ("at 8", "08:00"),
        ("every day at 7:15pm", "19:15"), ("daily, 8", "08:00"), ("8 in the morning", "08:00"),
        ("8 in the evening", "20:00"), ("20:30 in the evening", "20:30"), ("noon", "12:00"),
        ("midnight", "00:00"), ("12am", "00:00"), ("12:30 am", "00:30"), ("12pm", "12:00"),
        ("0", "00:00"), ("00:00", "00:00"), ("８：００", "08:00"), ("٠٨:٠٠", "08:00"),
    ],
)  # fmt: skip
def test_a_time_is_understood_as_people_write_it(text, minute):
    """A person would have to find out in which form the bot wants it."""
    assert read(text) == minute


@pytest.mark.parametrize(
    "text",
    ["", "24:00", "25", "8:60", "8:5", "13pm", "0 am", "8am pm", "8am in the evening", "-8", "715",
     "20:30 in the morning", "eight", "08:00 UTC", "8:30:00", "every day", "8 9 10"],
)  # fmt: skip
def test_what_is_no_time_is_none(text):
    """A digest would come at a time that nobody meant."""
    assert read(text) is None


@given(st.integers(0, 23), st.integers(0, 59))
def test_each_minute_is_read_back(hour, minute):
    """Some minute or other could not be chosen."""
    text = f"{hour:02}:{minute:02}"
    assert read(text) == text
    half = f"{hour % 12 or 12}:{minute:02} {'pm' if hour > 11 else 'am'}"
    assert read(half) == text


@given(st.text(max_size=40))
def test_nothing_that_is_written_is_an_error(text):
    """A person would get the last resort for an answer."""
    minute = read(text)
    assert minute is None or read(minute) == minute


@pytest.mark.parametrize(
    ("text", "off"), [("off", True), ("OFF!", True), ("stop", True), ("8", False), ("", False)]
)
def test_off_is_understood(text, off):
    """Nobody could end the digest."""
    assert is_off(text) is off
