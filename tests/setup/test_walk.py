"""All steps of `--setup`, one after the other."""

import sys
from functools import partial

import pytest

from engram.setup import looking, walk
from engram.setup.walk import run_setup
from engram.storage.claim import Claim, UnusableError
from tests.doubles.telegram import TOKEN
from tests.machine_speed import LONG


def sit_down(monkeypatch, *streams):
    """Have these be a terminal, for a person who sits in front of it."""
    for stream in (sys.stdin, sys.stdout):
        # They are others in a test than in its fixtures.
        monkeypatch.setattr(stream, "isatty", partial(streams.__contains__, stream), raising=False)


@pytest.fixture
def walked(person, telegram, lmstudio, tmp_path, monkeypatch, capsys):
    """Takes all steps with somebody who types these answers.

    Returns the exit code, what was started with (None where nothing was), and what was printed.
    """
    monkeypatch.setattr(looking, "PATIENCE", LONG)
    config = f"[telegram]\napi_url = {telegram.url}\n[lmstudio]\nurl = {lmstudio.url}\n"

    def walk_through(*answers, more="", env=""):
        settings, started = person.settings(config + more, env), []

        def start(given):
            started.append(given)
            return 7

        person.answers = [*answers]
        sit_down(monkeypatch, sys.stdin, sys.stdout)
        code = run_setup(settings, person.file, person.printer, start, tmp_path / "no machine")
        assert person.answers == []
        printed = capsys.readouterr()
        return code, next(iter(started), None), printed.out + printed.err

    return walk_through


def test_from_nothing_to_the_start(walked, person):
    """Whoever answers all questions would still have no bot."""
    code, started, printed = walked(TOKEN, "", "2", "")
    assert code == 7
    assert started == person.written
    assert started.secrets["TELEGRAM_BOT_TOKEN"] == TOKEN
    assert started.lmstudio.model == "qwen/qwen3-8b"
    titles = [line for line in printed.splitlines() if " of 4 · " in line]
    assert titles == [
        "1 of 4 · The bot in Telegram",
        "2 of 4 · LM Studio",
        "3 of 4 · The model",
        "4 of 4 · Start",
    ]
    assert "it prints a link" in printed


@pytest.mark.parametrize(("last", "code"), [("skip", 0), ("no", 0), ("y", 7)])
def test_each_step_may_be_left_out(walked, person, last, code):
    """Whoever comes for one thing would have to answer all questions."""
    person.files.create()
    found, started, printed = walked("skip", "skip", "skip", last)
    assert found == code
    assert person.written.secrets["TELEGRAM_BOT_TOKEN"] == ""
    assert person.written.lmstudio.model == "GLM-4.7-flash"
    assert (started is None) == (code == 0)
    assert ("Start again without --setup, or with --check" in printed) == (code == 0)
    assert "There is no bot without a token. What can start is the chat" in printed


@pytest.mark.parametrize("answers", [[], [TOKEN], [TOKEN, ""], [TOKEN, "", "2"]])
@pytest.mark.parametrize("key", [KeyboardInterrupt(), EOFError()], ids=["Ctrl-C", "Ctrl-D"])
def test_it_can_be_left_anywhere_and_keeps_what_it_has(walked, person, answers, key):
    """Whoever is called away would have to begin anew, or lose what was there."""
    code, started, printed = walked(*answers, key)
    assert (code, started) == (0, None)
    assert printed.endswith(f"\n{walk.texts.ENDED}\n")
    assert person.written.secrets["TELEGRAM_BOT_TOKEN"] == (TOKEN if answers else "")
    assert person.written.lmstudio.model == ("qwen/qwen3-8b" if "2" in answers else "GLM-4.7-flash")


def test_without_lm_studio_nobody_asks_for_it(walked):
    """Whoever has another provider would be asked where LM Studio is."""
    code, _, printed = walked("", "skip", more="[fallback]\norder = openai, rules\n")
    assert code == 0
    assert "Steps 2 and 3 are about LM Studio, which is not in [fallback] order" in printed


def test_a_bot_that_runs_already_is_named(walked, store):
    """A second bot would end with an error just after all was said to be well."""
    claim = Claim(store.file)
    code, started, printed = walked(TOKEN, "", "")
    claim.release()
    assert (code, started) == (0, None)
    assert f"A bot works with {store.file} already. It takes up another address" in printed


@pytest.mark.parametrize("error", [OSError(), UnusableError()])
def test_a_store_that_cannot_be_claimed_is_for_the_bot_to_tell(walked, store, monkeypatch, error):
    """Setup would end with a traceback over a lock of another user's."""

    def claim(_file):
        raise error

    monkeypatch.setattr(walk, "Claim", claim)
    assert walked("", "", "", "")[0] == 7


def test_files_are_there_to_be_edited_whatever_was_left_out(walked, person, monkeypatch):
    """Whoever skips all in an empty folder would find nothing that says what can be set."""
    real = walk._ask_all

    def ask_all(*arguments):
        person.file.unlink()
        person.files.env.unlink()
        real(*arguments)

    monkeypatch.setattr(walk, "_ask_all", ask_all)
    walked("", "", "", "skip")
    assert "; several, comma-separated" in person.file.read_text("utf-8")
    assert "# From @BotFather" in person.files.env.read_text("utf-8")


def test_files_that_cannot_be_made_hold_up_nothing(walked, person, monkeypatch, tmp_path):
    """On a disk that can only be read nobody could even try the bot."""
    files = type(person.files)(tmp_path / "nowhere" / "config.ini")
    monkeypatch.setattr(walk, "ConfigFiles", lambda _: files)
    code, _, printed = walked("", "", "", "skip", "")
    assert code == 7
    assert "cannot be written (No such file or directory)." in printed


def test_a_mistake_that_was_made_meanwhile_is_named(walked, person):
    """An edit beside setup would end it with a traceback."""
    person.file.write_text("")

    class Editing(str):
        """Enter, while somebody else writes into the file."""

        def strip(self):
            person.file.write_text("[nonsense")
            return ""

    code, started, printed = walked("", "", Editing())
    assert (code, started) == (2, None)
    assert "config.ini is not in the form of an ini file" in printed


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_without_a_terminal_it_says_that_it_needs_one(person, monkeypatch, capsys, stream):
    """A script would wait for ever, or read a token from a pipe."""
    sit_down(monkeypatch, getattr(sys, stream))
    assert run_setup(person.settings(), person.file, person.printer, int) == 2
    assert capsys.readouterr().err.startswith("--setup asks questions, and needs a terminal")
