"""The text around an answer."""

from dataclasses import replace

import pytest

from engram.chat.framing import aged, framed, header
from engram.core.errors import Cause
from engram.core.events import FellBack, Finished, Kind, Question
from engram.market.analyst import Report
from engram.market.symbols import Request

REQUEST = Request("BTC", "USDT", "4h")
WITH_DATA = Report(REQUEST, "panel", "SELL (Medium)", analysis=object())  # type: ignore[arg-type]
WITHOUT = Report(REQUEST, "panel", "HOLD (Low)")
ANALYSIS = Question("BTC/USDT 4h", Kind.ANALYSIS, "Price: 64,812.37")
CHAT = Question("hi")
DOWN = FellBack("lmstudio", "refused", Cause.UNREACHABLE)
MODEL = Finished("It is 64,812.", "lmstudio", "GLM")


@pytest.mark.parametrize(
    ("answer", "question", "report", "fell_back", "text"),
    [
        (MODEL, CHAT, None, False, "It is 64,812.\n\n💡 Powered by LMStudio GLM"),
        (MODEL, ANALYSIS, WITH_DATA, False,
         "🤖 AI Analysis for BTC/USDT\n\nIt is 64,812.\n\n📐 Rules: SELL (Medium)\n"
         "💡 Powered by LMStudio GLM"),
        (Finished("Up to 123,000!", "lmstudio", "GLM"), ANALYSIS, WITH_DATA, False,
         "🤖 AI Analysis for BTC/USDT\n\nUp to 123,000!\n\n📐 Rules: SELL (Medium)\n"
         "⚠️ Not in the data: 123,000\n💡 Powered by LMStudio GLM"),
        (Finished("No data.", "lmstudio", "GLM"), ANALYSIS, WITHOUT, False,
         "🤖 AI Analysis for BTC/USDT\n\nNo data.\n\n📐 Rules: HOLD (Low)\n"
         "⚠️ This was written without market data.\n💡 Powered by LMStudio GLM"),
        (Finished("half", "lmstudio", "GLM", cut_short=True), CHAT, None, False,
         "half\n\n✂️ The answer broke off here.\n\n💡 Powered by LMStudio GLM"),
        (MODEL, replace(CHAT, model="qwen/qwen3-8b"), None, False,
         "It is 64,812.\n\n⚠️ qwen3-8b, chosen here with /models, could not answer.\n"
         "💡 Powered by LMStudio GLM"),
        (MODEL, replace(CHAT, model="zai-org/GLM"), None, False,
         "It is 64,812.\n\n💡 Powered by LMStudio GLM"),
        (Finished("panel", "mock"), ANALYSIS, WITH_DATA, True,
         "panel\n\n⚠️ Note: Using rule-based analysis (LMStudio unavailable)"),
        (Finished("hi", "mock"), CHAT, None, False, "hi\n\n⚠️ Note: Using rule-based answers"),
    ],
)  # fmt: skip
def test_the_text_says_whose_it_is(answer, question, report, fell_back, text):
    """A rule's text would pass for the model's, or an invented number for a measured one."""
    assert framed(answer, question, report, [DOWN] if fell_back else []) == text


def test_only_an_analysis_has_a_header():
    """Every chat message would begin with a title."""
    assert header(ANALYSIS, WITH_DATA) == "🤖 AI Analysis for BTC/USDT\n\n"
    assert header(CHAT, WITH_DATA) == ""


def test_an_older_analysis_says_so():
    """Yesterday's view would pass for today's."""
    assert aged("text", 185) == "text\n🕐 Written 3 min 5 s ago"
