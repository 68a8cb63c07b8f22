"""The chat in the terminal and one printed answer, as processes."""

import pytest

from tests.doubles.lmstudio import Answer
from tests.test_end_to_end import run


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
