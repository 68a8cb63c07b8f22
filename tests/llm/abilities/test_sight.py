"""Pictures on their way to a model."""

from dataclasses import replace

import pytest

from engram.core.errors import BlindError
from engram.core.events import Finished, Question, ServerThread, Turn
from engram.core.model import Model
from engram.llm.abilities.lacking import Lacking
from engram.llm.abilities.sight import GONE, PICTURES, Sight, shown
from engram.llm.refusals import RequestRejectedError
from tests.pictures import a_picture

PICTURE = a_picture()
ASKED = Question("what is this?", prompt="Look at it.", blind="what is this?", pictures=(PICTURE,))
BEFORE = (Turn("[a picture]", "A chart.", (PICTURE,)), Turn("Really?", "Yes."))
BLIND, UNKNOWN, SEEING = Model("b", vision=False), Model("u"), Model("s", vision=True)
NEVER = RequestRejectedError(400, "Model does not support images.")
NOT_THIS = RequestRejectedError(400, "Could not process image")
UNEXPLAINED = RequestRejectedError(400, "")
DONE = Finished("hi", "lmstudio")


@pytest.fixture
def lacking():
    return Lacking()


@pytest.fixture
def sight(lacking):
    return Sight(lacking)


@pytest.mark.parametrize("model", [UNKNOWN, SEEING])
def test_who_may_see_is_shown_pictures(sight, model):
    """A model whose server tells nothing would never be shown a picture."""
    question = Question("and here?", pictures=(PICTURE,), history=BEFORE)
    assert sight.of(question, model) is question
    assert sight.judged(DONE) == DONE


def test_who_cannot_see_is_asked_something_else(sight):
    """A blind model would be asked what is on a picture."""
    found = sight.of(ASKED, BLIND)
    assert (found.asked, found.pictures) == ("what is this?", ())
    assert sight.judged(DONE).blind


def test_where_nothing_is_left_to_ask_nothing_is_asked(sight):
    """A blind model would make up what is on the picture."""
    with pytest.raises(BlindError, match="its model cannot look at pictures"):
        sight.of(Question("", prompt="What is on it?", pictures=(PICTURE,)), BLIND)


def test_pictures_of_the_conversation_are_no_reason_to_say_that_it_is_blind(sight):
    """Each question after a picture would end in the same sentence."""
    thread = ServerThread("http://lm", "resp_1")
    found = sight.of(Question("and now?", history=BEFORE, thread=thread), BLIND)
    assert not any(turn.pictures for turn in found.history)
    assert len(found.history) == 2
    # The pictures in the server's thread would be refused as well.
    assert found.thread is None
    assert not sight.judged(DONE).blind


def test_a_refusal_is_remembered(sight, lacking):
    """Each picture would be sent in vain first."""
    sight.of(ASKED, UNKNOWN)
    assert sight.refused(NEVER)
    assert sight.of(ASKED, UNKNOWN).asked == "what is this?"
    assert lacking.has("u", PICTURES)
    assert Sight(lacking).of(ASKED, UNKNOWN).pictures == ()
    assert Sight(lacking).of(ASKED, SEEING).pictures


def test_a_picture_that_is_not_taken_is_not_held_against_the_model(sight, lacking):
    """One broken picture would hide all later ones from it."""
    sight.of(ASKED, UNKNOWN)
    assert sight.refused(NOT_THIS)
    assert sight.of(ASKED, UNKNOWN).pictures == ()
    assert sight.judged(DONE).blind
    assert not lacking.has("u", PICTURES)


def test_earlier_pictures_are_left_out_first(sight):
    """A model that takes one picture at a time would see none of a second one."""
    question = Question("and?", blind="and?", pictures=(PICTURE,), history=BEFORE)
    sight.of(question, UNKNOWN)
    assert sight.refused(RequestRejectedError(400, "At most 1 image(s) may be provided"))
    found = sight.of(question, UNKNOWN)
    assert found.pictures
    assert not any(turn.pictures for turn in found.history)
    assert not sight.judged(DONE).blind
    assert sight.refused(NOT_THIS)
    assert sight.of(found, UNKNOWN).pictures == ()


@pytest.mark.parametrize(("model", "remembered"), [(UNKNOWN, True), (SEEING, False)])
def test_a_refusal_that_is_gone_without_the_picture_was_about_it(sight, lacking, model, remembered):
    """A server that does not say why it refuses would refuse every picture of a conversation."""
    sight.of(ASKED, model)
    assert not sight.refused(UNEXPLAINED)
    assert sight.doubted(UNEXPLAINED, fail)
    assert sight.of(ASKED, model).pictures == ()
    assert not lacking.has(model.key, PICTURES)
    assert sight.judged(DONE).blind
    assert lacking.has(model.key, PICTURES) is remembered


@pytest.mark.parametrize("err", [NEVER, UNEXPLAINED])
def test_without_a_picture_nothing_is_about_pictures(sight, err):
    """A question would be asked again and again."""
    sight.of(Question("hi", history=(Turn("a", "b"),)), UNKNOWN)
    assert not sight.refused(err)
    assert not sight.doubted(err, fail)


def fail():
    raise RequestRejectedError(400, "")


def test_a_word_tells_what_a_picture_alone_cannot(sight, lacking):
    """A model would be called blind because its server refuses everything."""
    sight.of(replace(ASKED, blind=""), UNKNOWN)
    assert not sight.doubted(UNEXPLAINED, fail)
    assert not lacking.has("u", PICTURES)
    sight = Sight(lacking)
    sight.of(replace(ASKED, blind=""), UNKNOWN)
    assert sight.doubted(UNEXPLAINED, lambda: None)
    assert lacking.has("u", PICTURES)


def content(text, images):
    return text, [(image.width, image.height) for image in images]


def test_a_text_without_pictures_stands_as_it_is():
    """A server that takes nothing but texts would refuse every question."""
    assert shown("hi", (), content) == "hi"


def test_pictures_are_loaded_when_they_are_shown():
    """A model would be asked about a picture that it is not given."""
    assert shown("hi", [a_picture(3, 4), a_picture(5, 6)], content) == ("hi", [(3, 4), (5, 6)])


def test_the_model_is_told_of_a_picture_that_is_gone():
    """It would make up what is on a picture that Telegram has no more."""
    gone = a_picture(there=False)
    assert shown("hi", [gone], content) == f"hi\n\n{GONE}"
    assert shown("hi", [gone, a_picture(3, 4)], content) == (f"hi\n\n{GONE}", [(3, 4)])
