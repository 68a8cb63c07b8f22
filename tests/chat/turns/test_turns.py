"""What was said before a question, and what of its answer is remembered."""

import pytest

from engram.chat.sent.album import Album
from engram.chat.turns.said import Said
from engram.chat.turns.turns import ENCLOSED, Turns
from engram.core.attachments import Attachment, Picture, Sent
from engram.core.events import Finished, Kind, Question, ServerThread, Turn
from engram.core.model import Model
from engram.storage.conversations import Conversations
from engram.storage.store import Store

CHAT, SHOWN = "5", (Picture("p", 10, 10),)
BY_MODEL = Finished("Up.", "lmstudio", "GLM", thread=ServerThread("here", "r1"))


class Talk:
    """One conversation."""

    def __init__(self):
        self.conversations = Conversations(Store(None))
        self.turns = Turns(self.conversations, Album())

    def say(self, text, question=None, answer=BY_MODEL, **more):
        """The number of the turn in which that was answered."""
        said = Said(CHAT, text, self.conversations.head(CHAT), **more)
        return self.turns.remember(said, answer, question or Question(text))

    def recalled(self, question=None):
        """The question that is asked next, in the conversation."""
        said = Said(CHAT, "", self.conversations.head(CHAT))
        return self.turns.before(said, question or Question("and now?"))


@pytest.fixture
def talk():
    """A conversation in which nothing was said."""
    return Talk()


def test_a_question_follows_what_was_said(talk):
    """Nobody could ask a second question about the same thing."""
    talk.say("BTC?")
    asked = talk.recalled()
    assert (asked.history, asked.thread) == ((Turn("BTC?", "Up."),), BY_MODEL.thread)


def test_a_turn_is_known_with_its_question_or_not_at_all(talk):
    """A crash between the two would have the question asked again as if it followed itself."""
    done = []
    talk.conversations._store._opened.writer.set_trace_callback(done.append)
    number = talk.say("BTC?", message=7)
    talk.conversations._store._opened.writer.set_trace_callback(None)
    assert sum(one.startswith("COMMIT") for one in done) == 1
    assert talk.conversations.messages.at(CHAT, 7).turn == number


def test_an_analysis_follows_from_numbers_alone(talk):
    """What one person told the model would be in what the next one reads."""
    talk.say("BTC?")
    assert talk.recalled(Question("BTC", Kind.ANALYSIS)).history == ()
    assert talk.turns.known(Said(CHAT, "", talk.conversations.head(CHAT)), Question("hi"), "7")
    talk.say("/analyze BTC", Question("BTC", Kind.ANALYSIS))
    assert talk.recalled().thread.unseen == 1


def test_nothing_is_remembered_of_an_answer_without_a_word(talk):
    """A conversation would have turns in which nobody said anything."""
    assert talk.say("BTC?", answer=Finished("", "engram", stopped=True)) == 0


@pytest.mark.parametrize(
    ("answer", "is_waiting"),
    [
        (BY_MODEL, False),
        (Finished("Up.", "lmstudio", blind=True), True),
        (Finished("Up.", "mock"), True),
    ],
    ids=["seen", "by a model without eyes", "by the rules"],
)
def test_a_picture_that_nobody_has_seen_waits(talk, answer, is_waiting):
    """It would have to be sent again to be looked at, or be in every question for ten minutes."""
    asked = Question("what is it?", pictures=SHOWN)
    turn = talk.say("what is it?", asked, answer, sent=Sent((Attachment("p"),)))
    assert bool(talk.conversations.unseen(turn, 0, 0.0)) is is_waiting
    (said,) = talk.recalled().history
    assert (said.question, said.pictures) == ("[a picture] what is it?", SHOWN)


@pytest.mark.parametrize(("unloaded", "is_waiting"), [(Model("a/b"), True), (None, False)])
def test_a_picture_waits_for_a_model_to_be_loaded(talk, unloaded, is_waiting):
    """Who has it loaded, and asks again, would get an answer about a picture that nobody saw."""
    question = Question("what is it?", pictures=SHOWN)
    answer = Finished("Up.", "lmstudio", blind=True, unloaded=unloaded)
    turn = talk.say("what is it?", question, answer)
    assert bool(talk.conversations.unseen(turn, 0, 0.0)) is is_waiting


def test_the_latest_pictures_alone(talk):
    """A model would take the picture that was sent before for the one that is asked about."""
    talk.say("what is it?", Question("what is it?", pictures=SHOWN))
    assert talk.recalled(Question("and this?", pictures=SHOWN)).history[0].pictures == ()


def test_the_beginning_of_a_file_is_remembered(talk):
    """A long file would push all that was said out of what a model is told."""
    talk.say("sum it up", Question("sum it up", enclosed="x" * (ENCLOSED + 9)), quoted="look")
    question = talk.recalled().history[0].question
    assert question.count("x") == ENCLOSED
    assert "> look" in question
