"""A chat's text -> its answer."""

import logging
from dataclasses import replace

import pytest

from engram.chat.mock_ai import MockAIAnalyzer
from engram.chat.rules import RuleBasedFallback
from engram.chat.texts import WHICH_MARKET
from engram.core.errors import UnavailableError
from engram.core.events import Finished, Kind, Progress, ServerThread, Stage, TextDelta, TextReset
from engram.core.usage import Usage
from tests.conftest import make_analyst, make_assistant


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
    ("responders", "text", "parts"),
    [
        ([Model(ANSWER)], "hi", ["**Up**", "💡 Powered by LMStudio GLM-4.7-flash"]),
        ([Model(GONE)], "hi", ["Hello!", "⚠️ Note: Using rule-based answers (LMStudio unavail"]),
        ([], "/analyze BTC", ["📊 Market Analysis for BTC/USDT · 4h", "Signal: HOLD"]),
        ([], "/analyze\nbtc\n1h", ["📊 Market Analysis for BTC/USDT · 1h", "Signal: HOLD"]),
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


def test_what_streams_in_begins_with_the_header(exchange):
    """The text on screen would jump when the answer is complete."""
    progress = Progress(Stage.THINKING)
    model = Model(progress, TextDelta("a"), TextReset(), TextDelta("b"), TextDelta("c"), ANSWER)
    fetching, panel, asking, *events, _ = make(model, exchange=exchange).reply("1", "/analyze BTC")
    header = "🤖 AI Analysis for BTC/USDT (4h, Binance)\n\n"
    assert (fetching, panel.timeframe) == (Progress(Stage.FETCHING), "4h")
    assert asking == Progress(Stage.ASKING)
    assert events == [
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
    assert "Confidence: Low (" in panel.text
    assert panel.draw().startswith(b"\x89PNG")
    assert "By the rules: " in model.questions[0].prompt
    assert f"📐 Rules: BTC/USDT (4h, Binance): {verdict(panel.text)} · " in last.text
    assert not last.completes_panel


def verdict(panel):
    """HOLD (Low), from the panel's second and third line."""
    _, _, signal, confidence, *_ = panel.split("\n")
    return f"{signal.removeprefix('Signal: ')} ({confidence.split()[1]})"


def test_without_a_model_the_panel_is_the_answer(exchange):
    """The same numbers would be on screen twice."""
    _, panel, *_, last = make(Model(GONE), exchange=exchange).reply("1", "/analyze BTC 4h")
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
    assert "\nBy the rules: " in model.questions[0].prompt
    assert "📐 Rules: " in answer
    assert "⚠️ Not in the data: 123,000" in answer


def test_the_fallback_answers_a_question_about_a_coin_with_its_analysis(exchange):
    """Without a model there would be no numbers."""
    answer = final(make(exchange=exchange), "where is bitcoin going?")
    assert answer.startswith("📊 Market Analysis for BTC/USDT")


def test_a_question_about_a_coin_that_no_exchange_lists_goes_to_the_model(exchange):
    """A person would be told to choose another market, who only asks what a coin is."""
    model = Model(Finished("A currency.", "lmstudio", "GLM"))
    answer = final(make(model, exchange=exchange), "what is cardano?")
    assert answer.startswith("A currency.\n\n⚠️ I found no market cardano on Binance.")
    assert model.questions[0].prompt.startswith("what is cardano?\n\nI found no market cardano")


def test_a_question_about_a_market_names_it_with_its_figures(exchange):
    """A person would not know which market, timeframe and exchange the figures are of."""
    answer = final(make(Model(ANSWER), exchange=exchange), "How does ether look on the 1h chart?")
    assert answer.startswith("📊 ETH/USDT (1h, Binance)\n\n**Up**")
    assert "📐 Rules: ETH/USDT (1h, Binance): " in answer


@pytest.mark.parametrize(
    ("said", "about"),
    [
        (["/analyze ETH 4h", "and on the daily?"], ["ETH/USDT 1d"]),
        (["/analyze ETH 1h", "should I buy it?"], ["ETH/USDT 1h"]),
        (["price of eth?", "hello", "what is the price of it now?"], ["ETH/USDT 4h"]),
        (["price of eth?", "and btc?", "and the weekly?"], ["BTC/USDT 1w"]),
        (["/analyze btc eth 4h", "and on the daily?"], ["BTC/USDT 1d", "ETH/USDT 1d"]),
        (["price of eth?", "/analyze 15m"], ["ETH/USDT 15m"]),
        (["price of eth?", "/new", "should I buy it?"], []),
        (["price of eth?", "what's the price of HYPE?", "and on the daily?"], []),
        (["price of eth?", "/analyze HYPE", "and on the daily?"], []),
        (["should I buy it?"], []),
    ],
)
def test_a_follow_up_means_the_market_spoken_of_last(exchange, said, about):
    """A person would get another market's figures, or none."""
    model = Model(ANSWER)
    assistant = make(model, exchange=exchange)
    for text in said:
        model.questions.clear()
        last = final(assistant, text)
    (question,) = model.questions
    titles = [f"{one.replace(' ', ' (')}, Binance)" for one in about]
    assert [title for title in titles if f"{title} on 20" in question.prompt] == titles
    assert question.prompt.count("By the rules: ") == len(about)
    assert last.startswith("**Up**") or last.split("\n")[0].endswith(", ".join(titles))


def test_a_follow_up_means_what_the_message_follows_or_quotes(exchange):
    """A reply to an older answer would get the figures of the latest one."""
    model = Model(ANSWER)
    assistant = make(model, exchange=exchange)
    (*_, first) = assistant.reply("1", "price of eth?")
    final(assistant, "price of btc?")
    (*_, last) = assistant.reply("1", "and on the daily?", after=first.turn)
    assert last.text.startswith("📊 ETH/USDT (1d, Binance)")
    (*_, last) = assistant.reply("1", "should I buy it?", quoted="SOL looks strong here")
    assert last.text.startswith("📊 SOL/USDT (4h, Binance)")
    (*_, last) = assistant.reply("1", "is he right?", quoted="I think eth will go to 5000 soon")
    assert last.text.startswith("📊 ETH/USDT (4h, Binance)")
    (*_, last) = assistant.reply("1", "lol", quoted="I think eth will go to 5000 soon")
    assert last.text.startswith("**Up**")


def test_several_markets_are_compared_in_one_text(exchange):
    """A person who weighs two coins would have to ask twice and compare by heart."""
    model = Model(ANSWER)
    _, panel, *_, last = make(model, exchange=exchange).reply("1", "/analyze btc vs eth 1h")
    blocks = panel.text.split("\n\n")
    assert [block.split("\n")[0] for block in blocks] == [
        "📊 Market Analysis for BTC/USDT · 1h · Binance",
        "📊 Market Analysis for ETH/USDT · 1h · Binance",
    ]
    for block in blocks:
        for part in ("\nSignal: ", "\nConfidence: ", "\nPrice: ", "\n🎯 Next 24 candles"):
            assert part in block
    assert panel.draw() is None
    assert [(button.label, button.command) for row in panel.buttons for button in row] == [
        ("BTC/USDT", "/open BTC/USDT 1h"),
        ("ETH/USDT", "/open ETH/USDT 1h"),
    ]
    title = "🤖 AI Analysis for BTC/USDT (1h, Binance), ETH/USDT (1h, Binance)\n\n"
    assert last.text.startswith(title)
    assert "Compare BTC/USDT (1h), ETH/USDT (1h) in" in model.questions[0].prompt


def test_without_a_model_the_blocks_are_the_answer(exchange):
    """The same numbers would be on screen twice."""
    _, panel, *_, last = make(Model(GONE), exchange=exchange).reply("1", "/analyze btc eth")
    assert last.completes_panel
    assert last.text.startswith(panel.text)


def test_more_than_four_markets_are_too_many(exchange):
    """A person would miss the fifth without a word, or wait for fifty."""
    exchange.symbols = tuple(f"C{number}X/USDT" for number in range(12))
    coins = [f"C{number}X" for number in range(12)]
    model = Model(ANSWER)
    assistant = make(model, exchange=exchange)
    answer = final(assistant, f"/analyze {' '.join(coins)}")
    assert "at most four markets" in answer.replace("4", "four")
    assert "these are 12: C0X/USDT, " in answer
    assert model.questions == []
    answer = final(assistant, f"compare {', '.join(coins[:5])}")
    assert "⚠️ I look at 4 markets at a time, so not at C4X/USDT." in answer
    assert model.questions[0].prompt.count("\nBy the rules: ") == 4


@pytest.mark.parametrize("text", ["/analyze BTC 4h", "/analyze BTC ETH 4h"])
def test_without_data_an_analysis_asks_no_model(exchange, text):
    """A model would invent a signal out of thin air."""
    exchange.fail("klines", "451", times=None)
    model = Model(ANSWER)
    answer = final(make(model, exchange=exchange), text)
    for part in ("Signal: HOLD\nConfidence: Low", "Binance refused requests from here."):
        assert answer.count(part) == len(text.split()) - 2
    assert model.questions == []


def test_without_data_a_question_says_why(exchange):
    """The model would name prices that it read years ago, and nobody would know."""
    exchange.fail("klines", "451", times=None)
    model = Model(ANSWER)
    answer = final(make(model, exchange=exchange), "is btc a buy?")
    reason = "Binance refused requests from here."
    assert f"⚠️ No market data for BTC/USDT (4h): {reason}" in answer
    assert "📊" not in answer
    assert "There is no market data for BTC/USDT (4h): name no prices" in model.questions[0].prompt
    assert reason in model.questions[0].prompt


def test_data_of_one_market_of_two_is_no_data_of_the_other(exchange):
    """A person would take one coin's figures for the other's."""
    exchange.series["ETH/USDT", "4h"] = exchange.rows("ETH/USDT", "4h")[-50:]
    model = Model(ANSWER)
    _, panel, *_, last = make(model, exchange=exchange).reply("1", "/analyze btc eth 4h")
    assert (
        "📊 Market Analysis for ETH/USDT · 4h\nSignal: HOLD\nConfidence: Low\nBinance has too s"
        in (panel.text)
    )
    assert last.text.startswith("🤖 AI Analysis for BTC/USDT (4h, Binance)\n\n")
    assert "⚠️ No market data for ETH/USDT (4h): Binance has too short" in last.text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("/analyze btcc", ["I found no market btcc on Binance. Did you mean BTC/USDT"]),
        ("/analyze btc moonz", ["🤖 AI Analysis for BTC/USDT", "⚠️ I found no market moonz"]),
        ("what's the price of HYPE?", ["**Up**", "⚠️ I found no market HYPE on Binance."]),
        ("is btc or $KAS better?", ["📊 BTC/USDT (4h, Binance)", "⚠️ I found no market KAS"]),
        ("/analyze btc 7m", ["There are no 7m candles. Did you mean 3m, 5m or 15m?"]),
    ],
)
def test_what_is_not_understood_is_named(exchange, text, parts):
    """A person would take an answer for one about what they asked."""
    answer = final(make(Model(ANSWER), exchange=exchange), text)
    for part in parts:
        assert part in answer


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


def test_what_an_answer_cost_is_logged_once(exchange, caplog):
    """The owner of a paid account would read the same tokens again at each look at an analysis."""
    caplog.set_level("INFO")
    assistant = make(Model(replace(ANSWER, usage=Usage(798, 16))), exchange=exchange)
    for _ in range(2):
        final(assistant, "/analyze BTC 4h")
    first, second = (line for line in caplog.messages if line.startswith("answered by lmstudio"))
    assert first.endswith(" s (GLM-4.7-flash: 798 tokens read, 16 written)")
    assert second.endswith(" s")


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
    # As it was asked: a server that has read it for the analysis has it in its cache.
    assert turn.question == model.questions[0].prompt


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
