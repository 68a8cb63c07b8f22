"""The arithmetic of a position, and the lines in which it is shown."""

import math
import re
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engram.chat.sizing.position import NoSizeError, position, size
from engram.chat.sizing.request import read
from engram.market.evidence import Evidence, Regime, Touched
from engram.market.outcomes import Signal
from engram.market.report import MarketData, Report
from engram.market.symbols import Request

KNOWN = Evidence(Regime(), 24, touched=Touched(0.61, 0.33))
NUMBER = r"\d[\d,]*(?:\.\d+)?"


def sized(account, at_risk, price, atr, *, above=False):
    return position(Decimal(account), Decimal(at_risk), price, atr, above=above)


def said(text, price=62_342.6, atr=572.08, signal="BUY", symbol="BTC/USDT", evidence=KNOWN):
    """What /size says in such a market."""
    candles = SimpleNamespace(symbol=symbol, exchange="Binance")
    snapshot = SimpleNamespace(price=price, last=SimpleNamespace(atr=atr))
    found = SimpleNamespace(signal=Signal(signal), snapshot=snapshot)
    verdict, request = f"{signal} (Low)", Request.of(symbol, "4h")
    data = MarketData(candles, found, evidence, "")  # type: ignore[arg-type]
    return size(Report(request, "", "", verdict, data), read(text))


@pytest.mark.parametrize(
    ("price", "atr", "above", "stop", "distance", "amount", "worth"),
    [
        (62_342.6, 572.08, False, "61484.48", "858.12", "0.11653", "7264.783178"),
        (62_342.6, 572.08, True, "63200.72", "858.12", "0.11653", "7264.783178"),
        (50.0, 4 / 3, False, "48.000", "2.000", "50", "2500"),
        (0.0000068213, 2e-7, False, "0.0000065213", "0.0000003000", "333330000", "2273.743929"),
        (1.0001, 0.0001, False, "0.999950", "0.000150", "666660", "666726.666"),
        (98_000_000.0, 1e6, False, "96500000", "1500000", "0.000066666", "6533.268"),
    ],
)  # fmt: skip
def test_a_hundred_at_risk(price, atr, above, stop, distance, amount, worth):
    """A person would trade more, or less, than the risk allows."""
    found = sized("10000", "100", price, atr, above=above)
    assert (found.stop, found.distance) == (Decimal(stop), Decimal(distance))
    assert (found.amount, found.worth) == (Decimal(amount), Decimal(worth))


def test_the_whole_account_is_the_most_without_borrowed_money():
    """A person would be told to buy what they cannot pay for."""
    found = sized("1000", "100", 50.0, 0.5)
    assert (found.amount, found.affordable) == (Decimal("133.33"), 20)


@pytest.mark.parametrize(
    ("price", "atr", "above", "why"),
    [
        (100.0, 0.0, False, "stands still"),
        (100.0, 1e-9, True, "stands still"),
        (100.0, math.nan, False, "stands still"),
        (3.0, 2.0, False, "no such stop"),
        (3.0, 50.0, False, "no such stop"),
        (3.0, 1.9999999, False, "no such stop"),
    ],
)
def test_where_there_is_no_size_it_says_why(price, atr, above, why):
    """A person would be told to buy without end, or a stop below zero."""
    with pytest.raises(NoSizeError, match=why):
        sized("10000", "100", price, atr, above=above)


def test_a_stop_above_may_be_as_far_as_it_is():
    """A wild market would have no size for a short position, although there is one."""
    assert sized("10000", "100", 3.0, 50.0, above=True).stop == 78


@given(
    account=st.decimals("0.01", "1000000000000", places=2),
    percent=st.decimals("0.01", "100", places=2),
    price=st.floats(1e-9, 1e9),
    ratio=st.floats(1e-5, 0.6),
    above=st.booleans(),
)
def test_no_more_is_lost_at_the_stop_than_is_at_risk(account, percent, price, ratio, above):
    """The size would break the promise that it is made for."""
    at_risk = account * percent / 100
    try:
        found = position(account, at_risk, price, price * ratio, above=above)
    except NoSizeError:
        assume(False)
    assert 0 < found.amount * found.distance <= at_risk
    # Rounding down costs less than a ten-thousandth.
    assert found.amount * found.distance > at_risk * Decimal("0.9999")
    assert (found.stop > found.price) is above
    assert float(found.distance) == pytest.approx(1.5 * price * ratio, rel=0.01)
    assert found.affordable * found.price <= account
    assert found.affordable <= found.amount


