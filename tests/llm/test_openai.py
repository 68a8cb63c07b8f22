"""Servers that speak OpenAI's chat completions."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from engram.core.errors import GiveUpError, TooLongError, TryAgainError, WordlessError
from engram.core.events import Finished, Form, Progress, Question, Stage, TextDelta, Turn
from engram.core.usage import Usage
from engram.llm.answer.answer_text import MAX_TEXT, AnswerText
from engram.llm.answer.stream import read_answer
from engram.llm.openai import OpenAIClient
from engram.llm.sse import DOCUMENT, ServerSentEvent
from tests.babble import babble
from tests.doubles.lmstudio import Answer
from tests.doubles.lmstudio import Status as HttpStatus

THINKING = Progress(Stage.THINKING)
DONE = "[DONE]"
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}


def delta(content=None, finish=None, **more):
    said = {"content": content, **more}
    return {"choices": [{"index": 0, "delta": said, "finish_reason": finish}], "usage": None}


def usage(read, written):
    return {"choices": [], "usage": {"prompt_tokens": read, "completion_tokens": written}}


def stop(reason="stop"):
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}


def document(content, finish="stop", **more):
    message = {"role": "assistant", "content": content, **more}
    return {**usage(7, 1), "choices": [{"message": message, "finish_reason": finish}]}


def read(*chunks, name="message"):
    answer = AnswerText("openai", "gpt")
    stream = [
        ServerSentEvent(name, chunk if isinstance(chunk, str) else json.dumps(chunk))
        for chunk in chunks
    ]
    return list(read_answer([[one] for one in stream], answer, OpenAIClient.take)), answer


def done(text, **more):
    return Finished(text, "openai", "gpt", markdown=True, **more)


def test_a_question_is_sent_as_the_server_wants_it(openai):
    """OpenAI's server refuses arguments that it does not know."""
    openai.token = "sk-right"
    client = OpenAIClient(f"{openai.url}/", model="gpt-5", token="sk-right")
    list(client.respond(Question("hi", system="s", history=(Turn("a", "b"),))))
    (request,) = openai.chats
    assert request.body == {
        "model": "gpt-5",
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b"},
            {"role": "user", "content": "hi"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert request.headers["authorization"] == "Bearer sk-right"


@pytest.mark.parametrize(
    "ways",
    [
        {"says_done": False},
        {"streams": False},
        {"lists_models": False},
        {"reasoning_key": "reasoning"},
        {"counts_tokens": False},
        {"parts": True},
        {"parts": True, "streams": False},
        {"engine": "llamacpp"},
        {"engine": "litellm"},
    ],
    ids=str,
)
def test_servers_with_their_own_ways_are_understood(openai, ways):
    """Of all the servers that speak this, only OpenAI's own could be used."""
    vars(openai).update(ways)
    openai.behave(Answer("Hello there", reasoning="hm"))
    client = OpenAIClient(openai.url, model="gpt-5")
    for _ in range(2):
        *before, answer = client.respond(Question("hi"))
        assert answer.text == "Hello there"
        assert before.count(THINKING) == 1


def test_a_server_that_counts_no_tokens_is_asked_once_only(openai):
    """Each question would be sent twice."""
    openai.counts_tokens = False
    client = OpenAIClient(openai.url)
    assert client.query("a")
    assert client.query("b")
    assert ["stream_options" in chat.body for chat in openai.chats] == [True, False, False]


@pytest.mark.parametrize(
    ("engine", "keys"),
    [("", {"stream_options"}), ("llamacpp", {"stream_options", "return_progress"})],
)
def test_all_first_questions_at_once_are_asked_again(openai, engine, keys):
    """Of several that ask at the same time all but the first would be answered by the rules."""
    openai.engine = engine
    # None is refused before all of them have been sent.
    sent = threading.Barrier(3, timeout=60)
    refused = []

    def refuse(exchange):
        unknown = sorted(keys & set(exchange.body))
        if not unknown:
            return Answer("Hello").play(exchange)
        refused.append(unknown[0])
        if len(refused) <= 3:
            sent.wait()
        error = {"error": {"message": f"Unrecognized request argument supplied: {unknown[0]}"}}
        return exchange.connection.reply_json(400, error)

    openai.behave(refuse)
    client = OpenAIClient(openai.url, model="gpt-5", max_retries=1)
    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(client.query, ("one", "two", "three"))) == ["Hello"] * 3
    assert client.query("later") == "Hello"
    assert keys.isdisjoint(openai.chats[-1].body)


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (400, {"error": {"message": "stream_options is not supported"}}),
        (400, {"error": {"message": "Unknown parameter.", "param": "stream_options"}}),
        (
            422,
            {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs"}]},
        ),
        (422, {"detail": [{"loc": ["body", "stream_options", "include_usage"], "msg": "Extra"}]}),
        (400, {"object": "error", "message": "extra fields: stream_options", "code": 400}),
        (400, {"error": 'json: unknown field "stream_options"'}),
    ],
)
def test_a_refused_key_is_found_wherever_a_server_names_it(openai, status, document):
    """Nobody would get an answer from such a server, whatever they ask."""
    openai.behave(HttpStatus(status, document), Answer("Hello"))
    assert OpenAIClient(openai.url, model="gpt-5", max_retries=1).query("hi") == "Hello"


