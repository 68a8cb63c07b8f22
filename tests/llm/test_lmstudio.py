"""The LM Studio client, offline with `responses`, and against the double where sockets matter."""

import json

import pytest
import responses

from engram.core.errors import GiveUpError, NotLoadedError, TryAgainError
from engram.core.events import Finished, Progress, Question, ServerThread, Stage, TextDelta, Turn
from engram.core.stop import Stop
from engram.core.usage import Usage
from engram.llm.answer.answer_text import MAX_TEXT, AnswerText
from engram.llm.answer.stream import read_answer
from engram.llm.lmstudio import LMStudioClient
from engram.llm.sse import ServerSentEvent
from tests.babble import babble
from tests.doubles.lmstudio import Answer, Status, model

URL = "http://lmstudio.test:1234"
CHAT = f"{URL}/api/v1/chat"
GLM_ENTRY = {"type": "llm", "key": "zai-org/glm-4.7-flash", "loaded_instances": [{"id": "a"}]}


def stream(text="hi", response_id="resp_1"):
    result = {"output": [{"type": "message", "content": text}], "response_id": response_id}
    events = [("message.delta", {"content": text}), ("chat.end", {"result": result})]
    return "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)


@pytest.fixture
def server():
    """LM Studio without sockets; it has one model."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{URL}/api/v1/models", json={"models": [GLM_ENTRY]})
        yield mock


@pytest.fixture
def slept(monkeypatch):
    """The waits, in seconds, without the waiting."""
    waits = []
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: waits.append(seconds) or iter(()))
    return waits


def good(server, **more):
    server.post(CHAT, body=stream(), content_type="text/event-stream", **more)


def chats(server):
    return [call for call in server.calls if call.request.url == CHAT]


def end(*output, **result):
    items = [{"type": kind, "content": content} for kind, content in output]
    return ("chat.end", {"result": {"output": items, "response_id": "resp_1", **result}})


def says(text):
    return ("message.delta", {"content": text})


def read(*events):
    stream = [
        ServerSentEvent(name, data if isinstance(data, str) else json.dumps(data))
        for name, data in events
    ]
    answer = AnswerText("lmstudio", "GLM", "http://lm")
    return list(read_answer([[one] for one in stream], answer, LMStudioClient.take))


def done(text, **more):
    return Finished(
        text, "lmstudio", "GLM", markdown=True, thread=ServerThread("http://lm", "resp_1"), **more
    )


def test_a_question_is_sent_as_the_server_wants_it(server):
    """LM Studio refuses keys that it does not know."""
    good(server)
    client = LMStudioClient(URL, token="secret", model="glm-4.7-flash")
    events = list(
        client.respond(Question("hi", prompt="p", system="s", thread=ServerThread(URL, "resp_0")))
    )
    assert events[-1] == Finished(
        "hi", "lmstudio", "glm-4.7-flash", markdown=True, thread=ServerThread(URL, "resp_1")
    )
    (call,) = chats(server)
    assert json.loads(call.request.body) == {
        "model": "zai-org/glm-4.7-flash",
        "input": "p",
        "stream": True,
        "system_prompt": "s",
        "previous_response_id": "resp_0",
    }
    assert call.request.headers["Authorization"] == "Bearer secret"


def test_timeouts_double_through_all_attempts(server, slept):
    """A slow model would be given up after the first minute."""
    server.post(CHAT, status=500)
    client = LMStudioClient(URL, timeout=60, max_retries=3)
    with pytest.raises(TryAgainError):
        list(client.respond(Question("hi")))
    timeouts = [call.request.req_kwargs["timeout"] for call in chats(server)]
    assert timeouts == [(3.0, 60), (3.0, 120), (3.0, 240)]
    assert slept == [1, 2]


def test_the_wait_that_a_busy_server_asks_for_is_kept(server, slept):
    """A busy server would be asked again too early."""
    server.post(CHAT, status=429, headers={"Retry-After": "7"})
    server.post(CHAT, status=503)
    good(server)
    events = list(LMStudioClient(URL).respond(Question("hi")))
    assert events[0] == Progress(Stage.RETRYING, attempt=2, attempts=3)
    assert slept == [7, 1]


def test_a_forgotten_conversation_starts_afresh(server):
    """After a restart of LM Studio every follow-up question would fail."""
    server.post(CHAT, status=400, json={"error": {"type": "invalid_request"}})
    good(server)
    events = list(
        LMStudioClient(URL).respond(Question("hi", thread=ServerThread(URL, "resp_gone")))
    )
    assert isinstance(events[-1], Finished)
    assert "previous_response_id" not in json.loads(chats(server)[1].request.body)


def test_a_forgotten_conversation_goes_on_with_the_model_that_was_chosen(lmstudio):
    """After a restart of LM Studio the configured model would answer whoever chose another."""
    client = LMStudioClient(lmstudio.url)
    forgotten = ServerThread(lmstudio.url, "resp_gone")
    question = Question("hi", model="qwen/qwen3-8b", thread=forgotten)
    (*_, answer) = client.respond(question)
    assert answer.key == "qwen/qwen3-8b"


@pytest.mark.parametrize(
    ("thread", "told"),
    [
        (
            ServerThread("http://other", "resp_0"),
            "Person: Up?\nYou: Yes.\n\nPerson: Why?\nYou: No.",
        ),
        (ServerThread(URL, "resp_0", unseen=1), "Person: Why?\nYou: No."),
    ],
)
def test_the_server_is_told_what_is_not_in_its_thread(server, thread, told):
    """After another server has answered, the model would not know what "it" means."""
    good(server)
    history = (Turn("Up?", "Yes."), Turn("Why?", "No."))
    list(LMStudioClient(URL).respond(Question("And ETH?", history=history, thread=thread)))
    (call,) = chats(server)
    assert json.loads(call.request.body)["input"] == (
        f"What was said before:\n\n{told}\n\nThe person now says:\n\nAnd ETH?"
    )


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, {"error": {"message": "bad token: sec..."}}, "put its token as LM_API_TOKEN"),
        (400, {"error": {"message": "unrecognized key"}}, "it answers 400: unrecognized key"),
        (404, {"error": {"message": "no such model"}}, "it answers 404: no such model"),
        (302, {}, "it redirects"),
    ],
)
def test_what_a_person_must_correct_is_not_tried_again(server, slept, status, body, reason):
    """A wrong setting would cost everybody seven minutes."""
    server.post(CHAT, status=status, json=body)
    with pytest.raises(GiveUpError, match=reason) as caught:
        list(LMStudioClient(URL, token="sec-ret").respond(Question("hi")))
    assert len(chats(server)) == 1
    assert "sec..." not in str(caught.value)


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [("GLM-4.7-flash", "GLM-4.7-flash"), ("auto", "glm-4.7-flash")],
)
def test_the_model_is_shown_as_people_know_it(lmstudio, wanted, shown):
    """The line below an answer would say "auto"."""
    client = LMStudioClient(lmstudio.url, model=wanted)
    (*_, answer) = client.respond(Question("hi"))
    assert answer.model == shown


def test_a_missing_model_makes_the_server_unavailable_and_names_those_that_exist(lmstudio):
    """Each question would fail for a name that is spelt wrong."""
    client = LMStudioClient(lmstudio.url, model="gml")
    assert not client.probe()
    assert 'no model "gml"; set [lmstudio] model to one of: zai-org/glm' in client.problem


def test_an_ambiguous_model_is_named_once(lmstudio, caplog):
    """Nobody would know which of two models answers."""
    lmstudio.models.append(model("other/glm-4.7-flash"))
    client = LMStudioClient(lmstudio.url, model="glm-4.7-flash")
    client.probe()
    client.probe()
    assert caplog.text.count("zai-org/glm-4.7-flash or other/glm-4.7-flash: using zai-org") == 1


def test_leaving_ends_the_generation(lmstudio):
    """A stopped answer would go on heating the graphics card."""
    lmstudio.behave(Answer(deltas=("a ",) * 1000, delay_between=0.02))
    events = LMStudioClient(lmstudio.url).respond(Question("hi"))
    next(events)
    events.close()
    lmstudio.wait_for(lambda: lmstudio.chats[0].disconnected_at, timeout=2)


def test_a_model_that_was_removed_is_looked_up_again(lmstudio):
    """After swapping models in LM Studio the bot would need a restart."""
    client = LMStudioClient(lmstudio.url)
    lmstudio.behave(Status(404, {"error": {"message": "gone"}}), Answer("hi"))
    assert client.query("hi") is None
    assert client.models == ()
    assert client.query("hi") == "hi"


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        ([says("Hel"), says("lo"), end(("message", "Hello"))],
         [TextDelta("Hel"), TextDelta("lo"), done("Hello")]),
        ([("chat.start", {}), ("model_load.start", {}), ("model_load.progress", {"progress": 0.4}),
          ("model_load.end", {}), ("prompt_processing.progress", {"progress": 0.7}),
          end(("message", "a"))],
         [Progress(Stage.LOADING, 0.0), Progress(Stage.LOADING, 0.4), Progress(Stage.LOADING, 1.0),
          Progress(Stage.READING, 0.7), done("a")]),
        ([("model_load.progress", {"progress": "x"}), end(("message", "a"))],
         [Progress(Stage.LOADING), done("a")]),
        ([("model_load.progress", {"progress": 7}), end(("message", "a"))],
         [Progress(Stage.LOADING), done("a")]),
        ([("reasoning.start", {}), ("reasoning.delta", {"content": "hm"}), ("reasoning.end", {}),
          says("a"), end(("reasoning", "hm"), ("message", "a"))],
         [Progress(Stage.THINKING), TextDelta("a"), done("a")]),
        ([says("<thi"), says("nk>hm"), says("</think>a"), end(("message", "<think>hm</think>a"))],
         [Progress(Stage.THINKING), TextDelta("a"), done("a")]),
        ([("tool_call.start", {}), ("something.new", {}), end(("message", "a"))], [done("a")]),
        ([says("a"), ("chat.end", {})],
         [TextDelta("a"), Finished("a", "lmstudio", "GLM", markdown=True)]),
        ([end(("message", "a"), ("tool_call", ""), ("message", "b"))], [done("a\n\nb")]),
        ([("document", {"output": [{"type": "message", "content": "a"}], "response_id": "resp_1"})],
         [done("a")]),
        ([says("a"), ("chat.end", {"result": {"output": [None, 7], "response_id": 5}})],
         [TextDelta("a"), Finished("a", "lmstudio", "GLM", markdown=True)]),
    ],
)  # fmt: skip
def test_every_documented_event_is_understood(events, answer):
    """Progress, or the answer itself, would not be shown."""
    assert read(*events) == answer


@pytest.mark.parametrize(
    ("events", "error", "reason"),
    [
        ([says("a")], TryAgainError, "broke off"),
        ([], TryAgainError, "broke off"),
        ([("message.delta", "{broken")], TryAgainError, "not JSON"),
        ([("message.delta", "[" * 100_000)], TryAgainError, "not JSON"),
        ([("message.delta", "[]")], TryAgainError, "not objects"),
        ([("error", {"error": {"type": "internal_error", "message": "oops"}})],
         TryAgainError, "internal_error: oops"),
        ([("error", {"error": {"type": "model_not_found", "message": "x"}})],
         GiveUpError, "model_not_found"),
        ([("error", {"error": "text"})], TryAgainError, "unknown"),
        ([end()], GiveUpError, "said nothing"),
        ([end(("message", " \n"))], GiveUpError, "said nothing"),
        ([end(("reasoning", "hm"))], GiveUpError, "only thought"),
        ([says("<think>hm"), end(("message", "<think>hm"))], GiveUpError, "only thought"),
    ],
)  # fmt: skip
def test_every_failure_says_what_to_do(events, error, reason):
    """A broken answer would pass for a good one, or be tried again in vain."""
    with pytest.raises(error, match=reason):
        read(*events)


def test_a_model_that_never_stops_is_stopped():
    """One model that babbles would fill the memory and the chat."""
    answer = read(*map(says, babble(1_000_000)))[-1]
    assert answer.cut_short
    assert len(answer.text) == MAX_TEXT


def test_events_are_known_also_without_their_names():
    """Behind a proxy that drops them no answer would ever arrive."""
    said = [
        {"type": "message.start"},
        {"type": "message.delta", "content": "Hello"},
        {"type": "chat.end", "result": {"output": [{"type": "message", "content": "Hello"}]}},
    ]
    stream = [ServerSentEvent("message", json.dumps(event)) for event in said]
    *_, answer = read_answer([stream], AnswerText("lmstudio", "GLM"), LMStudioClient.take)
    assert answer.text == "Hello"


STATS = {
    "input_tokens": 798,
    "total_output_tokens": 160,
    "reasoning_output_tokens": 90,
    "tokens_per_second": 41.3,
    "time_to_first_token_seconds": 0.35,
    "model_load_time_seconds": 12,
}


@pytest.mark.parametrize(
    ("stats", "cost"),
    [
        (STATS, Usage(798, 160, 90, 41.3, 0.35, 12.0)),
        (
            {**STATS, "tokens_per_second": "fast", "input_tokens": -3},
            Usage(0, 160, 90, 0.0, 0.35, 12.0),
        ),
        ([7], Usage()),
    ],
    ids=["as documented", "wild", "none"],
)
def test_what_the_server_measures_is_the_cost_of_the_answer(stats, cost):
    """Nobody could tell why answers take long: the load, the prompt, or the model."""
    result = {"output": [{"type": "message", "content": "hi"}], "stats": stats}
    *_, finished = read(("chat.end", {"result": result}))
    assert finished.usage == cost


def test_an_answer_tells_how_much_of_the_context_it_took(lmstudio):
    """The owner would see that answers get short, and not that the context is full."""
    *_, finished = LMStudioClient(lmstudio.url).respond(Question("hi"))
    assert finished.usage.context == 32_768
    assert finished.usage.read
    assert finished.usage.written
    assert (finished.usage.speed, finished.usage.first_token) == (43.7, 0.2)


@pytest.mark.parametrize("choice", ["", "qwen/qwen3-8b"])
def test_a_model_that_answers_in_place_of_another_is_named(lmstudio, caplog, choice):
    """An answer would be ascribed to a model that did not give it."""
    lmstudio.on_demand = "any"
    client = LMStudioClient(lmstudio.url, model="qwen3-8b" if not choice else "GLM-4.7-flash")
    *_, last = client.respond(Question("hi", model=choice))
    assert (last.model, last.key) == ("glm-4.7-flash", "zai-org/glm-4.7-flash")
    assert last.unloaded.key == "qwen/qwen3-8b"
    assert "answers in place of qwen/qwen3-8b" in caplog.text
    assert not client.on_demand
    # Where a chat chose the model, the configured one is still what answers elsewhere.
    assert client.stand_in == ("" if choice else "glm-4.7-flash")
    lmstudio.on_demand = "loads"
    *_, last = client.respond(Question("hi", model=choice))
    assert client.on_demand
    assert client.stand_in == ""


def test_a_model_that_would_have_to_be_loaded_is_named_by_the_error(lmstudio):
    """The owner would not be offered to load it."""
    lmstudio.on_demand = "refuses"
    lmstudio.models[0]["loaded_instances"] = []
    client = LMStudioClient(lmstudio.url, model="GLM-4.7-flash")
    for choice, wanted in (("", "zai-org/glm-4.7-flash"), ("qwen/qwen3-8b", "qwen/qwen3-8b")):
        with pytest.raises(NotLoadedError, match="No models loaded") as caught:
            list(client.respond(Question("hi", model=choice)))
        assert caught.value.model.key == wanted
        assert client.available
        assert not client.on_demand


def test_the_configured_model_answers_for_a_choice_that_would_have_to_be_loaded(lmstudio):
    """Who chose it would not learn why another one answers."""
    lmstudio.on_demand = "refuses"
    client = LMStudioClient(lmstudio.url, model="GLM-4.7-flash")
    *_, last = client.respond(Question("hi", model="qwen/qwen3-8b"))
    assert last.key == "zai-org/glm-4.7-flash"
    assert last.unloaded.key == "qwen/qwen3-8b"


def test_an_own_name_of_the_loaded_model_is_not_another_model(lmstudio):
    """Each answer would come with a warning that is wrong."""
    lmstudio.models[0]["loaded_instances"][0]["id"] = "trader"
    client = LMStudioClient(lmstudio.url, model="GLM-4.7-flash")
    *_, last = client.respond(Question("hi"))
    assert (last.model, last.unloaded) == ("GLM-4.7-flash", None)


def test_the_context_length_is_sent_only_if_it_is_configured(lmstudio):
    """LM Studio's own setting for a model would be overruled, or the owner's not be used."""
    for length in (0, 8192):
        LMStudioClient(lmstudio.url, context_length=length).query("hi")
    assert [chat.body.get("context_length") for chat in lmstudio.chats] == [None, 8192]
