"""The launcher as a person starts it: a process, real sockets, real signals."""

import ctypes
import re
import signal
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import OWNER, ROOT, clean_environment, launcher_command
from tests.doubles.lmstudio import Answer, Hang
from tests.doubles.telegram import TOKEN
from tests.machine_speed import completed, exit_code

BANNER = [
    "=" * 80,
    "ENHANCED ENGRAM BOT LAUNCHER V2",
    "=" * 80,
    "🚀 Initializing Enhanced Engram Bot...",
    f"✅ Telegram credentials loaded (chat_id: {OWNER})",
    "🔌 Initializing LMStudio client...",
    "✅ LMStudio connected and ready",
    "📱 Testing Telegram connection...",
    "✅ Telegram bot connected: @engram_test_bot",
    "🔔 Watching: nothing is armed",
    "✅ All systems initialized successfully",
    "=" * 80,
    "🤖 Bot is running and listening for messages...",
]


def in_order(expected, lines):
    """Whether `expected` stand among `lines` in their order, others between them."""
    rest = iter(lines)
    return all(any(want == line or line.endswith(" " + want) for line in rest) for want in expected)


def test_the_start_is_told_on_the_terminal_and_in_the_log(bot):
    """The owner would not see whether the bot runs."""
    running = bot()
    assert in_order(BANNER, running.output.splitlines())
    assert in_order(BANNER, running.log.splitlines())


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


@pytest.mark.parametrize(("number", "busy"), [(signal.SIGINT, False), (signal.SIGTERM, True)])
def test_the_bot_ends_within_two_seconds(bot, telegram, lmstudio, idle_clock, number, busy):
    """A service manager would have to kill it, or Ctrl-C would seem to do nothing."""
    lmstudio.behave(Hang())
    running = bot()
    if busy:
        telegram.say(OWNER, "hello")
        lmstudio.wait_for(lambda: lmstudio.chats)
    began = time.monotonic()
    assert running.stop(number) == 0
    assert idle_clock.since(began) < 2
    assert "Traceback" not in running.output + running.log


