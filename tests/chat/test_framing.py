"""The text around an answer."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from engram.chat.framing import aged, framed, header, stopped
from engram.core.errors import Cause
from engram.core.events import FellBack, Finished, Kind, Question
from engram.core.usage import Usage
from engram.market.outcomes import Signal
from engram.market.report import NOTHING, Findings, MarketData, Report
from engram.market.symbols import Request

REQUEST = Request("BTC", "USDT", "4h")
CANDLES = SimpleNamespace(symbol="BTC/USDT", exchange="Binance")
DATA = MarketData(CANDLES, SimpleNamespace(signal=Signal.SELL), None, "")  # type: ignore[arg-type]
WITH_DATA = Findings((Report(REQUEST, "panel", "block", "SELL (Medium)", DATA),))
WITHOUT = Findings((Report(REQUEST, "panel", "block", "HOLD (Low)", missing="It is away."),))
UNKNOWN = Findings(problems=("I found no market HYPE on Binance.",))
ANALYSIS = Question("BTC/USDT 4h", Kind.ANALYSIS, "Price: 64,812.37")
CHAT = Question("hi")
DOWN = FellBack("lmstudio", "refused", Cause.UNREACHABLE)
MODEL = Finished("It is 64,812.", "lmstudio", "GLM")


@pytest.mark.parametrize(
    ("answer", "question", "report", "fell_back", "text"),
    [
        (MODEL, CHAT, NOTHING, False, "It is 64,812.\n\n💡 Powered by LMStudio GLM"),
        (Finished("Run:\n```\nx", "lmstudio", "GLM"), CHAT, NOTHING, False,
         "Run:\n```\nx\n```\n\n💡 Powered by LMStudio GLM"),
        (MODEL, ANALYSIS, WITH_DATA, False,
         "🤖 AI Analysis for BTC/USDT (4h, Binance)\n\nIt is 64,812.\n\n"
         "📐 Rules: BTC/USDT (4h, Binance): SELL (Medium) · Model: no verdict\n"
         "💡 Powered by LMStudio GLM"),
        (Finished("Up to 123,000!", "lmstudio", "GLM"), ANALYSIS, WITH_DATA, False,
         "🤖 AI Analysis for BTC/USDT (4h, Binance)\n\nUp to 123,000!\n\n"
         "📐 Rules: BTC/USDT (4h, Binance): SELL (Medium) · Model: no verdict\n"
         "⚠️ Not in the data: 123,000\n💡 Powered by LMStudio GLM"),
        (MODEL, CHAT, WITH_DATA, False,
         "📊 BTC/USDT (4h, Binance)\n\nIt is 64,812.\n\n"
         "📐 Rules: BTC/USDT (4h, Binance): SELL (Medium)\n"
         "⚠️ Not in the data: 64,812\n💡 Powered by LMStudio GLM"),
        (Finished("No data.", "lmstudio", "GLM"), CHAT, WITHOUT, False,
         "No data.\n\n⚠️ No market data for BTC/USDT (4h): It is away.\n"
         "💡 Powered by LMStudio GLM"),
        (Finished("Who knows.", "lmstudio", "GLM"), CHAT, UNKNOWN, False,
         "Who knows.\n\n⚠️ I found no market HYPE on Binance.\n💡 Powered by LMStudio GLM"),
        (Finished("hi", "mock"), CHAT, UNKNOWN, False,
         "hi\n\n⚠️ I found no market HYPE on Binance.\n\n⚠️ Note: Using rule-based answers"),
        (Finished("half", "lmstudio", "GLM", cut_short=True), CHAT, NOTHING, False,
         "half\n\n✂️ The answer broke off here.\n\n💡 Powered by LMStudio GLM"),
        (Finished("so so", "lmstudio", "GLM", cut_short=True, repeats=True), CHAT, NOTHING, False,
         "so so\n\n✂️ From here on the model said the same over and over, so I stopped it.\n\n"
         "💡 Powered by LMStudio GLM"),
        (MODEL, replace(CHAT, model="qwen/qwen3-8b"), NOTHING, False,
         "It is 64,812.\n\n⚠️ qwen3-8b, chosen here with /models, could not answer.\n"
         "💡 Powered by LMStudio GLM"),
        (MODEL, replace(CHAT, model="zai-org/GLM"), NOTHING, False,
         "It is 64,812.\n\n💡 Powered by LMStudio GLM"),
        (Finished("panel", "mock"), ANALYSIS, WITH_DATA, True,
         "panel\n\n⚠️ Note: Using rule-based analysis (LMStudio unavailable)"),
        (Finished("hi", "mock"), CHAT, NOTHING, False, "hi\n\n⚠️ Note: Using rule-based answers"),
    ],
)  # fmt: skip
def test_the_text_says_whose_it_is(answer, question, report, fell_back, text):
    """A rule's text would pass for the model's, or an invented number for a measured one."""
    assert framed(answer, question, report, [DOWN] if fell_back else []) == text


@pytest.mark.parametrize(
    ("speed", "with_speed", "end"),
    [
        (41.3, True, "💡 Powered by LMStudio GLM · 41 tokens/s"),
        (41.3, False, "💡 Powered by LMStudio GLM"),
        (0.0, True, "💡 Powered by LMStudio GLM"),
    ],
)
def test_the_speed_of_the_model_is_shown_to_who_wants_it(speed, with_speed, end):
    """Everybody would read figures that only the owner cares for, or the owner none."""
    answer = replace(MODEL, usage=Usage(798, 160, speed=speed))
    assert framed(answer, CHAT, NOTHING, with_speed=with_speed) == f"It is 64,812.\n\n{end}"
    by_rules = Finished("hi", "mock", usage=Usage(speed=speed))
    assert "tokens/s" not in framed(by_rules, CHAT, NOTHING, with_speed=with_speed)


def test_what_has_figures_begins_with_what_they_are_of():
    """A person would take the figures of one market or timeframe for another's."""
    both = Findings((*WITH_DATA.reports, *WITHOUT.reports, *WITH_DATA.reports))
    title = "BTC/USDT (4h, Binance)"
    assert header(ANALYSIS, both) == f"🤖 AI Analysis for {title}, {title}\n\n"
    assert header(CHAT, WITH_DATA) == f"📊 {title}\n\n"
    assert header(CHAT, WITHOUT) == header(CHAT, NOTHING) == ""


