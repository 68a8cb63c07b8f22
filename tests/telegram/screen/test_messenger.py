"""One message at a time."""

import math
from dataclasses import replace

import pytest

from engram.core.events import Button
from engram.core.waits import finished
from engram.storage.store import Store
from engram.telegram.incoming import Destination
from engram.telegram.screen.messenger import Messenger
from engram.telegram.screen.render import Page
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.egress import Egress
from engram.telegram.sending.refusals import UndeliverableError
from engram.telegram.texts import NO_FILE
from tests.doubles.telegram import TOKEN

CHAT = 5
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
BUTTONS = ((Button("4h", "/analyze BTC 4h"),),)


class Desk:
    """A messenger, and the ids of what it has sent."""

    def __init__(self, telegram):
        telegram.say(CHAT, "hello")
        self.egress = Egress(BotApi(TOKEN, telegram.url), Store(None))
        self.messenger = Messenger(self.egress, Destination(CHAT))
        self.ids = []

    def send(self, page):
        finished(self.messenger.send(page, lambda number, _page: self.ids.append(number)))
        return self.ids[-1]


@pytest.fixture
def desk(telegram):
    return Desk(telegram)


def methods(telegram):
    return [call.method for call in telegram.calls if "Message" in call.method]


@pytest.mark.parametrize("chart", [PNG, None])
def test_a_page_is_sent_with_its_buttons(desk, telegram, chart):
    """A panel would be without its chart, or without the buttons for other timeframes."""
    number = desk.send(Page("Up", buttons=BUTTONS, chart=chart))
    (shown,) = telegram.screen(CHAT)
    assert (shown.message_id, shown.photo, shown.caption or shown.text) == (number, chart, "Up")
    assert shown.buttons == [("4h", "/analyze BTC 4h")]


def test_a_chart_that_stays_is_not_uploaded_again(desk, telegram):
    """Every note below a panel would cost the upload of its picture."""
    first = Page("panel", chart=PNG)
    number = desk.send(first)
    assert finished(desk.messenger.edit(number, Page("panel, and a note", chart=PNG), first))
    assert finished(desk.messenger.edit(number, Page("another", chart=PNG + b"2"), first))
    assert telegram.screen(CHAT)[0].photo == PNG + b"2"
    assert methods(telegram) == ["editMessageCaption", "editMessageMedia"]


def test_links_show_no_preview(desk, telegram):
    """A picture of some web page would stand below an answer that names it."""
    number = desk.send(Page("https://example.com"))
    finished(desk.messenger.edit(number, Page("https://example.com/2")))
    options = [str(call.params["link_preview_options"]) for call in telegram.calls]
    assert len(options) == 2
    assert all("is_disabled" in one for one in options)


def test_a_message_that_somebody_deleted_cannot_be_edited(desk, telegram):
    """The answer would count as shown, and nobody would see it."""
    number = desk.send(Page("one"))
    telegram.delete(CHAT, number)
    assert not finished(desk.messenger.edit(number, Page("two")))
    assert "deleteMessage" not in methods(telegram)


def test_a_message_that_is_too_old_to_be_edited_is_left_over(desk, telegram):
    """The beginning of an answer would stay above the whole of it, or go before that is there."""
    number = desk.send(Page("one"))
    telegram.fail("editMessageText", 400, "Bad Request: message can't be edited")
    assert not finished(desk.messenger.edit(number, Page("two")))
    assert telegram.texts(CHAT) == ["one"]
    assert finished(desk.messenger.clear())
    assert telegram.screen(CHAT) == []
    assert not finished(desk.messenger.clear())


def test_a_message_that_cannot_be_deleted_stays(desk, telegram):
    """An answer would fail because of an old message."""
    number = desk.send(Page("one"))
    telegram.fail("deleteMessage", 400, "Bad Request: message can't be deleted")
    finished(desk.messenger.delete(number))
    assert len(telegram.screen(CHAT)) == 1


