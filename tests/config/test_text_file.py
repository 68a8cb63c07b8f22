"""Whatever stands in the place of a configuration file is read, or named, at once."""

import os
import socket

import pytest

from engram.config.text_file import read_text, what_is

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only POSIX has such files")


def made(kind, file):
    """Put something else in the place of `file`."""
    if kind == "a named pipe":
        os.mkfifo(file)
    elif kind == "a folder":
        file.mkdir()
    elif kind == "a device":
        file.symlink_to("/dev/zero")
    else:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(file))


@pytest.mark.parametrize("kind", ["a named pipe", "a folder", "a device", "a socket"])
def test_something_else_is_named_at_once(tmp_path, monkeypatch, kind):
    """A named pipe would hold the bot until somebody writes into it."""
    monkeypatch.chdir(tmp_path)  # the names of sockets are short
    made(kind, file := tmp_path.__class__("config.ini"))
    assert what_is(file) == kind
    with pytest.raises(ValueError, match=f"cannot be read \\(it is {kind}\\)"):
        read_text(file)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"x" * 1_000_001, "more than 1,000,000 bytes"),
        (b"\n" * 10_001, "10,000 lines"),
        (b"\r" * 10_001, "10,000 lines"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_what_cannot_be_a_configuration_is_not_read(tmp_path, data, reason):
    """A log that was copied over it would take minutes and gigabytes."""
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(ValueError, match=reason):
        read_text(tmp_path / "x")


def test_a_file_without_an_end_is_left_at_the_limit(tmp_path):
    """A huge file would fill the memory."""
    with (tmp_path / "x").open("wb") as file:
        file.truncate(50_000_000_000)
    with pytest.raises(ValueError, match="more than"):
        read_text(tmp_path / "x")


def test_ordinary_files_are_read(tmp_path):
    """Windows' line ends and mark would break the first section."""
    (tmp_path / "x").write_bytes(b"\xef\xbb\xbfa\r\nb\rc")
    assert read_text(tmp_path / "x") == "a\nb\nc"
    assert read_text(tmp_path / "none") is None
    assert what_is(tmp_path / "x") == what_is(tmp_path / "none") == ""
