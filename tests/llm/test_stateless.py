"""Model servers that keep no conversations."""

import pytest

from engram.core.errors import GiveUpError
from engram.core.events import Question, Turn
from engram.core.model import Model
from engram.llm.servers import CLIENTS
from engram.llm.stateless import conversation
from tests.doubles.lmstudio import Answer, Html, Status


@pytest.fixture(params=["openai", "anthropic"])
def server_name(request):
    """The name of each of them in turn."""
    return request.param


@pytest.fixture
def client(server_name, double):
    """Make a client for that server."""
    return lambda **options: CLIENTS[server_name](double.url, **options)


def test_what_was_said_before_is_sent_along(client, double):
    """The model would not know what "it" means in a second question."""
    double.models.append({"id": "mine"})
    history = (Turn("Is BTC up?", "Yes."), Turn("Why?", "Nobody knows."))
    question = Question("x", prompt="And ETH?", system="Be brief.", history=history)
    list(client(model="mine").respond(question))
    (request,) = double.chats
    assert [m["content"] for m in request.body["messages"] if m["role"] != "system"] == [
        "Is BTC up?", "Yes.", "Why?", "Nobody knows.", "And ETH?",
    ]  # fmt: skip
    assert "Be brief." in str(request.body)


@pytest.mark.parametrize(
    ("history", "messages"),
    [
        ((), ["hi"]),
        ((Turn("a", "b"),), ["a", "b", "hi"]),
        ((Turn("a", " "), Turn("", "b"), Turn("c", "d")), ["c", "d", "hi"]),
    ],
)
def test_roles_alternate_and_no_text_is_empty(history, messages):
    """Anthropic's server refuses a conversation of another form."""
    found = conversation(Question("hi", history=history), lambda text, images: None)
    assert [message["content"] for message in found] == messages
    assert [message["role"] for message in found] == ["user", "assistant"] * (
        len(messages) // 2
    ) + ["user"]


def test_without_a_configured_model_the_first_listed_answers(client, double):
    """A person with a single model would have to write its name down."""
    server = client(model="")
    (*_, answer) = server.respond(Question("hi"))
    first = double.models[0]["id"]
    assert answer.model == server.model_name == first
    assert double.chats[0].body["model"] == first


def test_a_model_chosen_in_the_chat_answers_if_the_server_has_it(client, double):
    """/models would change nothing, or every question fail for another server's model."""
    server, other = client(), double.models[1]["id"]
    list(server.respond(Question("hi", model=other)))
    list(server.respond(Question("hi", model="zai-org/glm-4.7-flash")))
    assert [chat.body["model"] for chat in double.chats] == [other, double.models[0]["id"]]


def test_a_configured_model_need_not_be_listed(client, double):
    """A model behind a wildcard of LiteLLM could not be used."""
    server = client(model="hidden")
    assert server.probe()
    assert server.choose() == Model("hidden")


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_server_without_a_list_of_models_is_reachable(client, double, status):
    """A server that answers well would be called offline."""
    double.behave_models(Status(status, "no such page", content_type="text/plain"))
    server = client(model=double.models[0]["id"])
    assert server.probe()
    assert server.query("hi")
    assert sum(request.method == "GET" for request in double.requests) == 1


def test_without_any_model_it_says_what_to_set(client, double, server_name):
    """The owner would have to guess why nobody answers."""
    double.behave_models(Status(404))
    server = client()
    assert not server.probe()
    assert server.problem == f"it lists no models; set [{server_name}] model to one that it has"
    with pytest.raises(GiveUpError, match="it lists no models"):
        list(server.respond(Question("hi")))


def test_another_kind_of_server_at_the_address_is_no_model_server(client, double):
    """A wrong address would be found out by the people who ask."""
    double.behave_models(Html())
    server = client(model="x")
    assert not server.probe()
    assert server.problem == "its answer is not JSON; is it a model server?"


def test_a_model_that_is_gone_is_looked_up_again(client, double):
    """After swapping models on the server the bot would need a restart."""
    server = client()
    double.behave(Status(404, {"error": {"message": "gone"}}), Answer("hi"))
    assert server.query("hi") is None
    assert server.models == ()
    assert server.query("hi") == "hi"


def test_an_answer_says_what_it_cost(client):
    """The owner of a paid account would not see what the answers cost."""
    *_, finished = client().respond(Question("hi"))
    assert (finished.usage.read, finished.usage.written) == (5, 16)
