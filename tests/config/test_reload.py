"""Edits of config.ini and .env while the bot runs."""

import os

import pytest

from engram.config.load import load
from engram.config.reload import Reload
from engram.config.settings import LoggingSettings, TelegramSettings
from tests.doubles.telegram import TOKEN


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "config.ini"
    made.write_text("[lmstudio]\nurl = http://127.0.0.1:1\n")
    return made


class Watched:
    """A `Reload` of `file`, which is edited."""

    def __init__(self, file):
        self.file = file
        self.reload = Reload(file, load(file, {}))

    def write(self, text, looks=2, name="config.ini"):
        """Save `text`; returns what the last look found."""
        file = self.file.with_name(name)
        before = file.stat().st_mtime_ns if file.exists() else 0
        file.write_text(text)
        os.utime(file, ns=(before, before + 1_000_000))
        for _ in range(looks):
            edit = self.reload.look()
        return edit


def test_a_new_address_holds_from_the_next_question_on(file):
    """Moving LM Studio to another machine would need a restart."""
    watched = Watched(file)
    edit = watched.write("[lmstudio]\nurl = http://127.0.0.1:2\ntimeout = 5\n")
    assert edit.settings.lmstudio.url == ("http://127.0.0.1:2",)
    assert edit.at_once == ("[lmstudio] url", "[lmstudio] timeout")
    assert (edit.after_restart, edit.problems) == ((), ())
    assert watched.reload.look() is None


def test_what_needs_a_restart_is_named_and_not_applied(file):
    """The owner would wait for a change that never comes."""
    edit = Watched(file).write(
        "[telegram]\nstream = off\napi_url = http://a:2\n[kraken]\nproxy = http://a:1\n"
        "[lmstudio]\nurl = http://127.0.0.1:1\n[logging]\nlevel = DEBUG\nfile = other.log\n"
    )
    assert edit.settings.telegram == TelegramSettings(stream="off")
    assert edit.settings.logging == LoggingSettings(level="DEBUG")
    assert edit.at_once == ("[telegram] stream", "[logging] level")
    assert edit.after_restart == ("[telegram] api_url", "[logging] file", "[kraken]")


def test_what_is_set_back_needs_no_restart(file):
    """The owner would restart for nothing."""
    watched = Watched(file)
    before = file.read_text()
    assert watched.write(f"[market]\nquote = EUR\n{before}").after_restart
    edit = watched.write(before)
    assert (edit.at_once, edit.after_restart) == ((), ())


def test_a_file_with_mistakes_changes_nothing_and_says_why(file):
    """A typing error would stop a bot that worked."""
    watched = Watched(file)
    edit = watched.write("[lmstudio]\ntiemout = 5\nurl = nonsense\n")
    assert (edit.at_once, edit.after_restart) == ((), ())
    unknown, wrong = edit.problems
    assert 'did you mean "timeout"?' in unknown
    assert "[lmstudio] url: must be an address" in wrong
    edit = watched.write("[lmstudio]\nurl = http://127.0.0.1:3\n")
    assert edit.settings.lmstudio.url == ("http://127.0.0.1:3",)


def test_a_file_that_is_still_being_written_is_not_read(file):
    """Half a file would be taken for the whole, and everything else be set to its default."""
    watched = Watched(file)
    assert watched.write("", looks=1) is None
    edit = watched.write("[lmstudio]\nurl = http://127.0.0.1:2\n", looks=2)
    assert edit.settings.lmstudio.url == ("http://127.0.0.1:2",)


@pytest.mark.parametrize(
    "again",
    ["[lmstudio]\nurl = http://127.0.0.1:1\n", "; a comment\n[lmstudio]\nurl = http://127.0.0.1:1"],
)
def test_an_edit_that_changes_nothing_names_nothing(file, again):
    """Saving the file would make noise."""
    edit = Watched(file).write(again)
    assert (edit.at_once, edit.after_restart, edit.problems) == ((), (), ())


@pytest.mark.parametrize("name", ["config.ini", ".env"])
def test_a_file_that_is_gone_or_empty_changes_nothing(file, name):
    """An editor that replaces the file, or a full disk, would shut the owner out."""
    file.with_name(".env").write_text("TELEGRAM_CHAT_ID=5\n")
    watched = Watched(file)
    file.with_name(name).write_text("")
    assert [watched.reload.look(), watched.reload.look()] == [None, None]
    file.with_name(name).unlink()
    assert [watched.reload.look(), watched.reload.look()] == [None, None]


def test_a_new_owner_or_key_holds_at_once_and_a_new_bot_after_a_restart(file):
    """The owner's other telephone would be a stranger until the restart."""
    watched = Watched(file)
    names = ("TELEGRAM_CHAT_ID", "LM_API_TOKEN")
    edit = watched.write("TELEGRAM_CHAT_ID=5, 6\nLM_API_TOKEN=x\n", name=".env")
    assert (edit.at_once, edit.after_restart) == (names, ())
    assert edit.settings.owners == (5, 6)
    assert edit.settings.secrets["LM_API_TOKEN"] == "x"
    edit = watched.write(f"TELEGRAM_BOT_TOKEN={TOKEN}\n", name=".env")
    assert (edit.at_once, edit.after_restart) == (names, ("TELEGRAM_BOT_TOKEN",))
    assert edit.settings.secrets["TELEGRAM_BOT_TOKEN"] == ""


def test_an_env_without_the_bot_changes_nothing(file):
    """Half a file, or something else in its place, would shut the owner out."""
    file.with_name(".env").write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID=5\n")
    edit = Watched(file).write("LM_API_TOKEN=x\n", name=".env")
    assert edit.problems == (".env TELEGRAM_BOT_TOKEN: is missing",)
    assert edit.settings.owners == (5,)
    assert (edit.at_once, edit.after_restart) == ((), ())
