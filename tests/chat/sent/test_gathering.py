"""What came with a message is brought while others are answered."""

import threading

import pytest

from engram.chat.sent.album import THREADS, Album
from engram.chat.sent.gathering import MOST, Brought, gather
from engram.core.attachments import NOTHING_SENT, Attachment, Sent
from engram.core.errors import StoppedError
from engram.core.events import Progress, Stage
from engram.core.stop import Stop
from engram.core.waits import Waits
from tests.chat.sent.bench import SentFiles, png
from tests.conftest import wait_until


def brought(sent, album=None, stop=None):
    """What is brought, and the stages that people see."""
    stages = []
    steps = gather(album or Album(), sent, stop or Stop())
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            return end.value, stages
        if isinstance(event, Progress):
            stages.append(event.stage)


def test_nothing_was_sent():
    """Every question would say that something is opened."""
    assert brought(NOTHING_SENT) == (Brought(), [])
    assert brought(Sent((Attachment("chart"),))) == (Brought(), [])


def test_pictures_and_files_in_their_order():
    """The model would take one picture for another."""
    files = SentFiles(a=png(100, 90), b=png(200, 90), notes=b"text")
    found, stages = brought(files.sent("a", "b", notes="notes.txt"))
    assert [one.width for one in found.pictures] == [100, 200]
    assert [one.text for one in found.documents] == ["text"]
    assert found.problems == ()
    assert stages == [Stage.OPENING]


def test_one_that_cannot_be_opened_leaves_the_others():
    """One broken picture would spoil an album, or nobody would be told of it."""
    files = SentFiles(a=png(), broken=b"nothing of a picture")
    found, _ = brought(files.sent("a", "broken", "gone"))
    assert len(found.pictures) == 1
    assert len(found.problems) == 2
    assert found.is_lacking
    assert all(one.startswith("📎 ") for one in found.problems)


def test_the_first_four_of_an_album():
    """A model would be shown more than it can read, or nobody would know what it has not seen."""
    files = SentFiles(**{f"p{i}": png(100 + i, 90) for i in range(6)})
    found, _ = brought(files.sent(*files.files))
    assert [one.width for one in found.pictures] == [100, 101, 102, 103]
    assert len(files.fetched) == MOST
    assert found.problems == (
        "📎 I looked at the first 4 only: please send the others by themselves.",
    )


def test_a_stop_ends_the_wait():
    """Whoever stops an answer would wait for a download that hangs."""
    files, stop = SentFiles(a=png()), Stop()
    files.hanging.add("a")
    threading.Thread(
        target=lambda: (wait_until(lambda: files.fetched, 30), stop.request()), daemon=True
    ).start()
    with pytest.raises(StoppedError):
        brought(files.sent("a"), stop=stop)


def test_a_wait_needs_no_thread():
    """Ten downloads that hang would hold up everybody's answers."""
    files, stop = SentFiles(**{f"p{i}": png() for i in range(THREADS)}), Stop()
    files.hanging.update(files.files)
    steps = gather(Album(), files.sent(*files.files), stop)
    assert next(steps) == Progress(Stage.OPENING)
    assert isinstance(next(steps), Waits)
    stop.request()
    with pytest.raises(StoppedError):
        next(steps)


def test_an_album_that_hangs_leaves_room_for_the_pictures_of_others():
    """One chat with four sleepy pictures would keep everybody's picture waiting."""
    files, album, stop = SentFiles(a=png(), **{f"p{i}": png() for i in range(4)}), Album(), Stop()
    files.hanging.update(f"p{i}" for i in range(4))
    steps = gather(album, files.sent("p0", "p1", "p2", "p3"), stop)
    assert next(steps) == Progress(Stage.OPENING)
    assert isinstance(next(steps), Waits)
    assert len(brought(files.sent("a"), album)[0].pictures) == 1
    assert files.hanging.intersection(files.fetched) <= {"p0", "p1"}
    stop.request()
    with pytest.raises(StoppedError):
        next(steps)


def test_a_bug_is_told_as_what_it_means_for_the_person(monkeypatch):
    """The question would end in the last resort because of one file."""
    files = SentFiles(a=png())
    monkeypatch.setattr(files, "read", lambda *_: 1 / 0)
    found, _ = brought(files.sent("a"))
    assert found.problems == (
        "📎 The picture could not be opened. Please send it in another format.",
    )


def test_what_does_not_come_in_time(monkeypatch):
    """Somebody would wait for ever for an answer."""
    monkeypatch.setattr("engram.chat.sent.gathering.PATIENCE", 0.0)
    files, stop = SentFiles(a=png()), Stop()
    files.hanging.add("a")
    found, _ = brought(files.sent("a"), stop=stop)
    stop.request()
    assert found.problems == ("📎 The picture could not be fetched in time. Please send it again.",)
