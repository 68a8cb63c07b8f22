"""What cannot be watched."""

from engram.storage.outbox import NOTICE, Outgoing
from engram.storage.watch.away_table import Away
from tests.storage.watch.conftest import NOW

GONE = Away("7", "binance", "BTC/USDT", "could not be reached", NOW)
BACK = Outgoing("7", NOTICE, "Binance answers again")


def test_a_chat_is_told_once_that_something_is_away(tables):
    """An exchange that is away for a day would be told at each look, and after each restart."""
    for _ in range(2):
        tables.write(*tables.away.gone(GONE, Outgoing("7", NOTICE, "Binance is away")))
    assert tables.away.all() == [GONE]
    assert tables.outbox.depth == 1


def test_a_chat_is_told_once_that_it_is_back(tables):
    """Somebody would wait for an exchange that has answered for hours."""
    tables.write(*tables.away.gone(GONE, Outgoing("7", NOTICE, "Binance is away")))
    for _ in range(2):
        tables.write(*tables.away.back(GONE, BACK, NOW + 60))
    assert (tables.away.all(), tables.outbox.depth) == ([], 2)


def test_another_reason_is_kept_and_told_nobody(tables):
    """A list of alerts would name a reason that has passed."""
    tables.write(*tables.away.gone(GONE, Outgoing("7", NOTICE, "Binance is away")))
    tables.write(tables.away.because(GONE, "does not list it any more"))
    assert [one.reason for one in tables.away.all()] == ["does not list it any more"]
    assert tables.outbox.depth == 1
