"""A question -> the chain's answer, with all that belongs around it."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from engram.chat import asking as asking_module
from engram.chat.asking import Asking
from engram.chat.chain import FallbackChain
from engram.chat.rules import RuleBasedFallback
from engram.chat.sent.album import Album
from engram.chat.texts import STOPPED
from engram.chat.turns.said import Said
from engram.chat.turns.turns import Turns
from engram.core.clock import Clock
from engram.core.errors import Cause, GiveUpError, StoppedError, UnavailableError
from engram.core.events import (
    FellBack,
    Finished,
    Kind,
    Question,
    ServerThread,
    TextDelta,
    TextReset,
    Turn,
)
from engram.core.listener import Listener
from engram.core.stop import Stop
from engram.core.usage import Usage
from engram.market.report import Findings, Report
from engram.market.symbols import Request
from engram.storage.conversations import Conversations, Recalled
from engram.storage.statistics import Statistics
from engram.storage.store import Store
from engram.storage.watch.ledger_table import ALL, RULES, LedgerTable
from engram.watch.ledger.ledger import Ledger
from tests.watch.ledger.test_ledger import report

CHAT = "5"
THREAD = ServerThread("http://s", "r1")
ANSWER = Finished("Up", "lmstudio", "GLM", markdown=True, thread=THREAD)


class Model:
    """A responder that gives or raises what is in `steps`; a function among them is called."""

    base_url = "http://s"

    def __init__(self, *steps, name="lmstudio", available=True):
        self.steps, self.name, self.available = steps, name, available
        self.questions = []

    def respond(self, question):
        self.questions.append(question)
        for step in self.steps:
            if isinstance(step, Exception):
                raise step
            if callable(step):
                step()
            else:
                yield step
            question.stop.check()


class Heard(Listener):
    """Keeps the events that it is told."""

    def __init__(self):
        self.events = []

    def happened(self, event):
        self.events.append(event)


class Bench:
    def __init__(self, *responders):
        store = Store(None)
        self.conversations, self.statistics = Conversations(store), Statistics(store)
        chain = FallbackChain([*responders, RuleBasedFallback()])
        self.heard = Heard()
        self.table = LedgerTable(store)
        ledger = Ledger(self.table, Clock())
        turns = Turns(self.conversations, Album())
        self.asking = Asking(chain, turns, self.statistics, ledger, self.heard)

    def ask(self, text="hi", **options):
        head = self.conversations.head(CHAT)
        said = Said(CHAT, text, head, **options)
        return list(self.asking.ask(said, Question(text)))


def test_an_answer_becomes_a_turn_with_what_was_said():
    """A follow-up question would not know it."""
    model = Model(TextDelta("U"), TextDelta("p"), ANSWER)
    bench = Bench(model)
    *_, first = bench.ask("one")
    *_, second = bench.ask("two")
    assert bench.conversations.recall(first.turn) == Recalled((Turn("one", "Up"),), THREAD)
    assert model.questions[1].history == (Turn("one", "Up"),)
    assert model.questions[1].thread == THREAD
    assert second.turn > first.turn
    assert first.text == "Up\n\n💡 Powered by LMStudio GLM"


def test_after_a_fallback_answer_the_model_is_told_of_it():
    """The model would contradict what the rules have just said."""
    model = Model(ANSWER)
    bench = Bench(model)
    bench.ask("one")
    model.available = False
    *_, fallback = bench.ask("two")
    assert "(LMStudio unavailable)" in fallback.text
    model.available = True
    bench.ask("three")
    question = model.questions[-1]
    assert [turn.question for turn in question.history] == ["one", "two"]
    assert question.thread == ServerThread("http://s", "r1", unseen=1)


@pytest.mark.parametrize(
    ("responder", "fallback_rate", "error_rate"),
    [
        (Model(ANSWER), 0, 0),
        (Model(GiveUpError("no"), name="lmstudio"), 1, 1),
        (Model(UnavailableError("refused")), 1, 1),
        (Model(Finished("Hello!", "mock"), name="mock"), 0, 0),
    ],
    ids=["model", "failing", "gone", "mock"],
)
def test_statistics_tell_who_answered(responder, fallback_rate, error_rate):
    """/status would show that all is well while the last resort speaks."""
    bench = Bench(responder)
    bench.ask()
    rates = bench.statistics.rates(0)
    assert rates.total == 1
    assert (rates.fallback_rate, rates.error_rate) == (fallback_rate, error_rate)


def test_a_reset_takes_back_what_was_said():
    """The beginning of a failed answer would stand above the next one."""
    bench = Bench(Model(TextDelta("half"), GiveUpError("broke off")))
    events = bench.ask()
    assert events[:3] == [
        TextDelta("half"),
        TextReset(),
        FellBack("lmstudio", "broke off", Cause.REFUSED),
    ]
    assert "half" not in events[-1].text
    assert bench.heard.events[:3] == events[:3]


@pytest.mark.parametrize(
    ("spoken", "text", "turns"),
    [([], STOPPED, 0), (["Up, "], f"Up,\n\n{STOPPED}", 1), (["a", "b"], f"ab\n\n{STOPPED}", 1)],
)
def test_a_stopped_answer_keeps_what_is_there(spoken, text, turns):
    """What was read already would vanish, or count as a failure."""
    stop = Stop()
    bench = Bench(Model(*map(TextDelta, spoken), stop.request, ANSWER))
    *_, last = bench.ask(stop=stop)
    assert (last.text, last.stopped) == (text, True)
    assert len(bench.conversations.recall(last.turn).turns) == turns
    assert bench.statistics.rates(0).total == 0


@pytest.mark.parametrize(
    ("responders", "note"),
    [
        ([Model()], ""),
        ([Model(available=False)], " (LMStudio unavailable)"),
        ([], "⚠️ Note: Using rule-based analysis"),
    ],
    ids=["connected", "down", "not configured"],
)
def test_a_panel_says_at_once_whether_it_is_all(responders, note):
    """A person would wait for a model that is known to be down."""
    panel = Bench(*responders).asking.as_known_now("panel")
    assert panel.startswith("panel")
    assert panel.endswith(note)
    assert (panel == "panel") is (note == "")


def test_an_analysis_is_kept_with_its_age(monkeypatch):
    """The second person would wait for what the first one has just read, or not see its age."""
    now = [0.0]
    monkeypatch.setattr(asking_module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    model = Model(replace(ANSWER, usage=Usage(7, 2)))
    bench = Bench(model)
    costs = []

    data = SimpleNamespace(evidence=SimpleNamespace(confidence=None))

    def analyse(candle, fresh=False, problems=(), verdict="HOLD (Low)"):
        report = SimpleNamespace(
            title="BTC/USDT (4h, Binance)", symbol="BTC/USDT", last_candle=candle, data=data,
            exchange_id="", signal=None, missing="", verdict=verdict,
        )  # fmt: skip
        findings = Findings((report,), problems)
        question = Question("BTC/USDT 4h", Kind.ANALYSIS, "64,812")
        said = Said(CHAT, "/analyze")
        *_, last = bench.asking.analyse(said, question, findings, model="GLM", fresh=fresh)
        costs.append(last.usage)
        return last.text

    first = analyse(1)
    now[0] = 60
    assert analyse(1) == f"{first}\n🕐 Written 1 min ago"
    assert costs == [Usage(7, 2), Usage()]
    assert [analyse(2), analyse(1, fresh=True)] == [first, first]
    assert len(model.questions) == 3
    # The panel above it says so as well.
    assert "Rules: BTC/USDT (4h, Binance): BUY (Medium) ·" in analyse(1, verdict="BUY (Medium)")
    assert len(model.questions) == 4
    assert "⚠️ no HYPE" in analyse(1, problems=("no HYPE",))
    assert "HYPE" not in analyse(1)


def test_an_empty_answer_is_no_turn():
    """The model would be told of a question that was never answered."""
    stop = Stop()
    bench = Bench(Model(stop.request, ANSWER))
    *_, last = bench.ask(stop=stop)
    assert last.turn == 0
    assert bench.conversations.head(CHAT) == 0


def test_the_kind_of_a_question_decides_about_its_note():
    """An analysis by the rules would be called an answer."""
    bench = Bench()
    (*_, last) = bench.asking.ask(Said(CHAT, "x"), Question("BTC/USDT 1h", Kind.ANALYSIS))
    assert last.text.endswith("Note: Using rule-based analysis")


VERDICT = "It rises.\n\nSignal: BUY\nConfidence: High"


@pytest.mark.parametrize(
    ("answers", "sources"),
    [
        ([Finished(VERDICT, "lmstudio", "glm", key="zai-org/glm")], {RULES, "zai-org/glm"}),
        ([Finished(VERDICT, "openai", "gpt")], {RULES, "gpt"}),
        ([Finished("It rises.", "lmstudio", "glm", key="zai-org/glm")], {RULES}),
        ([Finished("Signal: BUY or HOLD\nConfidence: Low", "lmstudio", "glm")], {RULES}),
        ([Finished(VERDICT, "mock")], {RULES}),
        ([TextDelta(VERDICT), StoppedError()], {RULES}),
    ],
    ids=["key", "name", "no verdict", "unclear", "no model", "stopped"],
)
@pytest.mark.parametrize("kind", Kind)
def test_each_signal_that_is_shown_is_noted(answers, sources, kind):
    """Nobody would know later which of them were right, the model's or the rules'."""
    bench = Bench(Model(*answers, name="mock" if "mock" in str(answers) else "lmstudio"))
    shown, missing = report(), Report(Request("X", "USDT", "4h"), "p", "b", "HOLD", missing="gone")
    for findings in (Findings((shown,)), Findings((missing,)), Findings()):
        list(bench.asking.ask(Said(CHAT, "/analyze"), Question("BTC", kind), findings))
    assert {row.source for row in bench.table.latest(99, ALL)} == sources
    assert {row.candle for row in bench.table.latest(99, ALL)} == {shown.last_candle}


def test_each_market_of_a_comparison_is_noted():
    """Signals of a comparison would count for nobody."""
    eth = "**BTC/USDT**\nSignal: BUY\nConfidence: Low\n\n**ETH/USDT**\nSignal: HOLD"
    bench = Bench(Model(Finished(eth, "lmstudio", "glm")))
    btc = report()
    candles = replace(btc.data.candles, symbol="ETH/USDT")
    other = replace(btc, data=replace(btc.data, candles=candles))
    findings = Findings((btc, other))
    list(bench.asking.ask(Said(CHAT, "x"), Question("x", Kind.ANALYSIS), findings))
    found = {(row.symbol, row.source): row.signal for row in bench.table.latest(99, ALL)}
    signal = btc.signal.value
    assert found == {
        ("BTC/USDT", RULES): signal, ("ETH/USDT", RULES): signal, ("BTC/USDT", "glm"): "BUY",
    }  # fmt: skip
