"""The terminal chat, in a real terminal where that matters."""

import io
import os
import re
import signal
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.spinner import Spinner

from engram.core.events import Finished, TextDelta
from engram.core.markdown.blocks import formatted
from engram.core.masking.masking import Masking
from engram.storage.outbox import TERMINAL, Outbox
from engram.storage.store import Store
from engram.storage.watch.armed import Armed, Place
from engram.storage.watch.ledger_table import LedgerTable
from engram.storage.watch.tables import WatchTables
from engram.terminal.console import Console, LiveAnswer, _unseen
from engram.terminal.printer import Printer
from tests.chat.sent.bench import Sighted, png
from tests.conftest import make_assistant
from tests.core.markdown.conftest import characters
from tests.core.markdown.conftest import texts as markdown_texts
from tests.doubles.lmstudio import Answer, Held, Reset
from tests.machine_speed import exit_code
from tests.watch.ledger.conftest import row

PRINTER = Printer(Masking())


class Says:
    """A responder that always says the same."""

    name, base_url, available = "mock", "", True

    def __init__(self, text):
        self.text = text

    def respond(self, question):
        yield Finished(self.text, self.name)


def console(text):
    return Console(make_assistant(Says(text)), PRINTER)


def test_ask_prints_the_answer_and_nothing_else(capsys):
    """A script would have to find the answer among other text."""
    console("hi").ask("x")
    assert capsys.readouterr().out == "hi\n\n⚠️ Note: Using rule-based answers\n"


def test_a_picture_of_this_machine_is_shown_to_the_model(capsys, tmp_path):
    """A chart on the disk could be asked about in Telegram only."""
    (tmp_path / "my chart.png").write_bytes(png())
    model = Sighted("A red square.")
    Console(make_assistant(model), PRINTER).ask(f"/image {tmp_path}/my chart.png what is it?")
    assert capsys.readouterr().out == "A red square.\n\n💡 Powered by LMStudio GLM\n"
    assert (model.questions[0].text, model.seen) == ("what is it?", [1])


def test_a_picture_that_is_not_there(capsys):
    """A typing error in a path would be asked of the model."""
    model = Sighted()
    Console(make_assistant(model), PRINTER).ask("/image nothing.png what is it?")
    assert capsys.readouterr().out.startswith("There is no file nothing.png here.")
    assert not model.questions


def test_a_table_of_engrams_own_is_printed_without_its_fences(capsys, tmp_path):
    """A watchlist in a script's output would stand between rows of backticks."""
    store = Store(tmp_path / "engram.db")
    tables = WatchTables(store, Outbox(store))
    where = Place("binance", "BTC/USDT", "4h")
    tables.watched.watch(Armed(TERMINAL, "x"), where, at=1.0, signal="BUY", since=1, judged=1)
    Console(make_assistant(Says("**x**"), store=store), PRINTER).ask("/watchlist", alone=True)
    printed = capsys.readouterr().out
    assert "BTC" in printed
    assert "```" not in printed
    store.close()


def test_a_text_cannot_drive_the_terminal(capsys):
    """A model could clear the screen, or write to the clipboard."""
    console("a\x1b[2J\x9b1mb\x07\tc\rd").ask("x")
    assert capsys.readouterr().out.startswith("a[2J1mb\tcd\n")


def test_ctrl_c_in_a_pipe_goes_on_with_the_next_line(capsys, monkeypatch):
    """A script's other questions would be lost with the one that takes too long."""

    class Interrupted(Says):
        def respond(self, question):
            if question.text == "long":
                raise KeyboardInterrupt
            return super().respond(question)

    monkeypatch.setattr("sys.stdin", io.StringIO("long\n\nshort\n"))
    Console(make_assistant(Interrupted("Yes.")), PRINTER).run()
    assert capsys.readouterr().out.split("\n")[:3] == ["", "⏹ Stopped.", "Yes."]


def test_the_end_of_a_long_line_is_seen_while_it_grows():
    """In a narrow window a paragraph would stand still while the model writes on."""
    from rich.console import Console as Screen

    screen = Screen(width=20, height=10, file=io.StringIO())
    live = LiveAnswer(PRINTER)
    live._so_far.take(TextDelta(" ".join(f"word{number}" for number in range(200))))
    screen.print(live._view(screen))
    rows = screen.file.getvalue().splitlines()
    assert len(rows) == 5
    assert rows[-1].rstrip().endswith("word199")


