"""Which model answers a chat."""

import pytest

from engram.core.model import Model
from engram.storage.conversations import Conversations
from engram.storage.store import Store
from tests.conftest import StubServers, make_assistant


@pytest.mark.parametrize(
    ("name", "chosen", "offered"),
    [
        ("qwen/qwen3-4b", "qwen/qwen3-4b", []),
        ("glm", "", ["a/glm", "b/glm"]),
        ("b/glm", "b/glm", []),
        ("qwen3", "", ["qwen/qwen3-4b-2507", "qwen/qwen3-4b"]),
        ("2507", "", ["qwen/qwen3-4b-2507"]),
        ("7", "", ["qwen/qwen3-4b-2507", "qwen/qwen3-4b", "a/glm", "b/glm"]),
        ("llama", "", ["qwen/qwen3-4b-2507", "qwen/qwen3-4b", "a/glm", "b/glm"]),
        ("x" * 5000, "", ["qwen/qwen3-4b-2507", "qwen/qwen3-4b", "a/glm", "b/glm"]),
    ],
)
def test_a_model_is_chosen_only_by_a_name_that_is_its_own(name, chosen, offered):
    """`/models qwen/qwen3-4b` would have another model answer, whose name only begins so."""
    keys = ("qwen/qwen3-4b-2507", "qwen/qwen3-4b", "a/glm", "b/glm")
    store = Store(None)
    assistant = make_assistant(store=store, servers=StubServers(*map(Model, keys)))
    (answer,) = assistant.reply("1", f"/models {name}")
    assert Conversations(store).model("1") == chosen
    assert [row[0].command for row in answer.buttons] == [f"/models {key}" for key in offered]
    # Each has the number that it has in the list of all.
    assert all(f"\n{keys.index(key) + 1}. ⚪ {key}" in answer.text for key in offered)
    assert len(answer.text) < 500
