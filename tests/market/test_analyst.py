"""From a request to a report: what the rules say about that market."""

from dataclasses import replace

import pytest

from engram.core.errors import UnknownMarketError
from engram.market import regime
from engram.market.evidence import Regime, find
from engram.market.outcomes import Signal
from engram.market.symbols import Request, Topic
from tests.conftest import make_analyst
from tests.doubles.exchange import candles
from tests.machine_speed import LONG
from tests.series import first

BTC = Request("BTC", "USDT", "4h")


def test_a_report_has_panel_verdict_and_chart(exchange):
    """A person would be told less than was measured."""
    analyst = make_analyst(exchange)
    report = analyst.report(BTC)
    signal, confidence = report.verdict.rstrip(")").split(" (")
    assert f"Signal: {signal}\nConfidence: {confidence} (" in report.panel
    assert report.symbol == "BTC/USDT"
    assert report.last_candle == int(report.data.candles.time[-1])
    assert analyst.chart(report).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("text", "names"),
    [("BTC", True), ("eth 4h", True), ("ETH/BTC", True), ("4h", False), ("", False),
     ("moonz", True)],
)  # fmt: skip
def test_whether_a_market_is_named_is_known_at_once(exchange, text, names):
    """Deciding who waits for whom would take as long as an exchange takes."""
    assert make_analyst(exchange).names_market(text) is names
    assert exchange.asked == []


def test_words_are_read_with_the_markets_that_exchanges_list(exchange):
    """An alert for a coin that nobody lists would be armed, or one that is listed refused."""
    analyst = make_analyst(exchange)
    assert analyst.read_command("eth 15m").symbols == ("ETH/USDT",)
    assert analyst.read_sentence("is ETH a buy?").symbols == ("ETH/USDT",)
    assert analyst.read_command("moonz").unknown == ("moonz",)
    assert "no market moonz" in analyst.unlisted("moonz")
    assert analyst.timeframe == "4h"


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("451", "refused requests from here"),
        ("500", "could not answer"),
        ("html", "sent nothing usable"),
        ("empty", "sent no usable candles"),
    ],
)
def test_missing_data_is_named_with_what_follows_from_it(exchange, failure, reason):
    """A person would read an error, or a signal out of thin air."""
    exchange.fail("klines", failure, times=None)
    analyst = make_analyst(exchange)
    report = analyst.report(BTC)
    assert "Signal: HOLD\nConfidence: Low" in report.panel
    assert f"There is no market data: Binance {reason}." in report.panel
    assert (report.verdict, report.last_candle) == ("HOLD (Low)", 0)
    assert analyst.chart(report) is None


def test_too_short_a_history_is_named(exchange):
    """A new coin would get a signal from a handful of candles."""
    exchange.series["BTC/USDT", "4h"] = exchange.rows("BTC/USDT", "4h")[-50:]
    report = make_analyst(exchange).report(BTC)
    assert "Binance has too short a history of BTC/USDT: 49 candles are too few" in report.panel
    assert report.data is None


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (Request("BTCC", "USDT", "4h"), r"I found no BTCC/USDT on Binance\. Did you mean BTC/USDT"),
        (Request("BTC", "USDT", "7m"), r"There are no 7m candles\. Did you mean 3m, 5m or 15m\?"),
    ],
)
def test_what_does_not_exist_is_answered_with_what_does(exchange, request_, answer):
    """A typo would end in an apology."""
    with pytest.raises(UnknownMarketError, match=answer):
        make_analyst(exchange).report(request_)


def test_a_chart_that_cannot_be_drawn_costs_only_the_chart(exchange, monkeypatch, caplog):
    """A fault in the picture would cost the analysis."""
    analyst = make_analyst(exchange)
    report = analyst.report(BTC)
    monkeypatch.setattr("engram.market.charts.chart.draw", lambda *_: 1 / 0)
    assert analyst.chart(report) is None
    assert "cannot be drawn" in caplog.text


def test_the_evidence_is_that_beside_the_daily_signals(exchange, monkeypatch):
    """A person would read how often such signals came true in other markets than this one."""
    monkeypatch.setattr(regime, "LONGER", LONG)
    exchange.series["BTC/USDT", "1d"] = candles(1000, "falling", "1d")
    exchange.series["ETH/USDT", "1d"] = candles(1000, "rising", "1d")
    report = make_analyst(exchange).report(Request("ETH", "USDT", "4h"))
    beside = Regime(Signal.BUY, Signal.SELL)
    assert report.data.evidence.regime == beside
    assert report.data.evidence.cell == find("4h", report.data.analysis.signal, beside)
    assert "🧭 Daily: BUY · BTC daily: SELL" in report.panel


def test_given_candles_are_reported_as_if_they_were_asked_for(exchange, monkeypatch):
    """A watched market would be told with the panel of another exchange than it is watched on."""
    monkeypatch.setattr(regime, "LONGER", LONG)
    exchange.series["BTC/USDT", "1d"] = candles(1000, "falling", "1d")
    analyst = make_analyst(exchange)
    asked = analyst.report(BTC)
    given = analyst.report_on(BTC, asked.data.candles)
    assert (given.panel, given.data.figures) == (asked.panel, asked.data.figures)
    assert given.data.evidence == asked.data.evidence
    assert given.exchange_id == "binance"
    assert analyst.chart(given).startswith(b"\x89PNG")
    elsewhere = replace(asked.data.candles, exchange="Kraken", exchange_id="kraken")
    moved = analyst.report_on(BTC, elsewhere)
    assert "Kraken" in moved.panel
    assert moved.data.evidence.regime.own is None


def test_too_few_given_candles_are_named(exchange):
    """A new market that is watched would end the round with a traceback."""
    analyst = make_analyst(exchange)
    found = analyst.report(BTC).data.candles
    report = analyst.report_on(BTC, first(found, 49))
    assert "49 candles are too few" in report.panel
    assert (report.data, report.exchange_id) == (None, "")


def test_markets_are_compared_while_no_days_come(exchange):
    """Whoever compares four coins would wait for five requests of which they know nothing."""
    exchange.fail("klines/1d", "held", times=None)
    coins = ("BTC", "ETH", "SOL", "DOGE")
    topic = Topic(tuple(Request(coin, "USDT", "4h") for coin in coins))
    found = make_analyst(exchange).look(topic)
    assert [one.request.base for one in found.measured] == list(coins)
    for one in found.measured:
        assert one.data.evidence.regime == Regime()
        assert one.data.evidence.cell == find("4h", one.data.analysis.signal, Regime())
    # One for Bitcoin, which is of both kinds, and one for each of the others.
    exchange.wait_for(lambda: exchange.count("klines/1d") == len(coins))
    exchange.let_go.set()