def test_llama_cpp_tells_how_far_it_has_read(openai):
    """A person would wait for a long prompt in the dark."""
    openai.engine = "llamacpp"
    openai.behave(Answer("Hello", prompt=(0.0, 0.5, 1.0)))
    before = list(OpenAIClient(openai.url, model="gpt-5").respond(Question("hi")))
    assert before[:3] == [Progress(Stage.READING, part) for part in (0.0, 0.5, 1.0)]
    assert openai.chats[0].body["return_progress"] is True


FORM = Form(("",), (("Signal", ("BUY", "SELL")),))


@pytest.mark.parametrize(
    ("engine", "more", "held"),
    [
        ("llamacpp", {"calm": True}, True),
        ("llamacpp", {"effort": "off"}, True),
        # All that the grammar allows would be taken for thoughts.
        ("llamacpp", {"calm": True, "effort": "high"}, False),
        ("llamacpp", {"calm": True, "form": None}, False),
        ("", {"calm": True}, False),
        ("litellm", {"calm": True}, False),
    ],
)
def test_a_model_is_held_to_the_form_where_that_can_be(openai, engine, more, held):
    """A small model's analysis would have no verdict, or a server refuse what it does not know."""
    openai.engine, openai.efforts = engine, ("none", "high")
    client = OpenAIClient(openai.url, model="gpt-5")
    (*_, answer) = client.respond(Question("BTC", **{"form": FORM, **more}))
    assert answer.text
    assert ("grammar" in openai.chats[-1].body) is held
    assert (
        not held
        or 'root ::= point{2,5} "\\nSignal: " ("BUY" | "SELL")'
        in (openai.chats[-1].body["grammar"])
    )


@pytest.mark.parametrize(
    "refusal",
    [
        HttpStatus(400, {"error": {"message": "Failed to initialize samplers: failed to parse "
                                              "grammar", "type": "invalid_request_error"}}),
        Answer("", reasoning="- It goes up. Signal: BUY"),
    ],
    ids=["a grammar it does not know", "a model that thinks all the same"],
)  # fmt: skip
def test_a_model_that_cannot_be_held_to_a_form_is_asked_without(openai, refusal):
    """Nobody would get an analysis of such a model."""
    openai.engine = "llamacpp"
    openai.behave(refusal, Answer("Up."), Answer("Down."))
    client = OpenAIClient(openai.url, model="gpt-5", max_retries=1)
    for text in ("Up.", "Down."):
        (*_, answer) = client.respond(Question("BTC", form=FORM, calm=True))
        assert answer.text == text
    assert ["grammar" in chat.body for chat in openai.chats] == [True, False, False]
    assert all(chat.body["reasoning_effort"] == "none" for chat in openai.chats)


@pytest.mark.parametrize(
    ("chunks", "answer"),
    [
        ([delta("", role="assistant"), delta("Hel"), delta("lo"), stop(), usage(7, 2), DONE],
         [TextDelta("Hel"), TextDelta("lo"), done("Hello")]),
        ([delta("a", finish="stop")], [TextDelta("a"), done("a")]),
        ([delta("a"), DONE], [TextDelta("a"), done("a")]),
        ([delta(reasoning_content="h"), delta(reasoning_content="m"), delta("a"), stop()],
         [THINKING, TextDelta("a"), done("a")]),
        ([delta("", reasoning="hm"), delta("a"), stop()], [THINKING, TextDelta("a"), done("a")]),
        ([delta("<think>h"), delta("m</think>a"), stop()], [THINKING, TextDelta("a"), done("a")]),
        ([delta("a"), stop("length")], [TextDelta("a"), done("a", cut_short=True)]),
        ([delta("a"), stop("content_filter")], [TextDelta("a"), done("a", cut_short=True)]),
        ([delta("a"), stop(), "{broken"], [TextDelta("a"), done("a")]),
        ([delta(None), delta("a"), stop(), {**stop(None), **usage(7, 1)}, DONE],
         [TextDelta("a"), done("a")]),
        ([{**delta(None), "prompt_progress": {"total": 30, "cache": 10, "processed": read}}
          for read in (10, 15, 30)] + [delta("a"), stop()],
         [*[Progress(Stage.READING, part) for part in (0, 0.25, 1)], TextDelta("a"), done("a")]),
        ([{"prompt_progress": {"total": 9, "cache": 9, "processed": 9}}, {"prompt_progress": 1},
          {"prompt_progress": {"total": 9, "processed": "9"}}, delta("a"), stop()],
         [Progress(Stage.READING, 0), TextDelta("a"), done("a")]),
        ([delta([THOUGHT]), delta([{"type": "text", "text": "Hel"}]), delta("lo"), stop()],
         [THINKING, TextDelta("Hel"), TextDelta("lo"), done("Hello")]),
        ([delta("", refusal="I can't."), stop()], [TextDelta("I can't."), done("I can't.")]),
        ([delta(reasoning_details=[{"text": "hm"}]), delta("a"), stop()],
         [THINKING, TextDelta("a"), done("a")]),
        ([delta("a", tool_calls=[{"function": {"name": "f"}}]), stop("tool_calls")],
         [TextDelta("a"), done("a")]),
        ([{"choices": None}, {"choices": [None]}, {"error": None}, delta(7), delta("a"), stop()],
         [TextDelta("a"), done("a")]),
    ],
)  # fmt: skip
def test_every_documented_chunk_is_understood(chunks, answer):
    """Progress, or the answer itself, would not be shown."""
    assert read(*chunks)[0] == answer


