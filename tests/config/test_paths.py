"""The store and the log get no file that is something else's."""

import os
import unicodedata

import pytest

from engram.config.paths import path_mistakes

LINE = "2026-11-29 01:30:00,123 INFO    engram.app [MainThread] hello\n"


@pytest.fixture
def mistakes(tmp_path):
    """The mistakes with these two paths, in a folder that has a configuration."""
    (tmp_path / "config.ini").write_text("[storage]\n")
    (tmp_path / ".env").write_text("A=b\n")
    (tmp_path / "old.log").write_text(LINE)
    (tmp_path / "notes.txt").write_text("mine\n")
    (tmp_path / "folder").mkdir()

    def found(store="engram.db", log="logs/x.log"):
        return list(path_mistakes(tmp_path / "config.ini", store, log))

    return found


NAMES = [
    ".env", "config.ini", "./.env", "folder/../.env", ".ENV", "Config.INI", ".env ", ".env.",
    ".env::$DATA", ".env.example", unicodedata.normalize("NFKC", "．env"), "",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_the_configuration_is_refused(mistakes, tmp_path, name):
    """The log would be appended to the secrets, and the store replace them."""
    before = (tmp_path / ".env").read_bytes()
    for found in (mistakes(store=name), mistakes(log=name)):
        assert len(found) == 1, found
    assert (tmp_path / ".env").read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="links need a privilege elsewhere")
@pytest.mark.parametrize("kind", ["symbolic", "hard", "dangling", "folder", "pipe", "device"])
def test_what_leads_to_one_is_refused(mistakes, tmp_path, kind):
    """A link would hide what is written to."""
    link = tmp_path / "link"
    if kind == "symbolic":
        link.symlink_to(".env")
    elif kind == "hard":
        link.hardlink_to(tmp_path / ".env")
    elif kind == "dangling":
        (tmp_path / ".env").unlink()
        link.symlink_to(".env")
    elif kind == "folder":
        link.symlink_to(tmp_path)
        assert len(mistakes(log="link/.env")) == len(mistakes(store="link/config.ini")) == 1
    elif kind == "pipe":
        os.mkfifo(link)
    else:
        link.symlink_to("/dev/zero")
    assert len(mistakes(log="link")) == 1
    assert len(mistakes(store="link")) == (kind not in ("folder", "pipe", "device"))


@pytest.mark.parametrize(
    ("store", "log"),
    [
        ("x", "x"), ("x", "X"), ("x", "x-wal"), ("x", "x-shm"), ("x", "x.lock"), ("x.1", "x"),
        ("x", "./folder/../x"), ("engram.db", "engram.db-journal"),
    ],
)  # fmt: skip
def test_one_file_serves_one_key(mistakes, store, log):
    """The log would be written into the store."""
    (found,) = mistakes(store, log)
    assert found.startswith("[logging] file: names a file of [storage] path")


@pytest.mark.parametrize("log", ["notes.txt", "rotated"])
def test_a_file_that_is_no_log_is_not_written_to(mistakes, tmp_path, log):
    """A log would be appended to somebody's notes, or rotated over them."""
    (tmp_path / "rotated.2").write_text("mine\n")
    (found,) = mistakes(log=log)
    assert "no log of Engram's" in found
    assert "notes" not in found


def test_what_is_ours_is_taken(mistakes, tmp_path):
    """An update would refuse the log of the version before it."""
    (tmp_path / "cut.log").write_text("\0" * 100 + "\n  | Traceback\n" + LINE)
    (tmp_path / "empty.log").write_text("")
    for log in ("old.log", "cut.log", "empty.log", "new.log", "none/new.log", os.devnull):
        assert mistakes(log=log) == [], log
    (tmp_path / "store").symlink_to("notes.txt")
    assert mistakes(store="store") == []
    assert mistakes(store="x" * 5000) == []


@pytest.mark.parametrize("name", ["folder", "a\0b", os.devnull])
def test_a_store_that_cannot_be_opened_keeps_nobody_from_starting(mistakes, name):
    """The bot would be silent, and could not tell its owner why."""
    assert mistakes(store=name) == []
    assert len(mistakes(log=name)) == (name != os.devnull)
