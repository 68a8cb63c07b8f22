"""A chat's text -> its answer."""

import logging

import pytest

from engram.chat.assistant import command_of
from engram.chat.mock_ai import MockAIAnalyzer
from engram.chat.rules import RuleBasedFallback
from engram.chat.texts import COMMANDS, UNKNOWN_COMMAND, WHICH_MARKET
from engram.core.errors import UnavailableError
from engram.core.events import Finished, Kind, Progress, ServerThread, Stage, TextDelta, TextReset
from engram.core.model import Model as ListedModel
from tests.conftest import StubServers, make_analyst, make_assistant


class Model:
    """A model server that answers each question with what is in `script`."""

    name, base_url, available = "lmstudio", "", True

    def __init__(self, *script):
        self.script = script
        self.questions = []

    def respond(self, question):
        self.questions.append(question)
        for step in self.script:
            if isinstance(step, Exception):
                raise step
            yield step


ANSWER = Finished(
    "**Up**", "lmstudio", "GLM-4.7-flash", markdown=True, thread=ServerThread("s", "resp_1")
)
GONE = UnavailableError("refused")


def make(*responders, exchange=None, **options):
    mock = MockAIAnalyzer(make_analyst(exchange))
    return make_assistant(*responders, mock, RuleBasedFallback(), exchange=exchange, **options)


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
        ([Model(ANSWER)], "/analyze btc 4h", ["🤖 AI Analysis for BTC/USDT\n\n**Up**\n\n📐 Rules",
                                              "⚠️ This was written without market data.\n💡"]),
        ([Model(GONE)], "hi", ["Hello!", "⚠️ Note: Using rule-based answers (LMStudio unavail"]),
        ([Model(GONE)], "/analyze BTC", ["📊 Market Analysis for BTC/USDT", "Signal: HOLD",
                                         "Note: Using rule-based analysis (LMStudio unavailable)"]),
        ([], "/analyze BTC", ["Note: Using rule-based analysis"]),
        ([], "/analyze", [WHICH_MARKET]),
        ([], "/analyze what is this", [WHICH_MARKET]),
        ([], "/start", ["financial advice", "/analyze BTC"]),
        ([Model(ANSWER)], " ", ["I'm Engram"]),
        ([], "/nonsense", ["I don't know that command", "/analyze - "]),
        ([], "/new", ["Forgotten"]),
    ],
)  # fmt: skip
def test_each_text_gets_its_answer(responders, text, parts):
    """A person would get nothing, or something else."""
    answer = final(make(*responders), text)
    for part in parts:
        assert part in answer


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_menu_is_known(name):
    """A person would choose a command from the menu and be told that there is none."""
    assert final(make(), f"/{name}") != UNKNOWN_COMMAND


def test_status_shows_indicator_and_statistics():
    """The owner would not see how much the rules had to answer."""
    assistant = make(Model(ANSWER), waiting=lambda: 7)
    final(assistant, "hi")
    final(make(), "hi")
    status = final(assistant, "/status")
    assert status.startswith("🟢 LMStudio Connected - AI-powered responses\nModel: GLM-4.7-flash\n")
    assert "By source: lmstudio 1\nFallback rate 0 %, error rate 0 %" in status
    assert "Waiting messages: 7" in status


def test_the_conversation_goes_on_until_it_is_forgotten():
    """A follow-up question would not know what was said."""
    model = Model(ANSWER)
    assistant = make(model)
    for text in ("hi", "and then?", "/new", "hi"):
        final(assistant, text)
    final(assistant, "hi", chat="another")
    assert [question.thread for question in model.questions] == [None, ANSWER.thread, None, None]


