"""Every failure of a model server, through the whole chain: one friendly answer, no error text."""

from dataclasses import replace

import pytest

from engram.chat.mock_ai import MockAIAnalyzer
from engram.chat.rules import RuleBasedFallback
from engram.chat.sent.album import Album
from engram.core.attachments import NOTHING_SENT
from engram.core.events import Finished
from engram.core.stop import Stop
from engram.llm.lmstudio import LMStudioClient
from tests.chat.sent.bench import SentFiles, png
from tests.conftest import make_analyst, make_assistant
from tests.doubles.lmstudio import (
    Answer,
    BrokenJson,
    Cut,
    Drip,
    Empty,
    ErrorEvent,
    Hang,
    Html,
    OldServer,
    ReasoningOnly,
    Redirect,
    Reset,
    Status,
    WrongContentType,
)
from tests.doubles.lmstudio_loading import NO_MODELS
from tests.machine_speed import LONG

STORY = Answer("The market has been quiet for days, and nothing points to a change. " * 8)
SECRET = "lm-secret-token"

FAILURES = {
    "silent": Hang(),
    "silent after the headers": Hang(after_headers=True),
    "silent after the first event": Hang(after_events=1),
    "only keeps the line warm": Drip(0.02),
    "400": Status(400, {"error": {"message": "bad", "code": "invalid_value"}}),
    "401": Status(401, {"error": {"message": f"Malformed token: {SECRET[:6]}..."}}),
    "404 model_not_found": Status(404, {"error": {"type": "model_not_found", "message": "no"}}),
    "404 no models loaded": Status(
        404, {"error": {"type": "invalid_request_error", "message": NO_MODELS}}
    ),
    "no models loaded, in the stream": ErrorEvent("invalid_request_error", NO_MODELS),
    "429": Status(429),
    "429 with Retry-After": Status(429, headers=(("Retry-After", "0.01"),)),
    "429 for a day": Status(429, headers=(("Retry-After", "86400"),)),
    "500": Status(500, "Traceback (most recent call last)"),
    "503": Status(503),
    "503 with Retry-After": Status(503, headers=(("Retry-After", "0"),)),
    "HTML": Html(),
    "broken JSON": BrokenJson(),
    "wrong content type": WrongContentType(),
    "cut without chat.end": Cut(after_deltas=1),
    "reset before the answer": Reset(),
    "reset in mid-stream": Reset(after_deltas=2),
    "error event": ErrorEvent("internal_error", "CUDA out of memory"),
    "error event that is final": ErrorEvent("invalid_request", "no", then_end=False),
    "error event in mid-stream": ErrorEvent("unknown", "oops", after_deltas=1),
    "empty": Empty(),
    "reasoning only": ReasoningOnly("hm"),
    "thinking only": Answer("<think>hm, let me see", deltas=("<th", "ink>hm, ", "let me see")),
    "old server": OldServer(),
    "redirect": Redirect(),
}


def over_a_picture(how):
    """Fail in this way over a question with a picture, and answer all others."""

    def play(exchange):
        (how if "data:image/" in str(exchange.body["input"]) else STORY).play(exchange)

    return play


NOT_THIS = "Could not process image"
# What goes wrong only where a model is shown something.
OVER_A_PICTURE = {
    "400 over a picture": over_a_picture(Status(400, {"error": {"message": NOT_THIS}})),
    "400 over a picture without a word": over_a_picture(Status(400)),
    "500 over a picture": over_a_picture(Status(500, {"error": {"message": NOT_THIS}})),
    "error event over a picture": over_a_picture(ErrorEvent("internal_error", NOT_THIS)),
}

SILENT = {name for name in FAILURES if name.startswith(("silent", "only keeps"))}

# What lies in the question or in the model, not in the server, is not called an outage.
NOTES = {
    "(the model could not answer this one)": {
        "400",
        "404 model_not_found",
        "error event that is final",
        "old server",
    },
    "(the model gave no answer: it said nothing)": {"empty"},
    "(the model gave no answer: it only thought)": {"reasoning only", "thinking only"},
    "(LMStudio has not loaded its model)": {
        "404 no models loaded",
        "no models loaded, in the stream",
    },
    "(LMStudio does not accept the bot's token)": {"401"},
    "(LMStudio could not run its model)": {"error event"},
    "(LMStudio is busy)": {"429", "429 with Retry-After", "429 for a day"},
}


@pytest.fixture
def silence(request):
    """After so many seconds without a word an attempt is over; where a word comes, it is heard."""
    given = getattr(request.node, "callspec", None)
    failure = given.params.get("failure", "silent") if given else "silent"
    return 0.05 if failure in SILENT else LONG


# For answers that must come: no attempt may end before them.
patient = pytest.mark.parametrize("silence", [LONG])


@pytest.fixture
def assistant(lmstudio, exchange, monkeypatch, silence):
    """An assistant whose model server is the double; attempts are short and waits are none."""
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: iter(()))
    lmstudio.open_eyes()
    client = LMStudioClient(
        lmstudio.url, timeout=silence, max_retries=2, token=SECRET, connect_timeout=LONG
    )
    assert client.probe()
    mock = MockAIAnalyzer(make_analyst(exchange))
    return make_assistant(client, mock, RuleBasedFallback(), exchange=exchange)


