"""What the study says about a signal: which cell, which label, and where there was no study."""

import pytest

from engram.market import evidence
from engram.market.evidence import Cell, Confidence, Evidence, Period, Regime, find, is_studied
from engram.market.outcomes import Signal
from tests.series import made

BUY, SELL, HOLD = Signal.BUY, Signal.SELL, Signal.HOLD
HELD, MISSED, UNKNOWN = Period(0.51, 0.5), Period(0.5, 0.5), Period(None, None)
CANDLES = made("walk", 250, timeframe="4h")


@pytest.mark.parametrize(
    ("rate", "early", "late", "confidence"),
    [
        (0.55, HELD, HELD, Confidence.MEDIUM),
        (0.5999, HELD, HELD, Confidence.MEDIUM),
        (0.60, HELD, HELD, Confidence.HIGH),
        (0.75, HELD, MISSED, Confidence.LOW),
        (0.75, MISSED, HELD, Confidence.LOW),
        (0.75, UNKNOWN, HELD, Confidence.LOW),
        (0.75, HELD, UNKNOWN, Confidence.LOW),
    ],
)
def test_a_label_has_to_hold_on_both_periods(rate, early, late, confidence):
    """A person would size a position by what was found and never tried again."""
    assert Cell(400, 20, rate, 0.5, early, late).confidence is confidence


TABLE = """
4h BUY * * 9000 60 0.5000 0.4900 0.4700 0.5000 0.4500 0.4800
4h BUY * BUY 5000 50 0.5400 0.5300 0.5100 0.5000 0.5000 0.4900
4h BUY SELL BUY 300 12 0.6100 0.5300 0.6000 0.5000 0.6000 0.4900
4h BUY HOLD BUY 299 30 0.9000 0.5300 0.8000 0.5000 0.8000 0.4900
4h BUY BUY BUY 900 11 0.9000 0.5300 0.8000 0.5000 0.8000 0.4900
1d BUY * * 4000 58 0.5200 0.4700 - - 0.3500 0.4200
1d BUY * BUY 2700 44 0.5300 0.5400 0.4300 0.5700 0.3800 0.5200
"""


@pytest.fixture
def table(monkeypatch):
    """A small table of the study."""
    monkeypatch.setattr(evidence, "SIGNALS", TABLE)
    evidence._cells.cache_clear()
    yield
    evidence._cells.cache_clear()


@pytest.mark.parametrize(
    ("timeframe", "regime", "cases"),
    [
        ("4h", Regime(SELL, BUY), 300),
        # Too few cases, and too few months: the cell without the own daily signal.
        ("4h", Regime(HOLD, BUY), 5000),
        ("4h", Regime(BUY, BUY), 5000),
        ("4h", Regime(None, BUY), 5000),
        # Bitcoin's signal is not known, or there is no cell with it: the one without any.
        ("4h", Regime(SELL, None), 9000),
        ("4h", Regime(), 9000),
        ("4h", Regime(SELL, HOLD), 9000),
        # The same length by another name; from days on there is no own daily signal.
        ("240m", Regime(SELL, BUY), 300),
        ("1d", Regime(SELL, BUY), 2700),
        ("24h", Regime(None, BUY), 2700),
        ("1d", Regime(SELL, SELL), 4000),
    ],
)
def test_a_thin_cell_falls_back_to_a_wider_one(table, timeframe, regime, cases):
    """A rate of eleven months would be told as one of five years."""
    assert find(timeframe, BUY, regime).cases == cases


@pytest.mark.parametrize("timeframe", ["1m", "2h", "12h", "1w", "1M"])
def test_what_was_not_studied_has_no_cell(table, timeframe):
    """The figures of 4h would be told of minutes or of weeks."""
    assert find(timeframe, BUY, Regime(SELL, BUY)) is None
    assert evidence.touched(timeframe, BUY) is None


@pytest.mark.parametrize(
    ("symbol", "studied"),
    [
        ("BTC/USDT", True), ("PEPE/USD", True), ("SOL/USDC", True), ("ETH/FDUSD", True),
        ("ETH/BTC", False), ("BTC/EUR", False), ("EUR/USDT", False), ("USDC/USDT", False),
        ("PAXG/USDT", False), ("XAUT/USD", False), ("EURT/USDT", False), ("USDS/USDC", False),
        ("BTC/", False), ("BTC", False), ("", False),
    ],
)  # fmt: skip
def test_coins_in_dollars_were_studied(symbol, studied):
    """What held for coins would be told of currencies and gold."""
    assert is_studied(symbol) is studied


@pytest.mark.parametrize(
    ("horizon", "symbol"), [(12, "BTC/USDT"), (24, "ETH/BTC")], ids=["horizon", "market"]
)
def test_elsewhere_nothing_is_told(horizon, symbol):
    """A signal over 12 candles would be told with the figures of 24."""
    from dataclasses import replace

    found = Evidence.of(replace(CANDLES, symbol=symbol), horizon, BUY, Regime(BUY, BUY))
    assert (found.cell, found.touched, found.confidence) == (None, None, Confidence.LOW)


def test_the_stop_of_a_sell_is_above():
    """A stop above the price would be told with how often the price fell."""
    below, above = (evidence.touched("4h", signal) for signal in (BUY, SELL))
    assert evidence.touched("4h", HOLD) == below != above
    assert all(0.5 < side.stop < 0.7 and 0.2 < side.far < 0.5 for side in (below, above))


@pytest.mark.parametrize("timeframe", evidence.TIMEFRAMES)
@pytest.mark.parametrize("signal", Signal)
def test_every_studied_signal_has_a_cell(timeframe, signal):
    """A person would read that 4h was not studied, because a line of the table is missing."""
    assert find(timeframe, signal, Regime()).enough
    assert Evidence.of(CANDLES, 24, signal, Regime()).touched
