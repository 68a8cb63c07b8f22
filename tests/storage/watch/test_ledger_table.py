"""Signals that were shown, and what came of them."""

from dataclasses import replace

from engram.storage.store import KEPT_SECONDS
from engram.storage.watch.armed import Place
from engram.storage.watch.ledger_table import (
    ALL,
    JUDGED,
    OPEN,
    UNKNOWN,
    LedgerRow,
    Past,
    Scope,
    Tally,
)
from tests.storage.watch.conftest import NOW

ROW = LedgerRow(
    "binance", "BTC/USDT", "4h", 1000, "rules", "BUY", "Low", 100.0, 24, 0.01, 0.5, NOW, NOW + 10
)
DAY = 86_400.0


PLACE = Place("binance", "BTC/USDT", "4h")


def kept(tables):
    return list(tables.ledger.latest(99, ALL))


def judged(row, came_true=1):
    return replace(row, state=JUDGED, judged_price=110.0, judged_at=NOW + 20, came_true=came_true)


def test_a_signal_counts_once(tables):
    """Who looks at the same panel ten times would make it ten signals."""
    for price in (100.0, 101.0):
        tables.ledger.add(replace(ROW, price=price), replace(ROW, source="glm"))
    found = {one.source: one for one in kept(tables)}
    assert found == {"rules": ROW, "glm": replace(ROW, source="glm")}


def test_a_row_is_due_when_its_horizon_has_ended(tables):
    """A signal would be judged before its time, or never."""
    tables.ledger.add(ROW)
    assert tables.ledger.due(NOW + 9) == tables.ledger.due_at(PLACE, NOW + 9) == []
    assert tables.ledger.due(NOW + 10) == [PLACE]
    assert tables.ledger.due_at(PLACE, NOW + 10) == [ROW]
    assert tables.ledger.due_at(replace(PLACE, exchange="kraken"), NOW + 10) == []
    tables.ledger.judge([judged(ROW)])
    assert tables.ledger.due(NOW + 10) == tables.ledger.due_at(PLACE, NOW + 10) == []
    assert kept(tables) == [judged(ROW)]
    assert tables.ledger.ended_since(NOW + 19) == [judged(ROW)]
    assert tables.ledger.ended_since(NOW + 20) == []


def test_what_is_judged_stays_so(tables):
    """A signal that was right would be made wrong by a later look."""
    tables.ledger.add(ROW)
    tables.ledger.judge([judged(ROW)])
    tables.ledger.judge([judged(ROW, came_true=0)])
    assert kept(tables) == [judged(ROW)]


def test_what_is_unknown_is_never_counted(tables):
    """Delisted coins would count as hits or as misses."""
    tables.ledger.add(ROW)
    tables.ledger.judge([replace(ROW, state=UNKNOWN, judged_at=NOW + 20)])
    assert (tables.ledger.tallies(ALL), tables.ledger.due(NOW + 99)) == ([], [])
    assert [tables.ledger.count(state, ALL) for state in (OPEN, JUDGED, UNKNOWN)] == [0, 0, 1]


def test_it_is_kept_for_three_years(tables, store):
    """What became of the signals would be forgotten with the conversations."""
    tables.ledger.add(ROW)
    store.trim(NOW + KEPT_SECONDS + 1000 * DAY)
    assert kept(tables) == [ROW]
    store.trim(NOW + 1096 * DAY)
    assert kept(tables) == []


