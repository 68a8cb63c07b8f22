"""Which signals are noted, and with what."""

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from engram.market.evidence import Confidence, Evidence, Regime
from engram.market.outcomes import Signal, came_true, moves, typical_move
from engram.market.panel.panel import verdict
from engram.market.report import MarketData, Report
from engram.market.signals import analyse
from engram.market.symbols import Request
from engram.storage.watch.armed import Armed, Place
from engram.storage.watch.ledger_table import ALL, JUDGED, RULES, Scope
from engram.storage.watch.watched_table import WatchedTable
from engram.watch.ledger import ledger as ledger_module
from engram.watch.ledger.ledger import Ledger
from engram.watch.ledger.record import NEEDED
from tests.series import made
from tests.watch.ledger.conftest import NOW, kept, row

HORIZON = 24


def report(timeframe="4h", exchange_id="binance", shape="walk"):
    candles = replace(made(shape, timeframe=timeframe), exchange_id=exchange_id)
    analysis = analyse(candles, HORIZON)
    evidence = Evidence.of(candles, HORIZON, analysis.signal, Regime())
    request = Request("BTC", "USDT", timeframe)
    short = verdict(analysis.signal, evidence.confidence)
    data = MarketData(candles, analysis, evidence, "")
    return Report(request, "panel", "block", short, data)


def with_candles(shown, **changes):
    """The report with other candles."""
    candles = replace(shown.data.candles, **changes)
    return replace(shown, data=replace(shown.data, candles=candles))


@pytest.fixture
def ledger(table, clock):
    return Ledger(table, clock)


def test_a_signal_is_noted_with_all_that_it_is_judged_by(ledger, table):
    """Later nobody would know what was shown, or what chance was at that time."""
    shown = report()
    ledger.note([shown])
    (found,) = kept(table)
    close = shown.data.candles.close
    typical = typical_move(close, HORIZON)
    true = [came_true(shown.signal, move, typical) for move in moves(close, HORIZON)]
    assert (found.exchange, found.symbol, found.timeframe) == ("binance", "BTC/USDT", "4h")
    assert (found.source, found.signal, found.confidence) == (RULES, shown.signal.value, "Low")
    assert (found.candle, found.price) == (shown.last_candle, close[-1])
    assert (found.horizon, found.typical) == (HORIZON, typical)
    assert found.chance == pytest.approx(sum(true) / len(true))
    closed = shown.last_candle / 1000 + 4 * 3600
    assert (found.at, found.due) == (NOW, closed + HORIZON * 4 * 3600)


def test_a_model_is_scored_beside_the_rules(ledger, table):
    """Nobody would know whether the model is worth its electricity."""
    shown = report()
    for _ in range(2):
        ledger.note([shown])
        ledger.note_verdict(shown, "zai-org/glm", Signal.SELL, Confidence.HIGH)
    by_model, by_rules = sorted(kept(table), key=lambda one: one.source != "zai-org/glm")
    assert (by_rules.source, by_model.source) == (RULES, "zai-org/glm")
    assert (by_model.signal, by_model.confidence) == ("SELL", "High")
    same = ("candle", "price", "due", "typical", "horizon")
    assert all(getattr(by_model, name) == getattr(by_rules, name) for name in same)


def test_a_digest_notes_what_it_shows(ledger, table, store):
    """The signals of watched markets would count only in the candle in which they change."""
    shown = report()
    ledger.prepare(shown)
    assert kept(table) == []
    by, place = Armed("7", "message/7/1"), Place("binance", "BTC/USDT", "4h")
    watched = WatchedTable(store).watch(
        by, place, at=NOW, signal="BUY", since=0, judged=shown.last_candle
    )
    ledger.note_listed([replace(watched, judged=1)])
    assert kept(table) == []
    ledger.note_listed([watched])
    assert [(one.candle, one.source) for one in kept(table)] == [(shown.last_candle, RULES)]


