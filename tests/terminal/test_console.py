"""The terminal chat, in a real terminal where that matters."""

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time

import pytest

from engram.core.events import Finished, Panel
from engram.terminal.console import Console, _rendered, save_chart
from tests.conftest import ROOT, clean_environment, make_assistant
from tests.doubles.lmstudio import Answer, Held, Reset
from tests.machine_speed import exit_code, within


class Says:
    """A responder that always says the same."""

    name, base_url, available = "mock", "", True

    def __init__(self, text):
        self.text = text

    def respond(self, question):
        yield Finished(self.text, self.name)


def console(text):
    return Console(make_assistant(Says(text)))


def test_ask_prints_the_answer_and_nothing_else(capsys):
    """A script would have to find the answer among other text."""
    console("hi").ask("x")
    assert capsys.readouterr().out == "hi\n\n⚠️ Note: Using rule-based answers\n"


def test_a_text_cannot_drive_the_terminal(capsys):
    """A model could clear the screen, or write to the clipboard."""
    console("a\x1b[2J\x9b1mb\x07\tc\rd").ask("x")
    assert capsys.readouterr().out.startswith("a[2J1mb\tcd\n")


def panel(chart=b"PNG"):
    return Panel("BTC/USDT", "4h", "📊 Market Analysis for BTC/USDT", lambda: chart)


def test_a_chart_is_written_into_a_file_of_its_markets_name(tmp_path):
    """A person could not tell the charts in the folder apart."""
    line = save_chart(panel(), tmp_path / "charts")
    (file,) = (tmp_path / "charts").iterdir()
    assert re.fullmatch(r"BTC-USDT-\d{8}-\d{6}\.png", file.name)
    assert file.read_bytes() == b"PNG"
    assert line == f"🖼  Chart: {file}"


def test_without_a_folder_or_a_chart_nothing_is_written(tmp_path):
    """Charts would litter the disk, or an empty file would look like one."""
    assert save_chart(panel(), None) == ""
    assert save_chart(panel(None), tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    """A person would look for a chart that is nowhere, or lose the answer with it."""
    (tmp_path / "file").write_text("in the way")
    line = save_chart(panel(), tmp_path / "file")
    assert line.startswith(f"⚠️  The chart cannot be written to {tmp_path / 'file'} (")
    assert line.endswith("); name another --charts")


@pytest.mark.parametrize("markdown", [True, False])
def test_line_ends_stay(markdown):
    """Signal and confidence would run together into one line."""
    from rich.console import Console as Screen

    screen = Screen(width=40, record=True, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    with screen.file:
        screen.print(_rendered("Signal: BUY\nConfidence: \x1b[31mHigh", markdown=markdown))
    lines = [line.rstrip() for line in screen.export_text().splitlines()]
    assert lines == ["Signal: BUY", "Confidence: [31mHigh"]


class Terminal:
    """launcher.py in a pseudo-terminal."""

    def __init__(self, pty, folder, config, *arguments):
        (folder / "config.ini").write_text(config)
        self.fd, child = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "launcher.py"), "--config", str(folder / "config.ini"),
             *arguments],
            stdin=child, stdout=child, stderr=child,
            env={**clean_environment(), "TERM": "xterm", "COLUMNS": "80", "LINES": "24"},
            preexec_fn=os.setsid,
        )  # fmt: skip
        os.close(child)
        self.screen = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait_for(self, text, timeout=10):
        """Read the screen until `text` is on it, colours aside."""

        def read(moment):
            until = time.monotonic() + moment
            while text not in re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", self.screen):
                if not select.select([self.fd], [], [], max(until - time.monotonic(), 0))[0]:
                    return False
                self.screen += os.read(self.fd, 65536).decode(errors="replace")
            return True

        assert within(timeout, read), self.screen

    def close(self):
        def leave(moment):
            # One that arrives just before the terminal is read is seen only with the next.
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(moment)
            return self.process.poll() is not None

        try:
            assert within(10, leave)
        finally:
            self.process.kill()
            os.close(self.fd)


@pytest.fixture
def open_terminal(tmp_path, lmstudio):
    """Open a terminal with the chat in it, and the model server behind it."""
    pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")
    made = []

    def start(market, *arguments):
        config = f"[lmstudio]\nurl = {lmstudio.url}\n[market]\nexchange ={market}\n"
        made.append(Terminal(pty, tmp_path, config, *arguments))
        made[-1].wait_for("> ")
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def terminal(open_terminal):
    """One without market data."""
    return open_terminal("", "--console")