def test_the_arithmetic_is_shown_line_by_line():
    """A person would have to believe a number."""
    assert said("10000 1%") == (
        "📏 Position size for BTC/USDT (4h, Binance)\n"
        "\n"
        "Account 10,000.00 USDT, risk 1 %: 100.00 USDT\n"
        "Price 62,342.60, stop 1.5 ATR below: 61,484.48\n"
        "62,342.60 - 61,484.48 = 858.12 (1.4 % of the price)\n"
        "100.00 / 858.12 = 0.11653 BTC, rounded down\n"
        "0.11653 x 62,342.60 = 7,264.78 USDT, 73 % of the account\n"
        "\n"
        "The rules say BUY (Low): the stop is below the price.\n"
        "🛑 Such a stop was touched 61 times in 100 within 24 candles.\n"
        "Fees, slippage, a gap beyond the stop and the exchange's smallest order are not in this "
        "sum. It is arithmetic, no advice."
    )


@pytest.mark.parametrize(
    ("text", "options", "parts", "absent"),
    [
        ("10000 1%", {"signal": "SELL"},
         ["stop 1.5 ATR above: 63,200.72\n63,200.72 - 62,342.60 = 858.12", "SELL (Low): the stop "
          "is above the price, and this is the size of a short position", "touched 61"], ["chose"]),
        ("10000 1%", {"signal": "HOLD"}, ["HOLD (Low): the stop is below"], ["short"]),
        ("10000 1% short", {}, ["above: 63,200.72", "BUY (Low), and you chose", "short position"],
         ["touched"]),
        ("10000 1% long", {"signal": "SELL"},
         ["below: 61,484.48", "SELL (Low), and you chose the side: the stop is below"],
         ["touched"]),
        ("10000 1% long", {}, ["BUY (Low): the stop is below", "touched"], ["chose"]),
        ("10000 1%", {"evidence": Evidence(Regime(), 12)}, ["0.11653 BTC"], ["touched", "🛑"]),
        ("10000 250", {}, ["Account 10,000.00 USDT, at risk 250.00 USDT (2.5 %)\n"],
         ["%:"]),
        ("10000 5%", {},
         ["36,324.54 USDT, 363 % of the account",
          "⚠️ That is more than the account has: it takes borrowed money. Without any, the account "
          "is enough for 0.1604 BTC, and the stop then costs 137.64 USDT (1.4 % of the account)."],
         []),
        ("10000 1%", {}, [], ["borrowed", "converted"]),
        ("10000 5", {}, ["5.00 USDT (0.050 %)"], []),
        ("0.5 1%", {"price": 6.8213e-6, "atr": 2e-7}, ["0.005 USDT", "16,666 BTC"], []),
        ("10000€ 1%", {}, ["⚠️ All amounts are in USDT, this market's money: EUR is not converted."],
         []),
        ("10000 eur 1%", {"symbol": "BTC/EUR"}, ["Account 10,000.00 EUR"], ["converted"]),
        ("$10000 1%", {"symbol": "BTC/FDUSD"}, ["Account 10,000.00 FDUSD"], ["converted"]),
        ("10000 usd 1%", {"symbol": "BTC/EUR"}, ["in EUR", "USD is not converted"], []),
        ("10000 1%", {"atr": 0.0},
         ["no position size for BTC/USDT (4h, Binance)", "stands still", "longer timeframe"], []),
        ("10000 1%", {"price": 3.0, "atr": 2.5},
         ["1.5 ATR (3.7500)", "price (3.00)", "shorter timeframe"], ["Account"]),
    ],
)  # fmt: skip
def test_what_a_size_depends_on_is_said(text, options, parts, absent):
    """A person would take the size for another side, another currency, or for affordable."""
    shown = said(text, **options)
    for part in parts:
        assert part in shown
    for part in absent:
        assert part not in shown


@given(
    account=st.decimals("1", "100000000", places=2),
    percent=st.decimals("0.1", "100", places=1),
    price=st.floats(1e-7, 1e8),
    ratio=st.floats(1e-4, 0.6),
    signal=st.sampled_from(["BUY", "SELL"]),
)
def test_whoever_checks_the_lines_gets_the_same(account, percent, price, ratio, signal):
    """A person with a calculator would find that the bot cannot divide."""
    shown = said(f"{account} {percent}%", price, price * ratio, signal).splitlines()[2:7]
    first, second, third, fourth, fifth = (
        [Decimal(number.replace(",", "")) for number in re.findall(NUMBER, line)] for line in shown
    )
    assert first[0] == account
    assert first[1] == percent
    assert first[2] <= account * percent / 100
    assert {second[0], second[2]} == {third[0], third[1]}
    assert third[0] - third[1] == third[2]
    assert fourth[:2] == [first[2], third[2]]
    assert fourth[2] * fourth[1] <= fourth[0]
    assert fifth[:2] == [fourth[2], second[0]]
    assert float(fifth[2]) == pytest.approx(float(fifth[0] * fifth[1]), rel=1e-3)
