"""What can be pressed below a panel."""

from types import SimpleNamespace

import pytest

from engram.chat.panels import buttons
from engram.chat.texts import BUTTON_BYTES
from engram.core.formats import format_price
from engram.market.report import MarketData, Report
from engram.market.symbols import Request
from engram.market.words.markets import Markets
from engram.market.words.reader import read_command
from engram.watch.conditions import Condition
from engram.watch.grammar import wanted as grammar


def with_levels(price, support, resistance, symbol="BTC/USDT"):
    """A report whose panel shows these levels."""
    levels = SimpleNamespace(support=support, resistance=resistance)
    snapshot = SimpleNamespace(price=price, levels=levels)
    request, candles = Request.of(symbol, "4h"), SimpleNamespace(symbol=symbol, exchange="Binance")
    analysis = SimpleNamespace(snapshot=snapshot)
    data = MarketData(candles, analysis, None, "")  # type: ignore[arg-type]
    return Report(request, "panel", "block", "HOLD (Low)", data)


@pytest.mark.parametrize(
    ("price", "support", "resistance", "below"),
    [
        (62_342.6, 60_434.125, 62_590.999,
         [("🔔 S 60,434", "/alert BTC/USDT < 60434.12"),
          ("🔔 R 62,591", "/alert BTC/USDT > 62591"), ("👁", "/watch BTC/USDT 4h")]),
        (2_401.15, 2_390.5, None,
         [("🔔 S 2,390.50", "/alert BTC/USDT < 2390.5"), ("👁", "/watch BTC/USDT 4h")]),
        (0.000012345, None, 0.0000129,
         [("🔔 R 0.0000129", "/alert BTC/USDT > 0.0000129"), ("👁", "/watch BTC/USDT 4h")]),
        (1.5, None, None, [("👁", "/watch BTC/USDT 4h")]),
    ],
)  # fmt: skip
def test_buttons_below_a_panel_have_its_levels(price, support, resistance, below):
    """A person would be told of another price than the one that they look at."""
    timeframes, told = buttons(with_levels(price, support, resistance))
    assert [one.label for one in timeframes] == ["15m", "1h", "4h", "1d", "🔄"]
    assert [(one.label, one.command) for one in told] == below


@pytest.mark.parametrize("exponent", range(-9, 9))
def test_what_a_button_arms_is_what_its_panel_shows(exponent):
    """A press would be asked back, or arm something else, because a number is read otherwise."""
    price, level = 2.0 * 10**exponent, 1.23456789 * 10**exponent
    _, told = buttons(with_levels(price, level, 3 * level, "1000SATS/USDT"))
    markets = Markets(["1000SATS/USDT"], "USDT", complete=True)
    reader = SimpleNamespace(timeframe="4h", read_command=lambda text: read_command(text, markets))
    for button, operator, at in zip(told, "<>", (level, 3 * level), strict=False):
        assert len(button.command.encode()) <= BUTTON_BYTES
        wanted = grammar.read_command(button.command.removeprefix("/alert "), reader)
        shown = float(format_price(at, like=price).replace(",", ""))
        assert wanted.request.symbol == "1000SATS/USDT"
        assert wanted.condition == Condition("price", operator, shown)


def test_a_command_that_is_too_long_has_no_button():
    """Telegram would refuse the whole panel because of one button of more than 64 bytes."""
    long = with_levels(1.5, 1.4, 1.6, f"{'Ж' * 25}/USDT")
    (timeframes,) = buttons(long)
    assert timeframes
