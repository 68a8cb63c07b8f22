"""What people speak to."""

from engram.storage.inbox import Arrived, Inbox
from engram.storage.store import Store
from tests.conftest import make_desk, make_source


def test_an_update_is_known_by_its_latest_words():
    """An edit would be taken for the message that it changes, and arm nothing."""
    store = Store(None)
    desk = make_desk(store, make_source())
    kept = [Arrived({"update_id": number}, f"message/{number}") for number in (1, 2)]
    rows = Inbox(store).receive(kept)
    assert desk.identity(rows[:1]) == "message/1"
    assert desk.identity(rows) == "message/2"


def test_what_is_no_update_is_always_new():
    """In the terminal a second alert would be taken for the first."""
    desk = make_desk(Store(None), make_source())
    assert len({desk.identity(()), desk.identity(()), desk.identity([99])}) == 3