def test_what_came_of_them_is_counted_by_source_and_confidence(tables):
    """/record would say of one model what another one did."""
    moves = (("BUY", 102.0, 1), ("SELL", 103.0, 0), ("HOLD", 150.0, 0))
    for i, (signal, price, true) in enumerate(moves):
        shown = replace(ROW, candle=i, signal=signal, chance=None if i else 0.4)
        tables.ledger.add(shown, replace(shown, source="glm", confidence="High"))
        tables.ledger.judge([replace(judged(shown, true), judged_price=price)])
    (found,) = tables.ledger.tallies(ALL)
    assert found == Tally("rules", "Low", 3, 1, 1, 0.4, found.move)
    assert abs(found.move - (0.02 - 0.03) / 2) < 1e-9
    assert tables.ledger.tallies(Scope(("BTC/USDT", "ETH/USDT"), "4h")) == [found]
    assert tables.ledger.tallies(Scope(("ETH/USDT",))) == tables.ledger.tallies(Scope((), "1h"))
    assert tables.ledger.count(OPEN, Scope(("BTC/USDT",))) == 3
    # Where chance is not known there is nothing to compare with.
    assert tables.ledger.past("BTC/USDT", "4h", "BUY", "rules") == Past(1, 1, 0.4)
    assert tables.ledger.past("BTC/USDT", "4h", "SELL", "rules") == Past()


def test_a_large_ledger_is_read_in_pages(tables, monkeypatch):
    """The file would lack rows, or have some twice, where one page ends."""
    monkeypatch.setattr("engram.storage.watch.ledger_table.PAGE", 2)
    rows = [replace(ROW, candle=i, at=NOW + i // 3) for i in range(11)]
    tables.ledger.add(*rows)
    assert kept(tables) == rows
    assert list(tables.ledger.latest(2, ALL)) == rows[9:]
    assert list(tables.ledger.latest(99, Scope(("ETH/USDT",)))) == []


def test_a_panel_finds_its_signals_by_an_index(tables, store, monkeypatch):
    """Each panel would wait until three years of signals are read."""
    asked, read = [], store.read
    monkeypatch.setattr(store, "read", lambda *what, kinds: asked.append(what) or [])
    tables.ledger.past("BTC/USDT", "4h", "BUY", "rules")
    ((sql, *values),) = asked
    plan = " ".join(row[3] for row in read(f"EXPLAIN QUERY PLAN {sql}", *values))
    assert "SEARCH ledger USING INDEX ledger_market" in plan


def test_what_is_ready_counts_once_it_is_shown(tables):
    """A digest's signals would be in no ledger, or those that nobody ever saw would be."""
    table, later = tables.ledger, replace(ROW, candle=2000, price=101.0, at=NOW + 1)
    table.prepare(ROW)
    assert (kept(tables), table.symbols(), table.due(NOW + 99)) == ([], [], [])
    table.prepare(later)
    table.show([(PLACE, ROW.candle), (PLACE, later.candle)], NOW + 5)
    assert kept(tables) == [replace(later, at=NOW + 5)]
    table.prepare(replace(later, price=1.0))
    table.show([(PLACE, later.candle)], NOW + 6)
    assert kept(tables) == [replace(later, at=NOW + 5)]


def test_what_is_ready_may_be_shown_by_somebody_else_first(tables):
    """A signal that /analyze shows as well would not count at all."""
    tables.ledger.prepare(ROW)
    tables.ledger.add(replace(ROW, at=NOW + 1, price=1.0))
    assert kept(tables) == [replace(ROW, at=NOW + 1)]
    assert tables.ledger.due(NOW + 10) == [PLACE]


def test_signals_of_one_horizon_are_not_apart(tables):
    """Ten looks on one lucky day would look like ten proofs."""
    hour, hours = 3_600_000, (0, 1, 3, 4, 7, 8, 12)
    for symbol in ("BTC/USDT", "ETH/USDT"):
        for opened in hours:
            shown = replace(
                ROW, symbol=symbol, timeframe="1h", horizon=4,
                candle=round(NOW * 1000) // (4 * hour) * 4 * hour + opened * hour,
            )  # fmt: skip
            shown = replace(shown, due=shown.candle / 1000 + 5 * 3600)
            tables.ledger.add(shown)
            tables.ledger.judge([judged(shown)])
    (found,) = tables.ledger.tallies(ALL)
    assert (found.given, found.apart) == (14, 8)
