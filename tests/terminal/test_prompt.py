"""What a person types and pastes, in a real terminal."""

import os
import signal
import sys
import threading

import pytest

from engram.terminal.prompt import hidden_keys
from tests.doubles.lmstudio import Answer, Held
from tests.machine_speed import exit_code

PASTE = "Is this a good trade?\r\n  entry 64,000\n\n\tstop *62,000*\r"
PASTED = "Is this a good trade?\n  entry 64,000\n\n\tstop *62,000*"


def asked(lmstudio):
    """What the model was asked, each with nothing before it."""
    return [chat.body["input"].rstrip() for chat in lmstudio.chats]


def test_a_paste_of_several_lines_is_one_question(terminal, lmstudio):
    """Each line of a table would be a question of its own, and the answers worth nothing."""
    terminal.paste(PASTE)
    terminal.wait_for("stop *62,000*")
    # Nothing is sent before the person says so.
    assert asked(lmstudio) == []
    terminal.type(" What now?\r")
    terminal.wait_for("Powered by")
    assert asked(lmstudio) == [f"{PASTED}\n What now?"]


def test_a_paste_in_the_middle_of_an_answer_is_one_question_after_it(terminal, lmstudio):
    """A paste that comes a moment too early would be torn into its lines."""
    shown = threading.Event()
    held = Held(Answer(deltas=("First ", "second")), {("message.delta", 2): shown})
    lmstudio.behave(held, Answer("All of it."))
    terminal.type("hi\r")
    terminal.wait_for("First")
    terminal.paste(PASTE)
    terminal.type("\r")
    shown.set()
    terminal.wait_for("All of it.")
    assert lmstudio.chats[1].body["input"].rstrip() == PASTED
    answer, _, _ = terminal.text.partition("Powered by")
    assert "good trade" not in answer


def test_a_long_paste_arrives_whole(terminal, lmstudio):
    """A terminal hands over 4,096 characters at once, and the rest would be missing."""
    lines = "".join(f"{number} candles of a long table\n" for number in range(1000))
    writer = threading.Thread(target=terminal.paste, args=[lines])
    writer.start()
    terminal.wait_for("999 candles of a long table", timeout=20)
    writer.join()
    terminal.type("\r")
    terminal.wait_for("Powered by")
    assert asked(lmstudio) == [lines.rstrip()]


@pytest.mark.covered
@pytest.mark.parametrize(
    ("line", "key"), [("half a questi", "\x03"), ("   ", "\x03"), ("half a questi", "signal")]
)
def test_ctrl_c_clears_a_line_that_is_half_typed(terminal, lmstudio, line, key):
    """Whoever thinks better of a question would lose the chat with it."""
    terminal.type(line)
    if key == "signal":
        terminal.wait_for(line)
        os.killpg(terminal.process.pid, signal.SIGINT)
    else:
        terminal.type(key)
    terminal.wait_for_prompt()
    terminal.type("another\r")
    terminal.wait_for("Powered by")
    assert asked(lmstudio) == ["another"]


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_ctrl_c_and_ctrl_d_leave_an_empty_line_and_the_terminal_as_it_was(terminal, key):
    """The shell would show nothing of what is typed, or every paste with strange marks."""
    terminal.type(key)
    assert exit_code(terminal.process, 10) == 0
    terminal.read_all()
    assert terminal.is_as_before()


def test_sigterm_leaves_the_terminal_as_it_was(terminal):
    """A shell after it would show nothing of what is typed."""
    terminal.type("half")
    terminal.wait_for("half")
    terminal.process.terminate()
    assert exit_code(terminal.process, 10) == 0
    terminal.read_all()
    assert terminal.is_as_before()


def test_earlier_questions_come_back(terminal, lmstudio):
    """Whoever wants to ask again, with another word, would type it all anew."""
    terminal.type("What is a dog?\r")
    terminal.wait_for("Powered by")
    terminal.wait_for_prompt()
    terminal.type("\x1b[A\x7f\x7f\x7f\x7fcat?\r")
    lmstudio.wait_for(lambda: len(lmstudio.chats) == 2)
    assert lmstudio.chats[1].body["input"] == "What is a cat?"


@pytest.mark.parametrize(
    "how", [{"columns": 20}, {"TERM": "dumb"}, {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"}]
)
def test_any_terminal_will_do(open_terminal, lmstudio, how):
    """In a narrow window, an editor's shell or with an old locale nobody could ask anything."""
    terminal = open_terminal("", "--console", **how)
    terminal.type("Grüße, 你好: how big should my position be?\r")
    lmstudio.wait_for(lambda: lmstudio.chats)
    assert asked(lmstudio) == ["Grüße, 你好: how big should my position be?"]
    terminal.wait_for_prompt()
    terminal.resize(60)
    terminal.type("\x04")
    assert exit_code(terminal.process, 10) == 0


def test_keys_of_another_code_page_cost_no_answer(terminal, lmstudio):
    """A terminal that speaks Latin-1 would send what no server and no store takes."""
    os.write(terminal.fd, b"gr\xfc\xdfe \x00\xff\r")
    terminal.wait_for("Powered by")
    (text,) = asked(lmstudio)
    assert text.startswith("gr\ufffd")
    terminal.wait_for_prompt()
    terminal.type("go on\r")
    lmstudio.wait_for(lambda: len(lmstudio.chats) == 2)
    assert "previous_response_id" in lmstudio.chats[1].body


def test_what_is_missing_is_said_above_what_is_typed(open_terminal):
    """A person would take the answers of the rules for the model's, or lose a half-typed line."""
    terminal = open_terminal(" binance\n[binance]\napi_url = http://127.0.0.1:9", "--console")
    terminal.type("half a questi")
    terminal.wait_for("Binance could not be reached. (to change: [market] in config.ini)", 30)
    terminal.wait_for_line("> half a questi")


def test_nothing_is_missing_when_all_is_well(open_terminal, exchange):
    """A greeting full of lines that say nothing would hide the one that does."""
    market = f" binance\n[binance]\napi_url = {exchange.url}"
    terminal = open_terminal(market, "--console")
    terminal.type("/status\r")
    terminal.wait_for("🟢 LMStudio Connected")
    assert "⚠️" not in terminal.text


def test_where_no_terminal_can_be_told_anything_keys_are_left_alone(monkeypatch):
    """Windows has no termios: the chat would end before it begins."""
    monkeypatch.setitem(sys.modules, "termios", None)
    with hidden_keys():
        pass
