"""The launcher as a person starts it: a process, real sockets, real signals."""

from itertools import pairwise

import pytest

from tests.conftest import OWNER, ROOT, clean_environment, launcher_command
from tests.doubles.lmstudio import Answer, Hang
from tests.doubles.telegram import TOKEN
from tests.machine_speed import completed


def test_a_question_is_answered_by_the_model(bot, telegram, lmstudio):
    """The bot would not do what it is for."""
    lmstudio.behave(Answer("Bitcoin is **calm** today."))
    running = bot()
    telegram.say(OWNER, "What does Bitcoin do?")
    shown = telegram.wait_for_text(OWNER, "Powered by LMStudio GLM-4.7-flash")
    assert shown.text.startswith("Bitcoin is calm today.")
    assert shown.entities[0]["type"] == "bold"
    telegram.wait_for(lambda: telegram.commands)
    assert ("analyze", "Analyse a market: /analyze BTC 4h") in telegram.commands
    running.wait_for("answered by lmstudio in")
    for event in ("question received: text, 21", "asking lmstudio", "answered by lmstudio in"):
        assert f"[chat {OWNER}] {event}" in running.log


def test_a_conversation_is_continued_on_the_server(bot, telegram, lmstudio):
    """A follow-up question would not know what was said."""
    lmstudio.behave(Answer("First."), Answer("Second."))
    bot()
    telegram.say(OWNER, "one")
    telegram.wait_for_text(OWNER, "First.")
    telegram.say(OWNER, "two")
    telegram.wait_for_text(OWNER, "Second.")
    assert lmstudio.chats[1].body["previous_response_id"].startswith("resp_")


def test_the_model_server_is_killed_and_comes_back(bot, telegram, lmstudio):
    """An outage would need a restart of the bot, or leave people unanswered."""
    lmstudio.behave(Answer("From the model."))
    running = bot()
    lmstudio.stop()
    telegram.say(OWNER, "hello")
    telegram.wait_for_text(OWNER, "(LMStudio unavailable)")
    lmstudio.start()
    running.wait_for(f"LM Studio at {lmstudio.url} is reachable")
    telegram.say(OWNER, "hello again")
    telegram.wait_for_text(OWNER, "From the model.")
    assert len(telegram.screen(OWNER)) == 2


def test_a_hanging_model_gets_three_attempts_of_doubling_length(
    bot, telegram, lmstudio, idle_clock
):
    """People would wait for ever, or a slow model would be given up at once."""
    lmstudio.behave(Hang())
    running = bot("timeout = 1")
    telegram.say(OWNER, "hello")
    telegram.wait_for_text(OWNER, "(LMStudio unavailable)", timeout=20)
    first, second, third = lmstudio.chats
    lmstudio.wait_for(lambda: third.disconnected_at)
    times = [when for chat in (first, second, third) for when in (chat.at, chat.disconnected_at)]
    # Silence, wait, silence, wait, silence.
    for expected, (began, ended) in zip([1, 1, 2, 2, 4], pairwise(times), strict=True):
        assert ended - began > expected - 0.5
        assert idle_clock.between(began, ended) < expected + 0.5
    assert "attempt 1 of 3: silent for 1 s" in running.log
    assert len(telegram.screen(OWNER)) == 1
    assert telegram.chat_actions(OWNER)


def test_one_slow_answer_delays_nobody_else(bot, telegram, lmstudio):
    """One person's long question would keep all others, and /status, waiting."""
    lmstudio.behave(Hang())
    running = bot()
    telegram.say(OWNER, "slow")
    lmstudio.wait_for(lambda: lmstudio.chats)
    telegram.say(OWNER, "/status")
    telegram.wait_for_text(OWNER, "🟢 LMStudio Connected")
    assert running.process.poll() is None


def test_secrets_are_in_no_log_even_at_debug(bot, telegram, lmstudio):
    """A log sent to somebody for help would hand over the bot."""
    running = bot(after="[logging]\nlevel = DEBUG\n")
    telegram.say(OWNER, "hello")
    telegram.wait_for_text(OWNER, "Powered by")
    telegram.fail_raw("sendMessage", "reset")
    telegram.say(OWNER, "hello")
    telegram.wait_for(lambda: len(telegram.screen(OWNER)) == 2)
    running.stop()
    assert TOKEN.partition(":")[2] not in running.log + running.output
    assert "urllib3" in running.log


def run(*arguments, text="", folder=ROOT, **environment):
    """Run launcher.py to its end with `text` as its standard input."""
    environment = {**clean_environment(), **environment}
    return completed(launcher_command(*arguments), 20, text, cwd=folder, env=environment)


def test_without_a_token_and_a_terminal_it_says_how_to_get_one(tmp_path):
    """A service without a token would seem to run."""
    (tmp_path / "config.ini").write_text("")
    done = run("--config", str(tmp_path / "config.ini"))
    assert done.returncode == 2
    assert done.stderr.startswith("No TELEGRAM_BOT_TOKEN: start this in a terminal with --setup")
    assert done.stderr.count("\n") == 1


def test_mistakes_in_the_configuration_are_sentences(tmp_path):
    """A typing error in config.ini would end in a traceback."""
    (tmp_path / "config.ini").write_text("[lmstudio]\ntiemout = 1\nurl = nonsense\n")
    done = run("--config", str(tmp_path / "config.ini"))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    assert 'did you mean "timeout"?' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.covered
def test_a_configuration_that_was_named_must_be_there(tmp_path):
    """A typing error after --config would silently start another bot."""
    done = run("--config", str(tmp_path / "nothing.ini"))
    assert done.returncode == 2
    assert "there is no such file" in done.stderr
