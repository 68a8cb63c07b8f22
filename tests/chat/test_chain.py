"""The first responder that answers."""

import logging
from dataclasses import replace

import pytest

from engram.chat.chain import COOLDOWN, FAILURES, Breaker, FallbackChain
from engram.chat.rules import RuleBasedFallback
from engram.core.errors import (
    BusyError,
    Cause,
    CrowdedError,
    GiveUpError,
    QuestionError,
    ResponderError,
    TooLongError,
    TryAgainError,
    UnavailableError,
)
from engram.core.events import FellBack, Finished, Question, ServerThread, TextDelta, TextReset

ASK = Question("hello")


class Scripted:
    """A responder that plays one list of events and errors an answer, the last one for ever."""

    base_url = ""

    def __init__(self, name, *answers, available=True):
        self.name = name
        self.available = available
        self.asked = 0
        self._answers = answers

    def respond(self, question):
        self.asked += 1
        for step in self._answers[min(self.asked, len(self._answers)) - 1]:
            if isinstance(step, BaseException):
                raise step
            yield step


GOOD = [Finished("hi", "good")]


@pytest.mark.parametrize(
    "failure",
    [
        GiveUpError("no such model"),
        TryAgainError("silent"),
        UnavailableError("refused"),
        KeyError("a bug"),
        RecursionError(),
    ],
)
def test_the_next_one_answers_whatever_the_first_one_raises(failure):
    """One fault would leave a person unanswered."""
    chain = FallbackChain([Scripted("bad", [failure]), Scripted("good", GOOD)])
    events = list(chain.respond(ASK))
    assert [type(event) for event in events] == [FellBack, Finished]
    assert events[0].responder == "bad"


def test_an_answer_that_just_ends_is_a_failure():
    """Silence would pass for an answer."""
    chain = FallbackChain([Scripted("bad", [TextDelta("a")]), Scripted("good", GOOD)])
    assert list(chain.respond(ASK))[-1] == GOOD[0]


def test_nothing_follows_the_final_answer():
    """A person would get two answers to one question."""
    twice = Scripted("twice", [Finished("one", "twice"), Finished("two", "twice"), KeyError()])
    assert list(FallbackChain([twice, RuleBasedFallback()]).respond(ASK)) == [
        Finished("one", "twice")
    ]


def test_text_of_a_failed_responder_is_taken_back():
    """An answer would begin with half of another one."""
    chain = FallbackChain(
        [Scripted("bad", [TextDelta("half"), GiveUpError("x")]), Scripted("good", GOOD)]
    )
    assert [type(event) for event in chain.respond(ASK)] == [
        TextDelta,
        TextReset,
        FellBack,
        Finished,
    ]


def test_who_is_known_to_be_down_is_not_asked():
    """Each person would pay for a known outage."""
    down = Scripted("down", GOOD, available=False)
    chain = FallbackChain([down, RuleBasedFallback()])
    assert next(chain.respond(ASK)) == FellBack("down", "unavailable", Cause.KNOWN_DOWN)
    assert down.asked == 0


def test_nobody_left_is_an_error():
    """The caller could not give its own last resort."""
    with pytest.raises(ResponderError):
        list(FallbackChain([]).respond(ASK))


def test_leaving_closes_the_responder():
    """After /stop the model would go on generating."""
    closed = []

    class Endless:
        name, base_url, available = "endless", "", True

        def respond(self, question):
            try:
                while True:
                    yield TextDelta("a")
            finally:
                closed.append(True)

    events = FallbackChain([Endless()]).respond(ASK)
    next(events)
    events.close()
    assert closed == [True]


def test_a_bug_is_logged_with_its_traceback_and_a_failure_is_not(caplog):
    """The owner could not tell a bug from a server that is off."""
    caplog.set_level(logging.INFO)
    chain = FallbackChain(
        [Scripted("off", [GiveUpError("it is off")]), Scripted("bug", [KeyError("x")]),
         RuleBasedFallback()]
    )  # fmt: skip
    list(chain.respond(ASK))
    found = {record.getMessage(): bool(record.exc_info) for record in caplog.records}
    assert found["off did not answer: it is off"] is False
    assert found["bug failed unexpectedly: 'x'"] is True


