"""How much a model reads at once."""

from dataclasses import replace
from itertools import pairwise

import pytest

from engram.core.attachments import Picture
from engram.core.events import Question, ServerThread, Turn
from engram.core.model import Model
from engram.core.usage import Usage
from engram.llm.context import length
from engram.llm.context.enclosed import MARK
from engram.llm.context.length import Context, Contexts

HERE = "http://lm"
# A turn of 500 tokens, by the estimate.
TURN = Turn("a" * 726, "b" * 726)


def context(listed=0):
    found = Context()
    found.listed(listed)
    return found


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("abc" * 100, 100), ("1" * 100, 100), ("价格" * 50, 100), ("цена" * 25, 100), ("é" * 99, 33)],
)
def test_a_text_is_rather_taken_for_too_long(text, tokens):
    """A prompt of digits or of another script would overflow."""
    assert context().tokens(text) == pytest.approx(tokens, abs=10)


@pytest.mark.parametrize(
    ("size", "free"), [(512, 256), (2048, 512), (4096, 1024), (8192, 2048), (131_072, 2048)]
)
def test_a_quarter_stays_free_for_the_answer(size, free):
    """An answer would break off after a few words, or a large context be used in part only."""
    assert context(size).room == size - free


def test_what_answers_and_errors_tell_counts_more_than_the_list():
    """A list that says 165,120 would send prompts of that length to a model that holds 4,096."""
    found = context(165_120)
    found.overflowed(5000, 4096, 0)
    assert (found.known, found.size) == (4096, 4096)
    # The same list again is no news; another one is.
    found.listed(165_120)
    assert found.known == 4096
    found.listed(0)
    assert found.known == 4096
    found.listed(8192)
    assert found.known == 8192


def test_without_any_news_it_is_taken_for_4096():
    """Nothing would fit, or everything."""
    assert (context().known, context().size) == (0, 4096)


def test_a_prompt_that_was_read_shows_that_there_is_room():
    """The last words of a long conversation would be left out for ever."""
    found = context()
    found.answered(100, Usage(6000, 500))
    assert (found.size, found.known) == (6500, 0)


def test_an_overflow_without_figures_is_learned_step_by_step():
    """Each question would be refused before it is answered."""
    found, sizes = context(32_768), []
    for _ in range(4):
        sizes.append(found.size)
        found.overflowed(min(found.room, 3000), 0, 0)
    assert sizes == [32_768, 2700, 2025, 1518]
    for _ in range(80):
        found.answered(100, Usage())
    assert found.size == 32_768


def test_another_chats_overflow_takes_little_away():
    """One chat's paste would cost all others what was said before."""
    found = context(4096)
    found.overflowed(50, 0, 0)
    assert found.size >= 2048


@pytest.mark.parametrize(
    ("read", "expected"), [(2000, 2000), (900, 980), (500, 900), (10_000, 4000)]
)
def test_estimates_follow_what_the_server_counts(read, expected):
    """A tokenizer that needs more tokens would overflow, one that needs fewer waste the room."""
    found = context()
    found.answered(1000, Usage(read, 1))
    assert found.tokens("abc" * 1000) == pytest.approx(expected, rel=0.02)


def test_a_short_prompt_says_nothing_about_tokens():
    """A template around "hi" would halve what is remembered."""
    found = context()
    found.answered(20, Usage(200, 1))
    assert found.tokens("abc" * 1000) == pytest.approx(1000, rel=0.02)


def test_an_overflow_with_a_count_corrects_the_estimate():
    """The same prompt would overflow again."""
    found = context()
    found.overflowed(1000, 4096, 5000)
    assert found.tokens("abc" * 1000) == pytest.approx(4000, rel=0.02)


def test_two_answers_cut_at_the_same_number_of_tokens_tell_the_length():
    """A server that only cuts would do so in each question."""
    found = context()
    found.cut(1000, Usage(1900, 148))
    assert found.known == 0
    found.cut(1000, Usage(1900, 148))
    assert found.known == 0
    found.cut(900, Usage(1700, 348))
    assert found.known == 2048
    assert found.is_full(Usage(2000, 48))
    assert not found.is_full(Usage(1000, 48))


def history(turns):
    return tuple(Turn(str(number) + TURN.question, TURN.answer) for number in range(turns))


@pytest.mark.parametrize(
    ("said", "kept"), [(0, 0), (3, 3), (6, 6), (7, 4), (8, 5), (9, 6), (12, 5)]
)
def test_the_oldest_turns_are_left_out(said, kept):
    """A long conversation would be refused, or the last words be forgotten first."""
    turns = history(said)
    question = context(4096).fitted(Question("hi", history=turns), HERE)
    assert question.history == turns[said - kept :]


