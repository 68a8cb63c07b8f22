"""The bot as a process: whether it may run, and how it ends."""

import ctypes
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Hang
from tests.machine_speed import exit_code


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


def test_a_second_bot_on_the_same_store_refuses_to_start(bot, launcher, tmp_path):
    """Two bots would answer everything twice."""
    running = bot()
    folder = tmp_path / "second"
    folder.mkdir()
    text = (running.folder / "config.ini").read_text()
    text += f"[storage]\npath = {running.folder / 'engram.db'}\n"
    other = launcher(text, (running.folder / ".env").read_text(), folder).start()
    assert exit_code(other.process, 10) == 1
    other.wait_for("another bot uses")
    assert "Traceback" not in other.output
