"""What is known of one market, and of several."""

from types import SimpleNamespace

from engram.market.outcomes import Signal
from engram.market.report import NOTHING, Findings, MarketData, Report
from engram.market.symbols import Request

REQUEST = Request("BTC", "USDT", "4h")
CANDLES = SimpleNamespace(
    symbol="BTC/USD", exchange="Kraken", exchange_id="kraken", time=[1000, 2000]
)
DATA = MarketData(CANDLES, SimpleNamespace(signal=Signal.BUY), None, "")  # type: ignore[arg-type]
MEASURED = Report(REQUEST, "panel", "block", "BUY (Low)", DATA)
MISSING = Report(REQUEST, "no data", "none", "HOLD (Low)", missing="Binance is away.")


def test_figures_are_named_after_the_market_that_they_are_of():
    """A person would take the price of another exchange for the one that they asked for."""
    assert (MEASURED.title, MEASURED.symbol) == ("BTC/USD (4h, Kraken)", "BTC/USD")
    assert (MEASURED.signal, MEASURED.last_candle) == (Signal.BUY, 2000)
    assert MEASURED.exchange_id == "kraken"


def test_without_data_there_is_no_reason_to_act():
    """A person would buy because an exchange did not answer."""
    assert (MISSING.title, MISSING.symbol) == ("BTC/USDT (4h)", "BTC/USDT")
    assert (MISSING.signal, MISSING.last_candle, MISSING.exchange_id) == (Signal.HOLD, 0, "")


def test_one_market_has_its_panel_and_several_a_block_each():
    """Four panels would not fit a message."""
    assert (NOTHING.panel, Findings((MEASURED,)).panel) == ("", "panel")
    both = Findings((MEASURED, MISSING))
    assert both.panel == "block\n\nnone"
    assert both.measured == (MEASURED,)
