"""A chat's text -> the answer."""

import logging

import pytest

from engram.assistant import COMMANDS, WHICH_COIN, Assistant, command_of
from engram.chain import FallbackChain
from engram.errors import UnavailableError
from engram.events import Finished, Kind, Progress, Stage, TextDelta, TextReset
from engram.health import Status
from engram.mock_ai import MockAIAnalyzer
from engram.rules import RuleBasedFallback


class Model:
    """A model server that answers each question with what is in `script`."""

    name, available = "lmstudio", True

    def __init__(self, *script):
        self.script = script
        self.questions = []

    def respond(self, question):
        self.questions.append(question)
        for step in self.script:
            if isinstance(step, Exception):
                raise step
            yield step


ANSWER = Finished("**Up**", "lmstudio", "GLM-4.7-flash", markdown=True, thread="resp_1")
GONE = UnavailableError("refused")


def make(*responders):
    chain = FallbackChain([*responders, MockAIAnalyzer(), RuleBasedFallback()])
    return Assistant(chain, lambda: (Status.CONNECTED, "Model: GLM-4.7-flash"))


def final(assistant, text, chat="1"):
    (*_, last) = assistant.reply(chat, text)
    assert isinstance(last, Finished)
    return last.text


@pytest.mark.parametrize(
    ("text", "command"),
    [("/help", "help"), ("/Analyze BTC", "analyze"), ("/status@bot", "status"), ("hi", None),
     ("", None), ("/", None), (" /new", "new"), ("1/2", None)],
)  # fmt: skip
def test_commands_are_recognised(text, command):
    """A command would be sent to the model as a question."""
    assert command_of(text) == command


@pytest.mark.parametrize(
    ("responders", "text", "parts"),
    [
        ([Model(ANSWER)], "hi", ["**Up**", "💡 Powered by LMStudio GLM-4.7-flash"]),
        ([Model(ANSWER)], "/analyze btc 4h", ["🤖 AI Analysis for BTC/USDT\n\n**Up**\n\n💡"]),
        ([Model(GONE)], "hi", ["Hello!", "⚠️ Note: Using rule-based answers (LMStudio unavail"]),
        ([Model(GONE)], "/analyze BTC", ["📊 Market Analysis for BTC/USDT", "Signal: HOLD",
                                         "Note: Using rule-based analysis (LMStudio unavailable)"]),
        ([], "/analyze BTC", ["Note: Using rule-based analysis"]),
        ([], "/analyze", [WHICH_COIN]),
        ([], "/analyze what is this", [WHICH_COIN]),
        ([], "/start", ["financial advice", "/analyze BTC"]),
        ([], "/nonsense", ["I don't know that command", "/analyze - "]),
        ([], "/new", ["Forgotten"]),
    ],
)  # fmt: skip
def test_each_text_gets_its_answer(responders, text, parts):
    """A person would get nothing, or something else."""
    answer = final(make(*responders), text)
    for part in parts:
        assert part in answer


def test_help_lists_every_command():
    """A command would exist that nobody finds."""
    answer = final(make(), "/help")
    for name in COMMANDS:
        assert f"/{name} - " in answer


def test_status_shows_indicator_and_figures():
    """The owner would not see how much the rules had to answer."""
    assistant = make(Model(ANSWER))
    final(assistant, "hi")
    final(make(), "hi")
    assistant.waiting = lambda: 7
    status = final(assistant, "/status")
    assert status.startswith("🟢 LMStudio Connected - AI-powered responses\nModel: GLM-4.7-flash\n")
    assert "By source: lmstudio 1 (fallback 0%)" in status
    assert "Waiting questions: 7" in status


def test_the_conversation_goes_on_until_it_is_forgotten():
    """A follow-up question would not know what was said."""
    model = Model(ANSWER)
    assistant = make(model)
    for text in ("hi", "and then?", "/new", "hi"):
        final(assistant, text)
    final(assistant, "hi", chat="another")
    assert [question.thread for question in model.questions] == ["", "resp_1", "", ""]


def test_what_streams_in_begins_with_the_header():
    """The text on screen would jump when the answer is complete."""
    progress = Progress(Stage.THINKING)
    model = Model(progress, TextDelta("a"), TextReset(), TextDelta("b"), TextDelta("c"), ANSWER)
    events = list(make(model).reply("1", "/analyze BTC"))
    header = "🤖 AI Analysis for BTC/USDT\n\n"
    assert events[:-1] == [
        progress, TextDelta(header + "a"), TextReset(), TextDelta(header + "b"), TextDelta("c"),
    ]  # fmt: skip
    assert model.questions[0].kind is Kind.ANALYSIS


def test_an_answer_that_broke_off_says_so():
    """Half an analysis would pass for a whole one."""
    cut = Finished("half", "lmstudio", "m", cut_short=True)
    assert "✂️ The answer broke off here." in final(make(Model(cut)), "hi")


def test_a_bug_ends_in_an_answer_too(caplog):
    """A person would be left unanswered by a mistake of ours."""
    assistant = make()
    assistant.waiting = lambda: 1 // 0
    answer = final(assistant, "/status")
    assert "I can't work out an answer" in answer
    assert "ZeroDivisionError" in caplog.text


def test_what_people_write_is_logged_only_at_debug(caplog):
    """The log file would be a diary of everybody's questions."""
    with caplog.at_level(logging.INFO):
        final(make(), "my secret plan")
    assert "my secret plan" not in caplog.text
    assert "question received: text, 14 characters" in caplog.text
    assert "answered by mock" in caplog.text
    with caplog.at_level(logging.DEBUG):
        final(make(), "my secret plan")
    assert "my secret plan" in caplog.text
