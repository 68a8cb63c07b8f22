"""Drawing what is due."""

import threading
import time

from engram.telegram.screen.painter import Painter
from tests.machine_speed import within


class Paintable:
    """Notes when it is painted, and asks for what is left in `again`."""

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


def test_a_paintable_is_painted_when_it_is_due_and_again_when_it_asks():
    """Progress would stand still."""
    painter, paintable = Painter(), Paintable(0.05, 0.05)
    began = time.monotonic()
    painter.soon(paintable, 0.05)
    paintable.wait(3)
    assert paintable.times[0] - began >= 0.05
    assert paintable.times[2] - paintable.times[0] >= 0.1


def test_the_earlier_time_holds():
    """The first word of an answer would wait for a tick of the clock."""
    painter, paintable = Painter(), Paintable()
    painter.soon(paintable, 30)
    painter.soon(paintable, 0)
    painter.soon(paintable, 30)
    paintable.wait(1)


def test_one_paintable_is_never_painted_twice_at_a_time():
    """An older text would overtake a newer one."""
    release = threading.Event()
    painter, paintable = Painter(4), Paintable(block=release)
    painter.soon(paintable, 0)
    assert within(5, paintable.begun.wait)
    painter.soon(paintable, 0)
    painter.soon(paintable, 0.01)
    release.set()
    paintable.wait(2)


def test_a_slow_paintable_holds_up_no_other():
    """One chat whose messages are slow would freeze all others."""
    release = threading.Event()
    painter, slow, fast = Painter(2), Paintable(block=release), Paintable()
    painter.soon(slow, 0)
    painter.soon(fast, 0)
    fast.wait(1)
    assert slow.times == []
    release.set()
    slow.wait(1)


def test_what_is_forgotten_is_not_painted():
    """A preview would be drawn over the final text."""
    painter, paintable, other = Painter(1), Paintable(), Paintable()
    painter.soon(paintable, 0.05)
    painter.forget(paintable)
    painter.soon(other, 0.1)
    other.wait(1)
    assert paintable.times == []


def test_a_bug_in_one_painting_ends_no_thread(caplog):
    """One odd answer would freeze the previews of all chats for ever."""
    painter, paintable = Painter(1), Paintable()
    paintable.at_once = 1
    painter.soon(paintable, 0)
    other = Paintable()
    painter.soon(other, 0.01)
    other.wait(1)
    assert "failed unexpectedly" in caplog.text
