"""The LM Studio client, offline with `responses`, and against the double where sockets matter."""

import json

import pytest
import responses

from engram.errors import GiveUpError, TryAgainError
from engram.events import Finished, Progress, Question, Stage, Thread
from engram.lmstudio import LMStudioClient
from engram.stop import Stop
from tests.doubles.lmstudio import Answer, Status, model

URL = "http://lmstudio.test:1234"
CHAT = f"{URL}/api/v1/chat"
GLM = {"type": "llm", "key": "zai-org/glm-4.7-flash", "loaded_instances": [{"id": "a"}]}


def stream(text="hi", response_id="resp_1"):
    result = {"output": [{"type": "message", "content": text}], "response_id": response_id}
    events = [("message.delta", {"content": text}), ("chat.end", {"result": result})]
    return "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)


@pytest.fixture
def server():
    """LM Studio without sockets; it has one model."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{URL}/api/v1/models", json={"models": [GLM]})
        yield mock


@pytest.fixture
def slept(monkeypatch):
    """The waits, in seconds, without the waiting."""
    waits = []
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: waits.append(seconds))
    return waits


def good(server, **more):
    server.post(CHAT, body=stream(), content_type="text/event-stream", **more)


def chats(server):
    return [call for call in server.calls if call.request.url == CHAT]


def test_a_question_is_sent_as_the_server_wants_it(server):
    """LM Studio refuses keys that it does not know."""
    good(server)
    client = LMStudioClient(URL, token="secret", model="glm-4.7-flash")
    events = list(
        client.respond(Question("hi", prompt="p", system="s", thread=Thread(URL, "resp_0")))
    )
    assert events[-1] == Finished(
        "hi", "lmstudio", "glm-4.7-flash", markdown=True, thread=Thread(URL, "resp_1")
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
    events = list(LMStudioClient(URL).respond(Question("hi", thread=Thread(URL, "resp_gone"))))
    assert isinstance(events[-1], Finished)
    assert "previous_response_id" not in json.loads(chats(server)[1].request.body)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, {"error": {"message": "bad token: sec..."}}, "put its token as LM_API_TOKEN"),
        (400, {"error": {"message": "unrecognized key"}}, "it answers 400: unrecognized key"),
        (404, {"error": {"message": "no such model"}}, "it answers 404: no such model"),
        (302, {}, "it redirects"),
    ],
)
def test_what_a_person_must_mend_is_not_tried_again(server, slept, status, body, reason):
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
    """Below an answer would stand "auto"."""
    client = LMStudioClient(lmstudio.url, model=wanted)
    (*_, answer) = client.respond(Question("hi"))
    assert answer.model == shown


def test_a_missing_model_makes_the_server_unavailable_and_says_which_there_are(lmstudio):
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