def test_what_was_read_stays_when_the_process_is_told_to_end(capsys):
    """A person would lose the answer together with the chat."""

    def events():
        yield TextDelta("So far")
        raise SystemExit

    with pytest.raises(SystemExit):
        LiveAnswer(PRINTER).show(events())
    assert "So far" in capsys.readouterr().out


def printed(shown, width=80):
    """What stands in a terminal after `shown` was printed: its lines, without spaces at the end."""
    from rich.console import Console as Screen

    screen = Screen(width=width, file=io.StringIO())
    screen.print(shown)
    return [line.rstrip() for line in screen.file.getvalue().splitlines()]


@pytest.mark.parametrize("markdown", [True, False])
def test_line_ends_stay(markdown):
    """Signal and confidence would run together into one line."""
    lines = printed(
        LiveAnswer(PRINTER)._rendered("Signal: BUY\nConfidence: \x1b[31mHigh", markdown=markdown),
        40,
    )
    assert lines == ["Signal: BUY", "Confidence: [31mHigh"]


def test_formatting_is_shown_in_the_terminal():
    """People would read asterisks, or nothing would stand out."""
    shown = LiveAnswer(PRINTER)._rendered(
        "**Buy** `x` *i* ~~s~~\n\n> q\n\n| a | b |\n|-|-|\n| 5*3 | x |", markdown=True
    )
    assert shown.plain == "Buy x i s\n\nq\n\na    b\n───  ─\n5*3  x"
    assert [str(span.style) for span in shown.spans] == [
        "bold", "cyan", "italic", "strike", "dim", "cyan",
    ]  # fmt: skip


@settings(max_examples=100, deadline=None, derandomize=True)
@given(markdown_texts, st.booleans())
def test_the_terminal_loses_nothing(text, growing):
    """Numbers would be joined at the end of a line, or signs vanish."""
    shown = LiveAnswer(PRINTER)._rendered(text, markdown=True, growing=growing)
    assert characters("".join(printed(shown, 20))) == characters(shown.plain)
    assert shown.plain == formatted(text, growing=growing).text


def test_a_live_answer_shows_its_end():
    """The formatting of a long answer would depend on where the terminal cuts it."""
    from rich.console import Console as Screen

    screen, answer = Screen(width=40, height=20, file=io.StringIO()), LiveAnswer(PRINTER)
    assert isinstance(answer._view(screen), Spinner)
    answer._so_far.take(TextDelta("```\n" + "x*y*z\n" * 40))
    screen.print(answer._view(screen))
    assert screen.file.getvalue().split() == ["x*y*z"] * 10


@pytest.mark.parametrize(
    ("answer", "unseen"),
    [
        (Finished("Up", "lmstudio"), "\nUp"),
        (Finished("panel\nnote", "mock", completes_panel=True), "\n"),
        (Finished("panel\n\nother note", "mock", completes_panel=True), "\nother note"),
        (Finished("panel\nnote\nmore", "mock", completes_panel=True), "\nmore"),
    ],
)
def test_no_line_of_a_panel_is_printed_twice(answer, unseen):
    """The same figures would be on screen twice."""
    assert _unseen(answer, "panel\nnote") == unseen


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


@pytest.mark.covered
def test_without_a_bot_token_the_start_opens_a_chat(open_terminal, lmstudio):
    """Whoever tries Engram for the first time would see nothing but a sentence about tokens."""
    lmstudio.behave(Answer("It works."))
    terminal = open_terminal("")
    assert "this is the chat in the terminal" in terminal.text
    terminal.type("hi\n")
    terminal.wait_for("It works.")
    terminal.wait_for("Powered by")
    terminal.wait_for_prompt()
    terminal.type("/quit\n")
    assert exit_code(terminal.process, 10) == 0


@pytest.mark.covered
def test_progress_shows_while_nothing_else_does(terminal, lmstudio):
    """While a model loads, a person would think that the bot hangs."""
    is_shown = threading.Event()
    answer = Answer("hi", load=(0.4, 1.0))
    lmstudio.behave(Held(answer, {("model_load.progress", 1): is_shown}))
    terminal.type("hi\n")
    terminal.wait_for("Loading model ▓▓▓▓░░░░░░ 40 %")
    is_shown.set()
    terminal.wait_for("Powered by")


@pytest.mark.covered
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