def test_what_is_told_begins_with_the_same_turn_for_several_questions():
    """A server that keeps what it has read would read all of it again each time."""
    found, begins = context(4096), []
    turns = tuple(Turn(f"{number} {'a' * 200}", "b" * 200) for number in range(50))
    for number in range(1, 50):
        fitted = found.fitted(Question("and?", system="Be brief.", history=turns[:number]), HERE)
        told = fitted.history
        assert told == turns[number - len(told) : number]
        assert len(told) >= min(number, 10)
        begins.append(told[0])
        # What each answer teaches changes nothing of it.
        counted = 1.1 * context().estimate(fitted) + number % 7
        found.answered(found.estimate(fitted), Usage(int(counted), 100))
    assert sum(a != b for a, b in pairwise(begins)) <= 7


def test_a_long_paste_is_cut_at_the_same_place_each_time():
    """The same turn in other words would be read anew, with all that follows it."""
    found, paste = context(4096), Turn("x" * 30_000, "It is long.")
    told = set()
    for number in range(10):
        told.add(found.fitted(Question("and?", history=(paste,)), HERE).history)
        found.answered(3000, Usage(3000 + 20 * number, 100))
    assert len(told) <= 2


def test_a_question_that_is_too_long_goes_alone():
    """It would be refused without having been tried."""
    question = Question("x" * 20_000, history=history(3))
    assert context(4096).fitted(question, HERE) == Question("x" * 20_000)


def test_a_prompt_that_is_too_long_gives_way_to_the_brief_one():
    """An analysis would be too long for a model that has room for a shorter one."""
    question = Question("q", prompt="1" * 2000, brief="1" * 500, history=history(3))
    fitted = context(2048).fitted(question, HERE)
    assert (fitted.prompt, len(fitted.history)) == ("1" * 500, 1)


def test_of_a_long_paste_the_beginning_and_the_end_are_remembered():
    """After one paste the model would know nothing of it, nor of what was said before."""
    paste = Turn("begin " + "x" * 30_000 + " end", "It is long.")
    question = Question("and?", history=(*history(2), paste))
    fitted = context(4096).fitted(question, HERE)
    assert len(fitted.history) == 3
    assert fitted.history[-1].question.startswith("begin xxx")
    assert "x\n[...]\nx" in fitted.history[-1].question
    assert fitted.history[-1].question.endswith("xxx end")


@pytest.mark.parametrize(
    ("held", "unseen", "goes_on"),
    [(1000, 0, True), (3000, 0, True), (3060, 0, False), (2000, 2, True), (2100, 2, False)],
)
def test_a_conversation_at_the_server_goes_on_while_it_fits(held, unseen, goes_on):
    """A server's own memory would fill up unseen."""
    found, thread = context(4096), ServerThread(HERE, "resp_1", unseen)
    found.keep(thread, held)
    question = Question("hi", history=history(8), thread=thread)
    fitted = found.fitted(question, HERE)
    assert (fitted.thread == thread) is goes_on
    assert len(fitted.history) == (8 if goes_on else 5)
    assert found.estimate(fitted) <= found.room


def test_after_a_restart_the_length_of_a_thread_is_what_is_remembered():
    """The first question after a restart would be refused in a long conversation."""
    question = Question("hi", history=history(8), thread=ServerThread(HERE, "resp_1"))
    assert context(4096).fitted(question, HERE).thread is None
    assert context(8192).fitted(question, HERE).thread


def test_what_a_server_keeps_is_not_counted_anew(monkeypatch):
    """Each question of a long conversation would take longer than the one before it."""
    counted = []
    monkeypatch.setattr(length, "_tokens", lambda text: counted.append(text) or 1.0)
    found, told = context(32_768), Turn("told", "by the server")
    found.keep(ServerThread(HERE, "resp_1"), 500)
    new = Turn("not told", "yet")
    question = Question("hi", history=(told, new), thread=ServerThread(HERE, "resp_1", 1))
    assert found.estimate(found.fitted(question, HERE)) > 500
    assert {new.question, new.answer} <= {*counted}
    assert {told.question, told.answer}.isdisjoint(counted)


def test_another_servers_thread_is_none():
    """A conversation that moved would be taken for one that is known."""
    question = Question("hi", thread=ServerThread("http://other", "resp_1"))
    assert context().fitted(question, HERE).thread is None


@pytest.mark.parametrize(
    ("listed", "prompt", "left"), [(0, "hi", 4096), (200_000, "hi", 4096), (2048, "a" * 3000, 1031),
                                   (2048, "a" * 9000, 256)],
)  # fmt: skip
def test_an_answer_may_have_what_is_left(listed, prompt, left):
    """A server that counts the answer's limit in would refuse every question."""
    assert context(listed).left(Question(prompt), 4096) == pytest.approx(left, abs=5)


def test_a_list_that_lies_is_corrected_by_where_answers_end():
    """Each long answer would be cut, for ever."""
    found = context(131_072)
    found.cut(1000, Usage(1900, 148))
    found.cut(900, Usage(1700, 348))
    assert found.known == 2048


def test_the_same_prompt_is_none_of_two_unlike_ones_when_its_estimate_has_changed():
    """An answer's own limit would be taken for the model's context."""
    found = context(0)
    for _ in range(9):
        estimate = found.tokens("word " * 400)
        found.cut(estimate, Usage(500, 20))
        found.answered(estimate, Usage(500, 20))
    assert found.known == 0


