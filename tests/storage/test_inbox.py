"""Questions that are not answered yet."""

import pytest

from engram.storage.inbox import Arrived, Entry, Inbox, with_reply
from engram.storage.store import Store, put


def update(number, text="hi", **named):
    return Arrived({"update_id": number, "message": {"text": text}}, **named)


def written(number, message, checksum):
    return update(number, message=message, checksum=checksum)


@pytest.fixture
def inbox(store):
    return Inbox(store)


def left(inbox):
    return [entry.update["update_id"] for entry in inbox.unfinished()]


def tries(inbox):
    return [entry.tries for entry in inbox.unfinished()]


def test_an_update_that_comes_again_is_ignored(inbox):
    """A message that Telegram delivers twice would be answered twice."""
    assert inbox.receive([update(1), update(2)]) == [1, 2]
    assert inbox.receive([update(2), update(3)]) == [None, 3]
    inbox.sent(1)
    assert inbox.receive([update(1)]) == [None]
    assert inbox.receive([]) == []


def test_a_known_number_with_another_identity_is_another_update(inbox):
    """For a month Engram would be deaf to numbers that it has heard, once they begin anew."""
    assert inbox.receive([update(n, identity=f"a{n}") for n in (5, 6)]) == [5, 6]
    again = [update(n, f"new {n}", identity=f"b{n}") for n in (5, 6, 7)]
    assert inbox.receive(again) == [7, 8, 9]
    assert inbox.receive(again) == [None] * 3
    assert inbox.receive([update(8, "x", identity="c8"), update(8, "x", identity="c8")]) == [
        10,
        None,
    ]
    for row in (5, 6, 10):
        inbox.sent(row)
    found = inbox.unfinished()
    assert [(one.row, one.update["message"]["text"]) for one in found] == [
        (7, "new 5"),
        (8, "new 6"),
        (9, "new 7"),
    ]


def test_what_comes_after_lower_numbers_is_answered_later(inbox, monkeypatch):
    """After a crash the newest question would be answered first."""
    now = iter([1000.0, 1001.0])
    monkeypatch.setattr("engram.storage.inbox.time.time", lambda: next(now))
    inbox.receive([update(800_000_000)])
    inbox.receive([update(7)])
    assert left(inbox) == [800_000_000, 7]


def test_what_an_earlier_version_kept_is_known_by_its_message(inbox, store):
    """After an update of Engram a message would be answered twice, or a new one not at all."""
    inbox.receive([written(5, "7/1", 1), update(6)])
    store.write("UPDATE inbox SET identity = NULL")
    again = [written(5, "7/1", 1), update(6), written(6, "8/2", 1)]
    assert inbox.receive(again) == [None, None, None]
    assert inbox.receive([written(5, "8/1", 1), update(5, identity="press")]) == [7, 8]


def test_what_is_not_done_is_found_after_a_crash_oldest_first(tmp_path):
    """A question that was asked just before a crash would never be answered."""
    first = Store(tmp_path / "engram.db")
    inbox = Inbox(first)
    inbox.receive([update(4, "first"), update(9, "second"), update(12, "done")])
    inbox.begin(9)
    inbox.shown([9], 70, [71, 72])
    inbox.sent(12)
    # No `close`: the process was killed.
    second = Store(tmp_path / "engram.db")
    found = Inbox(second).unfinished()
    assert [entry.update["message"]["text"] for entry in found] == ["first", "second"]
    assert found[1] == Entry(
        9, update(9, "second").update, found[1].at, 70, (71, 72), has_begun=True, tries=1
    )
    first.close()
    second.close()


def test_tries_are_counted_also_over_restarts(tmp_path):
    """A message that ends the process would do so for ever."""
    for count in range(4):
        store = Store(tmp_path / "engram.db")
        inbox = Inbox(store)
        inbox.receive([update(1)])
        assert tries(inbox) == [count]
        inbox.begin(1)
        store.close()


def test_an_end_on_purpose_is_no_try(inbox):
    """Three restarts during a long answer would cost the answer."""
    inbox.receive([update(1), update(2)])
    for _ in range(5):
        inbox.begin(1)
        assert tries(inbox) == [1, 0]
        inbox.release()
    assert tries(inbox) == [0, 0]


def test_what_is_done_keeps_nothing_of_what_was_written(inbox, store):
    """The file would be a diary of everybody's questions."""
    inbox.receive([update(1, "my secret plan")])
    assert inbox.depth == 1
    inbox.sent(1)
    assert (left(inbox), inbox.depth) == ([], 0)
    assert store.read("SELECT body FROM inbox") == [("",)]


def test_the_pieces_of_one_message_are_answered_together(inbox, store):
    """A crash in between would leave a piece of a question to be answered by itself."""
    inbox.receive([update(1), update(2), update(3)])
    inbox.begin(1, 2)
    inbox.begin(2, 3)
    assert tries(inbox) == [1, 2, 1]
    inbox.shown([1, 2], 7, [8])
    assert (
        store.read("SELECT panel, messages, state FROM inbox WHERE update_id < 3")
        == [(7, "[8]", "answering")] * 2
    )
    inbox.sent(1, 2)
    assert left(inbox) == [3]
    inbox.sent()
    inbox.begin()
    assert left(inbox) == [3]


def test_the_last_text_of_a_message_is_known_by_a_number(inbox):
    """A reaction to a message would ask it again, after a restart or at once."""
    assert inbox.checksum("5/7") is None
    inbox.receive([written(1, "5/7", 11), written(2, "5/8", 12)])
    inbox.sent(1)
    inbox.receive([written(3, "5/7", 13)])
    assert [inbox.checksum("5/7"), inbox.checksum("5/8")] == [13, 12]


def test_what_is_done_is_known_after_a_crash_with_its_reply(inbox, store):
    """What an update did would be done again, or its reply be lost."""
    inbox.receive([update(1), update(2), update(3, reply="paired")], put("owner", "5"))
    store.write_all(put("chosen", "big"), with_reply([1], "Chosen."))
    inbox.note([2], "Stopped.")
    assert [one.reply for one in inbox.unfinished()] == ["Chosen.", "Stopped.", "paired"]
    assert (store.get("owner"), store.get("chosen")) == ("5", "big")
    inbox.note([2], None)
    inbox.sent(1, 3)
    assert store.read("SELECT reply FROM inbox") == [(None,)] * 3


def test_a_full_disk_lets_messages_through(inbox, store):
    """The bot would fall silent because it cannot take notes."""
    inbox.receive([update(1)])
    (pages,) = store.read("PRAGMA page_count")[0]
    store.write(f"PRAGMA max_page_count = {pages}")
    big = update(2, "x" * 100_000)
    assert inbox.receive([big]) == [2]
    assert "make room" not in store.trouble
    assert "disk is full" in store.trouble
    for change in (inbox.begin, inbox.sent):
        change(2)
    assert left(inbox) == [1]


def test_without_a_file_it_works_in_memory():
    """A read-only disk would silence the bot."""
    inbox = Inbox(Store(None))
    assert inbox.receive([update(1)]) == [1]
    assert left(inbox) == [1]
