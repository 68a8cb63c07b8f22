"""What every client of a model server does the same way."""

import threading
from contextlib import closing

import pytest

from engram.core.errors import (
    GiveUpError,
    QuestionError,
    StoppedError,
    TryAgainError,
    UnavailableError,
)
from engram.core.events import Finished, Progress, Question, Stage, TextDelta, TextReset
from engram.core.stop import Stop
from engram.core.waits import Waits
from engram.llm.lmstudio import LMStudioClient
from engram.llm.servers import CLIENTS
from tests.doubles.lmstudio import (
    Answer,
    Cut,
    Drip,
    Empty,
    ErrorEvent,
    LoadingModel,
    ReasoningOnly,
    Status,
)
from tests.machine_speed import LONG, ends, slowness

LONG_TEXT = "x" * 200
SILENT = TryAgainError("silent")
DONE = Finished("hi", "lmstudio")


class Scripted(LMStudioClient):
    """A client that plays one list of events or errors for each attempt, and the last one again.

    It notes the timeouts of the attempts, and how many of them are at the server.
    """

    def __init__(self, *attempts, **options):
        super().__init__("http://127.0.0.1:9", **{"parallel": 1, "model": "GLM", **options})
        self.timeouts, self.at_server = [], 0
        self._attempts = attempts

    def _ask(self, question, timeout):
        self.timeouts.append(timeout)
        self.at_server += 1
        try:
            for step in self._attempts[min(len(self.timeouts), len(self._attempts)) - 1]:
                if isinstance(step, Exception):
                    raise step
                yield step
        finally:
            self.at_server -= 1


def slow():
    """Thirty pieces, a twentieth of a second apart."""
    return Answer(deltas=("a ",) * 30, delay_between=0.05 * slowness())


def place(number):
    return Progress(Stage.WAITING, place=number)


def ask(server, text="hi", **more):
    """What a person sees of an answer, of which nothing has been made yet."""
    with closing(server.respond(Question(text, **more))) as events:
        yield from (event for event in events if not isinstance(event, Waits))


def begin(server):
    """An answer whose first event has come; it is at the server and stays there until closed."""
    events = ask(server)
    next(events)
    return events


@pytest.fixture
def client(server_name, double):
    """Make a client for the server that waits as long as the tests can."""

    def make(**options):
        return CLIENTS[server_name](double.url, **{"timeout": LONG, "parallel": 1, **options})

    return make


@pytest.fixture
def slept(monkeypatch):
    """The pauses, in seconds, without the waiting."""
    pauses = []
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: pauses.append(seconds) or iter(()))
    return pauses


def test_each_retry_is_told(slept):
    """The person who waits would not know that another attempt has begun."""
    server = Scripted([SILENT], [TryAgainError("busy", 7)], [DONE])
    assert list(ask(server)) == [
        Progress(Stage.RETRYING, attempt=2, attempts=3),
        Progress(Stage.RETRYING, attempt=3, attempts=3),
        DONE,
    ]
    assert (server.timeouts, slept) == ([60, 120, 240], [1, 7])


def test_the_last_failure_is_raised(slept):
    """The next responder would never be asked."""
    server = Scripted([SILENT])
    with pytest.raises(TryAgainError, match="silent"):
        list(ask(server))
    assert (server.timeouts, slept) == ([60, 120, 240], [1, 2])
    assert server.available


@pytest.mark.parametrize("error", [GiveUpError("401"), RuntimeError("bug")])
def test_what_cannot_succeed_is_not_tried_again(slept, error):
    """A wrong token would cost minutes."""
    server = Scripted([error])
    with pytest.raises(type(error)):
        list(ask(server))
    assert (server.timeouts, slept) == ([60], [])


def test_an_answer_that_breaks_twice_is_kept_as_far_as_it_came(slept):
    """Two screens of text would be thrown away because the end is missing."""
    server = Scripted([TextDelta(LONG_TEXT), TextDelta("yz"), SILENT], [TextDelta("x"), SILENT])
    assert list(ask(server)) == [
        TextDelta(LONG_TEXT),
        TextDelta("yz"),
        TextReset(),
        Progress(Stage.RETRYING, attempt=2, attempts=2),
        TextDelta("x"),
        Finished(LONG_TEXT + "yz", "lmstudio", "GLM", markdown=True, cut_short=True),
    ]


