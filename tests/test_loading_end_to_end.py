"""Loading and ejecting models in Telegram: `launcher.py` as a process."""

import signal
import threading

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer
from tests.doubles.telegram_api import Chat
from tests.talk import HeldBack, answered, say

pytestmark = pytest.mark.unpaced

GROUP, BEN, GUEST = -1001234567890, 52, 4711
GLM, QWEN = "zai-org/glm-4.7-flash", "qwen/qwen3-8b"
ONLY = "Only the bot's owner loads and ejects models."


@pytest.fixture(autouse=True)
def group(telegram):
    """A group, whose administrator is not the owner; the owner has a chat with the bot."""
    telegram.remember(Chat(OWNER, "private"))
    telegram.appoint(GROUP, BEN)


def commands(shown):
    """What the buttons of a message say."""
    return [command for _, command in shown.buttons]


def test_the_owner_loads_and_ejects_by_buttons_that_replace_the_list(bot, telegram, lmstudio):
    """The owner would have to walk to the machine, or a chat be full of lists."""
    lmstudio.loader.held = threading.Event()
    bot()
    telegram.say(OWNER, "/models")
    shown = telegram.wait_for_text(OWNER, f"\n2. ⚪ {QWEN}")
    assert f"/models load {QWEN}" in commands(shown)
    telegram.press(OWNER, shown.message_id, f"/models load {QWEN}")
    waits = telegram.wait_for_text(OWNER, "⏳ Loading model")
    assert waits.message_id == shown.message_id
    # What needs no model is answered meanwhile, and so is whoever asks another model.
    telegram.say(OWNER, "/status")
    telegram.wait_for_text(OWNER, "LMStudio Connected")
    telegram.say(OWNER, "hello there, model")
    telegram.wait_for_text(OWNER, "💡 Powered by LMStudio")
    lmstudio.loader.held.set()
    there = telegram.wait_for_text(OWNER, "🟢 qwen3-8b is loaded, which took")
    assert there.message_id == shown.message_id
    assert f"\n2. 🟢 {QWEN}" in there.text
    telegram.press(OWNER, there.message_id, f"/models eject {GLM}")
    gone = telegram.wait_for_text(OWNER, "⏏ glm-4.7-flash is ejected")
    assert gone.message_id == shown.message_id
    assert (lmstudio.loader.loads, lmstudio.loader.unloads) == ([{"model": QWEN}], [GLM])


def test_a_button_of_the_owners_does_nothing_for_anybody_else(bot, telegram, lmstudio):
    """A member of a group could press, or forge, what fills the owner's memory."""
    bot(telegram_keys=f"allowed_chat_ids = {GROUP}, {GUEST}")
    telegram.say(GROUP, "/models", user_id=OWNER)
    shown = telegram.wait_for_text(GROUP, "Language models")
    for command in (f"/models load {QWEN}", f"/models eject {GLM}", f"/load {QWEN}"):
        pressed = telegram.press(GROUP, shown.message_id, command, user_id=BEN)
        assert answered(telegram, pressed).startswith(ONLY)
    assert telegram.screen(GROUP) == [shown]
    for command in (f"/models load {QWEN}", f"/models eject {GLM}"):
        telegram.say(GROUP, command, user_id=BEN)
    telegram.wait_for(lambda: sum(ONLY in text for text in telegram.texts(GROUP)) == 2)
    # In a private chat of somebody who may use the bot.
    telegram.say(GUEST, "/models")
    theirs = telegram.wait_for_text(GUEST, "Language models")
    assert not [one for one in commands(theirs) if "load" in one or "eject" in one]
    pressed = telegram.press(GUEST, theirs.message_id, f"/models load {QWEN}")
    assert answered(telegram, pressed).startswith(ONLY)
    assert (lmstudio.loader.loads, lmstudio.loader.unloads) == ([], [])
    telegram.press(GROUP, shown.message_id, f"/models load {QWEN}", user_id=OWNER)
    telegram.wait_for_text(GROUP, "🟢 qwen3-8b is loaded")


