"""What one chat sends again and again."""

import pytest

from engram.core.attachments import Attachment
from engram.storage.inbox import Inbox
from engram.storage.store import Store
from engram.telegram.files.reading import NOTHING, Brought
from engram.telegram.incoming import Incoming
from engram.telegram.job import Job
from engram.telegram.repeats import WAITING, Repeats, is_short

LANE = "5"
PICTURE = Brought((Attachment("x"),))


class Sender:
    """Hands messages over, and knows which of them are answered by themselves."""

    def __init__(self):
        self.repeats, self.inbox, self.count = Repeats(), Inbox(Store(None)), 0

    def say(self, text, sender=7, **more):
        """Returns the job, what it says, and whether it has its answer with another one."""
        self.count += 1
        job = Job(Incoming(self.count, 5, self.count, text, sender=sender), self.inbox, 0.0)
        for name, value in more.items():
            setattr(job, name, value)
        words = self.repeats.words_of(job, LANE)
        return job, words, self.repeats.joins(job, LANE, words)


@pytest.fixture
def sender():
    return Sender()


@pytest.mark.parametrize(
    ("text", "brings", "short"),
    [
        ("/help", NOTHING, True),
        ("/help", PICTURE, True),
        ("hi", NOTHING, False),
        (None, NOTHING, True),
        (None, PICTURE, False),
        ("what is it?", PICTURE, False),
    ],
)
def test_what_a_model_is_asked_is_not_short(text, brings, short):
    """Pictures would be described beside all limits, or the help wait for a model."""
    job = Job(Incoming(1, 5, 1, text, brings=brings), Inbox(Store(None)), 0.0)
    assert is_short(job) is short


def test_the_same_words_are_answered_once_while_they_wait(sender):
    """300 times /help would take the turns of a chat for six minutes."""
    first, _, joined = sender.say("/help")
    assert not joined
    second, _, joined = sender.say("/help")
    assert joined
    assert (first.rows, second.rows) == ((1, 2), ())
    sender.repeats.begins(first, LANE)
    assert not sender.say("/help")[2]
    assert not sender.say("/help", sender=8)[2]


def test_more_than_a_few_get_one_answer_and_a_stop_is_always_carried_out(sender):
    """Somebody who sends many commands could not stop an answer, or would wait for minutes."""
    waiting = [sender.say(f"/status {number}")[0] for number in range(WAITING)]
    told, words, joined = sender.say("/status more")
    assert (words, joined) == (None, False)
    assert sender.say("/start")[1:] == (None, True)
    assert told.rows == (WAITING + 1, WAITING + 2)
    _, words, joined = sender.say("/stop")
    assert words
    assert not joined
    assert sender.say("/stop")[2]
    assert sender.say("/status 0")[2]
    _, words, joined = sender.say("/start", is_resumed=True)
    assert words
    assert not joined
    for job in waiting:
        sender.repeats.begins(job, LANE)
    assert sender.say("/start")[1]


@pytest.mark.parametrize("command", ["/models a", "/new"])
def test_the_order_of_changes_is_kept(sender, command):
    """The model that somebody chose last would not be the one that answers."""
    sender.say(command)
    assert sender.say(command)[2]
    sender.say("/models b")
    assert not sender.say(command)[2]


def test_what_has_an_answer_on_screen_keeps_it(sender):
    """An answer that a crash has interrupted would stay unfinished."""
    sender.say("/help", messages=(3,))
    assert sender.say("/help", messages=(3,))[2]
    assert not sender.say("/help", messages=(4,))[2]


def test_nothing_is_remembered_of_what_is_answered(sender):
    """Each conversation would take memory for ever."""
    job, *_ = sender.say("/help")
    sender.repeats.begins(job, LANE)
    sender.repeats.begins(job, LANE)
    assert sender.repeats._waiting == {}
