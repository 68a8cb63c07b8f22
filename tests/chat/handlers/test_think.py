"""How much the model thinks before it answers a chat."""

from dataclasses import replace

import pytest

from engram.core.events import Finished
from engram.core.model import Thinking
from engram.core.person import Person
from engram.storage.conversations import Conversations
from engram.storage.store import Store
from tests.chat.test_assistant import ANSWER, Model
from tests.conftest import StubServers, make_assistant

GLM = Thinking("glm", ("off", "low", "high", "on"), "on", "auto", "LM Studio", guessed=False)
PLAIN = replace(GLM, model="plain", efforts=(), effort="")
GPT = Thinking("gpt-5", server="OpenAI")
AWAY = Thinking(configured="high")


class Chat:
    """A chat whose model can be asked to think as `can` says."""

    def __init__(self, can, *responders):
        self.store, self.servers = Store(None), StubServers()
        self.servers.can_think = can
        self.assistant = make_assistant(*responders, store=self.store, servers=self.servers)

    def say(self, text, **more):
        *_, answer = self.assistant.reply("1", text, **more)
        assert isinstance(answer, Finished)
        return answer

    @property
    def effort(self):
        return Conversations(self.store).effort("1")


@pytest.mark.parametrize(
    ("can", "chosen", "said"),
    [
        (GLM, "",
         "💭 How much glm thinks in this chat: auto, as config.ini says.\n"
         "That is none for small talk and analyses, if the model can do without, and for all else "
         "as much as it does by itself (on).\n"
         "It allows: off, low, high, on.\n\n"
         "To choose for this chat: /think and one of off, low, high, on, auto; "
         "/think as-configured for what config.ini says."),
        (GLM, "high",
         "💭 How much glm thinks in this chat: high, chosen here.\n"
         "It allows: off, low, high, on.\n\n"),
        (GLM, "xhigh",
         "💭 How much glm thinks in this chat: xhigh, chosen here.\n"
         "It allows: off, low, high, on.\n"
         "⚠️ It does not allow xhigh, so it is asked without.\n\n"),
        (replace(GLM, configured="medium"), "",
         "💭 How much glm thinks in this chat: medium, as config.ini says.\n"
         "It allows: off, low, high, on.\n⚠️ It does not allow medium, so it is asked without.\n"),
        (PLAIN, "",
         "💭 How much plain thinks in this chat: auto, as config.ini says.\n"
         "LM Studio lists nothing to choose for it: it thinks, or not, as it is."),
        (PLAIN, "high",
         "💭 How much plain thinks in this chat: high, chosen here.\n"
         "LM Studio lists nothing to choose for it: it thinks, or not, as it is.\n"
         "⚠️ It does not allow high, so it is asked without.\n\n"
         "/think as-configured goes back to what config.ini says."),
        (replace(PLAIN, configured="off"), "",
         "💭 How much plain thinks in this chat: off, as config.ini says.\n"
         "LM Studio lists nothing to choose for it: it thinks, or not, as it is."),
        (GPT, "off",
         "💭 How much gpt-5 thinks in this chat: off, chosen here.\n"
         "OpenAI does not tell what it allows: what it refuses it is asked without.\n\n"
         "To choose for this chat: /think and one of off, low, medium, high, on, auto;"),
        (replace(GPT, efforts=("low", "high")), "off",
         "💭 How much gpt-5 thinks in this chat: off, chosen here.\n"
         "OpenAI does not tell what it allows: what it refuses it is asked without.\n"
         "⚠️ It does not allow off, so it is asked without.\n"),
        (replace(GPT, efforts=()), "",
         "💭 How much gpt-5 thinks in this chat: auto, as config.ini says.\n"
         "OpenAI has refused whatever was tried, so there is nothing to choose."),
        (AWAY, "xhigh",
         "💭 How much the model thinks in this chat: xhigh, chosen here.\n"
         "No model server is there right now, so nobody knows what the model allows.\n\n"),
    ],
)  # fmt: skip
def test_what_holds_is_said(can, chosen, said):
    """A person would wait for a model that thinks, or miss its thoughts, and not know why."""
    chat = Chat(can)
    Conversations(chat.store).choose_effort("1", chosen)
    text = chat.say("/think").text
    assert text.startswith(said)
    assert said.endswith("\n") or text == said or text[len(said)] in "T /"


