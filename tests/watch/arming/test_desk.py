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
    first, both = desk.identity(rows[:1], "a"), desk.identity(rows, "a")
    assert (first.startswith("message/1/"), both.startswith("message/2/")) == (True, True)
    assert desk.identity(rows, "a") == both


def test_two_edits_of_one_second_are_two():
    """The second of them would get the answer to the first, and arm nothing."""
    store = Store(None)
    desk = make_desk(store, make_source())
    rows = Inbox(store).receive([Arrived({"update_id": 1}, "edited_message/7/1/5")])
    assert desk.identity(rows, "/alert BTC > 1") != desk.identity(rows, "/alert BTC > 2")


def test_what_is_no_update_is_always_new():
    """In the terminal a second alert would be taken for the first."""
    desk = make_desk(Store(None), make_source())
    assert len({desk.identity((), ""), desk.identity((), ""), desk.identity([99], "")}) == 3