def test_a_short_broken_answer_is_no_answer(slept):
    """Half a sentence would pass for an answer."""
    server = Scripted([TextDelta("half a"), SILENT], [TextDelta("ha"), SILENT])
    with pytest.raises(TryAgainError):
        list(ask(server))
    assert len(server.timeouts) == 2


def test_leaving_ends_the_request_before_the_place_is_free():
    """A stopped answer would go on at the server, as one too many."""
    server, others = Scripted([TextDelta("a"), DONE]), []
    first = begin(server)
    server.line.join(lambda: others.append(server.at_server))
    first.close()
    assert others == [0]


def test_no_more_questions_are_at_the_server_than_it_can_take(double, client):
    """The server would queue them in silence, and they would time out there."""
    double.behave(Answer(deltas=("a ",) * 3, delay_between=0.1 * slowness()))
    server, answers = client(parallel=2), []
    threads = [threading.Thread(target=lambda: answers.extend(ask(server))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        assert ends(thread, 10)
    assert sum(isinstance(event, Finished) for event in answers) == 8
    assert double.max_active == 2
    assert place(6) in answers


def test_each_change_of_place_is_told():
    """The person who waits would not know whether the line moves."""
    server = Scripted([TextDelta("a"), DONE])
    first, second, third = begin(server), ask(server), ask(server)
    assert (next(second), next(third)) == (place(1), place(2))
    assert server.line.waiting == 2
    first.close()
    assert next(third) == place(1)
    assert list(second) == list(third) == [Progress(Stage.ASKING), TextDelta("a"), DONE]


def test_waiting_in_line_is_no_silence(double, client):
    """A question that waited would be given up, or tried again, before it was ever asked."""
    double.behave(slow())
    server = client(timeout=1.2 * slowness(), max_retries=2)
    with closing(begin(server)) as first:
        second = ask(server)
        assert next(second) == place(1)
        thread = threading.Thread(target=list, args=(first,))
        thread.start()
        events = list(second)  # the first takes longer than the second may be silent
        assert ends(thread, 10)
    assert isinstance(events[-1], Finished)
    assert not any(isinstance(event, Progress) and event.attempt for event in events)


def test_between_two_attempts_the_place_is_free(double, client):
    """Four failing questions would keep everybody else out while they only wait."""
    double.behave(Status(503, headers=(("Retry-After", "60"),)), Answer("hi"))
    server = client()
    with closing(ask(server)) as first:
        assert next(first) == Progress(Stage.RETRYING, attempt=2, attempts=3)
        assert server.query("hi") == "hi"


def test_a_slow_reader_does_not_keep_the_place():
    """The model would idle while an answer is being sent to its chat."""
    server = Scripted([TextDelta("a"), DONE])
    with closing(begin(server)) as first:
        assert next(first) == DONE
        assert list(ask(server)) == [TextDelta("a"), DONE]


def test_a_failing_question_gives_its_place_back(slept):
    """After four failures nobody would get through any more."""
    for error in (GiveUpError("401"), UnavailableError("refused"), SILENT, RuntimeError("bug")):
        server = Scripted([error])
        for _ in range(3):
            with pytest.raises(type(error)):
                list(ask(server))


def test_leaving_the_line_gives_the_place_to_the_next():
    """A stopped question would be in front of the others for ever."""
    server = Scripted([TextDelta("a"), DONE])
    first, second, third = begin(server), ask(server), ask(server)
    assert (next(second), next(third)) == (place(1), place(2))
    second.close()
    assert next(third) == place(1)
    first.close()
    assert list(third)[-1] == DONE
    assert (server.line.waiting, server.at_server) == (0, 0)


def test_stopping_ends_the_wait_in_line_at_once():
    """/stop would do nothing until it is the question's turn."""
    server, stop = Scripted([TextDelta("a"), DONE]), Stop()
    with closing(begin(server)):
        waiting = ask(server, stop=stop)
        assert next(waiting) == place(1)
        threading.Timer(0.05, stop.request).start()
        with pytest.raises(StoppedError):
            next(waiting)
        assert server.line.waiting == 0


def test_those_in_line_leave_a_server_that_is_gone(double, client):
    """Each question would have to find out for itself, one after the other."""
    double.behave(Answer(deltas=("a ",) * 100, delay_between=1))
    server = client()
    with closing(begin(server)):
        waiting = ask(server)
        assert next(waiting) == place(1)
        double.stop()
        assert not server.probe()
        with pytest.raises(UnavailableError, match="connection refused"):
            next(waiting)
    assert server.line.waiting == 0


def test_nobody_waits_longer_in_line_than_the_attempts_would_take():
    """Two hundred people would wait for hours when a server hangs."""
    server = Scripted([TextDelta("a"), DONE], timeout=0.1, max_retries=2)
    with closing(begin(server)):
        waiting = ask(server)
        assert next(waiting) == place(1)
        with pytest.raises(GiveUpError, match="too many ask it at once; 0 were still ahead"):
            next(waiting)
        assert server.line.waiting == 0
    assert len(server.timeouts) == 1


def test_leaving_gives_the_place_to_the_next(double, client):
    """A stopped answer would block the server for good."""
    double.behave(slow(), Answer("hi"))
    server = client()
    begin(server).close()
    assert server.query("hi") == "hi"


def test_a_server_that_is_gone_is_not_available_until_a_probe_finds_it(double, client):
    """Each question would pay for a known outage, or the server's return would go unnoticed."""
    server = client()
    double.stop()
    with pytest.raises(UnavailableError, match="connection refused"):
        list(server.respond(Question("hi")))
    assert not server.available
    assert not server.probe()
    double.start()
    assert server.probe()
    assert server.available
    assert server.problem == ""
    assert server.latency > 0


def test_being_turned_away_is_no_news_about_the_server():
    """A server that a probe has just found again would be gone once more."""
    server = Scripted([TextDelta("a"), DONE])
    with closing(begin(server)):
        waiting = ask(server)
        assert next(waiting) == place(1)
        server._mark(problem="connection refused")
        server._mark(problem="")
        with pytest.raises(UnavailableError, match="connection refused"):
            next(waiting)
    assert (server.available, server.problem) == (True, "")


def test_a_text_worth_keeping_outlives_a_refused_retry(slept):
    """What a person has read would vanish because the server died in the middle of it."""
    gone = UnavailableError("refused")
    server = Scripted([TextDelta(LONG_TEXT), SILENT], [gone])
    *_, last = ask(server)
    assert (last.text, last.cut_short) == (LONG_TEXT, True)
    assert not server.available


def test_a_refusal_in_mid_stream_takes_nothing_away(slept):
    """Two screens of text would vanish at the last word."""
    *_, last = ask(Scripted([TextDelta(LONG_TEXT), QuestionError("400")]))
    assert (last.text, last.cut_short) == (LONG_TEXT, True)


def test_a_bug_in_mid_stream_stays_one(slept):
    """Nobody would ever read the traceback."""
    with pytest.raises(RuntimeError):
        list(ask(Scripted([TextDelta(LONG_TEXT), RuntimeError("bug")])))


def test_three_failures_in_a_row_are_trouble_until_an_answer():
    """/status would be green while every question fails."""
    refusal, silence = QuestionError("404: no such model"), GiveUpError("401")
    server = Scripted([refusal], [silence], [refusal], [silence], [refusal], [DONE])
    for _ in range(4):
        with pytest.raises(GiveUpError):
            list(ask(server))
        assert server.outcomes.trouble == ""
    with pytest.raises(GiveUpError):
        list(ask(server))
    assert server.outcomes.trouble == "404: no such model"


@pytest.mark.parametrize(
    "refusal",
    [
        Status(404, {"error": {"type": "model_not_found", "message": "no such model"}}),
        Status(400, {"error": {"message": "No models loaded. Please load a model."}}),
        Status(500, {"error": {"message": "Failed to load model: insufficient resources"}}),
        ErrorEvent("internal_error", "Failed to load the model"),
        ErrorEvent("invalid_request", "Model unloaded.", after_deltas=2),
    ],
    ids=str,
)
def test_a_choice_that_is_refused_leaves_the_question_to_the_configured_model(
    double, client, refusal
):
    """A chat whose model is gone would get no model's answer, and others none after it."""
    choice, other = (entry.get("key") or entry["id"] for entry in double.models[1::-1])
    double.behave(
        lambda exchange: (refusal if exchange.model == choice else Answer("hi")).play(exchange)
    )
    server = client(model=other)
    for _ in range(4):
        *before, last = server.respond(Question("hi", model=choice))
        assert (last.text, last.model) == ("hi", server.model_name)
        shown = [event for event in before if isinstance(event, TextDelta | TextReset)]
        assert shown[-2:] in ([TextReset(), TextDelta("hi")], [TextDelta("hi")])
    assert server.outcomes.trouble == ""


def test_the_token_is_checked(double, client):
    """A server with authentication could not be used."""
    double.token = "right"
    assert client(token="right").query("hi")
    without = client(token="wrong-secret")
    assert not without.probe()
    assert f"put its token as {without.provider.credential} into .env" in without.problem
    assert "wrong" not in without.problem


def test_stopping_ends_the_generation(double, client):
    """A stopped answer would go on heating the graphics card."""
    double.behave(slow())
    question = Question("hi")
    events = client().respond(question)
    next(events)
    question.stop.request()
    with pytest.raises(StoppedError):
        list(events)
    double.wait_for(lambda: double.chats[0].disconnected_at, timeout=2)


def test_query_returns_the_text_or_none(double, client):
    """Scripts that use a client would have to know its events."""
    double.behave(Answer("hi"), Status(400))
    assert client().query("hi") == "hi"
    assert client().query("hi") is None


def test_a_server_that_loads_its_model_is_no_failure(double, server_name, monkeypatch):
    """A person would read that the model is unavailable, a moment before it is there."""
    pauses = []
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: pauses.append(seconds) or iter(()))
    double.behave(*[LoadingModel()] * 5, Answer("hi"))
    client = CLIENTS[server_name](double.url, max_retries=1)
    *before, answer = client.respond(Question("hi"))
    assert answer.text == "hi"
    assert before[:5] == [Progress(Stage.LOADING)] * 5
    assert pauses == [2.0] * 5


def test_a_server_that_only_pings_is_silent(double, server_name):
    """A model that hangs would be waited for for ever."""
    double.behave(Drip(0.02, pings=True))
    client = CLIENTS[server_name](
        double.url, timeout=0.3 * slowness(), max_retries=1, connect_timeout=LONG
    )
    with pytest.raises(TryAgainError, match="silent for"):
        list(client.respond(Question("hi")))


def test_what_was_read_stays_when_the_server_dies(double, server_name, monkeypatch):
    """Two paragraphs would vanish from the screen because the end is missing."""
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: double.stop() or iter(()))
    double.behave(Cut(after_deltas=60, answer=Answer("word " * 80)))
    client = CLIENTS[server_name](double.url, connect_timeout=LONG)
    client.probe()
    *_, answer = client.respond(Question("hi"))
    assert len(answer.text) >= 250
    assert answer.cut_short
    assert not client.available


@pytest.mark.parametrize("step", [Answer("hi"), Empty(), ReasoningOnly()], ids=str)
def test_a_model_is_tried_out_with_a_single_token(double, server_name, step):
    """The check would take long, or call a model broken that only thinks first."""
    double.behave(step)
    client = CLIENTS[server_name](double.url)
    assert client.probe()
    client.try_out()
    (asked,) = double.chats
    assert 1 in (asked.body.get("max_tokens"), asked.body.get("max_output_tokens"))


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (Status(401), GiveUpError),
        (Status(400, {"error": {"message": "no such model"}}), QuestionError),
        (Status(503), TryAgainError),
    ],
)
def test_a_model_that_cannot_write_a_token_is_told(double, server_name, step, error):
    """The check would be green while every answer fails."""
    double.behave(step)
    client = CLIENTS[server_name](double.url)
    assert client.probe()
    with pytest.raises(error):
        client.try_out()


def test_a_model_that_knows_the_limit_by_another_name_was_found(openai):
    """The newest models of OpenAI would be called broken."""
    message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    openai.behave(Status(400, {"error": {"message": message}}))
    CLIENTS["openai"](openai.url, model="gpt-5").try_out()
