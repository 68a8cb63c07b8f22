"""What is said unasked, and kept until it has arrived."""

import pytest

from engram.core.errors import StoreError
from engram.core.events import Button
from engram.storage.outbox import ALERT, DIGEST, NOTICE, Outbox, Outgoing, adding
from engram.storage.store import Store

NOW = 1_795_339_800.0


@pytest.fixture
def outbox(store):
    return Outbox(store)


def texts(outbox, chat):
    """What is to be said in the chat, in its order, each as if it had arrived."""
    said = []
    while entry := outbox.next(chat):
        said.append(entry.outgoing.text)
        outbox.sent(entry.number, [1], NOW)
    return said


def test_a_message_is_kept_as_it_was_made(outbox, store, tmp_path):
    """What was to be told would come without its picture or its buttons after a restart."""
    buttons = ((Button("📈", "/open BTC/USDT 4h"), Button("✖", "/disarm 7")),)
    said = Outgoing("-100/7", ALERT, "BTC above 100", buttons, b"png", "alert for BTC", 7)
    outbox.add(said, NOW)
    assert outbox.arrived.is_set()
    store.close()
    again = Store(tmp_path / "engram.db")
    entry = Outbox(again).next("-100/7")
    assert (entry.outgoing, entry.at, entry.was_begun) == (said, NOW, False)
    again.close()


def test_messages_of_a_chat_come_in_their_order(outbox):
    """Somebody would read that an exchange is back before that it was away."""
    for number in range(5):
        outbox.add(Outgoing("7", NOTICE, f"{number}"), NOW)
        outbox.add(Outgoing("8", NOTICE, "other"), NOW)
    assert sorted(outbox.chats()) == ["7", "8"]
    assert texts(outbox, "7") == ["0", "1", "2", "3", "4"]
    assert (outbox.chats(), outbox.depth) == (["8"], 5)


def test_what_was_being_sent_is_sent_again_after_a_crash(outbox):
    """A crash in the moment of sending would lose what was to be told."""
    outbox.add(Outgoing("7", ALERT, "BTC above 100"), NOW)
    outbox.sending(outbox.next("7").number)
    entry = outbox.next("7")
    assert (entry.outgoing.text, entry.was_begun) == ("BTC above 100", True)


def test_what_can_never_arrive_holds_nothing_up(outbox):
    """One message that Telegram refuses would be the last one that the chat gets."""
    for text in ("refused", "next"):
        outbox.add(Outgoing("7", ALERT, text), NOW)
    outbox.failed(outbox.next("7").number, NOW)
    assert texts(outbox, "7") == ["next"]


def test_what_is_too_old_becomes_one_line_and_alerts_stay(outbox):
    """After a week away somebody would get seven digests, or lose an alert."""
    for kind, text in ((DIGEST, "a digest"), (ALERT, "an alert"), (NOTICE, "a notice")):
        outbox.add(Outgoing("7", kind, text, name=f"name of {text}"), NOW)
    outbox.add(Outgoing("7", DIGEST, "today's"), NOW + 90_000)
    merged = lambda names: Outgoing("7", "merged", " and ".join(names))  # noqa: E731
    assert outbox.merge_old("7", NOW + 10, merged, NOW + 90_000)
    assert not outbox.merge_old("7", NOW + 10, merged, NOW + 90_000)
    assert texts(outbox, "7") == ["an alert", "today's", "name of a digest and name of a notice"]


def test_nothing_is_added_where_nothing_has_changed(outbox, store):
    """Two processes that look in the same minute would both tell it."""
    change = ("UPDATE kept SET value = 'b' WHERE key = 'k' AND value = 'a'",)
    store.put("k", "a")
    for _ in range(2):
        store.write_all(change, adding(Outgoing("7", ALERT, "once"), NOW, if_changed=True))
    assert texts(outbox, "7") == ["once"]


def test_a_message_that_cannot_be_kept_is_an_error(outbox, store):
    """What is lost with the process would count as safe."""
    store.close()
    with pytest.raises(StoreError):
        outbox.add(Outgoing("7", NOTICE, "the disk is full"), NOW)


def test_messages_move_along_with_their_group(outbox, store):
    """A group that became a supergroup would never be told."""
    outbox.add(Outgoing("-77/3", ALERT, "BTC above 100"), NOW)
    store.moves.move(-77, -1001234567890)
    assert outbox.chats() == ["-1001234567890/3"]
    assert texts(outbox, "-77/3") == ["BTC above 100"]


@pytest.mark.parametrize("buttons", ["", "{", "7", "[[1]]", '[["a"]]', "null", "[[[1, 2]]]"])
def test_damaged_buttons_cost_no_message(outbox, store, buttons):
    """A damaged row would keep an alert from ever arriving."""
    outbox.add(Outgoing("7", ALERT, "BTC above 100"), NOW)
    store.write("UPDATE outbox SET buttons = ?", buttons)
    assert outbox.next("7").outgoing.text == "BTC above 100"


def test_a_picture_is_there_until_it_has_arrived(outbox):
    """A change of signal would come without its chart, or the file grow by every chart."""
    outbox.add(Outgoing("7", ALERT, "BTC", picture=b"png"), NOW)
    assert outbox.picture(1) == b"png"
    assert outbox.sent(1, [5], NOW)
    assert outbox.picture(1) is None


def test_parts_that_are_there_are_known_after_a_crash(outbox, store):
    """Somebody would get a chart again with the rest of its text."""
    outbox.add(Outgoing("7", ALERT, "BTC"), NOW)
    outbox.sending(1, [5, 6])
    assert outbox.next("7").messages == (5, 6)
    store.write("UPDATE outbox SET messages = '[5, null'")
    assert outbox.next("7").messages == ()


def test_what_cannot_be_noted_is_passed_over(outbox, store):
    """On a full disk the same alert would be sent for ever."""
    for text in ("one", "two"):
        outbox.add(Outgoing("7", ALERT, text), NOW)
    first = outbox.next("7").number
    store.close()
    assert not outbox.sent(first, [1], NOW)
    assert not outbox.failed(first, NOW)
    assert not outbox.merge_old("7", NOW + 10, lambda names: Outgoing("7", "merged", ""), NOW)


def test_the_next_one_comes_after_what_is_done(outbox):
    """On a full disk the same alert would be sent for ever."""
    for text in ("one", "two"):
        outbox.add(Outgoing("7", ALERT, text), NOW)
    assert outbox.next("7", 1).outgoing.text == "two"
    assert outbox.next("7", 2) is None


def test_what_names_a_chat_by_its_old_id_is_found(outbox, store):
    """An alert that fires in the moment in which its group grows would never be told."""
    store.moves.move(-7, -1001)
    store.write("INSERT INTO outbox (at, chat, kind, text) VALUES (1, '-7/3', 'alert', 'BTC')")
    assert outbox.chats() == ["-1001/3"]
    assert outbox.next("-1001/3").outgoing.chat == "-1001/3"
