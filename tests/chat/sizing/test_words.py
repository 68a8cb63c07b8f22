"""What /size says."""

import re
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.chat.sizing import words
from engram.chat.sizing.position import Why, position
from engram.chat.sizing.request import read
from engram.market.analyst import Report
from engram.market.evidence import Evidence, Regime, Touched
from engram.market.outcomes import Signal
from engram.market.symbols import Request

KNOWN = Evidence(Regime(), 24, touched=Touched(0.61, 0.33))
NUMBER = r"\d[\d,]*(?:\.\d+)?"


def report(signal="BUY", symbol="BTC/USDT", evidence=KNOWN):
    candles = SimpleNamespace(symbol=symbol, exchange="Binance")
    request, found = Request.of(symbol, "4h"), SimpleNamespace(signal=Signal(signal))
    return Report(request, "", "", f"{signal} (Low)", candles, found, evidence)  # type: ignore[arg-type]


def said(text, price=62_342.6, atr=572.08, signal="BUY", **options):
    asked, market = read(text), report(signal, **options)
    above = signal == "SELL" if asked.short is None else asked.short
    found = position(asked.account, asked.at_risk, price, atr, above=above)
    return words.size(market, found, asked)


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
          "is above the price, and this is the size of a short position", "touched 61"], []),
        ("10000 1%", {"signal": "HOLD"}, ["below", "HOLD (Low)", "as for buying"], ["short"]),
        ("10000 1% short", {}, ["above: 63,200.72", "You asked for a short", "BUY (Low)"],
         ["touched"]),
        ("10000 1% long", {"signal": "SELL"},
         ["below: 61,484.48", "You asked to buy", "SELL (Low)"], ["touched"]),
        ("10000 1%", {"evidence": Evidence(Regime(), 12)}, ["0.11653 BTC"], ["touched", "🛑"]),
        ("10000 250", {}, ["Account 10,000.00 USDT, at risk 250.00 USDT (2.5 %)\n"],
         ["%:"]),
        ("10000 5%", {},
         ["36,324.54 USDT, 3.63 times the account",
          "⚠️ That is more than the account has: it takes borrowed money. Without any, the account "
          "is enough for 0.1604 BTC, and the stop then costs 137.64 USDT (1.4 % of the account)."],
         []),
        ("10000 1%", {}, [], ["borrowed", "converted"]),
        ("10000€ 1%", {}, ["⚠️ All amounts are in USDT, this market's money: € is not converted."],
         []),
        ("10000 eur 1%", {"symbol": "BTC/EUR"}, ["Account 10,000.00 EUR"], ["converted"]),
        ("$10000 1%", {"symbol": "BTC/FDUSD"}, ["Account 10,000.00 FDUSD"], ["converted"]),
        ("10000 usd 1%", {"symbol": "BTC/EUR"}, ["in EUR", "USD is not converted"], []),
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


@pytest.mark.parametrize(
    ("why", "price", "atr", "parts"),
    [
        (Why.STANDS_STILL, 100.0, 0.0, ["stands still", "1.5 ATR are 0.00", "longer timeframe"]),
        (Why.TOO_WIDE, 3.0, 2.5, ["1.5 ATR (3.7500)", "price (3.00)", "shorter timeframe"]),
        (Why.TOO_SMALL, 3.0, 0.1, ["so little is at risk", "larger account"]),
    ],
)
def test_why_there_is_no_size_and_what_to_do(why, price, atr, parts):
    """A person would be told nothing but no."""
    shown = words.no_size(report(symbol="ETH/BTC"), why, price, atr)
    assert shown.startswith("📏 There is no position size for ETH/BTC (4h, Binance): ")
    for part in (*parts, "/size 10000 1% ETH/BTC"):
        assert part in shown


def test_every_reason_has_words():
    """An answer would end in a KeyError as soon as that happens."""
    for why in Why:
        assert words.no_size(report(), why, 1.0, 1.0)