def test_what_streams_in_begins_with_the_header():
    """The text on screen would jump when the answer is complete."""
    progress = Progress(Stage.THINKING)
    model = Model(progress, TextDelta("a"), TextReset(), TextDelta("b"), TextDelta("c"), ANSWER)
    events = list(make(model).reply("1", "/analyze BTC"))
    header = "🤖 AI Analysis for BTC/USDT\n\n"
    assert events[:-1] == [
        Progress(Stage.FETCHING),
        progress, TextDelta(header + "a"), TextReset(), TextDelta(header + "b"), TextDelta("c"),
    ]  # fmt: skip
    assert model.questions[0].kind is Kind.ANALYSIS


def test_an_answer_that_broke_off_says_so():
    """Half an analysis would pass for a whole one."""
    cut = Finished("half", "lmstudio", "m", cut_short=True)
    assert "✂️ The answer broke off here." in final(make(Model(cut)), "hi")


def test_a_bug_ends_in_an_answer_too(caplog):
    """A person would be left unanswered by a mistake of ours."""
    assistant = make(waiting=lambda: 1 // 0)
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


def test_an_analysis_shows_the_panel_first_and_then_the_model(exchange):
    """A person who waits for a slow model would see nothing of what is already measured."""
    model = Model(TextDelta("Up"), Finished("Up", "lmstudio", "GLM"))
    fetching, panel, *_, last = make(model, exchange=exchange).reply("1", "/analyze BTC 4h")
    assert fetching == Progress(Stage.FETCHING)
    assert "Track record: " in panel.text
    assert panel.draw().startswith(b"\x89PNG")
    assert panel.text in model.questions[0].prompt
    assert f"📐 Rules: {verdict(panel.text)}\n💡" in last.text
    assert not last.completes_panel


def verdict(panel):
    """HOLD (Low), from the panel's second and third line."""
    _, _, signal, confidence, *_ = panel.split("\n")
    return f"{signal.removeprefix('Signal: ')} ({confidence.removeprefix('Confidence: ')})"


def test_without_a_model_the_panel_is_the_answer(exchange):
    """The same numbers would be on screen twice."""
    _, panel, _, last = make(Model(GONE), exchange=exchange).reply("1", "/analyze BTC 4h")
    note = "\n\n⚠️ Note: Using rule-based analysis (LMStudio unavailable)"
    assert last.text == panel.text + note
    assert last.completes_panel


@pytest.mark.parametrize("text", ["/analyze BTCC", "/analyze BTC 7m"])
def test_a_market_that_does_not_exist_costs_no_model_call(exchange, text):
    """A typing error would be analysed at length."""
    model = Model(ANSWER)
    (*_, last) = make(model, exchange=exchange).reply("1", text)
    assert "BTC/USDT?" in last.text or "5m" in last.text
    assert model.questions == []


def test_a_question_that_names_a_coin_gets_its_data(exchange):
    """The model would answer from what it read years ago."""
    model = Model(Finished("It may reach 123,000.", "lmstudio", "GLM"))
    answer = final(make(model, exchange=exchange), "where is bitcoin going?")
    assert "The last closed candles" in model.questions[0].prompt
    assert "📐 Rules: " in answer
    assert "⚠️ Not in the data: 123,000" in answer


def test_the_fallback_answers_a_question_about_a_coin_with_its_analysis(exchange):
    """Without a model there would be no numbers."""
    answer = final(make(exchange=exchange), "where is bitcoin going?")
    assert answer.startswith("📊 Market Analysis for BTC/USDT")


def test_a_question_about_a_coin_that_no_exchange_lists_goes_to_the_model(exchange):
    """A person would be told to choose another market, who only asks what a coin is."""
    model = Model(Finished("A currency.", "lmstudio", "GLM"))
    assert final(make(model, exchange=exchange), "what is cardano?").startswith("A currency.")
    assert model.questions[0].prompt == "what is cardano?"


def test_the_same_analysis_is_not_computed_twice(exchange):
    """The second person would wait for what the first one has just read."""
    model = Model(ANSWER)
    assistant = make(model, exchange=exchange)
    first = final(assistant, "/analyze BTC 4h")
    second = final(assistant, "/analyze btc/usdt 4h", chat="2")
    assert second == f"{first}\n🕐 Written 0 s ago"
    assert len(model.questions) == 1
    final(assistant, "/analyze BTC 1h")
    (*_, last) = assistant.reply("1", "/refresh BTC 4h")
    assert "Written" not in last.text
    assert len(model.questions) == 3


@pytest.mark.parametrize("script", [[GONE], [Finished("half", "lmstudio", "GLM", cut_short=True)]])
def test_half_an_analysis_is_not_kept(exchange, script):
    """Everybody would get the answer that broke off."""
    model = Model(*script)
    assistant = make(model, exchange=exchange)
    final(assistant, "/analyze BTC 4h")
    final(assistant, "/analyze BTC 4h")
    assert len(model.questions) == 2


def test_another_chats_analysis_does_not_bring_its_conversation_along(exchange):
    """The model would tell one person what another one has said to it."""
    model = Model(ANSWER)
    assistant = make(model, exchange=exchange)
    final(assistant, "/analyze BTC 4h", chat="1")
    final(assistant, "/analyze BTC 4h", chat="2")
    final(assistant, "and now?", chat="2")
    assert len(model.questions) == 2
    assert model.questions[1].thread is None
    (turn,) = model.questions[1].history
    assert turn.question.startswith("/analyze BTC/USDT 4h\n\n📊 Market Analysis for BTC/USDT")


def test_an_analysis_knows_nothing_of_the_conversation_around_it(exchange):
    """The next person would read what the first one told the model in confidence."""
    model = Model(ANSWER)
    assistant = make(model, exchange=exchange)
    final(assistant, "I hold two of them", chat="1")
    final(assistant, "/analyze BTC 4h", chat="1")
    assert (model.questions[1].history, model.questions[1].thread) == ((), None)
    assert "Written" in final(assistant, "/analyze BTC 4h", chat="2")
    final(assistant, "and now?", chat="1")
    after = model.questions[2]
    assert (len(after.history), after.thread.unseen) == (2, 1)


def test_what_is_forgotten_does_not_come_back_with_an_answer_in_progress():
    """/new would not get rid of the conversation while the model is still writing."""
    model = Model(TextDelta("Up"), ANSWER)
    assistant = make(model)
    in_progress = assistant.reply("1", "my secret")
    next(in_progress)
    final(assistant, "/new")
    assert [event for event in in_progress if isinstance(event, Finished)]
    final(assistant, "hi")
    assert (model.questions[1].history, model.questions[1].thread) == ((), None)


@pytest.mark.parametrize(
    ("name", "chosen", "offered"),
    [
        ("qwen/qwen3-4b", "qwen/qwen3-4b", []),
        ("glm", "", ["a/glm", "b/glm"]),
        ("b/glm", "b/glm", []),
        ("qwen3", "", ["qwen/qwen3-4b-2507", "qwen/qwen3-4b"]),
        ("2507", "", ["qwen/qwen3-4b-2507"]),
        ("llama", "", ["qwen/qwen3-4b-2507", "qwen/qwen3-4b", "a/glm", "b/glm"]),
        ("x" * 5000, "", ["qwen/qwen3-4b-2507", "qwen/qwen3-4b", "a/glm", "b/glm"]),
    ],
)
def test_a_model_is_chosen_only_by_a_name_that_is_its_own(name, chosen, offered):
    """`/models qwen/qwen3-4b` would have another model answer, whose name only begins so."""
    keys = ("qwen/qwen3-4b-2507", "qwen/qwen3-4b", "a/glm", "b/glm")
    model = Model(ANSWER)
    assistant = make(model, servers=StubServers(*map(ListedModel, keys)))
    (answer,) = assistant.reply("1", f"/models {name}")
    final(assistant, "hi")
    assert model.questions[0].model == chosen
    assert [row[0].command for row in answer.buttons] == [f"/models {key}" for key in offered]
    assert len(answer.text) < 500
