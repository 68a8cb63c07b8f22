"""Signals that were shown, and what came of them."""

from dataclasses import replace

from engram.storage.store import KEPT_SECONDS
from engram.storage.watch.ledger_table import JUDGED, UNKNOWN, LedgerRow
from tests.storage.watch.conftest import NOW

ROW = LedgerRow(
    "binance", "BTC/USDT", "4h", 1000, "rules", "BUY", "Low", 100.0, 24, 0.01, 0.5, NOW, NOW + 10
)
DAY = 86_400.0


def judged(row, came_true=1):
    return replace(row, state=JUDGED, judged_price=110.0, judged_at=NOW + 20, came_true=came_true)


def test_a_signal_counts_once(tables):
    """Who looks at the same panel ten times would make it ten signals."""
    for price in (100.0, 101.0):
        tables.ledger.add(replace(ROW, price=price))
    tables.ledger.add(replace(ROW, source="glm"))
    found = {one.source: one for one in tables.ledger.all()}
    assert found == {"rules": ROW, "glm": replace(ROW, source="glm")}


def test_a_row_is_due_when_its_horizon_has_ended(tables):
    """A signal would be judged before its time, or never."""
    tables.ledger.add(ROW)
    assert tables.ledger.due(NOW + 9) == []
    assert tables.ledger.due(NOW + 10) == [ROW]
    tables.ledger.judge([judged(ROW)])
    assert tables.ledger.due(NOW + 10) == []
    assert tables.ledger.judged("BTC/USDT", "4h") == tables.ledger.judged() == [judged(ROW)]
    assert tables.ledger.judged("ETH/USDT") == tables.ledger.judged("BTC/USDT", "1h") == []
    assert tables.ledger.ended_since(NOW + 19) == [judged(ROW)]
    assert tables.ledger.ended_since(NOW + 20) == []


def test_what_is_judged_stays_so(tables):
    """A signal that was right would be made wrong by a later look."""
    tables.ledger.add(ROW)
    tables.ledger.judge([judged(ROW)])
    tables.ledger.judge([judged(ROW, came_true=0)])
    assert tables.ledger.judged() == [judged(ROW)]


def test_what_is_unknown_is_never_counted(tables):
    """Delisted coins would count as hits or as misses."""
    tables.ledger.add(ROW)
    tables.ledger.judge([replace(ROW, state=UNKNOWN, judged_at=NOW + 20)])
    assert (tables.ledger.judged(), tables.ledger.due(NOW + 99)) == ([], [])


def test_it_is_kept_for_three_years(tables, store):
    """What became of the signals would be forgotten with the conversations."""
    tables.ledger.add(ROW)
    store.trim(NOW + KEPT_SECONDS + 1000 * DAY)
    assert tables.ledger.all() == [ROW]
    store.trim(NOW + 1096 * DAY)
    assert tables.ledger.all() == []