@pytest.mark.parametrize(("known", "warned"), [("", True), ("it was 64,812.37", False)])
def test_what_was_said_before_is_known(known, warned):
    """A price that was given three questions ago would be called an invention."""
    said = Finished("The price was $64,812.", "lmstudio", "GLM")
    assert ("Not in the data" in framed(said, CHAT, NOTHING, known=known)) is warned


def test_an_older_analysis_says_so():
    """Yesterday's view would pass for today's."""
    assert aged("text", 185) == "text\n🕐 Written 3 min 5 s ago"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Down.\n\nSignal: BUY\nConfidence: Low", "BUY (Low)"),
        ("Signal: BUY\nSignal: SELL\nConfidence: Low", "no clear verdict"),
        ("Signal: BUY", "BUY (no clear confidence)"),
        ("Confidence: Low", "no clear verdict"),
        ("It may rise.", "no verdict"),
    ],
)
@pytest.mark.parametrize("cut_short", [False, True])
def test_the_models_verdict_stands_beside_the_rules(text, verdict, cut_short):
    """A person would look for it in 250 words, or miss that there is none."""
    answer = Finished(text, "lmstudio", "GLM", cut_short=cut_short)
    shown = framed(answer, ANALYSIS, WITH_DATA)
    assert f"{text}\n\n" in shown
    line = f"\n📐 Rules: BTC/USDT (4h, Binance): SELL (Medium) · Model: {verdict}\n"
    assert line in shown
    assert (line in framed(answer, CHAT, WITH_DATA)) is (verdict != "no verdict")


@pytest.mark.parametrize(
    ("text", "contradiction"),
    [
        ("Signal: BUY\nConfidence: Low", "BUY by the model, SELL by the rules"),
        ("Signal: HOLD", "HOLD by the model, SELL by the rules"),
        ("Signal: SELL\nConfidence: High", ""),
        ("Signal: BUY\nSignal: SELL", ""),
        ("It may rise.", ""),
    ],
)
@pytest.mark.parametrize("question", [ANALYSIS, CHAT])
def test_that_model_and_rules_contradict_each_other_is_said(text, contradiction, question):
    """A person would act on the one signal that they read first."""
    shown = framed(Finished(text, "lmstudio", "GLM"), question, WITH_DATA)
    line = f"\n⚖️ They contradict each other on BTC/USDT: {contradiction}.\n"
    assert (line in shown) is bool(contradiction)
    assert shown.count("⚖️") == bool(contradiction)


@pytest.mark.parametrize(
    ("said", "odd"), [("64,812.37", False), ("64,812", False), ("64,999", True)]
)
def test_the_digits_of_the_panel_are_no_inventions(said, odd):
    """A price that stands right above the text would be called one."""
    question = replace(ANALYSIS, panel="Price: 64,812.37", prompt="Price: 64,800")
    answer = Finished(f"It is {said}.", "lmstudio", "GLM")
    assert ("Not in the data" in framed(answer, question, WITH_DATA)) is odd


def test_each_of_several_markets_has_both_verdicts_on_its_line():
    """A person would read one market's verdict as another's."""
    eth = SimpleNamespace(symbol="ETH/USDT", exchange="Binance")
    other = replace(WITH_DATA.reports[0], data=replace(DATA, candles=eth))
    both = Findings((*WITH_DATA.reports, other))
    answer = Finished("ETH/USDT\nSignal: HOLD\nConfidence: Low", "lmstudio", "GLM")
    assert (
        "📐 Rules: BTC/USDT (4h, Binance): SELL (Medium) · Model: no verdict\n"
        "📐 Rules: ETH/USDT (4h, Binance): SELL (Medium) · Model: HOLD (Low)\n"
    ) in framed(answer, ANALYSIS, both)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("", "⏹ Stopped."),
        ("Up",
         "Up\n\n📐 Rules: BTC/USDT (4h, Binance): SELL (Medium) · Model: no verdict\n⏹ Stopped."),
        ("Signal: HOLD\nConfidence: Low",
         "Signal: HOLD\nConfidence: Low\n\n"
         "📐 Rules: BTC/USDT (4h, Binance): SELL (Medium) · Model: HOLD (Low)\n"
         "⚖️ They contradict each other on BTC/USDT: HOLD by the model, SELL by the rules.\n"
         "⏹ Stopped."),
        ("```\nx", "```\nx\n```\n\n"
         "📐 Rules: BTC/USDT (4h, Binance): SELL (Medium) · Model: no verdict\n⏹ Stopped."),
    ],
)  # fmt: skip
def test_a_stopped_analysis_has_both_verdicts(said, text):
    """A person who has read enough would have to look for the verdict of the rules."""
    answer = Finished(said, "engram", markdown=True, stopped=True)
    assert stopped(said, answer, ANALYSIS, WITH_DATA) == text
