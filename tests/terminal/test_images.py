"""/image PATH: files of this machine, for a question in the terminal."""

import os

import pytest

from engram.core.attachments import Attachment
from engram.core.errors import AttachmentError, StoppedError
from engram.core.stop import Stop
from engram.terminal.images import PathFiles, read_image


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a picture, one with spaces in its name, and a table."""
    for name in ("chart.png", "my chart 2.PNG", "trades.csv"):
        (tmp_path / name).write_bytes(b"content")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("line", "name", "question"),
    [
        ("/image chart.png", "chart.png", ""),
        ("/image chart.png what is this?", "chart.png", "what is this?"),
        ("/IMAGE   chart.png  BTC 4h?", "chart.png", "BTC 4h?"),
        ('/image "my chart 2.PNG" and this?', "my chart 2.PNG", "and this?"),
        ("/image 'my chart 2.PNG'", "my chart 2.PNG", ""),
        ("/image my chart 2.PNG and this?", "my chart 2.PNG", "and this?"),
        ("/image ~/chart.png why?", "chart.png", "why?"),
        (r"/image my\ chart\ 2.PNG why?", "my chart 2.PNG", "why?"),
    ],
)
def test_a_picture_and_its_question(folder, line, name, question):
    """A chart that lies on the disk could not be asked about."""
    text, sent = read_image(line)
    assert text == question
    assert [(one.name, one.is_picture) for one in sent.attachments] == [(name, True)]
    assert sent.files.read(sent.attachments[0].ref, 100, Stop()) == b"content"


def test_other_files(folder):
    """A table would be taken for a broken picture."""
    _, sent = read_image("/image trades.csv sum it up")
    (table,) = sent.attachments
    assert table == Attachment(table.ref, "trades.csv", is_picture=False)


def test_a_picture_that_was_written_anew_is_another_one(folder):
    """The screenshot before would be looked at in place of this one."""
    _, before = read_image("/image chart.png")
    (folder / "chart.png").write_bytes(b"another")
    os.utime(folder / "chart.png", (5, 5))
    _, now = read_image("/image chart.png")
    assert now.files.read(now.attachments[0].ref, 100, Stop()) == b"another"
    assert now.attachments != before.attachments
    with pytest.raises(AttachmentError, match="has changed since it was shown"):
        now.files.read(before.attachments[0].ref, 100, Stop())


def test_a_folder_without_a_name_is_called_as_it_was_written(folder):
    """A sentence would speak of nothing."""
    _, sent = read_image("/image .")
    with pytest.raises(AttachmentError, match=r"^\. is a folder"):
        sent.files.read(sent.attachments[0].ref, 100, Stop())


def test_a_picture_that_vanishes_as_it_is_named(folder, monkeypatch):
    """Somebody would see a traceback in place of a sentence."""
    monkeypatch.setattr("engram.terminal.images._is_there", lambda _path: True)
    _, sent = read_image("/image gone.png")
    with pytest.raises(AttachmentError, match=r"gone\.png cannot be read"):
        sent.files.read(sent.attachments[0].ref, 100, Stop())


@pytest.mark.parametrize("line", ["hi", "/images", "/imagechart.png", "what does /image do?", ""])
def test_what_is_no_such_command(folder, line):
    """A question would be taken for a path."""
    text, sent = read_image(line)
    assert (text, sent.attachments) == (line, ())


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/image", "Which file"),
        ("/image   ", "Which file"),
        ("/image nothing.png what?", r"no file nothing\.png"),
        ("/image " + "x" * 5000, "no file"),
        ("/image a\0b", "no file"),
        ("/image ~nobody-of-that-name/x", "no file"),
    ],
)
def test_what_names_no_file(folder, line, why):
    """Somebody would see a traceback for a typing error."""
    with pytest.raises(AttachmentError, match=why):
        read_image(line)


def test_what_is_no_file_to_be_read(folder):
    """A pipe would hold up the terminal for ever."""
    os.mkfifo(folder / "pipe.png")
    for ref in (folder / "pipe.png", folder):
        with pytest.raises(AttachmentError, match="is a folder, or no file"):
            PathFiles().read(str(ref), 100, Stop())


def test_what_cannot_be_read(folder):
    """The person would not know why."""
    with pytest.raises(AttachmentError, match=r"gone\.png cannot be read \(No such file"):
        PathFiles().read("gone.png", 100, Stop())


def test_what_is_too_large(folder):
    """A film would fill the memory."""
    (folder / "large.png").write_bytes(b"x" * (2**20 + 1))
    with pytest.raises(AttachmentError, match=r"large\.png is larger than 1 MB"):
        PathFiles().read("large.png", 2**20, Stop())


def test_a_stop(folder):
    """A file would be read that nobody wants any more."""
    stop = Stop()
    stop.request()
    with pytest.raises(StoppedError):
        PathFiles().read("chart.png", 100, stop)
