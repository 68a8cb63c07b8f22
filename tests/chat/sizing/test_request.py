"""The words after /size -> the account, the risk and what is left."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.chat.sizing.request import LONGEST, UnclearError, read


def understood(text):
    """The account, what is at risk, and the words that are left."""
    asked = read(text)
    return f"{asked.account.normalize():f}", f"{asked.at_risk.normalize():f}", asked.rest


@pytest.mark.parametrize(
    ("text", "account", "at_risk", "rest"),
    [
        ("10000 1%", "10000", "100", ""),
        ("10000 1% BTC", "10000", "100", "BTC"),
        ("10,000 1 % eth 4h", "10000", "100", "eth 4h"),
        ("BTC 10k 0.5%", "10000", "50", "BTC"),
        ("10 000 1,5 %", "10000", "150", ""),
        ("10\u202f000 1\u00a0% btc", "10000", "100", "btc"),
        ("10'000 2%", "10000", "200", ""),
        ("10 000 000 1%", "10000000", "100000", ""),
        ("1.5m 1% BTC", "1500000", "15000", "BTC"),
        ("$1m 1%", "1000000", "10000", ""),
        ("2m usdt 1%", "2000000", "20000", ""),
        ("1.234,50 10%", "1234.5", "123.45", ""),
        ("1,234,567.89 .5%", "1234567.89", "6172.83", ""),
        ("100m 2% BTC/IDR 4h", "100000000", "2000000", "BTC/IDR 4h"),
        ("$10,000 1% $pepe", "10000", "100", "$pepe"),
        ("10000 USDT 1 percent", "10000", "100", ""),
        ("10000€ 1 pct", "10000", "100", ""),
        ("10000 100", "10000", "100", ""),
        ("10000 100 BTC", "10000", "100", "BTC"),
        ("account 10000, risk 100, btc", "10000", "100", "btc"),
        ("risk 100 account 10000", "10000", "100", ""),
        ("10000 risking $100 on sol", "10000", "100", "on sol"),
        ("0.5 1% ETH/BTC", "0.5", "0.005", "ETH/BTC"),
        ("１０，０００ 1％ BTC", "10000", "100", "BTC"),
        ("١٠٠٠٠ ١٪", "10000", "100", ""),
        ("10000 1% short btc", "10000", "100", "btc"),
        ("10000 1%\nBTC\n4h", "10000", "100", "BTC\n4h"),
        ("btc usdt 10000 1%", "10000", "100", "btc usdt"),
        ("10000 USDT/TRY 1%", "10000", "100", "USDT/TRY"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text, account, at_risk, rest):
    """A person would be told the size for another account, or another risk."""
    assert understood(text) == (account, at_risk, rest)


@pytest.mark.parametrize(
    ("text", "account", "rest"),
    [
        ("240 1% BTC", "240", "BTC"),
        ("BTC 240 1%", "240", "BTC"),
        ("10000 1% BTC 240", "10000", "BTC 240"),
        ("15 1% BTC 15m", "15", "BTC 15m"),
        ("10000 1% 4 hours btc", "10000", "4 hours btc"),
        ("10000 1% btc 5m", "10000", "btc 5m"),
        ("10000 1% btc 7m", "10000", "btc 7m"),
        ("10000 1% btc h4", "10000", "btc h4"),
        ("10000 1% 1inch", "10000", "1inch"),
        ("10000 1% 1000sats 1d", "10000", "1000sats 1d"),
    ],
)
def test_timeframes_and_coins_with_digits_are_no_money(text, account, rest):
    """The account would be 240 minutes long, or a coin called 1INCH be a dollar."""
    asked = read(text)
    assert (f"{asked.account.normalize():f}", asked.rest) == (account, rest)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "two figures, and I found none."),
        ("BTC", "found none."),
        ("1% BTC", "found 1: 1%."),
        ("15m 1% BTC", "found 1: 1%. A million is 1000k: 1m is a timeframe."),
        ("1e5 1%", "found 1: 1%."),
        ("NaN 1% {x}", "found 1: 1%."),
        ("-10000 1%", "found 1: 1%."),
        ("10000", "found 1: 10000."),
        ("500 100", "found 1: 500 100."),
        ("risk 100", "found 1: risk 100."),
        ("10000 5000 1% BTC", "found 3: 10000, 5000, 1%."),
        ("10000 1% 2%", "found 3: 10000, 1%, 2%."),
        ("1% 2%", "found 2: 1%, 2%."),
        ("10.000 1%", "which number 10.000 is"),
        ("1,23,4 1%", "which number 1,23,4 is"),
        ("9" * 190 + " 1%", "which number 999"),
        ("10000 BTC 240", "240 could be an amount, or a timeframe"),
        ("10000 1% nan%", 'the percentage in "10000 1% nan%"'),
        ("10000 0%", "I cannot size with 10000 and 0%: the account comes first"),
        ("10000 -1%", "found 1: 10000."),
        ("10000 100.1%", "I cannot size with 10000 and 100.1%"),
        ("0 1%", "I cannot size with 0 and 1%"),
        ("10000 0 BTC", "I cannot size with 10000 and 0"),
        ("2000000b 1%", "I cannot size with 2000000b and 1%"),
        ("100 10000", "I cannot size with 100 and 10000"),
        ("x" * (LONGEST + 1), "too long"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_named_with_an_example(text, reason):
    """A person would read the size of something that they never asked for."""
    with pytest.raises(UnclearError) as caught:
        read(text)
    assert reason in str(caught.value)
    assert "10000" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "currency", "short"),
    [
        ("10000 1%", "", None),
        ("$10000 1%", "USD", None),
        ("10000 100 eur", "EUR", None),
        ("short btc 10000€ 1%", "EUR", True),
        ("10000 1% buy btc", "", False),
        ("10000 1% long or short", "", None),
        ("10000 1% $short", "", None),
    ],
)
def test_currency_and_side_are_noticed(text, currency, short):
    """Euros would pass for dollars, or a short position get its stop on the wrong side."""
    asked = read(text)
    assert (asked.currency, asked.short) == (currency, short)


@given(st.text(alphabet="0123456789.,'% -+$€kmbdhw\nBTCusdtriskx", max_size=LONGEST + 20))
def test_whatever_is_written_is_read_or_refused(text):
    """A typing error would end in the answer of the last resort."""
    try:
        asked = read(text)
    except UnclearError:
        return
    assert asked.account > 0
    assert 0 <= asked.at_risk <= asked.account


def test_a_text_that_is_built_to_be_slow_is_not(measured):
    """One message could keep a thread busy for minutes."""
    began = time.process_time()
    for part in ("1 000", "1,000", "% 1", "1.", "risk ", "usd ", "1m "):
        with pytest.raises(UnclearError):
            read((part * LONGEST)[:LONGEST])
        with pytest.raises(UnclearError):
            read(part * 100_000)
    measured("unreadable texts of /size", f"{time.process_time() - began:.3f} s for 14")


def test_the_risk_is_rounded_down():
    """A person would risk more than they said."""
    assert read("10000.55 1%").at_risk == Decimal("100.00")
    assert read("0.00012345678 1%").at_risk == Decimal("0.0000012345")
