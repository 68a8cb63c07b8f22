"""How /size writes amounts and shares."""

from decimal import Decimal

import pytest

from engram.chat.sizing.formats import about, coins, money, share, times


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (money, "10000", "10,000.00"),
        (money, "1E+4", "10,000.00"),
        (money, "1234.5", "1,234.50"),
        (money, "0.12345678", "0.12345678"),
        (coins, "0.116530", "0.11653"),
        (coins, "1500.0", "1,500"),
        (coins, "333330000", "333,330,000"),
        (coins, "1E-7", "0.0000001"),
        (about, "7264.783178", "7,264.78"),
        (about, "0.0001234567", "0.00012346"),
        (about, "98000000.4", "98,000,000.40"),
    ],
)
def test_amounts_are_written_for_a_person(write, value, text):
    """A person would read 1E+4, or cents where there are none."""
    assert write(Decimal(value)) == text


@pytest.mark.parametrize(
    ("part", "shown", "of"),
    [
        ("1", "less than 0.01 %", "less than 0.01 % of"),
        ("58", "0.06 %", "0.06 % of"),
        ("1380", "1.4 %", "1.4 % of"),
        ("72648", "73 %", "73 % of"),
        ("100000", "100 %", "100 % of"),
        ("171500", "172 %", "1.72 times"),
        ("17155000", "17155 %", "172 times"),
        ("200000000000", "200000000 %", "2,000,000 times"),
    ],
)
def test_shares_are_written_for_a_person(part, shown, of):
    """A person would read 0 % of the account, or 1.7e+06 times."""
    assert share(Decimal(part), Decimal(100_000)) == shown
    assert times(Decimal(part), Decimal(100_000)) == of
