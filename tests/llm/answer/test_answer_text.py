"""A model's answer while its text arrives in pieces."""

import pytest

from engram.core.errors import GiveUpError, WordlessError
from engram.core.events import Finished, Progress, ServerThread, Stage, TextDelta, TextReset
from engram.core.usage import Usage
from engram.llm.answer.answer_text import MAX_TEXT, AnswerText
from engram.llm.answer.repetition import KEPT
from tests.babble import babble

THINKING = Progress(Stage.THINKING)
LONG = "".join(babble(MAX_TEXT + 1))


def said(*pieces):
    """An answer that has come so far, and the events of it."""
    answer = AnswerText("lmstudio", "GLM", "http://lm")
    told = []
    for piece in pieces:
        answer.say(piece)
        told += answer.news()
    return answer, told


@pytest.mark.parametrize(
    ("pieces", "events", "text"),
    [
        (["Hel", "lo"], [TextDelta("Hel"), TextDelta("lo")], "Hello"),
        (["<thi", "nk>hm", "</think>a"], [THINKING, TextDelta("a")], "a"),
        (["<think>hm</think>", "<think>", "b</think>c"], [THINKING, TextDelta("c")], "c"),
        (["I say: ", "hm</think>a"], [TextDelta("I say: "), TextReset(), TextDelta("a")], "a"),
        (["", " \n a "], [TextDelta("a ")], "a"),
    ],
)
def test_what_is_said_is_told_at_once_and_thoughts_are_not(pieces, events, text):
    """A person would read the model's private reasoning, or nothing until the end."""
    answer, told = said(*pieces)
    assert told == events
    assert answer.finished() == Finished(text, "lmstudio", "GLM", markdown=True)


def test_what_the_server_repeats_at_the_end_counts():
    """Text that was lost on the way would be missing for good."""
    answer, _ = said("Hel")
    answer.close(["<think>hm</think>Hello", " ", "you"], "resp_1")
    assert answer.finished().text == "Hello\n\nyou"
    assert answer.finished().thread == ServerThread("http://lm", "resp_1")


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [([], "said nothing"), ([" \n"], "said nothing"), (["<think>hm"], "only thought")],
)
def test_an_answer_without_text_is_none(pieces, reason):
    """A person would get an empty message."""
    answer, _ = said(*pieces)
    with pytest.raises(GiveUpError, match=reason):
        answer.finished()


def test_a_thought_is_told_once_however_the_server_tells_it():
    """The screen would jump back from the text to "Thinking"."""
    answer, _ = said()
    answer.think()
    assert answer.news() == [THINKING]
    answer.think()
    assert answer.news() == []
    with pytest.raises(GiveUpError, match="only thought"):
        answer.finished()


def test_a_text_without_end_is_ended():
    """One model that babbles would fill the memory and the chat."""
    answer, _ = said(LONG[:MAX_TEXT])
    assert not answer.closed
    answer.say("x")
    answer.news()
    assert answer.closed
    assert answer.finished().cut_short


@pytest.mark.parametrize(("pieces", "text"), [([], LONG), ([LONG], ""), ([LONG * 2, "x"], "")])
def test_a_text_that_comes_in_one_huge_piece_is_cut(pieces, text):
    """One answer of megabytes would be thousands of messages."""
    answer, told = said(*pieces)
    answer.close([text])
    assert len(answer.finished().text) == MAX_TEXT
    assert answer.finished().cut_short
    assert sum(len(event.text) for event in told) <= MAX_TEXT


def test_a_character_that_is_cut_in_two_is_whole_in_the_end():
    """One emoji would cost the whole answer."""
    answer, _ = said("\ud83d", "\ude80")
    assert answer.finished().text == "🚀"


def test_an_answer_that_was_limited_is_marked():
    """Half an answer would pass for a whole one."""
    answer, _ = said("hi")
    assert not answer.complete
    answer.end("")
    assert not answer.complete
    answer.end("length")
    assert (answer.complete, answer.closed) == (True, False)
    answer.close()
    assert (answer.closed, answer.finished().cut_short) == (True, True)


