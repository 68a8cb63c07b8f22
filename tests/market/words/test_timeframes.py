"""How timeframes are written."""

import pytest

from engram.market.words.fold import fold
from engram.market.words.timeframes import canonical, find


@pytest.mark.parametrize(
    ("text", "timeframe"),
    [
        ("4h", "4h"), ("H4", "4h"), ("4 hours", "4h"), ("4hr", "4h"), ("4-hour", "4h"),
        ("four hour", "4h"), ("60m", "1h"), ("90 min", "90m"), ("1m", "1m"), ("1M", "1M"),
        ("MN1", "1M"), ("1 day", "1d"), ("D1", "1d"), ("24h", "1d"), ("7d", "1w"), ("daily", "1d"),
        ("weekly", "1w"), ("15 мин", "15m"), ("4ч", "4h"), ("на дневке", "1d"), ("4小时", "4h"),
        ("日线", "1d"), ("1時間足", "1h"), ("週足", "1w"), ("4시간봉", "4h"), ("४ घंटे", "4h"),
        ("اليومي", "1d"), ("4 ساعات", "4h"), ("৪ ঘণ্টা", "4h"), ("semanal", "1w"),
        ("journalier", "1d"), ("diário", "1d"), ("harian", "1d"), ("mingguan", "1w"),
        ("ہفتہ وار", "1w"), ("4 گھنٹے", "4h"), ("Tageschart", "1d"), ("4-Stunden-Chart", "4h"),
        ("haftalık", "1w"), ("0h", None), ("5%", None), ("$10m", None), ("3.5h", None),
        ("400000h", None), ("birthday", None), ("today", None), ("99d", "99d"), ("5000h", None),
    ],
)  # fmt: skip
def test_a_timeframe_is_understood_as_people_write_it(text, timeframe):
    """People would have to learn our spelling."""
    assert next((frame.timeframe for frame in find(fold(text))), None) == timeframe


@pytest.mark.parametrize(
    ("text", "is_span"),
    [("in 4 hours", True), ("for the last 2 days", True), ("3 days ago", True),
     ("on the 4 hour chart", False), ("in 4h", False), ("in 4 hour chart", False)],
)  # fmt: skip
def test_a_length_of_time_is_no_chart(text, is_span):
    """ "It fell in 4 hours" would be answered with another chart than the usual one."""
    assert [frame.is_span for frame in find(fold(text))] == [is_span]


def test_there_is_no_timeframe_of_nothing():
    """Somebody's typing error would be a division by zero."""
    assert (canonical(0, "h"), canonical(0, "M"), canonical(100, "M")) == ("", "", "")