@pytest.mark.parametrize("chart", [PNG, None])
def test_what_was_meant_for_a_topic_that_is_gone_comes_into_the_chat(desk, telegram, chart):
    """An answer would be lost with the topic of its question, or each part of it be refused."""
    moved = []
    telegram.say(CHAT, "hi", thread_id=3)
    telegram.delete_topic(CHAT, 3)
    where = Destination(CHAT, topic=3)
    messenger = Messenger(desk.egress, where, lambda: moved.append(True))
    bold = ({"type": "bold", "offset": 0, "length": 2},)
    for _ in range(2):
        finished(
            messenger.send(
                Page("Up", () if chart else bold, chart=chart),
                lambda number, _page: desk.ids.append(number),
            )
        )
    assert [shown.thread_id for shown in telegram.screen(CHAT)] == [None, None]
    assert [len(shown.entities) for shown in telegram.screen(CHAT)] == [0 if chart else 1] * 2
    assert len([call for call in telegram.calls if call.method.startswith("send")]) == 3
    assert (moved, messenger.destination.conversation) == ([True], str(CHAT))


@pytest.mark.parametrize("why", ["TOPIC_CLOSED", "not enough rights to send text messages"])
def test_a_chat_that_takes_nothing_is_given_up_after_ten_minutes(desk, telegram, rests, why):
    """A bot without the right to write would try forever, or never again."""
    telegram.fail("sendMessage", 400, f"Bad Request: {why}", times=math.inf)
    with pytest.raises(UndeliverableError, match=why):
        desk.send(Page("one"))
    assert 600 <= sum(rests) < 660


def test_an_edit_that_is_refused_for_long_makes_way_for_a_new_message(desk, telegram, rests):
    """An answer that could be sent anew would wait for ten minutes."""
    number = desk.send(Page("one"))
    telegram.fail("editMessageText", 400, "Bad Request: SOMETHING_NEW", times=math.inf)
    assert not finished(desk.messenger.edit(number, Page("two")))
    assert rests == [1, 2, 4, 8]
    assert desk.messenger.leftovers == [(number, CHAT)]


def test_a_refused_picture_or_formatting_is_left_out_at_once(desk, telegram, rests):
    """A group that takes no pictures would get no analysis, or one after ten minutes."""
    telegram.fail("sendPhoto", 413)
    telegram.fail("sendMessage", 400, "Bad Request: can't parse entities")
    bold = ({"type": "bold", "offset": 0, "length": 2},)
    shown = []
    page = Page("Up", bold, BUTTONS, PNG)
    finished(desk.messenger.send(page, lambda _number, said: shown.append(said)))
    assert shown == [Page("Up", (), BUTTONS)]
    assert telegram.texts(CHAT) == ["Up"]
    assert rests == [0, 0]


def test_a_caption_that_is_refused_for_a_moment_keeps_its_picture(desk, telegram, rests):
    """A panel would lose its chart, because no text can take the place of a picture."""
    page = Page("one", chart=PNG)
    number = desk.send(page)
    telegram.fail("editMessageCaption", 400, "Bad Request: SOMETHING_NEW")
    after = Page("two", chart=PNG)
    assert finished(desk.messenger.edit(number, after, replace(page, chart=after.chart))) == after
    telegram.fail("editMessageMedia", 400, "Bad Request: SOMETHING_NEW")
    again = Page("three", chart=PNG + b"1")
    assert finished(desk.messenger.edit(number, again)) == again
    (shown,) = telegram.screen(CHAT)
    assert (shown.message_id, shown.caption, shown.photo) == (number, "three", PNG + b"1")
    assert "there is no text in the message to edit" in telegram.violations.pop()


def test_where_no_files_are_allowed_that_is_said(desk, telegram, rests):
    """An answer would end in the line of the last resort, ten minutes later."""
    why = "Bad Request: not enough rights to send documents to the chat"
    telegram.fail("sendDocument", 400, why, times=math.inf)
    desk.send(Page("", file=("answer.md", "all of it")))
    assert telegram.texts(CHAT) == [NO_FILE]
    assert rests == [0]
