"""Edits of config.ini while the bot runs."""

import os

import pytest

from engram.config.load import load
from engram.config.reload import Reload, changes


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

    def write(self, text, looks=2):
        """Save `text`; returns what the last look found."""
        before = self.file.stat().st_mtime_ns
        self.file.write_text(text)
        os.utime(self.file, ns=(before, before + 1_000_000))
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
        "[telegram]\nstream = off\n[lmstudio]\nurl = http://127.0.0.1:2\n[kraken]\nproxy = http://a:1\n"
    )
    assert edit.settings.telegram.stream == "edit"
    assert edit.at_once == ("[lmstudio] url",)
    assert edit.after_restart == ("[telegram] stream", "[kraken]")


def test_what_is_set_back_needs_no_restart(file):
    """The owner would restart for nothing."""
    watched = Watched(file)
    before = file.read_text()
    assert watched.write(f"[telegram]\nstream = off\n{before}").after_restart
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


def test_a_file_that_is_gone_changes_nothing(file):
    """An editor that replaces the file would reset the bot for a moment."""
    watched = Watched(file)
    file.unlink()
    assert [watched.reload.look(), watched.reload.look()] == [None, None]


def test_a_new_secret_needs_a_restart(tmp_path):
    """A new token would seem to be in effect."""
    old, new = load(tmp_path / "c.ini", {}), load(tmp_path / "c.ini", {"LM_API_TOKEN": "x"})
    assert list(changes(old, new)) == [".env"]