@pytest.mark.parametrize(
    "more",
    [
        [{"choices": [{"index": 0, "message": {"content": "Hello"}, "finish_reason": "stop"}]}],
        [stop(), stop("length")],
        [stop(), {"error": {"message": "prompt is too long"}}],
        [stop(), {"error": {"message": "bad key", "code": 401}}],
        [stop(), "[oops"],
        [{"choices": [], "detail": "served by a", "errors": ["none"]}, stop()],
        [stop(), DONE, DONE],
    ],
    ids=str,
)
def test_nothing_after_the_last_word_takes_or_repeats_anything(more):
    """A whole answer would be thrown away, told twice, or called cut."""
    assert read(delta("Hello"), *more)[0][-1] == done("Hello")


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("stop", "it said nothing"),
        ("content_filter", "a filter of contents withheld it"),
        ("tool_calls", "it asked for a tool instead"),
    ],
)
def test_an_answer_without_a_word_says_what_there_was_instead(reason, why):
    """The owner would look for a fault of the model."""
    with pytest.raises(WordlessError, match=why):
        read(stop(reason), DONE)


@pytest.mark.parametrize("reason", ["error", "abort"])
def test_an_answer_that_the_server_broke_off_is_no_whole_one(reason):
    """Half a sentence would stand for an answer that was to be had."""
    with pytest.raises(TryAgainError, match=f"its answer broke off .{reason}."):
        read(delta("Well"), stop(reason))


@pytest.mark.parametrize("count", ["12", -5, 10**30, 1.5, True, None, [1]])
def test_a_count_that_cannot_be_one_is_none(count):
    """One wild figure would make the model's context endless."""
    assert read(delta("a"), stop(), usage(count, 2), DONE)[1].usage == Usage(0, 2)


@pytest.mark.parametrize(
    "error",
    [
        {"object": "error", "message": "prompt is too long", "code": 400},
        {"detail": "prompt is too long"},
        [{"error": {"code": 400, "message": "prompt is too long"}}],
    ],
    ids=str,
)
def test_an_error_in_the_stream_is_one_in_whatever_form(error):
    """It would be read as silence, and asked three times."""
    with pytest.raises(TooLongError):
        read(delta("a"), error)


def test_an_error_in_plain_words_is_one():
    """It would be read as silence, and asked three times."""
    with pytest.raises(TooLongError, match="prompt is too long"):
        read("prompt is too long", name="error")


def test_what_is_paid_for_is_counted():
    """The owner would not see what a hosted model costs."""
    assert read(delta("a"), stop(), usage(7, 2), DONE)[1].usage == Usage(7, 2)
    assert read(document("a"), name=DOCUMENT)[1].usage == Usage(7, 1)


TIMINGS = {"cache_n": 38, "prompt_n": 5, "predicted_n": 24, "predicted_per_second": 31.4}