def test_three_failures_in_a_row_keep_questions_away():
    """Everybody would wait seven minutes for a server that hangs."""
    now = [0.0]
    bad = Scripted("bad", [TryAgainError("silent")])
    chain = FallbackChain([bad, RuleBasedFallback()], clock=lambda: now[0])
    for _ in range(FAILURES + 5):
        list(chain.respond(ASK))
    assert bad.asked == FAILURES
    assert chain.links[0].breaker.is_open
    now[0] += COOLDOWN
    list(chain.respond(ASK))
    list(chain.respond(ASK))
    assert bad.asked == FAILURES + 1


@pytest.mark.parametrize(
    ("failure", "cause", "opens"),
    [
        (TryAgainError("silent"), Cause.NO_ANSWER, True),
        (GiveUpError("it answers 401"), Cause.REFUSED, True),
        (KeyError("a bug"), Cause.BUG, True),
        (BusyError("it is busy (429)"), Cause.BUSY, False),
        (CrowdedError("too many ask it at once"), Cause.BUSY, False),
        (QuestionError("it answers 404"), Cause.QUESTION, False),
        (TooLongError("too long", 4096), Cause.TOO_LONG, False),
        (UnavailableError("refused"), Cause.UNREACHABLE, False),
    ],
)
def test_a_failure_belongs_to_who_caused_it(failure, cause, opens):
    """One chat's refused questions would take the model from everybody for a minute."""
    bad = Scripted("bad", [failure])
    chain = FallbackChain([bad, RuleBasedFallback()])
    for _ in range(FAILURES):
        fell, _ = chain.respond(ASK)
        assert fell.cause is cause
        assert fell.context == getattr(failure, "context", 0)
    assert chain.links[0].breaker.is_open is opens


@pytest.mark.parametrize("wasted", ["refused", "stopped"])
def test_a_question_that_tells_nothing_leaves_its_place_to_the_next(wasted):
    """A server that is well again would be kept from everybody for another minute."""
    now, silent = [0.0], [TryAgainError("silent")]
    tells_nothing = [QuestionError("400")] if wasted == "refused" else [TextDelta("a")]
    server = Scripted("server", silent, silent, silent, tells_nothing, GOOD)
    chain = FallbackChain([server, RuleBasedFallback()], clock=lambda: now[0])
    for _ in range(FAILURES):
        list(chain.respond(ASK))
    now[0] += COOLDOWN
    events = chain.respond(ASK)
    next(events)
    events.close()
    assert list(chain.respond(ASK))[-1] == GOOD[0]


def test_a_server_that_was_gone_is_asked_as_soon_as_it_is_back():
    """Starting LM Studio again would help only a minute later."""
    server = Scripted("server", *[[UnavailableError("refused")]] * 5, GOOD)
    chain = FallbackChain([server, RuleBasedFallback()])
    for _ in range(6):
        answer = list(chain.respond(ASK))[-1]
    assert answer == GOOD[0]


def test_half_open_lets_one_question_through():
    """A hundred people would try the server that has just failed."""
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(FAILURES):
        breaker.failed()
    now[0] += COOLDOWN
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert breaker.admits()
    assert not breaker.is_open


def test_a_conversation_stays_with_the_server_that_keeps_it():
    """The model would have forgotten half of the conversation each time."""
    asked = []

    class Server(Scripted):
        def __init__(self, name, base_url):
            super().__init__(name, GOOD)
            self.base_url = base_url

        def respond(self, question):
            asked.append(self.base_url)
            yield from GOOD

    others = [Server("other", "c"), Server("lmstudio", "a"), Server("lmstudio", "b")]
    chain = FallbackChain(others)
    list(chain.respond(replace(ASK, thread=ServerThread("b", "resp_1"))))
    chain.replace(others[1:])
    list(chain.respond(replace(ASK, thread=ServerThread("b", "resp_1"))))
    list(chain.respond(replace(ASK, thread=ServerThread("gone", "resp_1"))))
    assert asked == ["c", "b", "a"]


def test_who_stays_in_the_chain_keeps_its_breaker():
    """An edit of config.ini would let everybody wait for a server that hangs."""
    failing, rules = Scripted("a", [TryAgainError("no")]), RuleBasedFallback()
    chain = FallbackChain([failing, rules])
    for _ in range(3):
        list(chain.respond(ASK))
    chain.replace([failing, rules])
    assert chain.links[0].breaker.is_open
    assert [link.ready for link in chain.links] == [False, True]
