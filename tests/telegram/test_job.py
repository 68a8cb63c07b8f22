"""One message on its way to its answer."""

import pytest

from engram.storage.inbox import Arrived, Inbox
from engram.storage.store import Store
from engram.telegram.incoming import TEXT_LIMIT, Incoming, MessageKind
from engram.telegram.job import Job
from tests.telegram.bench import pieces

UPDATE = {"update_id": 7}


@pytest.fixture
def inbox():
    """An inbox with one update."""
    made = Inbox(Store(None))
    made.receive([Arrived(UPDATE)])
    return made


@pytest.fixture
def job(inbox):
    return Job(Incoming(7, 5, 1, "hi"), inbox, received=0)


def test_each_attempt_is_counted(job):
    """A message that brings the process down would be tried forever."""
    assert [job.begin(), job.begin()] == [1, 2]


@pytest.mark.parametrize("is_resumed", [False, True])
def test_an_answer_that_is_made_at_once_is_recorded_only_after_a_crash(job, inbox, is_resumed):
    """/help would wait for one more write, or a command that ends the process do so for ever."""
    job.is_resumed = is_resumed
    assert job.begin(at_once=True) == 1
    assert [entry.tries for entry in inbox.unfinished()] == [is_resumed]


def test_what_is_on_screen_is_known_to_the_next_process(job, inbox):
    """A restart would leave half an answer on screen, and send a second one."""
    job.shown(3, (4, 5))
    (entry,) = inbox.unfinished()
    assert (entry.update, entry.panel, entry.messages) == (UPDATE, 3, (4, 5))
    assert (job.panel, job.messages) == (3, (4, 5))


def test_what_is_done_is_not_answered_again(job, inbox):
    """Each start would answer everything once more."""
    job.done()
    assert inbox.unfinished() == []


FULL = "x" * TEXT_LIMIT


def test_an_edit_changes_its_piece_and_is_done_with_the_message(inbox):
    """The words before the edit would be answered after a crash."""
    first, second = pieces((FULL, {}), ("y", {}))
    job = Job(first, inbox, received=0)
    job.join(Job(second, inbox, received=0))
    edited = Incoming(20, 5, 2, "z", kind=MessageKind.EDIT)
    edit = Job(edited, inbox, received=0)
    assert job.has(edited)
    job.correct(edit)
    assert (job.incoming.text, job.incoming.kind) == (FULL + "z", MessageKind.MESSAGE)
    assert (job._rows, edit._rows) == ([11, 12, 20], [])


def test_what_is_on_screen_for_one_piece_is_for_the_whole_message(inbox):
    """Half an answer would stay on screen after a crash."""
    first, second = pieces((FULL, {}), ("y", {}))
    job = Job(first, inbox, received=0)
    job.join(Job(second, inbox, received=0, panel=7, messages=(8,), is_resumed=True))
    assert (job.panel, job.messages, job.is_resumed) == (7, (8,), True)
    assert job.on_screen == (7, 8)
