"""/record, by what people write behind it."""

from dataclasses import replace

import pytest

from engram.core.events import Finished
from engram.storage.store import Store
from engram.storage.watch.ledger_table import JUDGED, LedgerTable
from tests.conftest import make_assistant
from tests.watch.ledger.conftest import NOW, row


def answer(text, *rows):
    store = Store(None)
    LedgerTable(store).add(*rows)
    (event,) = make_assistant(store=store).reply("1", text)
    assert isinstance(event, Finished)
    return event


ROWS = [
    replace(one, state=JUDGED, judged_price=101.0, judged_at=NOW, came_true=1)
    for one in (row(0), row(1, symbol="PEPE/USDT"), replace(row(2), timeframe="4h"))
]
TITLE = "📒 What became of the signals"


@pytest.mark.parametrize(
    ("text", "about", "given"),
    [
        ("/record", "", 3),
        ("/record btc", " of BTC/USDT", 2),
        ("/record BTC 4h", " of BTC/USDT on 4h", 1),
        ("/record bitcoin 1 hour", " of BTC/USDT on 1h", 1),
        ("/record 1h", " on 1h", 2),
        ("/record $pepe", " of PEPE/USDT", 1),
        ("/record BTC PEPE", " of BTC/USDT, PEPE/USDT", 3),
    ],
)
def test_the_record_is_of_what_is_named(text, about, given):
    """A person would read the figures of another market; a delisted one could not be asked for."""
    said = answer(text, *ROWS)
    assert said.markdown
    assert said.text.startswith(f"{TITLE}{about} shown here\n\n```\n")
    assert f"\n{given:>5}  too few: needs 30\n" in said.text


@pytest.mark.parametrize("text", ["/record doge", "/record doge csv", "/record BTC xyz"])
def test_what_is_not_in_the_ledger_is_named(text):
    """A person would read the record of all markets in place of one that is not there."""
    said = answer(text, *ROWS)
    assert "doge" in said.text.lower() or "xyz" in said.text.lower()
    assert TITLE not in said.text
    assert said.file is None


@pytest.mark.parametrize(
    ("text", "lines"), [("/record csv", 4), ("/record CSV btc", 3), ("/record pepe 1h csv", 2)]
)
def test_the_file_has_what_is_named(text, lines):
    """A person would have to sort it out of the whole ledger."""
    said = answer(text, *ROWS)
    assert said.file.name == "ledger.csv"
    assert len(said.file.text.splitlines()) == lines


def test_an_empty_ledger_sends_no_file():
    """A person would open a file with nothing in it."""
    said = answer("/record csv")
    assert (said.file, said.text[:24]) == (None, "No signal has been shown")
