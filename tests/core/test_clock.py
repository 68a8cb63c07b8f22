"""The clock of what happens unasked."""

import threading
import time

from engram.core.clock import Clock


def test_it_tells_the_machines_time():
    """Digests would come at another hour."""
    before = time.time()
    assert before <= Clock().now() <= time.time()


def test_it_measures_how_long_something_lasts():
    """A clock that is set back would make what lasts for minutes last for hours."""
    before = time.monotonic()
    assert before <= Clock().monotonic() <= time.monotonic()


def test_a_wait_ends_with_its_event():
    """Stopping the bot would last until the next round."""
    event = threading.Event()
    assert not Clock().wait(event, 0.0)
    assert not Clock().wait(event, -5.0)
    event.set()
    assert Clock().wait(event, 1e12)
