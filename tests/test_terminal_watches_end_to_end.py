"""What is armed in a terminal, with the bot and terminals as processes: who looks, and who tells.

One bot, or one terminal, at a time looks and tells. What a terminal has printed is delivered.
"""

import contextlib
import os
import re
import signal

import pytest
from filelock import FileLock, Timeout

from tests.conftest import OWNER, clean_environment, launcher_command
from tests.machine_speed import completed
from tests.world import COINS, MINUTE, World

pytestmark = pytest.mark.unpaced

pytest.importorskip("pty", reason="Windows has no pseudo-terminals")


@pytest.fixture
def world(tmp_path, telegram, exchange, launcher):
    """A bot without an owner, which does not run yet."""
    return World(tmp_path, telegram, exchange, launcher, owner=None)


@pytest.fixture
def open_terminal(world):
    """Open a terminal with the chat in it."""
    from tests.terminal.pseudo_terminal import Terminal

    made = []

    def start():
        folder = world.bot.folder
        made.append(Terminal(folder, "--config", "config.ini", "--console", adjusted=True))
        made[-1].wait_for_prompt()
        return made[-1]

    yield start
    for one in made:
        one.process.send_signal(signal.SIGCONT)
        one.close()


def ask(terminal, text, answer):
    """Type a question and wait for what has to be in the answer."""
    terminal.screen = ""
    terminal.type(text + "\r")
    terminal.wait_for(answer)


def is_printed(terminals, coin):
    """Whether one of them has printed that the coin's alert fired; it is read until then."""
    for one in terminals:
        one.read_all()
    return sum(one.text.count(f"🔔 {coin}/USDT rises above") for one in terminals)


def is_free(lock):
    """Whether nobody has that lock."""
    with contextlib.suppress(Timeout), FileLock(lock, timeout=0):
        return True
    return False


def test_one_of_all_that_could_tell_does(world, open_terminal, telegram):
    """An alert would be told twice, or never, as terminals and the bot come and go."""
    first = open_terminal()
    for coin in COINS:
        ask(first, f"/alert {coin} > 110", "takes it back.")
    ask(first, "/alerts", "4 alerts armed")
    first.screen = ""
    world.wick("BTC", world.minute() + 20, 120.0)
    with world.fast():
        first.wait_for("🔔 BTC/USDT rises above 110")
    second = open_terminal()
    world.look()
    both = first, second
    assert (is_printed(both, "BTC"), is_printed([second], "BTC")) == (1, 0)
    # A terminal that is stopped holds nobody up.
    first.process.send_signal(signal.SIGSTOP)
    os.utime(world.bot.folder / "engram.db.watch", (0, 0))
    world.wick("ETH", world.minute() + 20, 121.0)
    with world.fast():
        second.wait_for("🔔 ETH/USDT rises above 110")
    # Terminals tell nothing while a bot runs, and the bot waits until it has an owner.
    world.start()
    first.process.send_signal(signal.SIGCONT)
    # For a second the terminal that looked does not know of the bot.
    world.wait(lambda: is_free(world.bot.folder / "engram.db.watch"))
    world.wick("SOL", world.minute() + 20, 122.0)
    world.wait(lambda: world.rows("SELECT 1 FROM alerts WHERE state = 'fired'"))
    code = re.search(r"start=(\S+)", world.bot.output)[1]
    telegram.say(OWNER, f"/start {code}")
    telegram.wait_for_text(OWNER, "🔔 SOL/USDT rises above 110.00\n122.00")
    telegram.answer_to(OWNER, "/alerts", "DOGE/USDT rises above 110.00")
    assert world.bot.stop() == 0
    world.wick("DOGE", world.minute() + 20, 123.0)
    world.wait(lambda: is_printed(both, "DOGE"))
    world.wait_until(world.now() + 3 * MINUTE)
    assert [is_printed(both, coin) for coin in COINS] == [1, 1, 0, 1]
    assert len(world.fired()) == 1
    assert {state for (state,) in world.rows("SELECT state FROM alerts")} == {"delivered"}


def test_a_terminal_has_all_commands_and_takes_back_by_text(world, tmp_path):
    """Whoever has no Telegram could arm what they never get rid of."""
    answers = {
        "/alert BTC > 110": "/disarm 1 takes it back.",
        "tell me when eth goes above 120": "/disarm 2 takes it back.",
        "/alerts": "🔔 2 alerts armed",
        "/disarm 1": "✖ Disarmed: BTC/USDT rises above 110.00",
        "/watch BTC 1h": "/disarm w1 takes it back.",
        "/watchlist": "👁 1 market · Binance",
        "/unwatch BTC 1h": "✖ No longer watched: BTC/USDT (1h, Binance)",
        "/digest 08:00": "each day at 08:00 UTC",
        "/digest off": "🗞 No more digests.",
        "/price btc eth": "ETH/USDT 100.",
        "/record": "📒 What became of the signals shown here",
    }
    said = in_terminal(tmp_path, "--console", text="\n".join(answers))
    for answer in answers.values():
        before, found, said = said.partition(answer)
        assert found, f"{answer!r} does not come after {before!r}"
    # What is asked from a script is armed for the same terminal.
    assert "/disarm 3 takes it back." in in_terminal(tmp_path, "--ask", "/alert SOL > 110")
    rows = world.rows("SELECT chat, symbol FROM alerts WHERE state = 'armed' ORDER BY number")
    assert rows == [("console", "ETH/USDT"), ("console", "SOL/USDT")]


def in_terminal(folder, *arguments, text=""):
    """What `launcher.py` prints with these arguments, and `text` as its input."""
    command = launcher_command("--config", "config.ini", *arguments, adjusted=True)
    done = completed(command, 60, text, cwd=folder, env=clean_environment())
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