@pytest.mark.skipif(sys.platform != "linux", reason="signals to threads of other processes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_bot_ends_also_when_the_signal_interrupts_nothing(bot, telegram, idle_clock, number):
    """One that came just before a long poll would be heeded after it: 25 seconds later."""
    running = bot()
    telegram.wait_for(lambda: telegram._polling)
    process = running.process.pid
    others = {int(task.name) for task in Path(f"/proc/{process}/task").iterdir()} - {process}
    began = time.monotonic()
    # Python notes it as if it had come to the main thread, which goes on waiting.
    assert ctypes.CDLL(None).tgkill(process, min(others), number) == 0
    assert exit_code(running.process, 10) == 0
    assert idle_clock.since(began) < 2
    assert "Stopping." in running.log
    assert "Traceback" not in running.output + running.log


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


@pytest.mark.parametrize("says", ["/start {code}", " {CODE}\n"])
def test_whoever_sends_the_code_of_the_terminal_owns_the_bot(launcher, telegram, says):
    """Without a chat id nobody could ever speak to the bot, or anybody could."""
    config = (
        f"[telegram]\napi_url = {telegram.url}\n[market]\nexchange =\n[fallback]\norder = mock\n"
    )
    running = launcher(config, f"TELEGRAM_BOT_TOKEN={TOKEN}\n").start()
    running.wait_for("🤖 Bot is running")
    running.wait_for("🔑 To own this bot, open https://t.me/engram_test_bot?start=")
    link = running.output.partition("own this bot, open ")[2].split()[0]
    code = link.partition("?start=")[2]
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", code)
    telegram.say(OWNER, says.format(code=code, CODE=code.upper(), link=link))
    telegram.wait_for_text(OWNER, f"put TELEGRAM_CHAT_ID={OWNER} into .env")
    telegram.wait_for_text(OWNER, "👋 I'm Engram")
    telegram.say(OWNER, "hello")
    telegram.wait_for_text(OWNER, "rule-based")
    assert code not in running.log


@pytest.mark.covered
def test_a_wrong_token_is_one_line(launcher, telegram):
    """A typing error in .env would end in a traceback, or in silence."""
    env = "TELEGRAM_BOT_TOKEN=123456:WRONG-token-of-35-characters-abcdefg\n"
    running = launcher(
        f"[telegram]\napi_url = {telegram.url}\n[fallback]\norder = mock\n", env
    ).start()
    assert exit_code(running.process, 10) == 1
    running.wait_for("Telegram does not know this bot token")
    assert "Traceback" not in running.output


def run(*arguments, text="", folder=ROOT, **environment):
    """Run launcher.py to its end with `text` as its standard input."""
    environment = {**clean_environment(), **environment}
    return completed(launcher_command(*arguments), 20, text, cwd=folder, env=environment)


@pytest.mark.covered
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_the_terminal_chat_answers_without_anything(tmp_path, encoding):
    """Whoever tries Engram without LM Studio would see an error instead of answers."""
    (tmp_path / "config.ini").write_text("[lmstudio]\nurl = http://127.0.0.1:9\n")
    done = run(
        "--console", "--config", str(tmp_path / "config.ini"),
        text="hello\n/status\n/analyze BTC\n", PYTHONIOENCODING=encoding,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("Hello!", "🔴 LMStudio Offline", "📊 Market Analysis for BTC/USDT"):
        assert part in done.stdout


@pytest.mark.covered
def test_an_answer_is_printed_also_where_nothing_can_be_kept(tmp_path):
    """A folder that cannot be written would cost the answer, or the conversation in silence."""
    (tmp_path / "data").write_text("a file where a folder should be")
    (tmp_path / "config.ini").write_text(
        "[fallback]\norder = mock\n[storage]\npath = data/engram.db\n"
    )
    done = run("--ask", "hello", "--config", str(tmp_path / "config.ini"))
    assert done.returncode == 0
    assert "nothing will be remembered" in done.stderr
    assert "Hello!" in done.stdout


def test_ask_prints_one_answer(tmp_path, lmstudio):
    """Engram could not be used in a script."""
    (tmp_path / "config.ini").write_text(f"[lmstudio]\nurl = {lmstudio.url}\n")
    lmstudio.behave(Answer("42"))
    done = run("--ask", "the answer?", "--config", str(tmp_path / "config.ini"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "42\n\n💡 Powered by LMStudio GLM-4.7-flash\n"


def test_ask_stands_alone_unless_it_continues(tmp_path, lmstudio):
    """A script's questions would be told to the model later, in somebody's conversation."""
    (tmp_path / "config.ini").write_text(
        f"[lmstudio]\nurl = {lmstudio.url}\n[market]\nexchange =\n"
    )
    started = ("--config", str(tmp_path / "config.ini"))
    run("--console", *started, text="My name is Ann.\n")
    run("--ask", "one", *started)
    run("--ask", "two", *started)
    run("--ask", "Who am I?", "--continue", *started)
    run("--console", *started, text="And now?\n")
    threads = [one.body.get("previous_response_id") for one in lmstudio.chats]
    said = [lmstudio.thread(thread) if thread else [] for thread in threads]
    asked = [[text for role, text in thread if role == "user"] for thread in said]
    assert asked == [[], [], [], ["My name is Ann."], ["My name is Ann.", "Who am I?"]]


def test_without_a_token_and_a_terminal_it_says_how_to_get_one(tmp_path):
    """A service without a token would seem to run."""
    (tmp_path / "config.ini").write_text("")
    done = run("--config", str(tmp_path / "config.ini"))
    assert done.returncode == 2
    assert done.stderr.startswith("No TELEGRAM_BOT_TOKEN: send /newbot to @BotFather")
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