@pytest.mark.parametrize(
    ("can", "word", "effort", "said"),
    [
        (GLM, "off", "off", "glm answers this chat without thinking from now on."),
        (GLM, "NONE", "off", "glm answers this chat without thinking from now on."),
        (GLM, "on", "on", "glm thinks before it answers this chat from now on."),
        (GLM, "High", "high", "glm thinks before it answers this chat from now on: high."),
        (GLM, "auto", "auto",
         "glm thinks in this chat as much as it does by itself from now on, and for small talk and "
         "analyses not at all, if it can do without."),
        (GLM, "as-configured", "", "glm thinks in this chat as config.ini says again: auto."),
        (GLM, "as configured", "", "glm thinks in this chat as config.ini says again: auto."),
        (GPT, "low", "low",
         "gpt-5 thinks before it answers this chat from now on: low. If it does not allow that, it "
         "is asked without."),
        (AWAY, "off", "off",
         "The model answers this chat without thinking from now on. If it does not allow that, it "
         "is asked without."),
        (AWAY, "as-configured", "",
         "The model thinks in this chat as config.ini says again: high."),
    ],
)  # fmt: skip
def test_what_is_chosen_holds_from_now_on(can, word, effort, said):
    """Each question would have to say again how much it is to be thought about."""
    chat = Chat(can)
    assert chat.say(f"/think {word}").text == said
    assert chat.effort == effort


@pytest.mark.parametrize(
    ("can", "word", "said"),
    [
        (GLM, "medium", 'glm does not allow "medium".\n\n💭 How much glm'),
        (GLM, "hard about " + "x" * 5000, 'glm does not allow "hard about'),
        (GLM, "x" * 5000, f'glm does not allow "{"x" * 63}…".'),
        (PLAIN, "off", "💭 How much plain"),
        (PLAIN, "auto", "💭 How much plain"),
    ],
)
def test_what_the_model_does_not_allow_changes_nothing(can, word, said):
    """A person would believe that the model thinks, or does not."""
    chat = Chat(can)
    Conversations(chat.store).choose_effort("1", "low")
    answer = chat.say(f"/think {word}")
    assert answer.text.startswith(said)
    assert len(answer.text) < 600
    assert chat.effort == "low"


def test_what_can_be_chosen_has_a_button():
    """On a phone everybody would have to type."""
    chat = Chat(GLM)
    offered = [[one.command for one in row] for row in chat.say("/think").buttons]
    assert offered == [["/think off", "/think low", "/think high", "/think on"], ["/think auto"]]
    chat.say("/think off")
    assert chat.say("/think").buttons[-1][-1].command == "/think as-configured"
    assert Chat(PLAIN).say("/think").buttons == ()


def test_the_answer_says_who_chose():
    """A group would wonder why the model does not think any more."""
    ann = Person(7, "Ann", False, lambda: True)
    assert Chat(GLM).say("/think off", by=ann).text.startswith("Ann: glm answers")


def test_the_choice_outlives_the_conversation_and_goes_with_each_question(exchange):
    """After /new the model would think again, or an analysis be thought about."""
    model = Model(ANSWER)
    store, servers = Store(None), StubServers()
    servers.can_think = GLM
    assistant = make_assistant(model, store=store, servers=servers, exchange=exchange)
    for text in ("hi", "/think high", "/new", "why does it fall?", "/analyze btc 1h"):
        list(assistant.reply("1", text))
    asked = [(one.effort, one.calm) for one in model.questions]
    assert asked == [("", True), ("high", False), ("high", True)]


def test_an_analysis_is_made_anew_for_who_wants_more_thought(exchange):
    """Somebody who turns thinking on would be shown the text that was made without."""
    model = Model(ANSWER)
    store, servers = Store(None), StubServers()
    servers.can_think = GLM
    assistant = make_assistant(model, store=store, servers=servers, exchange=exchange)
    for text in ("/analyze btc 1h", "/analyze btc 1h", "/think on", "/analyze btc 1h"):
        list(assistant.reply("1", text))
    assert [one.effort for one in model.questions] == ["", "on"]
