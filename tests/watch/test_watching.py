"""All that happens unasked, begun and ended together."""

import threading

import pytest

from engram.config.load import load
from engram.wiring import Engram
from tests.conftest import wait_until

WATCHES = ("watch", "digest rounds", "ledger")


@pytest.fixture
def engram(tmp_path):
    """With a store of its own, and no exchange."""
    (tmp_path / "config.ini").write_text("[market]\nexchange =\n")
    made = Engram(load(tmp_path / "config.ini"))
    yield made
    made.store.close()


def running():
    """The names of the threads that look."""
    return {thread.name for thread in threading.enumerate()} & {*WATCHES}


def test_all_of_it_begins_and_ends_together(engram):
    """Alerts would be looked at, and no digest made; or a store be written that is closed."""
    said = []
    engram.watching.start(said.append)
    wait_until(lambda: running() == {*WATCHES}, 20)
    engram.watching.stop()
    wait_until(lambda: not running(), 20)
    assert said == []


def test_it_can_end_before_it_begins(engram):
    """A bot that cannot reach Telegram at the start would end in a traceback."""
    engram.watching.stop()
    assert running() == set()
