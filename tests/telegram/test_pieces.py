"""Which messages are one, and how long that is waited for."""

import threading
import time

import pytest

from engram.core.attachments import Attachment
from engram.core.text.surrogates import utf16_length
from engram.storage.inbox import Arrived, Inbox
from engram.storage.store import Store
from engram.telegram import pieces as pieces_module
from engram.telegram.files.reading import Brought
from engram.telegram.incoming import Incoming, MessageKind, Quotation
from engram.telegram.job import Job
from engram.telegram.pieces import LONG, PIECES, WAIT, Pieces
from tests.conftest import wait_until
from tests.machine_speed import ends, within

LONG_TEXT = "x" * LONG
ANN, BEN = 51, 52
PICTURE, OTHER = (Brought((Attachment(ref),), f"unique-{ref}") for ref in ("one", "two"))


class Bench:
    """Pieces, and the messages that are released."""

    def __init__(self):
        self.released = []
        self.inbox = Inbox(Store(None))
        self.is_cut_off = False
        self.pieces = Pieces(self.released.append, lambda: self.is_cut_off)
        self.thread = threading.Thread(target=self.pieces.watch, daemon=True)
        self._count = 0

    def say(self, text, **more):
        """Put a message of Ann's in; returns its job."""
        self._count += 1
        job = Job(a_message(self._count, text, **more), self.inbox, received=0)
        self.inbox.receive([Arrived({"update_id": self._count})])
        self.pieces.put(job)
        return job

    @property
    def texts(self):
        return [job.incoming.text for job in self.released]


def a_message(number, text, **more):
    length = utf16_length(text or "")
    return Incoming(number, 5, number, text, **{"sender": ANN, "length": length, **more})


@pytest.fixture
def bench():
    """Pieces whose thread is started by hand; without it nothing waits in vain."""
    made = Bench()
    yield made
    made.pieces.stop()
    if made.thread.is_alive():
        assert ends(made.thread, 5)


def test_an_ordinary_message_is_released_at_once(bench):
    """Every answer would come a second later."""
    job = bench.say("hi")
    assert bench.released == [job]
    assert not bench.pieces.awaits(job.incoming.author)


def test_a_long_text_waits_a_second_for_what_follows(bench):
    """The first half of a paste would be answered by itself, or never."""
    bench.thread.start()
    began = time.monotonic()
    job = bench.say(LONG_TEXT)
    assert bench.released == []
    assert bench.pieces.awaits(job.incoming.author)
    wait_until(lambda: bench.released, WAIT + 5)
    assert time.monotonic() - began >= WAIT
    assert not bench.pieces.awaits(job.incoming.author)


def test_while_telegram_cannot_be_read_what_follows_is_awaited_longer(bench, monkeypatch):
    """A paste during a hiccup of the network would be two questions, or wait for ever."""
    monkeypatch.setattr(pieces_module, "LATEST", 3 * WAIT)
    bench.is_cut_off = True
    bench.thread.start()
    bench.say(LONG_TEXT)
    time.sleep(2 * WAIT)
    bench.say("the end")
    assert bench.texts == [f"{LONG_TEXT}\nthe end"]
    bench.say(LONG_TEXT)
    wait_until(lambda: bench.texts[1:] == [LONG_TEXT], 3 * WAIT + 5)


def test_the_late_parts_of_an_album_are_no_message_of_their_own(bench):
    """A slow upload would have each half of the album described by itself."""
    for text in (None, "what is it?"):
        bench.say(text, album="9")
    bench.say("hi")
    rest = [bench.say(None, album="9") for _ in range(2)]
    bench.say("and this?", album="10")
    assert bench.texts == ["what is it?", "hi"]
    bench.say("look", album="9")
    bench.say("bye")
    assert bench.texts == ["what is it?", "hi", "and this?", "look", "bye"]
    open_rows = {entry.update["update_id"] for entry in bench.inbox.unfinished()}
    assert open_rows.isdisjoint(job.incoming.update_id for job in rest)


def test_a_paste_is_one_message_once_its_end_has_come(bench):
    """A person who pastes a page would get an answer to each third of it."""
    for text in (LONG_TEXT, LONG_TEXT, "the end"):
        bench.say(text)
    assert bench.texts == [f"{LONG_TEXT}\n{LONG_TEXT}\nthe end"]
    bench.say("next")
    assert bench.texts[1:] == ["next"]
    bench.released[0].done()
    assert [entry.update["update_id"] for entry in bench.inbox.unfinished()] == [4]


