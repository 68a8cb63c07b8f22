"""Who may do what in a group: `launcher.py` as a process, with several people in one chat."""

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer, model
from tests.doubles.telegram_api import Chat
from tests.test_topics_end_to_end import HeldBack, ask, echo, say

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


def answered(telegram, callback):
    """The text of the answer to a press."""
    return telegram.wait_for(
        lambda: [a for a in telegram.callback_answers if a["callback_query_id"] == callback]
    )[0].get("text")


def test_the_answer_says_who_changed_something_for_all(bot, telegram, models):
    """A group would wonder why the bot forgets, or why another model speaks."""
    bot("model = qwen/one\n", telegram_keys=ALL)
    telegram.say(GROUP, "/new", user_id=BEN, first_name="Ben")
    telegram.wait_for_text(GROUP, "Ben: Forgotten")
    telegram.say(GROUP, "/models qwen/two", user_id=ANN, first_name="Ann")
    telegram.wait_for_text(GROUP, "Ann: two answers this chat from now on.")
    telegram.say(GROUP, "/models", user_id=ANN)
    listed = telegram.wait_for_text(GROUP, "Language models")
    _, command = listed.buttons[0]
    # Whoever may write it may press it as well, below anybody's question.
    telegram.press(GROUP, listed.message_id, command, user_id=BEN)
    telegram.wait_for_text(GROUP, "Ann: one answers this chat from now on.")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("@durov https://evil.example /stop", "durov https evil example stop"),
        ("A\nB\u202e\x00", "A B"),
        ("永" * 300, "永" * 32),
        ("👩‍👩‍👧 Zoë O'Neil-Ødegård", "👩‍👩‍👧 Zoë O'Neil-Ødegård"),
        ("\u200b", "Somebody"),
        ("**bold** <b>x</b> #tag $BTC", "bold b x b tag BTC"),
    ],
)
def test_a_name_is_only_a_name(bot, telegram, models, name, shown):
    """A person could have the bot send links, ping strangers or fill the screen with a name."""
    bot("model = qwen/one\n", telegram_keys=ALL)
    telegram.say(GROUP, "/new", user_id=BEN, first_name=name)
    assert (
        telegram.wait_for_text(GROUP, "Forgotten").text == f"{shown}: Forgotten. Let's start over."
    )


def test_a_private_chat_needs_no_names(bot, telegram, models):
    """A person alone with the bot would read their own name all the time."""
    bot("model = qwen/one\n", telegram_keys=ADMINS)
    telegram.say(OWNER, "/new")
    assert telegram.wait_for_text(OWNER, "Forgotten").text.startswith("Forgotten")
    telegram.say(OWNER, "/models qwen/two")
    assert telegram.wait_for_text(OWNER, "answers this chat").text.startswith("two")


@pytest.mark.parametrize(
    ("who", "extra", "may"),
    [(CARL, {}, True), (OWNER, {}, True), (BEN, ANONYMOUS, True), (BEN, {}, False)],
    ids=["administrator", "owner", "anonymous administrator", "somebody"],
)
def test_administrators_alone_change_things_where_that_is_wanted(
    bot, telegram, models, who, extra, may
):
    """Anybody in a large group could wipe what it talked about, or load another model."""
    bot("model = qwen/one\n", telegram_keys=ADMINS)
    ask(telegram, GROUP, "one")
    telegram.say(GROUP, "/new", user_id=who, **extra)
    telegram.wait_for_text(GROUP, "Forgotten" if may else ONLY)
    telegram.say(GROUP, "/models qwen/two", user_id=who, **extra)
    telegram.wait_for(lambda: len(telegram.screen(GROUP)) == 3)
    assert ("answers this chat from now on" in telegram.screen(GROUP)[-1].text) is may
    telegram.say(GROUP, "/models", user_id=BEN)
    telegram.wait_for_text(GROUP, "Language models")
    assert len([c for c in telegram.calls if c.method == "getChatAdministrators"]) <= 1