def test_tokens_are_counted_as_the_server_tells_them():
    """The owner would see what was read or what was written, and never both."""
    answer, _ = said()
    assert answer.usage is None
    answer.count(7, None)
    answer.count(None, 2)
    assert answer.usage == Usage(7, 2)
    answer.count(written=9, reasoning=6, rate=41, first_token=0.5, load=12.0, cached=3)
    answer.count("7", -1, reasoning=True, rate=float("nan"), first_token=-1, load="x", cached=1.5)
    assert answer.usage == Usage(7, 9, 6, 41.0, 0.5, 12.0, 3)


def test_thoughts_that_are_hidden_are_not_among_what_came_in_pieces():
    """A model that thinks in silence would look as if it wrote its answer in no time."""
    answer, _ = said("a")
    assert answer.streamed == 0
    answer.count(7, 109, reasoning=100)
    assert answer.streamed == 9
    answer.think("hm")
    assert answer.streamed == 109


def test_the_second_message_of_an_answer_may_begin_with_thoughts_too():
    """What a model thinks after calling a tool would be read."""
    answer, _ = said("<think>hm</think>Let me look.")
    answer.begin()
    answer.say("<think>so</think>It is up.")
    assert answer.news() == [TextDelta("\n\n"), TextDelta("It is up.")]
    assert answer.finished().text == "Let me look.\n\nIt is up."
    first, _ = said()
    first.begin()
    assert first.news() == []


def test_what_may_be_a_tag_is_told_at_the_end():
    """The last word would be missing on screen until the answer is whole."""
    answer, told = said("a <th")
    assert answer.finished().text == "a <th"
    assert [*told, *answer.news()] == [TextDelta("a "), TextDelta("<th")]


def test_thoughts_count_for_nothing():
    """A model that thinks for long would be cut before it says a word."""
    answer, told = said("<think>", *["hm " * 1000] * 50, "</think>a")
    assert told == [THINKING, TextDelta("a")]
    assert answer.finished().text == "a"


def test_a_model_that_thinks_until_its_limit_says_so():
    """The log would not say that the model's limit is too low."""
    answer, _ = said("<think>hm")
    answer.end("length")
    with pytest.raises(GiveUpError, match="until its limit"):
        answer.finished()


@pytest.mark.parametrize("pieces", [["so "] * 2000, ["so " * 2000]])
def test_a_model_in_a_loop_is_stopped_and_what_it_said_before_is_kept(pieces):
    """A person would get hundreds of messages, or nothing of a good answer."""
    answer, _ = said("Up. ", *pieces)
    assert answer.closed
    finished = answer.finished()
    assert finished.text.startswith("Up. so so so")
    assert len(finished.text) <= len("Up. ") + 2 * KEPT
    assert (finished.cut_short, finished.repeats) == (True, True)


def test_a_loop_behind_more_text_than_is_read_takes_none_of_it():
    """The last pages of a long answer would be missing."""
    answer, _ = said(LONG[: MAX_TEXT - 5000] + "so " * 10_000)
    assert answer.finished().text.startswith(LONG[: MAX_TEXT - 5000])


@pytest.mark.parametrize("as_message", [True, False])
def test_a_loop_that_comes_in_one_piece_is_cut_however_long_it_is(as_message):
    """A server that does not stream would send five messages and a file of one line."""
    loop = LONG[:500] + '<tool_call>{"name": "price"}</tool_call>\n' * 5000
    answer, _ = said("" if as_message else loop)
    answer.close([loop] * as_message)
    finished = answer.finished()
    assert finished.repeats
    assert finished.text.startswith(LONG[:500])
    assert len(finished.text) < 2000


def test_a_model_that_thinks_in_a_loop_is_stopped():
    """A person would wait until the context is full of one thought."""
    answer, _ = said()
    for _ in range(1000):
        answer.think("Wait. ")
    assert answer.closed
    with pytest.raises(WordlessError, match="thought the same over and over"):
        answer.finished()


@pytest.mark.parametrize("text", ["\u200b", "\u200d\u2060\n" * 500, "\ufeff \u3164"])
def test_an_answer_of_which_nothing_can_be_seen_is_none(text):
    """Telegram would refuse it for ten minutes, and the person wait for as long."""
    answer, events = said(text[:1], text[1:])
    assert events == []
    with pytest.raises(WordlessError):
        answer.finished()
    answer.close([text])
    with pytest.raises(WordlessError):
        answer.finished()
