"""The events of an answer -> messages on screen."""

import threading

import pytest

from engram.events import Finished, Panel, Progress, Stage, TextDelta
from engram.telegram import live as live_module
from engram.telegram.egress import Egress, UndeliverableError
from engram.telegram.incoming import Incoming
from engram.telegram.live import LiveMessage, Typing
from tests.doubles.telegram import TOKEN

CHAT, GROUP = 5, -100


@pytest.fixture
def egress(telegram):
    """The way to the double."""
    return Egress(TOKEN, telegram.url)


def show(egress, question, *events):
    LiveMessage(egress, question).show(event for event in events)


def test_the_answer_is_sent_with_its_formatting(egress, telegram):
    """People would read asterisks."""
    question = Incoming(1, CHAT, telegram.say(CHAT, "hi"), "hi")
    answer = Finished("**Up**", "lmstudio", markdown=True)
    show(egress, question, Progress(Stage.THINKING), TextDelta("**U"), answer)
    (shown,) = telegram.screen(CHAT)
    assert (shown.text, shown.entities[0]["type"]) == ("Up", "bold")
    assert shown.reply_to is None


def test_in_a_group_the_answer_is_a_reply_in_the_same_topic(egress, telegram):
    """Nobody could tell whom the bot answers."""
    asked = telegram.say(GROUP, "/x", chat_type="supergroup", thread_id=3)
    question = Incoming(1, GROUP, asked, "/x", is_group=True, topic=3)
    show(egress, question, Finished("hi", "mock"))
    (shown,) = telegram.screen(GROUP)
    assert (shown.reply_to, shown.thread_id) == (asked, 3)


def test_the_answer_arrives_also_when_its_question_was_deleted(egress, telegram):
    """Deleting a question would make the answer to it an error."""
    asked = telegram.say(GROUP, "/x", chat_type="supergroup")
    telegram.delete(GROUP, asked)
    show(egress, Incoming(1, GROUP, asked, "/x", is_group=True), Finished("hi", "mock"))
    assert telegram.wait_for_text(GROUP, "hi")


def test_a_long_answer_continues_in_further_messages(egress, telegram):
    """The end of a long answer would be missing."""
    question = Incoming(1, CHAT, telegram.say(CHAT, "hi"), "hi")
    show(egress, question, Finished("line of text\n" * 700, "lmstudio"))
    assert len(telegram.screen(CHAT)) == 3


def test_an_answer_whose_form_is_refused_is_sent_as_plain_text(egress, telegram):
    """A mistake in the formatting would cost the answer."""
    question = Incoming(1, CHAT, telegram.say(CHAT, "hi"), "hi")
    telegram.fail("sendMessage", 400, "Bad Request: can't parse entities")
    show(egress, question, Finished("**Up**", "lmstudio", markdown=True))
    (shown,) = telegram.screen(CHAT)
    assert (shown.text, shown.entities) == ("**Up**", ())


def test_a_person_who_blocked_the_bot_is_left_alone(egress, telegram):
    """The bot would try to reach them for ever."""
    question = Incoming(1, CHAT, telegram.say(CHAT, "hi"), "hi")
    telegram.block(CHAT)
    with pytest.raises(UndeliverableError):
        show(egress, question, Finished("hi", "mock"))


PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def test_the_panel_is_a_photo_with_its_text_and_the_model_follows(egress, telegram):
    """The chart would be missing, or come after the text."""
    question = Incoming(1, CHAT, telegram.say(CHAT, "/analyze BTC"), "/analyze BTC")
    show(egress, question, Panel("panel", lambda: PNG), Finished("Up", "lmstudio"))
    photo, text = telegram.screen(CHAT)
    assert (photo.photo, photo.caption, text.text) == (PNG, "panel", "Up")


def test_a_panel_that_is_the_answer_gets_its_note_by_edit(egress, telegram):
    """The same figures would be on screen twice."""
    question = Incoming(1, CHAT, telegram.say(CHAT, "/analyze BTC"), "/analyze BTC")
    done = Finished("panel\n\nnote", "mock", completes_panel=True)
    show(egress, question, Panel("panel", lambda: PNG), done)
    (photo,) = telegram.screen(CHAT)
    assert (photo.caption, photo.edits) == ("panel\n\nnote", 1)


def test_without_a_chart_the_panel_is_text(egress, telegram):
    """A fault in the picture would cost the analysis."""
    question = Incoming(1, CHAT, telegram.say(CHAT, "/analyze BTC"), "/analyze BTC")
    done = Finished("panel\n\nnote", "mock", completes_panel=True)
    show(egress, question, Panel("panel", lambda: None), done)
    (shown,) = telegram.screen(CHAT)
    assert shown.text == "panel\n\nnote"


def test_a_caption_that_is_too_long_continues_below(egress, telegram):
    """Telegram would refuse the photo."""
    question = Incoming(1, CHAT, telegram.say(CHAT, "/analyze BTC"), "/analyze BTC")
    show(egress, question, Panel("line\n" * 400, lambda: PNG), Finished("Up", "lmstudio"))
    photo, rest, last = telegram.screen(CHAT)
    assert photo.caption.count("line") + rest.text.count("line") == 400
    assert last.text == "Up"


def test_typing_is_kept_up_while_an_answer_is_made(monkeypatch):
    """After five seconds the bot would look dead."""
    monkeypatch.setattr(live_module, "TYPING_SECONDS", 0.01)
    sent, enough = [], threading.Event()

    def send(chat):
        sent.append(chat)
        if sent.count(CHAT) >= 3 and GROUP in sent:
            enough.set()
        if len(sent) == 1:
            raise ConnectionError

    typing = Typing(send)
    with typing.shown(CHAT), typing.shown(GROUP):
        assert enough.wait(5)
    assert typing._chats == {}