def test_nothing_is_ejected_while_somebody_is_answered(bot, telegram, lmstudio):
    """Somebody's answer would end in the middle because the owner needs the memory."""
    held = HeldBack()
    lmstudio.behave(held)
    bot(telegram_keys=f"allowed_chat_ids = {GROUP}")
    say(telegram, GROUP, "slow", user_id=BEN)
    telegram.wait_for_text(GROUP, "Half of slow")
    telegram.say(OWNER, "/models eject 1")
    telegram.wait_for_text(OWNER, "glm-4.7-flash is giving an answer right now, so it stays.")
    held.release.set()
    telegram.wait_for_text(GROUP, "Half of slow. All.")
    telegram.say(OWNER, "/models eject 1")
    telegram.wait_for_text(OWNER, "⏏ glm-4.7-flash is ejected")
    assert lmstudio.loader.unloads == [GLM]


@pytest.mark.parametrize("text", ["What is a limit order?", "/analyze BTC"])
def test_what_would_have_to_be_loaded_is_offered_below_the_answer(
    bot, telegram, lmstudio, market, text
):
    """The owner would read the rules' answers until somebody looks at LM Studio."""
    lmstudio.on_demand = "refuses"
    lmstudio.models[0]["loaded_instances"] = []
    lmstudio.behave(Answer("A limit order waits for its price."))
    bot("model = glm-4.7-flash", after=market, telegram_keys=f"allowed_chat_ids = {GUEST}")
    telegram.say(GUEST, text)
    theirs = telegram.wait_for_text(GUEST, "The bot's owner can do that with /models.")
    assert f"/load {GLM}" not in commands(theirs)
    telegram.say(OWNER, text)
    shown = telegram.wait_for_text(OWNER, "Load it? 5 GB")
    said = shown.text or shown.caption
    assert "(LMStudio has not loaded its model)" in said
    assert f"/load {GLM}" in commands(shown)
    telegram.press(OWNER, shown.message_id, f"/load {GLM}")
    telegram.wait_for_text(OWNER, "🟢 glm-4.7-flash is loaded")
    # The answer stays, and the next one is the model's.
    assert said in [one.text or one.caption for one in telegram.screen(OWNER)]
    telegram.say(OWNER, text)
    telegram.wait_for_text(OWNER, "💡 Powered by LMStudio glm-4.7-flash")
    assert lmstudio.loader.loads == [{"model": GLM}]


@pytest.mark.parametrize("how", ["/stop", "button"])
def test_who_does_not_want_to_wait_reads_that_the_load_goes_on(bot, telegram, lmstudio, how):
    """The owner would believe that it was stopped, and load a second model beside it."""
    lmstudio.loader.held = threading.Event()
    bot()
    telegram.say(OWNER, f"/models load {QWEN}")
    shown = telegram.wait_for_text(OWNER, "⏳ Loading model")
    if how == "button":
        telegram.press(OWNER, shown.message_id, "/stop")
    else:
        telegram.say(OWNER, "/stop")
    telegram.wait_for_text(OWNER, "⏹ I wait no longer, but LM Studio goes on loading qwen3-8b")
    lmstudio.loader.held.set()
    telegram.say(OWNER, "/models load 2")
    telegram.wait_for_text(OWNER, "🟢 qwen3-8b is loaded")
    assert len(lmstudio.loader.loads) == 1


def test_a_load_is_not_begun_again_after_a_crash(bot, telegram, lmstudio):
    """A restart in the middle would take the memory twice."""
    lmstudio.loader.held = threading.Event()
    killed = bot()
    telegram.say(OWNER, f"/models load {QWEN}")
    telegram.wait_for_text(OWNER, "⏳ Loading model")
    lmstudio.wait_for(lambda: lmstudio.loader.loads)
    killed.stop(signal.SIGKILL)
    killed.start().wait_for("Bot is running and listening for messages...")
    telegram.wait_for_text(OWNER, "I was restarted while LM Studio loaded qwen3-8b")
    lmstudio.loader.held.set()
    assert len(lmstudio.loader.loads) == 1