@pytest.mark.parametrize(
    ("last", "cost"),
    [
        ({"timings": TIMINGS}, Usage(43, 24, speed=31.4, cached=38)),
        ({**usage(43, 24), "timings": TIMINGS}, Usage(43, 24, speed=31.4, cached=38)),
        ({"timings": {"cache_n": None, "prompt_n": [5], "predicted_per_second": 1e6}}, Usage()),
        ({"timings": 7, "usage": "x"}, Usage()),
        (
            {
                "usage": {
                    "prompt_tokens": 43,
                    "completion_tokens": 24,
                    "completion_tokens_details": {"reasoning_tokens": 20},
                    "prompt_tokens_details": {"cached_tokens": 32},
                }
            },
            Usage(43, 24, 20, cached=32),
        ),
        ({"usage": {"completion_tokens_details": None, "prompt_tokens_details": 5}}, Usage()),
    ],
    ids=["llama.cpp alone", "llama.cpp", "wild", "no objects", "details", "no details"],
)
def test_what_servers_measure_is_taken_where_it_stands(last, cost):
    """A model on the own machine would look slower than it is, or need no cache."""
    assert read(delta("a"), {**stop(), **last}, DONE)[1].usage == cost


@pytest.mark.parametrize(
    ("whole", "answer"),
    [
        (document("Hello"), [TextDelta("Hello"), done("Hello")]),
        (document("a", finish=None), [TextDelta("a"), done("a")]),
        (document("a", finish="length"), [TextDelta("a"), done("a", cut_short=True)]),
        (
            document([THOUGHT, {"type": "text", "text": "Hel"}, "lo", 7, {"type": "image_url"}]),
            [THINKING, TextDelta("Hello"), done("Hello")],
        ),
        (document(None, refusal="I can't."), [TextDelta("I can't."), done("I can't.")]),
        (document("a", reasoning_content="hm"), [THINKING, TextDelta("a"), done("a")]),
    ],
)
def test_a_server_that_does_not_stream_answers_too(whole, answer):
    """Its answers would be thrown away."""
    assert read(whole, name=DOCUMENT)[0] == answer


@pytest.mark.parametrize(
    ("chunks", "error", "reason"),
    [
        ([], TryAgainError, "broke off"),
        ([delta("a")], TryAgainError, "broke off"),
        ([delta("a"), "{broken"], TryAgainError, "not JSON"),
        (["[]"], TryAgainError, "not objects"),
        ([{"error": {"type": "server_error", "message": "oops"}}], TryAgainError, "error: oops"),
        ([{"error": {"message": "slow down", "code": 429}}], TryAgainError, "slow down"),
        ([{"error": {"message": "oops", "code": "500", "type": None}}], TryAgainError, "oops"),
        ([{"error": "text"}], TryAgainError, "text"),
        ([{"error": {"type": ["x"], "code": {}}}], TryAgainError, "x"),
        ([delta("a"), {"error": {"message": "no", "code": 400}}], GiveUpError, "no"),
        ([{"error": {"type": "invalid_request_error", "message": "no"}}], GiveUpError, "no"),
        ([{"error": {"code": "insufficient_quota", "message": "pay"}}], GiveUpError, "pay"),
        ([stop(), DONE], GiveUpError, "said nothing"),
        ([DONE], GiveUpError, "said nothing"),
        ([delta(reasoning="hm"), stop("length")], GiveUpError, "only thought, until its limit"),
        ([delta([THOUGHT]), stop()], GiveUpError, "only thought"),
        ([delta("a"), {"choices": [{"error": {"code": 502, "message": "no host"}}]}],
         TryAgainError, "no host"),
    ],
)  # fmt: skip
def test_every_failure_says_what_to_do(chunks, error, reason):
    """A broken answer would pass for a good one, or be tried again in vain."""
    with pytest.raises(error, match=reason):
        read(*chunks)


def test_a_document_without_an_answer_is_none():
    """Another server's JSON would be tried again in vain."""
    with pytest.raises(GiveUpError, match="said nothing"):
        read({"hello": 1}, name=DOCUMENT)


def test_a_model_that_never_stops_is_stopped():
    """One model that babbles would fill the memory and the chat."""
    (*_, answer), _ = read(*map(delta, babble(1_000_000)))
    assert answer.cut_short
    assert len(answer.text) == MAX_TEXT


@pytest.mark.parametrize("counts", [True, False])
def test_the_speed_of_llama_cpp_is_the_one_that_it_tells(openai, counts):
    """The owner would see no figures where the server knows them all."""
    openai.engine, openai.counts_tokens = "llamacpp", counts
    *_, finished = OpenAIClient(openai.url).respond(Question("hi"))
    assert (finished.usage.read, finished.usage.written) == (5, 16)
    assert (finished.usage.speed, finished.usage.context) == (31.4, 4096)


def test_the_speed_of_others_is_measured_by_the_clock(openai):
    """People with another server would never see how fast their model is."""
    openai.behave(Answer("one two three four five six", delay_first=0.1, delay_between=0.1))
    *_, finished = OpenAIClient(openai.url).respond(Question("hi"))
    assert 0 < finished.usage.speed <= finished.usage.written / 0.5
    assert finished.usage.first_token >= 0.1
    assert finished.usage.context == 0
