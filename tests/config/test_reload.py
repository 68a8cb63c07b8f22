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
    """A `Reload` that notes what it does."""

    def __init__(self, file):
        self.applied, self.told = [], []
        self.file = file
        self.reload = Reload(file, load(file, {}), self.applied.append, self.told.append)

    def write(self, text, looks=2):
        before = self.file.stat().st_mtime_ns
        self.file.write_text(text)
        os.utime(self.file, ns=(before, before + 1_000_000))
        for _ in range(looks):
            self.reload.look()


def test_a_new_address_holds_from_the_next_question_on(file):
    """Moving LM Studio to another machine would need a restart."""
    watched = Watched(file)
    watched.write("[lmstudio]\nurl = http://127.0.0.1:2\ntimeout = 5\n")
    (settings,) = watched.applied
    assert settings.lmstudio.url == ("http://127.0.0.1:2",)
    (text,) = watched.told
    assert "[lmstudio] url, [lmstudio] timeout: in force from the next question on" in text
    watched.reload.look()
    assert len(watched.told) == 1


def test_what_needs_a_restart_is_named_and_not_applied(file):
    """The owner would wait for a change that never comes."""
    watched = Watched(file)
    watched.write(
        "[telegram]\nstream = off\n[lmstudio]\nurl = http://127.0.0.1:2\n[kraken]\nproxy = http://a:1\n"
    )
    (settings,) = watched.applied
    assert settings.telegram.stream == "edit"
    assert "[telegram] stream, [kraken]: needs a restart" in watched.told[1]


def test_what_is_set_back_needs_no_restart(file):
    """The owner would restart for nothing."""
    watched = Watched(file)
    before = file.read_text()
    watched.write(f"[telegram]\nstream = off\n{before}")
    watched.write(before)
    assert len(watched.told) == 1


def test_a_file_with_mistakes_changes_nothing_and_says_why(file):
    """A typing error would stop a bot that worked."""
    watched = Watched(file)
    watched.write("[lmstudio]\ntiemout = 5\nurl = nonsense\n")
    assert watched.applied == []
    (text,) = watched.told
    assert 'did you mean "timeout"?' in text
    assert "url = nonsense: must be an address" in text
    watched.write("[lmstudio]\nurl = http://127.0.0.1:3\n")
    assert watched.applied[0].lmstudio.url == ("http://127.0.0.1:3",)


def test_a_file_that_is_still_being_written_is_not_read(file):
    """Half a file would be taken for the whole, and everything else be set to its default."""
    watched = Watched(file)
    watched.write("", looks=1)
    watched.write("[lmstudio]\nurl = http://127.0.0.1:2\n", looks=2)
    assert [settings.lmstudio.url for settings in watched.applied] == [("http://127.0.0.1:2",)]


@pytest.mark.parametrize(
    "again",
    ["[lmstudio]\nurl = http://127.0.0.1:1\n", "; a comment\n[lmstudio]\nurl = http://127.0.0.1:1"],
)
def test_an_edit_that_changes_nothing_is_not_told(file, again):
    """Saving the file would make noise."""
    watched = Watched(file)
    watched.write(again)
    assert (watched.applied, watched.told) == ([], [])


def test_a_file_that_is_gone_changes_nothing(file):
    """An editor that replaces the file would reset the bot for a moment."""
    watched = Watched(file)
    file.unlink()
    watched.reload.look()
    watched.reload.look()
    assert watched.told == []


def test_a_new_secret_needs_a_restart(tmp_path):
    """A new token would seem to be in force."""
    old, new = load(tmp_path / "c.ini", {}), load(tmp_path / "c.ini", {"LM_API_TOKEN": "x"})
    assert list(changes(old, new)) == [("", ".env")]