def test_the_answer_streams_into_the_terminal(terminal, lmstudio):
    """A person would see nothing until the answer is complete."""
    first_is_there = threading.Event()
    answer = Answer(deltas=("# First\n", "second ", "third"))
    lmstudio.behave(Held(answer, {("message.delta", 2): first_is_there}))
    terminal.type("hi\n")
    terminal.wait_for("First")
    assert "third" not in terminal.screen
    first_is_there.set()
    terminal.wait_for("Powered by LMStudio GLM-4.7-flash")


def test_without_a_bot_token_the_start_opens_a_chat(open_terminal, lmstudio):
    """Whoever tries Engram for the first time would see nothing but a sentence about tokens."""
    lmstudio.behave(Answer("It works."))
    terminal = open_terminal("")
    assert "@BotFather" in terminal.screen
    terminal.type("hi\n")
    terminal.wait_for("It works.")
    terminal.wait_for("Powered by")
    terminal.screen = terminal.screen.rpartition("Powered by")[2]
    # Before the next prompt nobody reads what is typed as the end of input.
    terminal.wait_for("> ")
    terminal.type("\x04")
    assert exit_code(terminal.process, 10) == 0


def test_progress_shows_while_nothing_else_does(terminal, lmstudio):
    """While a model loads, a person would think that the bot hangs."""
    is_shown = threading.Event()
    answer = Answer("hi", load=(0.4, 1.0))
    lmstudio.behave(Held(answer, {("model_load.progress", 1): is_shown}))
    terminal.type("hi\n")
    terminal.wait_for("Loading model ▓▓▓▓░░░░░░ 40 %")
    is_shown.set()
    terminal.wait_for("Powered by")


def test_an_analysis_shows_its_panel_and_names_its_chart(
    open_terminal, lmstudio, exchange, tmp_path
):
    """A person would see only what the model says about figures that are not there."""
    lmstudio.behave(Answer("It rises."))
    market = f" binance\n[binance]\napi_url = {exchange.url}"
    terminal = open_terminal(market, "--console", "--charts", str(tmp_path / "charts"))
    terminal.type("/analyze BTC 4h\n")
    terminal.wait_for("Market Analysis for BTC/USDT", timeout=20)
    terminal.wait_for("Chart: ", timeout=20)
    terminal.wait_for("It rises.")
    terminal.wait_for("Powered by LMStudio")
    (chart,) = (tmp_path / "charts").iterdir()
    assert chart.read_bytes().startswith(b"\x89PNG")


def test_an_answer_that_breaks_off_gives_way_to_the_next_attempt(terminal, lmstudio):
    """Half an answer would stand there as if it were still growing."""
    is_shown = threading.Event()
    held = Held(Answer("All of it."), {("chat.start", 1): is_shown})
    lmstudio.behave(Reset(1, Answer("Half")), held)
    terminal.type("hi\n")
    terminal.wait_for("attempt 2 of 2")
    is_shown.set()
    terminal.wait_for("All of it.")
    terminal.wait_for("Powered by")


def test_ctrl_c_stops_the_answer_and_a_second_one_leaves(terminal, lmstudio):
    """A long answer could only be stopped by leaving."""
    lmstudio.behave(Answer(deltas=("word ",) * 1000, delay_between=0.05))
    terminal.type("hi\n")
    terminal.wait_for("word word")
    os.killpg(terminal.process.pid, signal.SIGINT)
    terminal.wait_for("⏹ Stopped.")
    lmstudio.wait_for(lambda: lmstudio.chats[0].disconnected_at, timeout=2)
    assert terminal.process.poll() is None
    # One that arrives just before the terminal is read is seen only with the next.
    while terminal.process.poll() is None:
        os.killpg(terminal.process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            terminal.process.wait(0.2)
    assert terminal.process.returncode == 0


def test_sigterm_ends_it_in_the_middle_of_an_answer(terminal, lmstudio):
    """A terminal that is closed would leave the process behind."""
    lmstudio.behave(Answer(deltas=("word ",) * 1000, delay_between=0.05))
    terminal.type("hi\n")
    terminal.wait_for("word word")
    terminal.process.terminate()
    assert exit_code(terminal.process, 2) == 0


def test_the_end_of_input_ends_it(terminal):
    """Ctrl-D would do nothing."""
    terminal.type("\x04")
    assert exit_code(terminal.process, 5) == 0