def test_an_album_is_one_message_wherever_its_caption_is(bench):
    """Ten photos would be answered ten times."""
    for text in (None, "what is it?", None):
        bench.say(text, album="9", is_caption=bool(text))
    assert bench.texts == []
    bench.say(None, album="10")
    bench.say("hi")
    assert bench.texts == ["what is it?", None, "hi"]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"sender": BEN}, "b"),
        ({"chat_id": 6}, "b"),
        ({"topic": 3}, "b"),
    ],
)
def test_what_others_say_and_what_is_said_elsewhere_is_no_piece(bench, more, text):
    """Two people's words would be one question."""
    bench.say(LONG_TEXT)
    bench.pieces.put(Job(replaced(a_message(2, text), **more), bench.inbox, received=0))
    assert bench.texts == [text]
    bench.say("the end")
    assert bench.texts[1:] == [f"{LONG_TEXT}\nthe end"]


def replaced(incoming, **more):
    return Incoming(**{name: getattr(incoming, name) for name in incoming.__slots__} | more)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("/stop", {}),
        ("/STATUS@engram_bot", {}),
        (None, {}),
        ("look", {"is_caption": True}),
        ("look", {"album": "9"}),
        ("b", {"replies_to": 3}),
        ("b", {"quotation": Quotation("x")}),
        ("b", {"date": 1_700_000_003}),
        ("b", {"date": 1_699_999_990}),
    ],
)
def test_what_cannot_be_the_rest_of_a_paste_is_a_message_of_its_own(bench, text, more):
    """A command would be a part of a question, or a later question a part of an earlier one."""
    bench.say(LONG_TEXT, date=1_700_000_000)
    bench.say(text, **{"date": 1_700_000_000, **more})
    assert bench.texts[0] == LONG_TEXT
    assert bench.texts[1:] in ([text], [])


@pytest.mark.parametrize(
    ("text", "first", "more"),
    [
        ("/usr/bin is a folder", {}, {}),
        ("b", {"replies_to": 3}, {"replies_to": 3}),
        ("b", {"quotation": Quotation("x")}, {"quotation": Quotation("x")}),
        ("b", {"date": 1_700_000_000}, {"date": 1_700_000_001}),
        ("", {}, {}),
    ],
)
def test_what_can_be_the_rest_of_a_paste_is(bench, text, first, more):
    """A paste would be torn apart by what its pieces say."""
    bench.say(LONG_TEXT, **first)
    bench.say(text, **more)
    assert len(bench.released) == 1
    assert len(bench.released[0].pieces) == 2


def test_a_picture_without_words_waits_a_second_for_its_question(bench):
    """A picture would be described, and the question about it asked without it."""
    bench.thread.start()
    job = bench.say(None, brings=PICTURE)
    assert bench.released == []
    assert bench.pieces.awaits(job.incoming.author)
    bench.say("what is it?")
    (asked,) = bench.released
    assert (asked.incoming.text, asked.incoming.brings.attachments) == (
        "what is it?",
        PICTURE.attachments,
    )
    began = time.monotonic()
    alone = bench.say(None, brings=OTHER)
    wait_until(lambda: bench.released[1:] == [alone], WAIT + 5)
    assert time.monotonic() - began >= WAIT
    assert alone.incoming.is_wordless


@pytest.mark.parametrize(
    ("text", "first", "more"),
    [
        ("what is it?", {"album": "9"}, {}),
        # In a group the question names the bot, and the picture does not.
        ("what is it?", {"is_addressed": False}, {}),
        ("what is it?", {}, {"is_addressed": False}),
        # In reply to the picture itself.
        ("what is it?", {}, {"brings": Brought(PICTURE.attachments)}),
        ("what is it?", {"date": 1_700_000_000}, {"date": 1_700_000_002}),
    ],
)
def test_the_words_after_a_picture_are_about_it(bench, text, first, more):
    """A question would be asked without its picture."""
    bench.say(None, brings=PICTURE, **first)
    bench.say(text, **more)
    (asked,) = bench.released
    assert (asked.incoming.text, asked.incoming.is_addressed) == (text, True)
    assert asked.incoming.brings.attachments == PICTURE.attachments
    assert len(asked.pieces) == 2


@pytest.mark.parametrize(
    ("first", "text", "more"),
    [
        ({}, "/stop", {}),
        ({}, "/analyze BTC", {}),
        ({}, None, {"brings": OTHER}),
        ({}, "and that", {"brings": OTHER, "is_caption": True}),
        ({}, "and that?", {"brings": OTHER}),
        ({}, "what of it?", {"replies_to": 3}),
        ({}, "what of it?", {"quotation": Quotation("x")}),
        ({}, "what is it?", {"date": 1_700_000_003}),
        ({}, "what is it?", {"sender": BEN}),
        # It has its question.
        ({"text": "what is it?", "is_caption": True}, "hi", {}),
        ({"text": "what is it?", "is_caption": True, "album": "9"}, "hi", {}),
        # What cannot be read waits for no question.
        ({"brings": Brought(has_unread=True)}, "hi", {}),
    ],
)
def test_what_is_not_about_a_picture_is_a_message_of_its_own(bench, first, text, more):
    """A command would be a question, or a question be about the wrong picture."""
    said = {"text": None, "brings": PICTURE, "date": 1_700_000_000, **first}
    picture = bench.say(said.pop("text"), **said)
    other = bench.say(text, **{"date": 1_700_000_000, **more})
    bench.thread.start()
    wait_until(lambda: len(bench.released) == 2, WAIT + 5)
    assert set(bench.released) == {picture, other}


