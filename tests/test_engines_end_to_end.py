"""What real engines do, met by `launcher.py` as a process: llama.cpp's server, LiteLLM's proxy."""

import threading

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer, Cut, Held, LoadingModel, ReasoningOnly, Status
from tests.doubles.telegram import TOKEN
from tests.test_end_to_end import run

WRONG = "sk-wrong-secret"
STORY = "The market has been quiet for days, and nothing points to a change. " * 8


def config(openai, telegram, more=""):
    return (
        f"[telegram]\napi_url = {telegram.url}\n[market]\nexchange =\n"
        "[fallback]\norder = openai, mock\n[lmstudio]\nprobe_interval = 0.2\n"
        f"[openai]\nbase_url = {openai.url}\n{more}\n"
    )


@pytest.fixture
def openai_bot(launcher, telegram, openai):
    """Start the bot with that server as its only one, and this key."""

    def start(key="right", more="model = gpt-5"):
        env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\nOPENAI_API_KEY={key}\n"
        started = launcher(config(openai, telegram, more), env).start()
        started.wait_for("Bot is running and listening for messages...")
        return started

    return start


@pytest.fixture
def check(tmp_path, telegram, openai):
    """The line of `--check` about that server, asked with this key."""

    def line(key="right", more="model = gpt-5"):
        (tmp_path / "config.ini").write_text(config(openai, telegram, more))
        env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nOPENAI_API_KEY={key}\n"
        (tmp_path / ".env").write_text(env)
        done = run("--check", "--config", str(tmp_path / "config.ini"))
        assert done.returncode == 0
        assert WRONG not in done.stdout + done.stderr
        return next(line for line in done.stdout.splitlines() if "gpt-" in line)

    return line


