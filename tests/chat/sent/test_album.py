"""What opens pictures and files, and remembers the last pictures."""

import pytest

from engram.chat.sent.album import REMEMBERED, Album
from engram.core.attachments import Attachment, Picture
from engram.core.errors import AttachmentError, StoppedError
from engram.core.stop import Stop
from tests.chat.sent.bench import SentFiles, png


@pytest.fixture
def files():
    """A picture, a text, and what is neither."""
    return SentFiles(chart=png(), notes=b"Buy low, sell high.", junk=b"\0\1\2")


def test_a_picture_is_fetched_once(files):
    """Each follow-up would download it again."""
    album = Album()
    first = album.picture(Attachment("chart"), files, Stop())
    again = album.again([Picture("chart", 400, 300)], files, Stop())[0]
    assert (first.width, first.height) == (400, 300)
    assert again.is_at_hand
    assert again.load() == first.load()
    assert files.fetched == ["chart"]


def test_a_picture_that_was_forgotten_is_fetched_again(files):
    """After a restart, or many pictures, a model would not be shown what it is asked about."""
    again = Album().again([Picture("chart", 400, 300)], files, Stop())[0]
    assert files.fetched == []
    assert not again.is_at_hand
    assert again.load().width == 400
    assert files.fetched == ["chart"]


@pytest.mark.parametrize("ref", ["gone", "junk"])
def test_a_picture_that_is_gone_ends_no_conversation(files, ref):
    """Nothing could be asked any more once Telegram has dropped an old picture."""
    assert Album().again([Picture(ref, 400, 300)], files, Stop())[0].load() is None


def test_where_there_are_no_files(files):
    """What the bot was shown could not be spoken of in the terminal."""
    album = Album()
    assert album.again([Picture("chart", 400, 300)], None, Stop())[0].load() is None
    album.picture(Attachment("chart"), files, Stop())
    assert album.again([Picture("chart", 400, 300)], None, Stop())[0].load()


def test_a_stop_while_an_old_picture_is_fetched(files):
    """The answer would go on without it, and count as one that was not stopped."""
    files.hanging.add("chart")
    stop = Stop()
    picture = Album().again([Picture("chart", 400, 300)], files, stop)[0]
    stop.request()
    with pytest.raises(StoppedError):
        picture.load()


def test_no_more_than_a_few_are_remembered():
    """A bot that is shown many pictures would need ever more memory."""
    files = SentFiles(**{f"p{i}": png(90, 90) for i in range(REMEMBERED + 1)})
    album = Album()
    for ref in files.files:
        album.picture(Attachment(ref), files, Stop())
    album.again([Picture("p0", 90, 90)], files, Stop())[0].load()
    assert files.fetched.count("p0") == 2


def test_a_file_is_its_text(files):
    """A file could not be asked about."""
    document = Album().document(Attachment("notes", "notes.txt", is_picture=False), files, Stop())
    assert (document.name, document.text) == ("notes.txt", "Buy low, sell high.")


def test_what_is_no_picture(files):
    """The person would wait for nothing, and not know why."""
    with pytest.raises(AttachmentError, match="picture"):
        Album().picture(Attachment("junk"), files, Stop())
