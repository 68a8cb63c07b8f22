"""config.ini and .env are written whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from engram.config import writing
from engram.config.load import load
from engram.config.writing import ConfigFiles
from engram.core.errors import ConfigError
from tests.conftest import ROOT
from tests.doubles.telegram import TOKEN

posix = pytest.mark.skipif(os.name != "posix", reason="Windows knows no such bits")


def mode(file):
    """Who may read and write it."""
    return file.stat().st_mode & 0o777


@pytest.fixture
def files(tmp_path):
    """Files that are not there yet."""
    return ConfigFiles(tmp_path / "config.ini")


def left(folder):
    """The names of all that is in it."""
    return sorted(one.name for one in folder.iterdir())


def test_files_that_are_missing_are_made_with_their_comments(files):
    """Whoever installs a package has nothing to edit, and nothing that says what can be."""
    files.set_secret("TELEGRAM_BOT_TOKEN", TOKEN)
    files.create()
    assert "; several, comma-separated" in files.config.read_text("utf-8")
    assert "# From @BotFather" in files.env.read_text("utf-8")
    assert load(files.config, {}).secrets["TELEGRAM_BOT_TOKEN"] == TOKEN
    assert left(files.env.parent) == [".env", "config.ini"]
    files.config.write_text("# mine\n", "utf-8")
    files.create()
    assert files.config.read_text("utf-8") == "# mine\n"


@posix
@pytest.mark.parametrize(("before", "after"), [(None, 0o600), (0o644, 0o600), (0o400, 0o600)])
def test_nobody_else_reads_the_secrets(files, before, after):
    """Others on this machine could take the bot over."""
    if before is not None:
        files.env.write_text("A=1\n")
        files.env.chmod(before)
    files.set_secret("TELEGRAM_BOT_TOKEN", TOKEN)
    assert mode(files.env) == after
    assert load(files.config, {}).warnings == ()


@posix
@pytest.mark.parametrize("before", [0o640, 0o604])
def test_who_may_read_the_configuration_stays(files, before):
    """The user that the bot runs as could not read it any more."""
    files.config.write_text("[lmstudio]\n")
    files.config.chmod(before)
    files.set_key("lmstudio", "model", "auto")
    assert mode(files.config) == before


@posix
def test_what_a_link_points_to_is_changed(files, tmp_path):
    """Whoever keeps the file elsewhere would edit one that is not read any more."""
    (tmp_path / "kept").mkdir()
    real = tmp_path / "kept" / "mine.ini"
    real.write_text("[lmstudio]\n")
    files.config.symlink_to(real)
    files.set_key("lmstudio", "model", "auto")
    assert files.config.is_symlink()
    assert real.read_text() == "[lmstudio]\nmodel = auto\n"


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), SystemExit(0)])
def test_a_file_is_written_whole_or_stays_as_it_was(files, monkeypatch, step, error):
    """A full disk, or a stop in the middle, would leave half of a file, and no old one."""
    files.config.write_text("# mine\n[lmstudio]\n")

    def fail(*_):
        raise error

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), fail)
    with pytest.raises((ConfigError, SystemExit)) as caught:
        files.set_key("lmstudio", "model", "auto")
    if isinstance(error, OSError):
        said = f"{files.config} cannot be written (No space left on device)"
        assert caught.value.problems == [said]
    assert files.config.read_text() == "# mine\n[lmstudio]\n"
    assert left(files.config.parent) == ["config.ini"]


def test_what_was_left_by_a_process_that_was_killed_goes(files):
    """Secrets would stay in files that nobody knows of."""
    env = files.env
    for name in (".env.0123abcd.engram-new", ".env.20261130.new", "x.env.0123abcd.engram-new"):
        env.with_name(name).write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    files.set_secret("TELEGRAM_BOT_TOKEN", TOKEN)
    assert left(env.parent) == [".env", ".env.20261130.new", "x.env.0123abcd.engram-new"]


def test_what_cannot_be_deleted_keeps_nobody_from_writing(files):
    """One file of another user's would end every setup from then on."""
    files.env.with_name(".env.0123abcd.engram-new").mkdir()
    files.set_secret("TELEGRAM_BOT_TOKEN", TOKEN)
    assert TOKEN in files.env.read_text("utf-8")


def test_what_was_left_is_in_no_commit():
    """Whoever keeps the folder in git would publish the bot's token."""
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {".env", f"*{writing.NEW}"} <= {*ignored}


@pytest.mark.parametrize(
    ("name", "words"),
    [("missing/config.ini", "config.ini cannot be written (No such file or directory)"),
     ("folder", "folder cannot be read (it is a folder)")],
)  # fmt: skip
def test_why_a_file_cannot_be_written_is_a_sentence(tmp_path, name, words):
    """Setup would end with a traceback, and what was typed be lost."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError) as caught:
        ConfigFiles(tmp_path / name).set_key("lmstudio", "model", "auto")
    (problem,) = caught.value.problems
    assert words in problem


@posix
@pytest.mark.parametrize("is_there", [True, False])
def test_files_belong_to_whom_the_folder_or_the_file_belonged(files, monkeypatch, is_there):
    """A bot that runs as a user of its own could not read what root has set up for it."""
    owned = []

    def chown(_file, *owner):
        owned.append(owner)
        raise PermissionError

    monkeypatch.setattr(writing.os, "chown", chown)
    if is_there:
        files.env.write_text("A=1\n")
    files.set_secret("LM_API_TOKEN", "k3y")
    found = (files.env if is_there else files.env.parent).stat()
    assert owned == [(found.st_uid, found.st_gid)]
    assert "LM_API_TOKEN=k3y\n" in files.env.read_text()
