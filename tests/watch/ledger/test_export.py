"""The ledger as a file for a spreadsheet."""

import csv
from dataclasses import replace

import pytest

from engram.storage.watch.ledger_table import JUDGED
from engram.watch.ledger.export import HEADER, as_csv
from tests.watch.ledger.conftest import NOW, row


def read(*rows):
    text, count = as_csv(rows)
    head, *lines = csv.reader(text.splitlines())
    assert (tuple(head), count) == (HEADER, len(lines))
    return [dict(zip(head, line, strict=True)) for line in lines]


def test_a_row_says_all_that_is_known():
    """Nobody could check what /record says."""
    judged = replace(row(), state=JUDGED, judged_price=98.0, judged_at=NOW + 15_000, came_true=0)
    open_, done = read(row(typical=None, chance=None), judged)
    assert done == {
        "exchange": "binance", "symbol": "BTC/USDT", "timeframe": "1h",
        "candle": "2026-11-22T08:00:00Z", "source": "rules", "signal": "BUY", "confidence": "Low",
        "price": "100.0", "horizon": "4", "typical_move": "0.01", "chance": "0.5",
        "shown_at": "2026-11-22T09:00:00Z", "due": "2026-11-22T13:00:00Z", "state": "judged",
        "judged_price": "98.0", "judged_at": "2026-11-22T13:10:00Z", "move": "-0.02",
        "came_true": "0",
    }  # fmt: skip
    unknown = ("typical_move", "chance", "judged_price", "judged_at", "move", "came_true")
    assert all(open_[name] == "" for name in unknown)


@pytest.mark.parametrize(
    "key", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"]
)
def test_no_cell_is_a_formula(key):
    """A model server could have a spreadsheet run what it likes on the trader's machine."""
    (found,) = read(row(source=key.strip("\r") or key))
    assert not found["source"].lstrip().startswith(tuple("=+-@＝"))


def test_a_name_with_commas_and_lines_stays_one_cell():
    """All columns behind it would be shifted."""
    text, count = as_csv([row(source='a,"b"')])
    assert count == 1
    assert next(csv.DictReader(text.splitlines()))["source"] == 'a,"b"'


@pytest.mark.parametrize("at", [1e30, -1e30, 1e15])
def test_a_time_of_no_calendar_is_empty(at):
    """A clock that was out of its mind for a moment would make the file impossible."""
    (found,) = read(replace(row(), at=at))
    assert found["shown_at"] == ""
