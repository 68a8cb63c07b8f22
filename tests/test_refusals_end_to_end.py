"""Whose failure it is: one person's refused questions, and a configured model that is refused."""

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer, Status

OTHER = 5001
ALLOWED = f"allowed_chat_ids = {OTHER}"
REFUSED = Status(400, {"error": {"type": "invalid_request", "message": "the prompt is refused"}})
NO_DB = Status(400, {"error": {"message": "No connected db.", "type": "no_db_connection"}})
NOT_THIS_ONE = "(the model could not answer this one)"
GREEN = "🟢 LMStudio Connected"
QUOTING = Status(400, {"error": {"message": "Invalid prompt: 'my secret is 42'"}})


def ask(telegram, chat, text, answer):
    """Say `text`; the text of the new message that has `answer` in it."""
    before = len(telegram.screen(chat))
    telegram.say(chat, text)

    def found():
        texts = [shown.text or "" for shown in telegram.screen(chat)[before:]]
        return next((text for text in texts if answer in text), None)

    return telegram.wait_for(found)


def refusing(refuses, refusal):
    """A server that answers all but what `refuses`."""
    return lambda exchange: (refusal if refuses(exchange.body) else Answer("All is well.")).play(
        exchange
    )


def test_one_chats_refused_questions_cost_nobody_else_the_model(bot, telegram, lmstudio):
    """Whoever pastes something odd three times would silence the model for everybody."""
    lmstudio.behave(refusing(lambda body: "odd" in body["input"].rpartition("\n")[2], REFUSED))
    bot(telegram_keys=ALLOWED)
    # Who has never written to a bot cannot be told anything, such as that questions fail.
    ask(telegram, OWNER, "hello", "All is well.")
    for _ in range(5):
        ask(telegram, OTHER, "odd", NOT_THIS_ONE)
    ask(telegram, OWNER, "hello", "All is well.")
    ask(telegram, OWNER, "/status", GREEN)


@pytest.mark.parametrize("refusal", [Status(404), NO_DB, QUOTING], ids=["404", "db", "quoting"])
def test_a_configured_model_that_is_refused_shows_in_the_status(bot, telegram, lmstudio, refusal):
    """Everybody would get the rules' answers while /status is green, or read others' questions."""
    lmstudio.behave(refusal, refusal, refusal, Answer("All is well."))
    bot(telegram_keys=ALLOWED)
    for chat in (OWNER, OTHER, OWNER):
        ask(telegram, chat, "hello", NOT_THIS_ONE)
    shown = ask(telegram, OWNER, "/status", "but the last questions failed: it answers 40")
    assert ("No connected db." in shown) is (refusal is NO_DB)
    assert "secret" not in shown
    ask(telegram, OWNER, "hello", "All is well.")
    ask(telegram, OTHER, "/status", GREEN)


def test_a_choice_that_is_gone_is_named_below_the_answer(bot, telegram, lmstudio):
    """A person would believe that the model they chose had answered."""
    bot()
    ask(telegram, OWNER, "/models qwen3-8b", "qwen3-8b answers this chat")
    lmstudio.behave(refusing(lambda body: "qwen" in body["model"], Status(404)))
    for _ in range(4):
        shown = ask(telegram, OWNER, "hello", "All is well.")
        assert "⚠️ qwen3-8b, chosen here with /models, could not answer." in shown
        assert "💡 Powered by LMStudio GLM-4.7-flash" in shown
