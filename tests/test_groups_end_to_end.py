"""Who may do what in a group: `launcher.py` as a process, with several people in one chat."""

from itertools import product

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer, model
from tests.doubles.telegram_api import Chat
from tests.talk import HeldBack, answered, ask, echo, say

pytestmark = pytest.mark.unpaced

GROUP = -1001234567890
ANN, BEN, CARL = 51, 52, 53
ALL = f"allowed_chat_ids = {GROUP}"
ADMINS = f"{ALL}\ngroup_commands = admins\n"
ONLY = "That changes things for everybody here"
ANONYMOUS = {"sender_chat": {"id": GROUP, "type": "supergroup", "title": "Traders"}}
WORDS = Answer("word " * 500, delay_between=0.1)


@pytest.fixture(autouse=True)
def group(telegram):
    """A group with Carl as its administrator; the owner has a chat with the bot."""
    telegram.remember(Chat(OWNER, "private"))
    telegram.appoint(GROUP, CARL)


@pytest.fixture
def models(lmstudio):
    """A model server with two models."""
    lmstudio.models[:] = [model("qwen/one", loaded=True), model("qwen/two", loaded=True)]
    lmstudio.behave(echo)


def listed(groups):
    """What allowed_chat_ids says where a test needs several groups: each costs no more process."""
    return ", ".join(map(str, groups))


def test_the_answer_says_who_changed_something_for_all(bot, telegram, models):
    """A group would wonder why the bot forgets, or why another model speaks."""
    bot("model = qwen/one\n", telegram_keys=ALL)
    telegram.say(GROUP, "/new", user_id=BEN, first_name="Ben")
    telegram.wait_for_text(GROUP, "Ben: Forgotten")
    telegram.say(GROUP, "/models qwen/two", user_id=ANN, first_name="Ann")
    telegram.wait_for_text(GROUP, "Ann: two answers this chat from now on.")
    telegram.say(GROUP, "/models", user_id=ANN)
    offered = telegram.wait_for_text(GROUP, "Language models")
    _, command = offered.buttons[0]
    # Whoever may write it may press it as well, below anybody's question.
    telegram.press(GROUP, offered.message_id, command, user_id=BEN)
    telegram.wait_for_text(GROUP, "Ann: one answers this chat from now on.")


def test_a_private_chat_needs_no_names(bot, telegram, models):
    """A person alone with the bot would read their own name all the time."""
    bot("model = qwen/one\n", telegram_keys=ADMINS)
    telegram.say(OWNER, "/new")
    assert telegram.wait_for_text(OWNER, "Forgotten").text.startswith("Forgotten")
    telegram.say(OWNER, "/models qwen/two")
    assert telegram.wait_for_text(OWNER, "answers this chat").text.startswith("two")


# Who they are, what else tells so, and whether they may change things for everybody.
CHANGES = [(CARL, {}, True), (OWNER, {}, True), (BEN, ANONYMOUS, True), (BEN, {}, False)]


def test_administrators_alone_change_things_where_that_is_wanted(bot, telegram, models):
    """Anybody in a large group could wipe what it talked about, or load another model."""
    groups = {GROUP - number: case for number, case in enumerate(CHANGES)}
    bot("model = qwen/one\n", telegram_keys=ADMINS.replace(str(GROUP), listed(groups)))
    for chat, (who, extra, may) in groups.items():
        extra = {key: {**value, "id": chat} for key, value in extra.items()}
        telegram.appoint(chat, CARL)
        ask(telegram, chat, f"one {chat}")
        telegram.say(chat, "/new", user_id=who, **extra)
        telegram.wait_for_text(chat, "Forgotten" if may else ONLY)
        telegram.say(chat, "/models qwen/two", user_id=who, **extra)
        telegram.wait_for(lambda chat=chat: len(telegram.screen(chat)) == 3)
        assert ("answers this chat from now on" in telegram.screen(chat)[-1].text) is may
    for chat in groups:
        telegram.say(chat, "/models", user_id=BEN)
        telegram.wait_for_text(chat, "Language models")
        calls = [c for c in telegram.calls if c.method == "getChatAdministrators"]
        assert len([c for c in calls if c.chat_id == chat]) <= 1


