"""Questions in a terminal, and what is done with the answers."""

import signal
import sys

import pytest

from engram.core.errors import ConfigError
from engram.setup import dialog
from engram.setup.dialog import Dialog, SkippedError


@pytest.mark.parametrize(
    ("typed", "meant"), [("", "auto"), ("  x y ", "x y"), ("SKIPS", "SKIPS"), ("\udcff", "\ufffd")]
)
def test_enter_takes_the_default(person, typed, meant):
    """Whoever agrees would have to type what is on the screen already."""
    person.answers = [typed]
    assert person.dialog.ask("Model", "auto") == meant
    assert person.asked == ["Model [auto]: "]


@pytest.mark.parametrize(("typed", "is_yes"), [("Y", True), ("no", False), ("", True)])
def test_what_is_neither_yes_nor_no_is_asked_again(person, typed, is_yes, capsys):
    """Whoever writes yes in another language would be taken to mean no."""
    person.answers = ["ja", typed]
    assert person.dialog.agrees("Start now", "yes") == is_yes
    assert capsys.readouterr().out == "Type yes or no.\n"


@pytest.mark.parametrize("typed", ["skip", " Skip "])
def test_a_step_is_left_in_the_middle(person, typed, capsys):
    """Whoever cannot answer one question could not come to the next."""
    person.answers = [typed, typed]
    for ask in (lambda: person.dialog.ask("a", "b"), lambda: person.dialog.ask_hidden("a: ")):
        with person.dialog.step("1 of 1"):
            ask()
            raise AssertionError
    assert capsys.readouterr().out == "\n1 of 1\nLeft as it was.\n" * 2


def test_what_is_typed_unseen_is_printed_nowhere(person, capsys):
    """A token would be on the screen, and in the log of the terminal."""
    person.answers = ["  k3y-Of-Nobody-99 "]
    person.dialog.hide(person.dialog.ask_hidden("Token: "))
    person.dialog.say("it was k3y-Of-Nobody-99")
    assert capsys.readouterr().out == "it was ***\n"


def test_a_paste_from_another_code_page_is_no_crash(person):
    """A terminal with another encoding would end setup with a traceback."""
    person.answers = [UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")]
    assert person.dialog.ask_hidden("Token: ") == "\ufffd"


def test_what_a_server_calls_its_model_drives_no_terminal(person):
    """A server could write over what is asked."""
    person.answers = [""]
    person.dialog.ask("Model", "a\x1b[2J\nb")
    assert person.asked == ["Model [a[2J b]: "]


@pytest.mark.parametrize("has_stops", [True, False], ids=["POSIX", "Windows"])
def test_what_is_typed_unseen_is_not_shown_after_a_stop(person, monkeypatch, has_stops):
    """After Ctrl-Z and fg a shell shows what is typed, and that would be the token."""
    stop = getattr(signal, "SIGTSTP", None) if has_stops else None
    if stop is None:
        monkeypatch.delattr(signal, "SIGTSTP", raising=False)
    seen = []

    def getpass(_question):
        seen.append(stop and signal.getsignal(stop))
        return "k3y"

    monkeypatch.setattr(dialog, "getpass", getpass)
    assert person.dialog.ask_hidden("Token: ") == "k3y"
    assert seen == [stop and signal.SIG_IGN]
    assert stop is None or signal.getsignal(stop) == signal.SIG_DFL


def test_lines_are_broken_between_words(person, monkeypatch, capsys):
    """Words would be torn, and an address that is torn cannot be copied."""
    monkeypatch.setenv("COLUMNS", "30")
    url = "http://127.0.0.1:1234/a/path-that-is/longer"
    person.dialog.say(f"Looking at all of these: {url} ...")
    assert capsys.readouterr().out.splitlines() == ["Looking at all of these:", url, "..."]


@pytest.mark.parametrize("left", ["skip", "no"])
def test_what_cannot_be_written_is_tried_again(person, capsys, left):
    """What was typed would be lost because a disk was full for a moment."""
    person.answers, tried = ["", left], []

    def write():
        tried.append(1)
        if len(tried) != 2:
            raise ConfigError(["config.ini cannot be written (No space left on device)"])

    person.dialog.write(write, "write it")
    assert len(tried) == 2
    with pytest.raises(SkippedError):
        person.dialog.write(write, "write it")
    said = "⚠️ config.ini cannot be written (No space left on device). Mend that and press Enter; "
    assert capsys.readouterr().out == f"{said}or type skip, and write it yourself.\n" * 2


def test_a_terminal_without_editing_will_do(person, monkeypatch):
    """Windows has no readline: setup would end before it begins."""
    monkeypatch.setitem(sys.modules, "readline", None)
    person.answers = ["x"]
    assert Dialog(person.printer).ask("a", "b") == "x"
