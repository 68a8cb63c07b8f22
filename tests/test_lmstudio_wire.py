"""What LM Studio's server says -> models and events."""

import json

import pytest

from engram.draft import MAX_TEXT
from engram.errors import GiveUpError, TryAgainError
from engram.events import Finished, Progress, Stage, TextDelta, Thread
from engram.lmstudio_wire import matching, read_answer, read_models
from engram.sse import ServerSentEvent
from engram.wire import Model

GLM = Model("zai-org/glm-4.7-flash", "30B", "Q4_K_M", loaded=True)
OTHER_GLM = Model("lmstudio-community/glm-4.7-flash")
QWEN = Model("qwen/qwen3-8b")
MODELS = (QWEN, OTHER_GLM, GLM)


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
    return list(read_answer(stream, "lmstudio", "GLM", "http://lm"))


def done(text, **more):
    return Finished(
        text, "lmstudio", "GLM", markdown=True, thread=Thread("http://lm", "resp_1"), **more
    )


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
        ([end()], GiveUpError, "empty"),
        ([end(("message", " \n"))], GiveUpError, "empty"),
        ([end(("reasoning", "hm"))], GiveUpError, "only reasoned"),
        ([says("<think>hm"), end(("message", "<think>hm"))], GiveUpError, "only reasoned"),
    ],
)  # fmt: skip
def test_every_failure_says_what_to_do(events, error, reason):
    """A broken answer would pass for a good one, or be tried again in vain."""
    with pytest.raises(error, match=reason):
        read(*events)


def test_a_model_that_never_stops_is_stopped():
    """One model in a loop would fill the memory and the chat."""
    answer = read(*[says("x" * 1000)] * 1000)[-1]
    assert answer.cut_short
    assert len(answer.text) == MAX_TEXT


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("GLM-4.7-flash", [GLM, OTHER_GLM]),
        ("zai-org/GLM-4.7-Flash", [GLM]),
        ("lmstudio-community/glm-4.7-flash", [OTHER_GLM]),
        ("qwen3-8b", [QWEN]),
        ("auto", [GLM, QWEN, OTHER_GLM]),
        ("AUTO", [GLM, QWEN, OTHER_GLM]),
    ],
)
def test_a_model_is_found_as_people_write_it(wanted, found):
    """People would have to copy the key letter by letter."""
    assert matching(wanted, MODELS) == found


@pytest.mark.parametrize("wanted", ["glm", "other/glm-4.7-flash", "llama"])
def test_a_model_that_is_not_there_is_answered_with_those_that_are(wanted):
    """The owner would have to guess what to write into config.ini."""
    with pytest.raises(GiveUpError, match=rf'no model "{wanted}".*zai-org/glm-4.7-flash'):
        matching(wanted, MODELS)


def test_a_server_without_models_says_so():
    """A fresh LM Studio would look broken."""
    with pytest.raises(GiveUpError, match="download one"):
        matching("auto", [])


def test_language_models_are_listed_with_their_size():
    """Embedding models would be offered for chat."""
    document = {
        "models": [
            {"type": "llm", "key": "zai-org/glm-4.7-flash", "params_string": "30B",
             "quantization": {"name": "Q4_K_M"}, "loaded_instances": [{"id": "a"}]},
            {"type": "embedding", "key": "nomic"},
            {"type": "llm", "key": "qwen/qwen3-8b", "params_string": None, "quantization": None},
            {"type": "llm"}, None, 7,
        ]
    }  # fmt: skip
    assert read_models(document) == (GLM, Model("qwen/qwen3-8b"))
    assert GLM.name == "glm-4.7-flash"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"error": "Unexpected endpoint or method. (GET /api/v1/models)"}, "older than LM Studio"),
        ({"object": "list", "data": []}, "is it LM Studio"),
        ([], "is it LM Studio"),
        ({"models": None}, "is it LM Studio"),
    ],
)
def test_what_is_no_list_of_models_is_explained(document, reason):
    """An old LM Studio would fail without a reason."""
    with pytest.raises(GiveUpError, match=reason):
        read_models(document)