def test_a_button_asks_for_the_same_right_as_its_command(bot, telegram, models):
    """What the command refuses could be done by its button."""
    bot("model = qwen/one\n", telegram_keys=ADMINS)
    telegram.say(GROUP, "/models", user_id=BEN)
    offered = telegram.wait_for_text(GROUP, "Language models")
    _, command = offered.buttons[-1]
    pressed = telegram.press(GROUP, offered.message_id, command, user_id=BEN)
    assert answered(telegram, pressed).startswith(ONLY)
    assert telegram.screen(GROUP) == [offered]
    telegram.press(GROUP, offered.message_id, command, user_id=CARL)
    telegram.wait_for_text(GROUP, "answers this chat from now on")


@pytest.mark.parametrize("failure", [(400, None), (500, None), (429, 600)])
def test_when_telegram_names_no_administrators_nothing_is_changed(bot, telegram, models, failure):
    """An outage would make everybody an administrator, or be answered by nothing."""
    status, retry_after = failure
    telegram.fail("getChatAdministrators", status, retry_after=retry_after, times=9)
    bot("model = qwen/one\n", telegram_keys=ADMINS)
    telegram.say(GROUP, "/new", user_id=CARL)
    telegram.wait_for_text(GROUP, "Telegram does not tell me right now")
    telegram.say(GROUP, "/new", user_id=OWNER)
    telegram.wait_for_text(GROUP, "Forgotten")


# Who they are, and whether they may end what Ann asked.
ENDS = [(ANN, True), (BEN, False), (CARL, True), (OWNER, True)]


@pytest.mark.parametrize("keys", [ALL, ADMINS], ids=["all", "admins"])
def test_an_answer_is_ended_by_who_asked_or_by_who_leads(bot, telegram, lmstudio, keys):
    """A stranger could silence the bot for whoever asks it something."""
    groups = {GROUP - n: case for n, case in enumerate(product(("/stop", "button"), ENDS))}
    held = HeldBack()
    lmstudio.behave(held)
    bot(f"parallel = {len(groups)}", telegram_keys=keys.replace(str(GROUP), listed(groups)))
    for chat, (how, (who, ends)) in groups.items():
        telegram.appoint(chat, CARL)
        say(telegram, chat, "slow", user_id=ANN)
        shown = telegram.wait_for_text(chat, "Half of slow")
        if how == "button":
            said = answered(telegram, telegram.press(chat, shown.message_id, "/stop", user_id=who))
        else:
            telegram.say(chat, "/stop", user_id=who)
            said = telegram.wait_for(lambda chat=chat: telegram.screen(chat)[1:])[0].text
        assert ("somebody else's" in said) is not ends, (how, who)
    held.release.set()
    for chat, (_, (_, ends)) in groups.items():
        end = "Half of slow.\n\n⏹ Stopped." if ends else "Half of slow. All."
        telegram.wait_for_text(chat, end)


def test_a_stop_leaves_what_others_asked(bot, telegram, lmstudio, market):
    """One person's stop would end the answers of all."""
    held = HeldBack()
    lmstudio.behave(held)
    bot(telegram_keys=ALL, after=market)
    telegram.say(GROUP, "/analyze BTC", user_id=BEN)
    panel = telegram.wait_for_text(GROUP, "Signal:")
    held.release.set()
    telegram.wait_for_text(GROUP, "All.")
    held.release.clear()
    say(telegram, GROUP, "slow", user_id=ANN)
    telegram.wait_for_text(GROUP, "Half of slow")
    # Presses have threads of their own: two answers are in progress now.
    telegram.press(GROUP, panel.message_id, "/analyze BTC/USDT 1h", user_id=BEN)
    telegram.wait_for(lambda: lmstudio.active == 2)
    telegram.say(GROUP, "/stop", user_id=BEN)
    telegram.wait_for(lambda: lmstudio.active == 1)
    held.release.set()
    telegram.wait_for_text(GROUP, "Half of slow. All.")