def after_the_last_redraw(screen):
    """What was written after the live area was erased for the last time: it stays."""
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", screen.rpartition("\x1b[2K")[2])


@pytest.mark.parametrize("press", ["key", "signal"])
def test_ctrl_c_stops_the_answer_and_leaves_what_was_read(terminal, lmstudio, press):
    """What a person stopped because it was enough would vanish, and the model forget it."""
    lmstudio.behave(Answer(deltas=("word ",) * 1000, delay_between=0.05), Answer("Next."))
    terminal.type("hi\n")
    terminal.wait_for("word word")
    if press == "key":
        terminal.type("\x03")
    else:
        os.killpg(terminal.process.pid, signal.SIGINT)
    terminal.wait_for("⏹ Stopped.")
    left, _, _ = terminal.screen.partition("⏹ Stopped.")
    assert after_the_last_redraw(left).startswith("word word")
    lmstudio.wait_for(lambda: lmstudio.chats[0].disconnected_at, timeout=2)
    terminal.wait_for_prompt()
    terminal.type("go on\n")
    terminal.wait_for("Powered by")
    assert "word word" in lmstudio.chats[1].body["input"]
    terminal.wait_for_prompt()
    terminal.type("\x03")
    assert exit_code(terminal.process, 10) == 0


@pytest.mark.covered
@pytest.mark.parametrize("text", [(), ("# A title", "\x1b[2J")])
def test_ctrl_c_before_anything_was_read_stops_as_well(terminal, lmstudio, text):
    """Whoever waits for a slow model could do nothing but leave."""
    never = threading.Event()
    held = {("message.delta", 1 + len(text)): never}
    lmstudio.behave(Held(Answer(deltas=(*text, "never")), held))
    terminal.type("hi\n")
    lmstudio.wait_for(lambda: lmstudio.chats)
    terminal.type("\x03")
    terminal.wait_for("⏹ Stopped.")
    terminal.wait_for_prompt()
    assert "\x1b[2J" not in terminal.screen
    assert terminal.process.poll() is None
    # What the double holds for too long would fail the test that runs by then.
    never.set()


@pytest.mark.covered
def test_ctrl_c_need_not_wait_for_an_exchange(open_terminal, lmstudio, exchange):
    """Whoever thinks better of it would look at a spinner for five seconds."""
    market = f" binance\n[binance]\napi_url = {exchange.url}"
    # However late Ctrl-C is seen here, no answer may come before it.
    terminal = open_terminal(market, "--console", patient=True)
    # What is loaded at the start, days too, must not find out that the exchange is in trouble.
    exchange.wait_for(lambda: exchange.count("klines") == 2, timeout=30)
    exchange.fail("klines", "hang", times=None)
    terminal.type("/analyze ETH 15m\r")
    terminal.wait_for("Fetching market data")
    terminal.type("\x03")
    terminal.wait_for("⏹ Stopped.")
    terminal.wait_for_prompt()
    terminal.type("hi\r")
    terminal.wait_for("Powered by", 20)


def test_sigterm_ends_it_in_the_middle_of_an_answer(terminal, lmstudio):
    """A terminal that is closed would leave the process behind."""
    lmstudio.behave(Answer(deltas=("word ",) * 1000, delay_between=0.05))
    terminal.type("hi\n")
    terminal.wait_for("word word")
    terminal.process.terminate()
    assert exit_code(terminal.process, 2) == 0
    terminal.read_all()
    assert "word word" in after_the_last_redraw(terminal.screen)
    assert terminal.is_as_before()


@pytest.mark.parametrize("live", [False, True])
def test_a_file_is_printed_or_written_beside_the_charts(capsys, tmp_path, live):
    """/record csv would say how much there is, and show nothing."""

    def ask(charts):
        store = Store(None)
        LedgerTable(store).add(row())
        shown = make_assistant(store=store)
        if live:
            LiveAnswer(PRINTER, charts).show(shown.reply("1", "/record csv"))
        else:
            Console(shown, PRINTER, charts).ask("/record csv")
        return capsys.readouterr().out.splitlines()

    said, head, line = ask(None)
    assert said.startswith("📒 The signals shown here: 1")
    assert (head.split(",")[0], line.split(",")[:2]) == ("exchange", ["binance", "BTC/USDT"])
    _, told = ask(tmp_path)
    (file,) = tmp_path.iterdir()
    assert told == f"📎  File: {file}"
    assert file.read_text().splitlines() == [head, line]