@pytest.fixture(scope="module")
def album():
    """Pictures that were opened before: to open one takes half a second."""
    return Album()


def answer(assistant, text, sent=NOTHING_SENT):
    events = list(assistant.reply("1", text, sent=sent))
    assert [event for event in events if isinstance(event, Finished)] == events[-1:]
    return events[-1].text


@pytest.mark.parametrize("text", ["hello", "/analyze BTC 4h"])
@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_ends_in_one_friendly_answer(assistant, lmstudio, caplog, failure, text):
    """A person would read "Read timed out", or nothing at all."""
    lmstudio.behave(FAILURES[failure])
    found = answer(assistant, text)
    analysis = "📊 Market Analysis for BTC/USDT · 4h · Binance\n\nSignal: "
    expected = analysis if text.startswith("/") else "Hello! I'm Engram."
    assert expected in found
    notes = (note for note, failures in NOTES.items() if failure in failures)
    assert next(notes, "(LMStudio unavailable)") in found
    for word in ("Error", "Traceback", "Exception", "timed out", "127.0.0.1", SECRET[:6]):
        assert word not in found
    assert "lmstudio did not answer: " in caplog.text
    assert SECRET[:6] not in caplog.text


FILES = SentFiles(chart=png(), trades=b"bought,sold\n1,2\n", broken=b"no picture")
SENT = {
    "a picture": FILES.sent("chart"),
    "a file": FILES.sent(trades="trades.csv"),
    "a broken picture": FILES.sent("broken"),
    "a picture that is gone": FILES.sent("gone"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_over_a_picture_ends_in_one_friendly_answer(
    assistant, album, lmstudio, failure
):
    """Whoever shows a picture at a bad moment would read an error, or nothing."""
    assistant._parts = replace(assistant._parts, album=album)
    lmstudio.behave(FAILURES[failure])
    found = answer(assistant, "hello", SENT["a picture"])
    assert "Hello! I'm Engram." in found
    assert "👁 Nobody has looked at the picture" in found
    notes = (note for note, failures in NOTES.items() if failure in failures)
    assert next(notes, "(LMStudio unavailable)") in found
    for word in ("Error", "Traceback", "Exception", "timed out", "127.0.0.1", SECRET[:6]):
        assert word not in found


@patient
@pytest.mark.parametrize("failure", OVER_A_PICTURE)
def test_a_picture_that_is_refused_costs_nobody_the_answer(assistant, album, lmstudio, failure):
    """The words below a picture would go unanswered because of the picture."""
    assistant._parts = replace(assistant._parts, album=album)
    lmstudio.behave(OVER_A_PICTURE[failure])
    found = answer(assistant, "hello", SENT["a picture"])
    assert found.startswith("The market has been quiet")
    assert "👁 glm-4.7-flash cannot look at pictures." in found
    # Nobody is told of an outage, and the next picture is shown to it again.
    assert "unavailable" not in found
    lmstudio.behave(STORY)
    assert "👁" not in answer(assistant, "hello", SENT["a picture"])


@patient
@pytest.mark.parametrize("sent", SENT)
def test_whatever_is_sent_its_words_are_answered(assistant, album, lmstudio, sent):
    """One broken file would cost the answer to the question beside it."""
    assistant._parts = replace(assistant._parts, album=album)
    lmstudio.behave(STORY)
    found = answer(assistant, "hello", SENT[sent])
    assert found.startswith("The market has been quiet")
    assert ("📎" in found) is (sent in ("a broken picture", "a picture that is gone"))


def test_refused(assistant, lmstudio, caplog):
    """A server that is switched off would be an error."""
    lmstudio.stop()
    assert "Hello! I'm Engram." in answer(assistant, "hello")
    assert "connection refused" in caplog.text
    lmstudio.start()


@patient
def test_an_answer_that_breaks_off_late_stands_as_cut_short(assistant, lmstudio):
    """Two screens of text would be thrown away because the end is missing."""
    lmstudio.behave(Cut(after_deltas=80, answer=STORY))
    found = answer(assistant, "hello")
    assert found.startswith("The market has been quiet")
    assert "✂️ The answer broke off here." in found


@patient
def test_a_second_attempt_that_succeeds_is_the_answer(assistant, lmstudio):
    """One hiccup would cost the model's answer."""
    lmstudio.behave(Reset(after_deltas=2), Answer("All well."))
    assert answer(assistant, "hello").startswith("All well.\n\n💡 Powered by LMStudio")


@patient
def test_thinking_inside_the_message_is_not_shown(assistant, lmstudio):
    """A person would read the model's private reasoning."""
    lmstudio.behave(Answer("", deltas=("<th", "ink>secret plan</thi", "nk>The ", "answer.")))
    assert answer(assistant, "hello").startswith("The answer.\n\n💡")
