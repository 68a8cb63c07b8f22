"""What is asked of a model whose context turns out to be too small."""

import pytest

from engram.core.errors import QuestionError, TooLongError
from engram.core.events import Question, ServerThread, TextDelta, TextReset, Turn
from engram.core.model import Model
from engram.llm.abilities.lacking import Lacking
from engram.llm.answer.answer_text import AnswerText
from engram.llm.context.enclosed import MARK
from engram.llm.context.fitting import Fitting
from engram.llm.context.length import Context
from tests.pictures import a_picture

LONG = "x" * 200
HERE = "http://lm"
HISTORY = (Turn("a", "b"),) * 4
CUT = "length"


def cut(text, read=0, written=0):
    """An answer that ran out of tokens after `text`."""
    answer = AnswerText("lmstudio", "GLM", HERE)
    answer.say(text)
    answer.count(read, written)
    answer.end(CUT)
    return answer


def fit(question, context):
    fitting = Fitting(question, HERE, Lacking())
    fitting.into(context, Model("m"))
    return fitting


def test_answers_that_another_limit_cuts_short_are_not_asked_again_and_again():
    """A server that allows 20 tokens an answer would be asked three times a question."""
    context, answer = Context(), cut("a few words", 50, 20)
    with pytest.raises(TooLongError):
        fit(Question("hi", history=HISTORY), context).judged(answer.finished(), answer)
    finished = fit(Question("hi"), context).judged(answer.finished(), answer)
    assert (finished.text, finished.cut_short, finished.context) == ("a few words", True, 0)
    again = fit(Question("hi", history=HISTORY), context).judged(answer.finished(), answer)
    assert again.text == "a few words"


@pytest.mark.parametrize(("history", "lightened"), [(HISTORY, True), ((), False)])
def test_a_model_that_had_room_for_nothing_but_thoughts_gets_more(history, lightened):
    """A reasoning model would say nothing any more in a long conversation."""
    answer = AnswerText("lmstudio", "GLM", HERE)
    answer.end(CUT)
    fitting = fit(Question("hi", history=history), Context())
    assert fitting.lightened(QuestionError("it only reasoned"), answer) is lightened
    assert len(fitting.question.history) == len(history) // 2


def test_thoughts_that_fill_the_context_are_too_long_a_question():
    """A person would not learn where to raise it."""
    context = Context()
    context.listed(2048)
    answer = cut("", 1000, 1048)
    with pytest.raises(TooLongError) as caught:
        fit(Question("hi"), context).lightened(QuestionError("it only reasoned"), answer)
    assert caught.value.context == 2048


def test_thoughts_that_fill_the_context_ask_for_less_where_the_server_names_no_reason():
    """LM Studio never says that it cut an answer: a long chat would end in thoughts only."""
    context, answer = Context(), AnswerText("lmstudio", "GLM", HERE)
    context.listed(2048)
    answer.count(1000, 1048)
    fitting = fit(Question("hi", history=HISTORY), context)
    assert fitting.lightened(QuestionError("it only reasoned"), answer)
    assert len(fitting.question.history) < len(HISTORY)


def test_what_a_person_has_read_stands():
    """Two screens of text would vanish because the context is full."""
    fitting = fit(Question("hi", history=HISTORY), Context())
    for event in (TextDelta("x"), TextReset(), TextDelta(LONG)):
        fitting.so_far.take(event)
    with pytest.raises(TooLongError):
        fitting.lightened(TooLongError("full"), AnswerText("lmstudio", "GLM", HERE))


def test_less_and_less_is_asked():
    """An overflow would be given up although less would fit."""
    thread = ServerThread(HERE, "resp_1")
    question = Question("hi", prompt="long", brief="short", history=HISTORY, thread=thread)
    fitting, asked = fit(question, Context()), []
    for _ in range(3):
        assert fitting.lightened(TooLongError("full"), AnswerText("lmstudio", "GLM", HERE))
        now = fitting.question
        asked.append((len(now.history), now.thread, now.prompt))
    assert asked == [(2, None, "long"), (0, None, "long"), (0, None, "short")]
    with pytest.raises(TooLongError):
        fitting.lightened(TooLongError("full"), AnswerText("lmstudio", "GLM", HERE))


def overflow(fitting):
    assert fitting.lightened(TooLongError("too long"), AnswerText("lmstudio", "GLM", HERE))
    return fitting.question


def test_less_is_asked_in_the_order_in_which_it_is_missed_least():
    """A person's file would be cut while old pictures and words are still told."""
    turns = (Turn("a", "b", (a_picture(),)), *HISTORY)
    enclosed = "x" * 500
    question = Question("hi", prompt="long", brief="short", history=turns, enclosed=enclosed)
    fitting = fit(question, Context())
    assert not any(turn.pictures for turn in overflow(fitting).history)
    assert len(fitting.question.history) == 5
    assert overflow(fitting).history == ()
    assert overflow(fitting).enclosed == "x" * 250 + MARK
    assert overflow(fitting).enclosed == MARK
    assert overflow(fitting).prompt == "short"
    with pytest.raises(TooLongError):
        overflow(fitting)


def test_what_of_a_file_was_not_read_is_told():
    """A person would take the answer for one about the whole file."""
    context, answer = Context(), AnswerText("lmstudio", "GLM", HERE)
    answer.say("fine")
    answer.end("stop")
    assert (
        fit(Question("hi", enclosed="x" * 500), context).judged(answer.finished(), answer).unread
        == 0
    )
    fitting = fit(Question("hi", enclosed="x" * 500), context)
    overflow(fitting)
    fitting.into(context, Model("m"))
    assert fitting.judged(answer.finished(), answer).unread == 250


def test_the_next_model_gets_the_whole_file():
    """What a small model could not read would be kept from a large one."""
    large, small = Context(), Context()
    large.listed(131_072)
    small.listed(1024)
    enclosed = "a line\n" * 2000
    fitting = Fitting(Question("hi", enclosed=enclosed, model="small"), HERE, Lacking())
    assert fitting.into(small, Model("small")).enclosed != enclosed
    assert fitting.freed(QuestionError("it cannot be loaded"), chosen=True)
    assert fitting.into(large, Model("large")).enclosed == enclosed