def test_the_late_parts_of_an_album_with_a_question_are_no_message_of_their_own(bench):
    """The rest of a slow upload would be described after the album was asked about."""
    bench.say(None, album="9", brings=PICTURE)
    bench.say("what are they?")
    late = bench.say(None, album="9", brings=OTHER)
    bench.say("hi")
    assert bench.texts == ["what are they?", "hi"]
    open_rows = {entry.update["update_id"] for entry in bench.inbox.unfinished()}
    assert late.incoming.update_id not in open_rows


def test_a_picture_has_its_pasted_question_to_the_end(bench):
    """Of a long question about a picture only the first piece would be asked."""
    bench.say(None, brings=PICTURE)
    bench.say(LONG_TEXT)
    bench.say("the end")
    assert bench.texts == [f"{LONG_TEXT}\nthe end"]
    assert bench.released[0].incoming.brings.attachments == PICTURE.attachments


def test_a_caption_that_is_added_while_a_picture_waits_is_its_question(bench):
    """Whoever adds the caption a moment later would get a description."""
    bench.thread.start()
    bench.say(None, brings=PICTURE)
    edited = replaced(
        a_message(1, "what is it?", brings=PICTURE), update_id=9, kind=MessageKind.EDIT
    )
    assert bench.pieces.correct(Job(edited, bench.inbox, received=0))
    wait_until(lambda: bench.texts == ["what is it?"], WAIT + 5)


def test_what_was_answered_by_itself_before_a_crash_stays_by_itself(bench):
    """An answer would be left half on screen."""
    for number, messages in ((1, (8,)), (2, (9,))):
        job = Job(a_message(number, LONG_TEXT), bench.inbox, received=0, messages=messages)
        bench.pieces.put(job)
    assert [job.messages for job in bench.released] == [(8,)]


def test_an_edit_of_a_piece_that_waits_changes_it(bench):
    """The answer would be to the words with the typo."""
    bench.say(LONG_TEXT)
    edited = replaced(a_message(1, "y" * LONG), update_id=9, kind=MessageKind.EDIT)
    assert bench.pieces.correct(Job(edited, bench.inbox, received=0))
    other = replaced(edited, message_id=7)
    assert not bench.pieces.correct(Job(other, bench.inbox, received=0))
    bench.say("the end")
    assert bench.texts == [f"{'y' * LONG}\nthe end"]


def test_a_piece_that_is_delivered_twice_is_read_once(bench):
    """The model would read a part of the paste twice."""
    bench.say(LONG_TEXT)
    again = replaced(a_message(1, LONG_TEXT), update_id=9)
    bench.pieces.put(Job(again, bench.inbox, received=0))
    bench.say("the end")
    assert bench.texts == [f"{LONG_TEXT}\nthe end"]


def test_a_flood_is_one_message_of_bounded_size(bench):
    """A script that pastes a book would fill the memory, or ask a hundred questions."""
    for _ in range(PIECES + 40):
        bench.say(LONG_TEXT)
    bench.say("the end")
    (job,) = bench.released
    assert job.is_cut
    assert len(job.pieces) == PIECES
    assert len(bench.inbox.unfinished()) == PIECES + 1
    job.done()
    assert bench.inbox.unfinished() == []
    bench.say("next")
    assert bench.texts[1:] == ["next"]


def test_a_bug_in_releasing_costs_only_that_message(bench, caplog):
    """All who paste something later would wait for ever."""
    failures = iter([ZeroDivisionError("a bug")])

    def release(job):
        for failure in failures:
            raise failure
        bench.released.append(job)

    bench.pieces._release = release
    bench.thread.start()
    bench.say(LONG_TEXT)
    wait_until(lambda: "stays in the inbox" in caplog.text, WAIT + 5)
    bench.say(LONG_TEXT)
    wait_until(lambda: bench.released, WAIT + 5)


def test_at_the_end_what_waits_stays_in_the_inbox(bench):
    """A question would be answered by a process that is about to end."""
    bench.thread.start()
    bench.say(LONG_TEXT)
    bench.pieces.stop()
    assert ends(bench.thread, 5)
    assert bench.released == []
    assert len(bench.inbox.unfinished()) == 1


def test_a_thousand_who_paste_at_once_are_released_in_their_order(bench):
    """The more people paste, the longer each of them would wait."""
    bench.thread.start()
    jobs = [bench.say(LONG_TEXT, sender=number) for number in range(1, 1001)]
    assert within(WAIT + 10, lambda moment: released(bench, 1000, moment))
    assert bench.released == jobs


def released(bench, count, moment):
    until = time.monotonic() + moment
    while len(bench.released) < count and time.monotonic() < until:
        time.sleep(0.01)
    return len(bench.released) == count
