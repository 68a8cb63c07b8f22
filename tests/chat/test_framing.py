"""The text around an answer."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from engram.chat.framing import aged, framed, header, panel_buttons, stopped
from engram.chat.texts import BUTTON_BYTES
from engram.core.errors import Cause
from engram.core.events import FellBack, Finished, Kind, Question
from engram.core.formats import format_price
from engram.market.report import NOTHING, Findings, MarketData, Report
from engram.market.symbols import Request
from engram.market.words.markets import Markets
from engram.market.words.reader import read_command
from engram.watch.conditions import Condition
from engram.watch.grammar import wanted as grammar

REQUEST = Request("BTC", "USDT", "4h")
CANDLES = SimpleNamespace(symbol="BTC/USDT", exchange="Binance")
DATA = MarketData(CANDLES, *[None] * 2, "")  # type: ignore[arg-type]
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
         "📐 Rules: BTC/USDT (4h, Binance): SELL (Medium) · Model: HOLD (Low)\n⏹ Stopped."),
        ("```\nx", "```\nx\n```\n\n"
         "📐 Rules: BTC/USDT (4h, Binance): SELL (Medium) · Model: no verdict\n⏹ Stopped."),
    ],
)  # fmt: skip
def test_a_stopped_analysis_has_both_verdicts(said, text):
    """A person who has read enough would have to look for the verdict of the rules."""
    answer = Finished(said, "engram", markdown=True, stopped=True)
    assert stopped(said, answer, ANALYSIS, WITH_DATA) == text


def with_levels(price, support, resistance, symbol="BTC/USDT"):
    """A report whose panel shows these levels."""
    levels = SimpleNamespace(support=support, resistance=resistance)
    snapshot = SimpleNamespace(price=price, levels=levels)
    request, candles = Request.of(symbol, "4h"), SimpleNamespace(symbol=symbol, exchange="Binance")
    analysis = SimpleNamespace(snapshot=snapshot)
    data = MarketData(candles, analysis, None, "")  # type: ignore[arg-type]
    return Report(request, "panel", "block", "HOLD (Low)", data)


@pytest.mark.parametrize(
    ("price", "support", "resistance", "below"),
    [
        (62_342.6, 60_434.125, 62_590.999,
         [("🔔 S 60,434", "/alert BTC/USDT < 60434.12"),
          ("🔔 R 62,591", "/alert BTC/USDT > 62591"), ("👁", "/watch BTC/USDT 4h")]),
        (2_401.15, 2_390.5, None,
         [("🔔 S 2,390.50", "/alert BTC/USDT < 2390.5"), ("👁", "/watch BTC/USDT 4h")]),
        (0.000012345, None, 0.0000129,
         [("🔔 R 0.0000129", "/alert BTC/USDT > 0.0000129"), ("👁", "/watch BTC/USDT 4h")]),
        (1.5, None, None, [("👁", "/watch BTC/USDT 4h")]),
    ],
)  # fmt: skip
def test_buttons_below_a_panel_have_its_levels(price, support, resistance, below):
    """A person would be told of another price than the one that they look at."""
    timeframes, told = panel_buttons(with_levels(price, support, resistance))
    assert [one.label for one in timeframes] == ["15m", "1h", "4h", "1d", "🔄"]
    assert [(one.label, one.command) for one in told] == below


@pytest.mark.parametrize("exponent", range(-9, 9))
def test_what_a_button_arms_is_what_its_panel_shows(exponent):
    """A press would be asked back, or arm something else, because a number is read otherwise."""
    price, level = 2.0 * 10**exponent, 1.23456789 * 10**exponent
    _, told = panel_buttons(with_levels(price, level, 3 * level, "1000SATS/USDT"))
    markets = Markets(["1000SATS/USDT"], "USDT", complete=True)
    reader = SimpleNamespace(timeframe="4h", read_command=lambda text: read_command(text, markets))
    for button, operator, at in zip(told, "<>", (level, 3 * level), strict=False):
        assert len(button.command.encode()) <= BUTTON_BYTES
        wanted = grammar.read_command(button.command.removeprefix("/alert "), reader)
        shown = float(format_price(at, like=price).replace(",", ""))
        assert wanted.request.symbol == "1000SATS/USDT"
        assert wanted.condition == Condition("price", operator, shown)


def test_a_command_that_is_too_long_has_no_button():
    """Telegram would refuse the whole panel because of one button of more than 64 bytes."""
    long = with_levels(1.5, 1.4, 1.6, f"{'Ж' * 25}/USDT")
    (timeframes,) = panel_buttons(long)
    assert timeframes
