"""One message on its way to its answer."""

import pytest

from engram.storage.inbox import Inbox
from engram.storage.store import Store
from engram.telegram.incoming import Incoming
from engram.telegram.job import Job

UPDATE = {"update_id": 7}


@pytest.fixture
def inbox():
    """An inbox with one update."""
    made = Inbox(Store(None))
    made.receive([UPDATE])
    return made


@pytest.fixture
def job(inbox):
    return Job(Incoming(7, 5, 1, "hi"), inbox, received=0)


def test_each_attempt_is_counted(job):
    """A message that brings the process down would be tried forever."""
    assert [job.begin(), job.begin()] == [1, 2]


def test_what_is_on_screen_is_known_to_the_next_process(job, inbox):
    """A restart would leave half an answer on screen, and send a second one."""
    job.shown(3, (4, 5))
    job.sending()
    (entry,) = inbox.unfinished()
    assert (entry.update, entry.panel, entry.messages) == (UPDATE, 3, (4, 5))
    assert (job.panel, job.messages, job.is_ending) == (3, (4, 5), True)


def test_what_is_done_is_not_answered_again(job, inbox):
    """Each start would answer everything once more."""
    job.done()
    assert inbox.unfinished() == []
