"""Drawing everything on screen when it is due."""

import threading
import time

from engram.telegram.screen.painter import Painter
from tests.machine_speed import within


class Picture:
    """Notes when it is painted, and asks to be painted again after the times in `again`."""

    def __init__(self, *again, block=None):
        self.again = list(again)
        self.times = []
        self.changed = threading.Condition()
        self.block = block
        self.begun = threading.Event()
        self.at_once = 0

    def paint(self):
        self.at_once += 1
        assert self.at_once == 1
        self.begun.set()
        if self.block:
            within(5, self.block.wait)
        with self.changed:
            self.times.append(time.monotonic())
            self.changed.notify_all()
        self.at_once -= 1
        return self.again.pop(0) if self.again else None

    def wait(self, count):
        def look(moment):
            with self.changed:
                return self.changed.wait_for(lambda: len(self.times) >= count, moment)

        assert within(5, look)


def test_a_picture_is_painted_when_it_is_due_and_again_when_it_asks():
    """Progress would stand still."""
    painter, picture = Painter(), Picture(0.05, 0.05)
    began = time.monotonic()
    painter.soon(picture.paint, 0.05)
    picture.wait(3)
    assert picture.times[0] - began >= 0.05
    assert picture.times[2] - picture.times[0] >= 0.1


def test_the_earlier_time_holds():
    """The first word of an answer would wait for a tick of the clock."""
    painter, picture = Painter(), Picture()
    painter.soon(picture.paint, 30)
    painter.soon(picture.paint, 0)
    painter.soon(picture.paint, 30)
    picture.wait(1)


def test_one_picture_is_never_painted_twice_at_a_time():
    """An older text would overtake a newer one."""
    release = threading.Event()
    painter, picture = Painter(threads=4), Picture(block=release)
    painter.soon(picture.paint, 0)
    assert within(5, picture.begun.wait)
    painter.soon(picture.paint, 0)
    painter.soon(picture.paint, 0.01)
    release.set()
    picture.wait(2)


def test_a_slow_picture_holds_up_no_other():
    """One chat whose messages are slow would freeze all others."""
    release = threading.Event()
    painter, slow, fast = Painter(threads=2), Picture(block=release), Picture()
    painter.soon(slow.paint, 0)
    painter.soon(fast.paint, 0)
    fast.wait(1)
    assert slow.times == []
    release.set()
    slow.wait(1)


def test_what_is_forgotten_is_not_painted():
    """A preview would be drawn over the final text."""
    painter, picture, other = Painter(threads=1), Picture(), Picture()
    painter.soon(picture.paint, 0.05)
    painter.forget(picture.paint)
    painter.soon(other.paint, 0.1)
    other.wait(1)
    assert picture.times == []


def test_a_bug_in_one_painting_ends_no_thread(caplog):
    """One odd answer would freeze the previews of all chats forever."""
    painter, picture = Painter(threads=1), Picture()
    picture.at_once = 1
    painter.soon(picture.paint, 0)
    other = Picture()
    painter.soon(other.paint, 0.01)
    other.wait(1)
    assert "painter: failed unexpectedly" in caplog.text


def test_a_machine_without_a_thread_to_give_is_asked_again(monkeypatch):
    """After a moment without a free thread, no preview would ever be drawn again."""
    painter, refused, start = Painter(threads=1), threading.Event(), threading.Thread.start

    def refuse(thread):
        if thread.name != "painter":
            return start(thread)
        refused.set()
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    first, second = Picture(), Picture()
    painter.soon(first.paint, 0)
    assert within(5, refused.wait)
    monkeypatch.setattr(threading.Thread, "start", start)
    painter.soon(second.paint, 0)
    first.wait(1)
    second.wait(1)