@pytest.mark.parametrize(
    ("engine", "reason"),
    [
        ("llamacpp", "it answers 401; put its token as OPENAI_API_KEY into .env"),
        ("litellm", "it answers 400: No connected db. So LiteLLM answers a wrong key: put its own "
         "as OPENAI_API_KEY into .env"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_told_where_the_list_needs_none(
    check, openai_bot, openai, telegram, engine, reason
):
    """The check and /status would be green while every answer fails."""
    openai.engine, openai.token, openai.lists_to_all = engine, "right", True
    name = {"llamacpp": "llama.cpp", "litellm": "Model server"}[engine]
    assert check(WRONG) == f"⚠️  {name}: {openai.url}: gpt-5: {reason}"
    running = openai_bot(WRONG)
    for number in range(3):
        telegram.say(OWNER, f"What is a candle, {number}?")
        telegram.wait_for(lambda count=number + 1: len(telegram.screen(OWNER)) == count)
        telegram.wait_for(lambda: "⚠️ Note:" in telegram.screen(OWNER)[-1].text)
    telegram.say(OWNER, "/status")
    shown = telegram.wait_for_text(OWNER, "the last questions failed")
    assert "🟢" not in shown.text
    assert WRONG not in running.log + running.output


def test_a_model_that_the_proxy_does_not_have_is_told(check, openai):
    """The check would be green while every answer fails."""
    openai.engine = "litellm"
    assert "gpt-0: it answers 400: Invalid model name passed in model=gpt-0" in check(
        more="model = gpt-0"
    )


def test_a_good_server_is_asked_for_one_token(check, openai):
    """The check would take as long as a whole answer."""
    openai.engine = "llamacpp"
    assert check().startswith("✅ llama.cpp: gpt-5, ")
    (asked,) = openai.chats
    assert asked.body["max_tokens"] == 1


def test_a_model_that_is_not_loaded_is_not_loaded_by_the_check(tmp_path, telegram, lmstudio):
    """The check would take minutes, and put another model out of memory."""
    (tmp_path / "config.ini").write_text(
        f"[telegram]\napi_url = {telegram.url}\n[market]\nexchange =\n"
        f"[lmstudio]\nurl = {lmstudio.url}\nmodel = qwen3-8b\n"
    )
    (tmp_path / ".env").write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    done = run("--check", "--config", str(tmp_path / "config.ini"))
    assert "✅ LM Studio: qwen/qwen3-8b (not loaded, the first question loads it)" in done.stdout
    assert lmstudio.chats == []


def test_a_server_that_loads_its_model_answers_a_moment_later(openai_bot, openai, telegram):
    """Whoever asks first after a start would get no answer of the model."""
    openai.engine = "llamacpp"
    openai.behave(LoadingModel())
    openai_bot()
    telegram.say(OWNER, "Is it up?")
    telegram.wait_for_text(OWNER, "⏳ Loading model")
    openai.behave(Answer("It is up."))
    telegram.wait_for_text(OWNER, "It is up.")


def test_reading_a_long_prompt_is_shown(openai_bot, openai, telegram):
    """A person would wait for a long prompt in the dark."""
    openai.engine = "llamacpp"
    read = threading.Event()
    answer = Answer("It is up.", prompt=(0.5,))
    openai.behave(Held(answer, {("prompt_processing.progress", 1): read}))
    openai_bot()
    telegram.say(OWNER, "Is it up?")
    telegram.wait_for_text(OWNER, "📖 Reading the prompt 50 %")
    read.set()
    telegram.wait_for_text(OWNER, "It is up.")


def test_what_was_on_screen_stays_when_the_server_is_killed(openai_bot, openai, telegram):
    """286 characters that somebody has read would vanish."""
    openai.behave(Cut(after_deltas=50, answer=Answer(STORY)))
    openai_bot("right", "model = gpt-5")
    telegram.say(OWNER, "Tell me a story.")
    openai.wait_for(lambda: openai.chats and not openai.active)
    openai.stop()
    shown = telegram.wait_for_text(OWNER, "✂️ The answer broke off here.")
    assert shown.text.startswith(STORY[:200])
    assert f"Powered by gpt-5 on the model server at 127.0.0.1:{openai.port}" in shown.text


def test_what_is_no_answer_is_not_replaced_by_a_greeting(openai_bot, openai, telegram):
    """A question would be answered with "Hello! I'm Engram", as if it had not been read."""
    openai.behave(ReasoningOnly(), Status(400, {"error": {"message": "no"}}))
    openai_bot()
    for text, why in (
        ("Hi, can you explain the halving to me?",
         "the model gave no answer: it only thought, until its limit of tokens"),
        ("Thanks, and why did it fall?", "the model could not answer this one"),
    ):  # fmt: skip
        telegram.say(OWNER, text)
        shown = telegram.wait_for_text(OWNER, f"({why})")
        assert shown.text.startswith("That needs the language model")


# How the server puts it, what the model says, and what a person reads.
USUAL = {"engine": "", "parts": False, "streams": True}
WRITTEN = [
    (USUAL, Answer(deltas=("I should say yes.\n</th", "ink>\n\nIt is", " up.<|im_end|>")),
     "It is up."),
    (USUAL, Answer("R1 begins with the `<think>` tag."), "R1 begins with the <think> tag."),
    (USUAL, Answer(f"It is at {'1' * 310}."), f"It is at {'1' * 310}."),
    ({**USUAL, "engine": "litellm"}, Answer("It is up and", cut=True),
     "It is up and\n\n✂️ The answer broke off here."),
    ({**USUAL, "parts": True}, Answer("It is up.", reasoning="Let me see."), "It is up."),
    ({**USUAL, "parts": True, "streams": False}, Answer("It is up.", reasoning="hm"), "It is up."),
]  # fmt: skip


def complete(telegram, count):
    """The texts of so many answers, once they are whole."""
    texts = [shown.text or "" for shown in telegram.screen(OWNER)]
    return len(texts) == count and "Powered by gpt-5 on the model server at" in texts[-1] and texts


def test_what_models_really_write_arrives(openai_bot, openai, telegram):
    """The answer would be lost, or a person would read what is none."""
    openai_bot()
    for number, (ways, answer, text) in enumerate(WRITTEN):
        vars(openai).update(ways)
        openai.behave(answer)
        telegram.say(OWNER, "Is it up?")
        answers = telegram.wait_for(lambda count=number + 1: complete(telegram, count))
        assert answers[number].startswith(f"{text}\n\n")


@pytest.mark.parametrize("engine", ["llamacpp", "litellm"])
def test_nothing_speaks_of_a_server_that_is_not_there(openai_bot, openai, telegram, engine):
    """Whoever has no LM Studio would look for it, and find a bill of OpenAI's in their mind."""
    openai.engine = engine
    running = openai_bot()
    address = f"127.0.0.1:{openai.port}"
    label = "llama.cpp" if engine == "llamacpp" else f"Model server at {address}"
    running.wait_for(f"✅ {label} connected and ready")
    by = "llama.cpp gpt-5" if engine == "llamacpp" else f"gpt-5 on the model server at {address}"
    said = [
        ("Is it up?", f"💡 Powered by {by}"),
        ("/status", f"🟢 {label} Connected - AI-powered responses"),
        ("/models", f"{label} answers with the model that is set in config.ini."),
    ]
    for question, answer in said:
        telegram.say(OWNER, question)
        telegram.wait_for_text(OWNER, answer)
    openai.stop()
    telegram.say(OWNER, "Is it still up?")
    down = "llama.cpp" if engine == "llamacpp" else f"the model server at {address}"
    telegram.wait_for_text(OWNER, f"({down} unavailable)")
    assert "OpenAI" not in running.output + running.log
    texts = [shown.text for shown in telegram.screen(OWNER)]
    # That models can be chosen in LM Studio alone is so.
    assert not any("LMStudio" in text or "OpenAI" in text for text in texts)


def test_a_bot_without_a_model_server_speaks_of_none(launcher, telegram):
    """The owner would look for a server that nobody asks for."""
    text = f"[telegram]\napi_url = {telegram.url}\n[market]\nexchange =\n"
    env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n"
    running = launcher(f"{text}[fallback]\norder = mock, rules\n", env).start()
    running.wait_for("Bot is running and listening for messages...")
    assert "No model server - using fallback AI" in running.output
    questions = ("hi", "who are you?", "/status", "/models", "are you online?", "/help", "/start")
    for number, question in enumerate(questions, 1):
        telegram.say(OWNER, question)
        telegram.wait_for(lambda count=number: len(telegram.screen(OWNER)) == count)
    shown = [message.text for message in telegram.screen(OWNER)]
    assert not any("LMStudio" in text or "LM Studio" in text for text in shown)
    assert "LMStudio" not in running.output