def test_a_button_asks_for_the_same_right_as_its_command(bot, telegram, models):
    """What the command refuses could be done by its button."""
    bot("model = qwen/one\n", telegram_keys=ADMINS)
    telegram.say(GROUP, "/models", user_id=BEN)
    listed = telegram.wait_for_text(GROUP, "Language models")
    _, command = listed.buttons[-1]
    pressed = telegram.press(GROUP, listed.message_id, command, user_id=BEN)
    assert answered(telegram, pressed).startswith(ONLY)
    assert telegram.screen(GROUP) == [listed]
    telegram.press(GROUP, listed.message_id, command, user_id=CARL)
    telegram.wait_for_text(GROUP, "answers this chat from now on")


@pytest.mark.parametrize("failure", [(400, None), (500, None), (429, 3)])
def test_when_telegram_names_no_administrators_nothing_is_changed(bot, telegram, models, failure):
    """An outage would make everybody an administrator, or be answered by nothing."""
    status, retry_after = failure
    telegram.fail("getChatAdministrators", status, retry_after=retry_after, times=9)
    bot("model = qwen/one\n", telegram_keys=ADMINS)
    telegram.say(GROUP, "/new", user_id=CARL)
    telegram.wait_for_text(GROUP, "Telegram does not tell me right now")
    telegram.say(GROUP, "/new", user_id=OWNER)
    telegram.wait_for_text(GROUP, "Forgotten")


@pytest.mark.parametrize("how", ["/stop", "button"])
@pytest.mark.parametrize("keys", [ALL, ADMINS], ids=["all", "admins"])
@pytest.mark.parametrize(
    ("who", "ends"),
    [(ANN, True), (BEN, False), (CARL, True), (OWNER, True)],
    ids=["who asked", "somebody", "administrator", "owner"],
)
def test_an_answer_is_ended_by_who_asked_or_by_who_leads(
    bot, telegram, lmstudio, how, keys, who, ends
):
    """A stranger could silence the bot for whoever asks it something."""
    held = HeldBack()
    lmstudio.behave(held)
    bot(telegram_keys=keys)
    say(telegram, GROUP, "slow", user_id=ANN)
    shown = telegram.wait_for_text(GROUP, "Half of slow")
    if how == "button":
        pressed = telegram.press(GROUP, shown.message_id, "/stop", user_id=who)
        said = answered(telegram, pressed)
    else:
        telegram.say(GROUP, "/stop", user_id=who)
        said = telegram.wait_for(lambda: telegram.screen(GROUP)[1:])[0].text
    assert ("somebody else's" in said) is not ends
    if ends:
        telegram.wait_for_text(GROUP, "Half of slow.\n\n⏹ Stopped.")
    else:
        held.release.set()
        telegram.wait_for_text(GROUP, "Half of slow. All.")


def test_a_stop_leaves_what_others_asked(bot, telegram, lmstudio, exchange):
    """One person's stop would end the answers of all."""
    held = HeldBack()
    lmstudio.behave(held)
    market = f"[market]\nexchange = binance\n[binance]\napi_url = {exchange.url}\n"
    bot(telegram_keys=ALL, after=market)
    telegram.say(GROUP, "/analyze BTC", user_id=BEN)
    panel = telegram.wait_for_text(GROUP, "Signal:")
    held.release.set()
    telegram.wait_for_text(GROUP, "All.")
    held.release.clear()
    say(telegram, GROUP, "slow", user_id=ANN)
    telegram.wait_for_text(GROUP, "Half of slow")
    # Presses have threads of their own: two answers are in progress now.
    telegram.press(GROUP, panel.message_id, "/analyze BTC/USDT 4h", user_id=BEN)
    telegram.wait_for(lambda: lmstudio.active == 2)
    telegram.say(GROUP, "/stop", user_id=BEN)
    telegram.wait_for(lambda: lmstudio.active == 1)
    held.release.set()
    telegram.wait_for_text(GROUP, "Half of slow. All.")