def test_answers_that_all_end_after_a_few_tokens_tell_no_context():
    """A person would read that the model's context of 23 tokens is full."""
    found = context(0)
    for estimate in (100, 50):
        found.cut(estimate, Usage(20, 3))
    assert found.known == 0


CHART = Picture("chart", 1000, 750)  # 1,000 tokens


def test_a_picture_takes_its_room():
    """A conversation about a picture would overflow."""
    found = context(4096)
    question = Question("hi", history=history(8), pictures=(CHART,))
    fitted = found.fitted(question, HERE)
    assert (len(fitted.history), fitted.pictures) == (3, (CHART,))
    words = found.estimate(Question("hi", history=history(3)))
    assert found.estimate(fitted) == words + 1000
    assert found.in_pictures(fitted) == 1000


def test_pictures_that_were_shown_before_go_first():
    """Words would be forgotten for a picture that nobody speaks of any more."""
    turns = (replace(TURN, pictures=(CHART,)), *history(4))
    assert context(4096).fitted(Question("hi", history=turns), HERE).history == (TURN, *history(4))
    assert context(8192).fitted(Question("hi", history=turns), HERE).history == turns
    thread = ServerThread(HERE, "resp_1")
    fitted = context(4096).fitted(Question("hi", history=turns, thread=thread), HERE)
    assert (fitted.thread, fitted.history) == (None, (TURN, *history(4)))


def test_a_long_turn_keeps_its_picture():
    """The model would not see again what a long caption was about."""
    turn = Turn("x" * 30_000, "It is long.", (CHART,))
    assert context(4096).fitted(Question("and?", history=(turn,)), HERE).history[0].pictures


@pytest.mark.parametrize(("read", "expected"), [(2050, 2000), (550, 900), (55, 801)])
def test_a_picture_takes_what_the_server_counts(read, expected):
    """A model that reads 256 tokens for each picture would forget what was said for nothing."""
    found, question = context(), Question("a" * 100, pictures=(CHART,))
    words = found.tokens("abc" * 1000)
    found.answered(found.estimate(question), Usage(read, 1), found.in_pictures(question))
    assert found.in_pictures(question) == pytest.approx(expected, rel=0.02)
    assert found.tokens("abc" * 1000) == words


@pytest.mark.parametrize(("unseen", "shown"), [(0, 0), (1, 1000)])
def test_a_picture_in_the_servers_thread_is_counted_there(unseen, shown):
    """What was counted for words would be taken for what a picture takes."""
    thread = ServerThread(HERE, "resp_1", unseen)
    question = Question("hi", history=(Turn("a", "b", (CHART,)),), thread=thread)
    assert context().in_pictures(question) == shown


def test_a_picture_that_overflows_takes_what_was_counted():
    """The same picture would overflow again."""
    found, question = context(4096), Question("hi", pictures=(CHART,))
    found.overflowed(found.estimate(question), 4096, 5000, found.in_pictures(question))
    assert found.in_pictures(question) > 3900


FILE = "Enclosed:\n" + "a line of a file, of many\n" * 2000


def test_a_file_is_cut_to_the_room_that_a_question_leaves():
    """Each long file would be refused."""
    found = context(4096)
    fitted = found.fitted(Question("What of it?", history=history(3), enclosed=FILE), HERE)
    assert fitted.history == ()
    assert fitted.enclosed.startswith("Enclosed:\na line of a file")
    assert fitted.enclosed.endswith(f"many{MARK}")
    assert found.room * 0.95 < found.estimate(fitted) <= found.room


def test_what_was_said_before_gives_way_to_a_file():
    """A file that fits would be cut for old words."""
    short = "abc" * 2000
    thread = ServerThread(HERE, "resp_1")
    question = Question("hi", history=history(6), enclosed=short, thread=thread)
    fitted = context(4096).fitted(question, HERE)
    assert (fitted.enclosed, len(fitted.history), fitted.thread) == (short, 1, None)


def test_a_file_is_not_read_where_the_question_has_no_room_for_it():
    """Half a sentence of a file would be taken for the file."""
    fitted = context(512).fitted(Question("q", prompt="1" * 400, enclosed=FILE), HERE)
    assert fitted.enclosed == MARK


def test_the_brief_prompt_leaves_more_of_a_file():
    """Beside the long figures of a market nothing would be read of it."""
    question = Question("q", prompt="1" * 2000, brief="1" * 500, enclosed=FILE)
    fitted = context(2048).fitted(question, HERE)
    assert fitted.prompt == "1" * 500
    assert len(fitted.enclosed) > 1000


def test_each_model_has_its_own():
    """A small model would take the large one's conversations for too long."""
    contexts = Contexts()
    assert contexts.of(Model("a", context=2048)) is contexts.of(Model("a"))
    assert contexts.of(Model("a")).known == 2048
    assert contexts.of(Model("b")).known == 0
