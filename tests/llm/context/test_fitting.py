"""What is asked of a model whose context turns out to be too small."""

import pytest

from engram.core.errors import QuestionError, TooLongError
from engram.core.events import Question, ServerThread, TextDelta, TextReset, Turn
from engram.core.model import Model
from engram.llm.abilities.lacking import Lacking
from engram.llm.answer.answer_text import AnswerText
from engram.llm.context.fitting import Fitting
from engram.llm.context.length import Context

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
