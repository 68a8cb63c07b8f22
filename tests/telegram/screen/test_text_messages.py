"""The messages with the text of one answer."""

import pytest

from engram.core.events import Button
from engram.core.waits import finished
from engram.storage.store import Store
from engram.telegram.incoming import Destination
from engram.telegram.screen.messenger import Messenger
from engram.telegram.screen.render import Page, pages
from engram.telegram.screen.text_messages import TextMessages
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.egress import Egress
from engram.telegram.sending.refusals import UndeliverableError
from tests.doubles.telegram import TOKEN

CHAT = 5
BOLD = Page("Up", ({"type": "bold", "offset": 0, "length": 2},))
BUTTONS = ((Button("⏹", "/stop"),),)


@pytest.fixture
def egress(telegram):
    """An egress to the double, where the chat is there."""
    telegram.say(CHAT, "hello")
    return Egress(BotApi(TOKEN, telegram.url), Store(None))


@pytest.fixture
def told():
    """The ids on screen after each change."""
    return []


@pytest.fixture
def messages(egress, told):
    return TextMessages(Messenger(egress, Destination(CHAT)), told.append)


def texts(telegram):
    return [shown.text for shown in telegram.screen(CHAT)]


def said(*parts):
    return [Page(part) for part in parts]


def test_only_what_is_new_is_sent(messages, telegram, told):
    """Each preview would cost as many calls as the answer has messages."""
    finished(messages.deliver(said("one", "two")))
    finished(messages.deliver(said("one", "two, longer", "three")))
    assert texts(telegram) == ["one", "two, longer", "three"]
    assert [shown.edits for shown in telegram.screen(CHAT)] == [0, 1, 0]
    assert [len(ids) for ids in told] == [1, 2, 3]


def test_one_step_is_one_call(messages, egress, telegram):
    """A preview would take more than its share of Telegram's limits."""
    wanted = said("one", "two")
    assert [finished(messages.step(wanted)) for _ in range(3)] == [True, True, False]


def test_messages_that_are_not_wanted_any_more_are_deleted(messages, telegram, told):
    """The end of a longer preview would stay below the answer."""
    finished(messages.deliver(said("one", "two", "three")))
    finished(messages.deliver(said("short")))
    assert texts(telegram) == ["short"]
    assert told[-1] == (telegram.screen(CHAT)[0].message_id,)


def test_a_message_that_cannot_be_deleted_costs_nothing(messages, telegram):
    """The answer would be missing because an old message is too old."""
    finished(messages.deliver(said("one", "two")))
    telegram.fail("deleteMessage", 400, "Bad Request: message can't be deleted")
    finished(messages.deliver(said("short")))
    assert texts(telegram) == ["short", "two"]


@pytest.mark.parametrize("which", [0, 1])
def test_a_message_that_somebody_deleted_is_sent_again(messages, telegram, which):
    """A part of the answer would be missing."""
    finished(messages.deliver(said("one", "two")))
    telegram.delete(CHAT, messages.ids[which])
    finished(messages.deliver(said("1", "2")))
    assert texts(telegram) == ["1", "2"]
    assert len(messages.ids) == 2


def test_a_message_that_cannot_be_edited_is_replaced(messages, telegram):
    """The beginning of the answer would stay above the whole of it forever."""
    finished(messages.deliver(said("⏳")))
    telegram.fail("editMessageText", 400, "Bad Request: message can't be edited")
    finished(messages.deliver(said("whole")))
    assert texts(telegram) == ["whole"]


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText"])
def test_an_answer_whose_form_is_refused_is_plain(messages, telegram, method, caplog):
    """A mistake in the formatting would cost the answer."""
    if method == "editMessageText":
        finished(messages.deliver(said("⏳")))
    telegram.fail(method, 400, "Bad Request: can't parse entities")
    finished(messages.deliver([BOLD]))
    (shown,) = telegram.screen(CHAT)
    assert (shown.text, shown.entities) == ("Up", ())
    assert "sending it in a plainer form" in caplog.text


def test_a_chat_that_is_gone_is_not_tried_again(messages, telegram):
    """The bot would try forever to reach somebody who left."""
    telegram.block(CHAT)
    with pytest.raises(UndeliverableError):
        finished(messages.deliver([BOLD]))
    assert len([call for call in telegram.calls if call.method == "sendMessage"]) == 1


def test_what_is_on_screen_already_is_fine(messages, telegram):
    """A message whose confirmation was lost would be sent twice."""
    finished(messages.deliver(said("one")))
    telegram.fail_raw("editMessageText", "reply_lost")
    finished(messages.deliver(said("two")))
    assert texts(telegram) == ["two"]
    # A lost confirmation cannot be told from a lost edit.
    assert "message is not modified" in telegram.violations.pop()


def test_known_messages_are_used_again(egress, telegram, told):
    """After a restart the answer would be on screen twice."""
    known = [egress.bot.send_message(CHAT, text).message_id for text in ("⏳", "half")]
    messages = TextMessages(Messenger(egress, Destination(CHAT)), told.append, known)
    finished(messages.deliver(said("whole")))
    assert [(shown.message_id, shown.text) for shown in telegram.screen(CHAT)] == [
        (known[0], "whole")
    ]


def test_buttons_go_with_the_last_preview(messages, telegram):
    """A stop button would stay below an answer that is complete."""
    finished(messages.deliver([Page("half", buttons=BUTTONS)]))
    assert telegram.screen(CHAT)[0].buttons == [("⏹", "/stop")]
    finished(messages.deliver(said("half")))
    assert telegram.screen(CHAT)[0].buttons == []


def test_code_that_is_cut_stays_code(messages, telegram):
    """The second half of a program would be read as text."""
    finished(
        messages.deliver(pages("```python\n" + "print('hello')\n" * 500 + "```", markdown=True))
    )
    shown = telegram.screen(CHAT)
    assert len(shown) == 2
    assert [message.entities[0]["type"] for message in shown] == ["pre", "pre"]


def test_a_message_is_noted_before_the_end_may_come(messages, egress, telegram, told):
    """A message that was sent at the last moment would be sent again after the restart."""
    in_flight, note = [], messages._on_change

    def look(ids):
        in_flight.append(egress._contact._in_flight)
        note(ids)

    messages._on_change = look
    finished(messages.deliver(said("one")))
    assert in_flight == [1]


def test_a_message_that_becomes_a_panel_is_none_of_these_any_more(messages, telegram):
    """The text would be written over the panel."""
    finished(messages.deliver(said("thinking", "more")))
    first, second = messages.ids
    assert (messages.give_first(), messages.ids) == (first, (second,))
    finished(messages.deliver(said("the text")))
    assert texts(telegram) == ["thinking", "the text"]