def test_without_data_there_is_no_signal(ledger, table):
    """A HOLD that means nothing would be judged."""
    ledger.note([Report(Request("BTC", "USDT", "4h"), "p", "b", "HOLD (Low)", missing="away")])
    ledger.prepare(Report(Request("BTC", "USDT", "4h"), "p", "b", "HOLD (Low)", missing="away"))
    ledger.note([report(exchange_id="")])
    assert kept(table) == []


def test_candles_of_no_timeframe_cost_no_answer(ledger, table, caplog):
    """A person would get the last resort's answer because of a row that nobody reads."""
    shown = report()
    ledger.note([with_candles(shown, timeframe="xx"), shown])
    assert [one.timeframe for one in kept(table)] == ["4h"]
    assert "xx is no timeframe" in caplog.text


def test_a_month_is_due_by_the_calendar(ledger, table):
    """Twenty-four months are no 720 days."""
    shown, november = report(timeframe="1d"), datetime(2026, 11, 1, tzinfo=timezone.utc)
    time = shown.data.candles.time * 0 + round(november.timestamp() * 1000)
    ledger.note([with_candles(shown, timeframe="1M", time=time)])
    (found,) = kept(table)
    assert datetime.fromtimestamp(found.due, timezone.utc) == november.replace(2028, 12)


def test_the_history_is_of_such_signals_of_the_rules(ledger, table):
    """The panel would count other signals, of other markets, of models, or not judged ones."""
    candles = made(timeframe="1h")
    judged = {"state": JUDGED, "judged_price": 101.0, "judged_at": NOW}
    for hours in range(NEEDED - 1):
        table.add(replace(row(hours), **judged, came_true=hours % 2))
    others = (
        row(99, "SELL"), row(99, source="glm"), row(99, symbol="ETH/USDT"),
        replace(row(99), timeframe="4h"), row(98, chance=None),
    )  # fmt: skip
    table.add(row(97), *(replace(one, **judged, came_true=1) for one in others))
    assert ledger.history(candles, Signal.BUY) == ""
    table.add(replace(row(99, exchange="kraken"), **judged, came_true=1))
    assert ledger.history(candles, Signal.BUY) == "given 30 times here, right 15, chance 15"
    assert ledger.history(candles, Signal.HOLD) == ""


def test_the_record_is_of_what_was_asked_for(ledger, table):
    """/record BTC would mix the markets."""
    judged = {"state": JUDGED, "judged_price": 98.0, "judged_at": NOW}
    table.add(
        *(replace(row(hours), **judged, came_true=0) for hours in range(30)),
        *(replace(row(hours, "SELL"), **judged, came_true=1) for hours in range(30, 40)),
        *(replace(row(hours, "HOLD"), **judged, came_true=0) for hours in range(40, 50)),
        row(50), row(51, symbol="ETH/USDT"),
    )  # fmt: skip
    text = ledger.record(Scope(("BTC/USDT",)))
    assert "\n   50  20 %   8-43   50 % -1.0 %\n" in text
    assert "1 more waits" in text
    assert "2 more wait" in ledger.record(ALL)
    assert "No signal of BTC/USDT on 4h" in ledger.record(Scope(("BTC/USDT",), "4h"))
    assert sorted(ledger.symbols()) == ["BTC/USDT", "ETH/USDT"]


def test_the_file_has_the_latest_ones(ledger, table, monkeypatch):
    """A ledger of years would be more than Telegram takes, or its end would be missing."""
    monkeypatch.setattr(ledger_module, "MOST", 3)
    assert ledger.export(ALL)[1] == ""
    table.add(*(replace(row(hours), at=NOW + hours) for hours in range(5)))
    text, file = ledger.export(ALL)
    assert "the latest 3" in text
    assert [line.split(",")[11][-3:] for line in file.splitlines()[1:]] == ["02Z", "03Z", "04Z"]
