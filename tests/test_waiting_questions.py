"""Questions that wait behind another one of their chat, or of all chats."""

import threading

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer, Hang, Held


@pytest.fixture
def first(lmstudio):
    """The model's answer to the first question waits for this; what follows never comes."""
    answer_now = threading.Event()
    lmstudio.behave(Held(Answer("First."), {("message.delta", 1): answer_now}), Hang())
    yield answer_now
    answer_now.set()


BEHIND = "🕐 One answer comes before this one"


@pytest.mark.parametrize(
    ("other", "place"),
    [(OWNER, BEHIND), (62, "🕐 1st in line")],
    ids=["behind its own chat", "behind another chat"],
)
def test_whose_turn_has_come_is_not_in_line_any_more(bot, telegram, lmstudio, first, other, place):
    """A person would believe that others are still before them, and give up."""
    bot("parallel = 1", telegram_keys="allowed_chat_ids = 62")
    telegram.say(OWNER, "one")
    lmstudio.wait_for(lambda: lmstudio.chats)
    telegram.say(other, "two")
    telegram.wait_for_text(other, place)
    first.set()
    telegram.wait_for_text(OWNER, "First.")
    lmstudio.wait_for(lambda: len(lmstudio.chats) == 2)
    telegram.wait_for(lambda: telegram.screen(other)[-1].text.startswith("💬 Asking the model"))
    assert lmstudio.active == 1


@pytest.mark.parametrize("again", [0, 1], ids=["new", "new, and something said since"])
def test_what_waited_when_a_conversation_was_forgotten_is_forgotten_too(
    bot, telegram, lmstudio, first, again
):
    """Words that were said before /new would be told to the model after it."""
    lmstudio.behave(Held(Answer("First."), {("message.delta", 1): first}), Answer("Later."))
    bot("parallel = 1")
    telegram.say(OWNER, "one")
    lmstudio.wait_for(lambda: lmstudio.chats)
    telegram.say(OWNER, "my secret plan")
    telegram.wait_for_text(OWNER, BEHIND)
    telegram.say(OWNER, "/new")
    telegram.wait_for_text(OWNER, "Forgotten. Let's start over.")
    for number in range(again):
        telegram.say(OWNER, f"after it {number}")
    first.set()
    answers = 2 + again
    telegram.wait_for(
        lambda: sum("Powered by" in shown.text for shown in telegram.screen(OWNER)) == answers
    )
    telegram.say(OWNER, "What did I say?")
    lmstudio.wait_for(lambda: len(lmstudio.chats) == answers + 1)
    *before, last = lmstudio.chats
    plan = before[1]
    # What waited is answered without what was said before, and nothing goes on from it.
    assert plan.body["input"].rstrip() == "my secret plan"
    assert "previous_response_id" not in plan.body
    assert "previous_response_id" not in before[-1].body
    assert ("previous_response_id" in last.body) is bool(again)
    assert "secret" not in last.body["input"]
