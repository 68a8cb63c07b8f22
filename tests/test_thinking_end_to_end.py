"""How much a model thinks before it answers, with `launcher.py` as a process."""

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer, model
from tests.talk import say

pytestmark = pytest.mark.unpaced

GROUP, TRADES, ANN = -100200300, 32, 2083114976
KEYS = f"allowed_chat_ids = {GROUP}"


@pytest.fixture
def lmstudio(lmstudio):
    """A model that thinks unless it is asked not to, and one that cannot."""
    lmstudio.models[:] = [
        model("qwen/thinker", loaded=True, reasoning=("off", "on")),
        model("qwen/plain", loaded=True),
    ]
    lmstudio.behave(Answer("It is up.", reasoning="hm, let me see"))
    return lmstudio


@pytest.fixture
def asked(telegram, lmstudio):
    """Ask something, and return what the model was told about thinking."""

    def ask(text, chat=OWNER, topic=None):
        before, shown = len(lmstudio.chats), len(telegram.screen(chat))
        say(telegram, chat, text, topic)
        telegram.wait_for(
            lambda: len(telegram.screen(chat)) > shown and "💡" in telegram.screen(chat)[-1].text
        )
        (request,) = lmstudio.chats[before:]
        return request.body.get("reasoning")

    return ask


def test_who_says_hi_waits_for_no_thoughts(bot, asked):
    """A greeting would be thought about for a minute on a home machine."""
    bot("model = thinker\n")
    assert asked("hi") == "off"
    assert asked("why does it fall?") is None


def test_a_choice_holds_for_its_conversation_and_its_model(bot, telegram, lmstudio, asked):
    """A topic would change how the model thinks in all others, or /new undo what was chosen."""
    running = bot("model = thinker\n", telegram_keys=KEYS)
    telegram.say(GROUP, "/think off", user_id=ANN, first_name="Ann", thread_id=TRADES)
    chosen = "Ann: thinker answers this chat without thinking from now on."
    assert telegram.wait_for_text(GROUP, chosen).thread_id == TRADES
    telegram.say(GROUP, "/new", thread_id=TRADES)
    telegram.wait_for_text(GROUP, "Forgotten")
    assert asked("why does it fall?", GROUP, TRADES) == "off"
    assert asked("why does it fall?", GROUP) is None
    running.stop()
    bot("model = thinker\n", telegram_keys=KEYS)
    assert asked("and now?", GROUP, TRADES) == "off"
    # Another model, which knows nothing of it.
    telegram.say(GROUP, "/models qwen/plain", thread_id=TRADES)
    telegram.wait_for_text(GROUP, "plain answers this chat")
    assert asked("and tomorrow?", GROUP, TRADES) is None
    telegram.say(GROUP, "/think", thread_id=TRADES)
    listed = telegram.wait_for_text(GROUP, "How much plain thinks in this chat: off, chosen here.")
    telegram.press(GROUP, listed.message_id, "/think as-configured", user_id=ANN)
    telegram.wait_for_text(GROUP, "plain thinks in this chat as config.ini says again: auto.")


def test_config_ini_is_read_again_while_the_bot_runs(bot, telegram, asked):
    """Who switches thinking off would have to restart the bot, and everybody wait for that."""
    running = bot("model = thinker\nreasoning = on\n")
    assert asked("hi") == "on"
    config = running.folder / "config.ini"
    config.write_text(config.read_text().replace("reasoning = on", "reasoning = off"))
    telegram.wait_for_text(OWNER, "⚙️ config.ini: [lmstudio] reasoning: in effect from the next")
    assert asked("why does it fall?") == "off"
    telegram.say(OWNER, "/think")
    telegram.wait_for_text(OWNER, "How much thinker thinks in this chat: off, as config.ini says.")
