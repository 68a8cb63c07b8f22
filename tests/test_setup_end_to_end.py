"""`--setup` in a real terminal, from nothing to the bot that answers."""

import contextlib
import re
import signal
import subprocess

import pytest

from tests.conftest import OWNER
from tests.doubles.telegram import TOKEN
from tests.machine_speed import exit_code, within
from tests.terminal.pseudo_terminal import Terminal
from tests.test_end_to_end import run


@pytest.fixture
def open_setup(tmp_path, telegram, market):
    """Open a terminal with `--setup` in it."""
    pytest.importorskip("pty", reason="Windows has no pseudo-terminals")
    made = []
    (tmp_path / "config.ini").write_text(f"; mine\n[telegram]\napi_url = {telegram.url}\n{market}")

    def start():
        made.append(Terminal(tmp_path, "--config", "config.ini", "--setup"))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.mark.covered
def test_from_nothing_to_a_bot_that_answers(open_setup, telegram, lmstudio, tmp_path):
    """A newcomer would need an afternoon and four documents."""
    terminal = open_setup()
    for question, answer in (
        ("Bot token, which is not shown [none]:", TOKEN),
        ("Address, or again", lmstudio.url),
        ("Number or name, or auto", "2"),
        ("Start now [yes]:", ""),
    ):
        terminal.wait_for(question, 20)
        terminal.type(f"{answer}\r")
    terminal.wait_for("Bot is running", 20)
    code = re.search(r"or send it (\w+)", terminal.text)[1]
    telegram.answer_to(OWNER, f"/start {code}", "You own this bot now")
    assert (tmp_path / "config.ini").read_text().startswith("; mine\n")

    again = open_setup()
    again.wait_for("The bot is @engram_test_bot", 20)
    for question in ("[keep it]:", f"[{lmstudio.url}]:", "[qwen/qwen3-8b]:"):
        again.wait_for(question, 20)
        again.type("\r")
    again.wait_for("A bot works with")
    assert exit_code(again.process, 10) == 0

    terminal.type("\x03")
    assert exit_code(terminal.process, 10) == 0
    for one in (terminal, again):
        one.read_all()
        assert one.is_as_before()
        assert TOKEN not in one.screen

    done = run("--config", str(tmp_path / "config.ini"), "--check")
    assert done.returncode == 0
    assert "✅ LM Studio: qwen/qwen3-8b" in done.stdout
    assert "⚠️" not in done.stdout


@pytest.mark.parametrize("how", ["\x03", "\x04", signal.SIGTERM])
def test_leaving_it_leaves_the_terminal_and_the_files_as_they_were(open_setup, tmp_path, how):
    """The shell would show nothing of what is typed, as while a token is."""
    before = (tmp_path / "config.ini").read_text()
    terminal = open_setup()
    terminal.wait_for("Bot token", 20)

    def leave(moment):
        # A signal that arrives just before the terminal is read is seen only with the next.
        terminal.type(how) if isinstance(how, str) else terminal.process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            terminal.process.wait(moment)
        return terminal.process.poll() is not None

    assert within(10, leave)
    assert terminal.process.returncode == 0
    terminal.read_all()
    assert ("Setup has ended here." in terminal.text) == isinstance(how, str)
    assert terminal.is_as_before()
    assert (tmp_path / "config.ini").read_text() == before
    assert not (tmp_path / ".env").exists()
