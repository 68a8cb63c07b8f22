"""What many tests share: the doubles, and the launcher as a process of its own."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from engram.chat.asking import Asking
from engram.chat.assistant import Assistant
from engram.chat.chain import FallbackChain, Responder
from engram.chat.handlers.parts import Parts
from engram.chat.sent.album import Album
from engram.chat.turns.turns import Turns
from engram.config.settings import ExchangeSettings, MarketSettings
from engram.core.clock import Clock
from engram.core.lru import LRUCache
from engram.core.model import Model, ServerStatus, Status, Thinking
from engram.llm.servers import CLIENTS, Servers
from engram.market.analyst import Analyst
from engram.market.feed import Feed
from engram.market.source.candle_source import CandleSource
from engram.storage.conversations import Conversations
from engram.storage.inbox import Inbox, identity_of
from engram.storage.outbox import Outbox
from engram.storage.statistics import Statistics
from engram.storage.store import Store
from engram.storage.watch.ledger_table import LedgerTable
from engram.storage.watch.tables import WatchTables
from engram.telegram.access import Access
from engram.telegram.bot import TelegramBot
from engram.telegram.groups import Groups
from engram.telegram.jobs import JobRunner
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.egress import Egress
from engram.telegram.unasked.delivery import Delivery
from engram.watch.arming.desk import Desk
from engram.watch.latest import Latest
from engram.watch.ledger.ledger import Ledger
from tests.adjustable_clock import AdjustableClock
from tests.doubles.anthropic import AnthropicDouble
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.lmstudio import LMStudioDouble
from tests.doubles.model_server import ModelServerDouble
from tests.doubles.openai import OpenAIDouble
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.doubles.telegram_rules import NOT_MODIFIED
from tests.forked import HAS_FORKS, Forked
from tests.machine_speed import LONG, IdleClock, ends, exit_code, slowness, within

ROOT = Path(__file__).parent.parent
OWNER = 1007321485
# To load ccxt and to ask an exchange takes about a second on an idle machine, and may take five.
TOO_SLOW = 3.0
# What has a process be measured, where this one is.
COVERAGE = {name: text for name, text in os.environ.items() if name.startswith("COVERAGE_PROCESS")}


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[str, str], None]:
    """Note a figure, which is printed at the end of the run: times are told, not asserted."""

    def note(what: str, value: str) -> None:
        record_property("measured", f"{what}: {value}")

    return note


@pytest.fixture
def idle_clock() -> Iterator[IdleClock]:
    """A clock that counts what a busy machine does in a second as less than one."""
    with IdleClock() as clock:
        yield clock


def pytest_configure() -> None:
    """Let Ctrl-C reach the processes that tests start: a job in the background ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Have coverage measure the processes of tests that are marked `covered`, and of no others.

    To start takes a measured process twice as long, and hundreds start in the same way.
    """
    for name in COVERAGE:
        os.environ.pop(name, None)
    if item.get_closest_marker("covered"):
        os.environ.update(COVERAGE)


@pytest.hookimpl(hookwrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keep thousands of tests, which stay to the end, out of each collection of garbage."""
    gc.disable()
    yield
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the modules whose tests mostly wait, for processes, among those that compute.

    Otherwise all that compute come first, and at the end the processor waits with all the others.
    Those that wait come in the order of Z to A, because the longest of them are about watching.
    """
    modules: dict[Path, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.path, []).append(item)
    waiting = [path for path in modules if path.parent == ROOT / "tests"]
    places: dict[Path, float] = {}
    for kind in ([*reversed(waiting)], [path for path in modules if path not in waiting]):
        done = [*accumulate((len(modules[path]) for path in kind), initial=0)]
        places.update((path, before / done[-1]) for path, before in zip(kind, done, strict=False))
    items[:] = [item for path in sorted(modules, key=places.__getitem__) for item in modules[path]]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured, in whichever worker."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    lines = [value for one in reports for name, value in one.user_properties if name == "measured"]
    if lines:
        terminalreporter.section("measured")
    for line in lines:
        terminalreporter.line(str(line))


def make_source(exchange: ExchangeDouble | None = None) -> CandleSource:
    """Candles of the double as the only exchange, or no market data."""
    settings = MarketSettings(exchange=("binance",) if exchange else ())
    special = {"binance": ExchangeSettings(api_url=exchange.url)} if exchange else {}
    return CandleSource(settings, special, LRUCache(10), LONG)


def make_analyst(
    exchange: ExchangeDouble | None = None, source: CandleSource | None = None
) -> Analyst:
    """An analyst with the double as its only exchange, or without market data."""
    settings = MarketSettings()
    source = source or make_source(exchange)
    return Analyst(source, settings.quote, settings.timeframe, settings.horizon)


class StubServers:
    """Model servers that are there and have `found`, as the assistant sees them."""

    def __init__(self, *found: Model, status: Status = Status.CONNECTED) -> None:
        self.found = found
        self.now = status
        self.can_think = Thinking("GLM-4.7-flash", server="LM Studio")

    def status(self) -> ServerStatus:
        """Their status."""
        return ServerStatus(self.now, "LMStudio", "GLM-4.7-flash")

    def model(self) -> str:
        """The configured model."""
        return "GLM-4.7-flash"

    def models(self) -> tuple[Model, ...]:
        """What can be chosen."""
        return self.found

    def find(self, name: str) -> tuple[Model, ...]:
        """Those of them whose key, name or tag it is."""
        return tuple(one for one in self.found if name in (one.key, one.name, one.tag))

    def thinking(self, _chosen: str = "") -> Thinking:
        """How much the model can be asked to think."""
        return self.can_think

    def seeing(self) -> tuple[Model, ...]:
        """Those that can look at pictures."""
        return tuple(one for one in self.found if one.vision)

    def ambiguity(self) -> str:
        """Whether the configured name is clear."""
        return ""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store in a file of its own."""
    made = Store(tmp_path / "engram.db")
    yield made
    made.close()


@pytest.fixture
def probing() -> Iterator[Callable[[Servers], Servers]]:
    """Servers handed to it are looked for until the test ends, and no longer."""
    started: list[Servers] = []

    def until_the_end(servers: Servers) -> Servers:
        started.append(servers)
        return servers

    yield until_the_end
    for servers in started:
        for health in servers.health:
            health.stop()
    # What a probe under way has still to say belongs to this test.
    for thread in threading.enumerate():
        if thread.name == "health":
            assert ends(thread, 10)


def make_assistant(
    *responders: Responder,
    exchange: ExchangeDouble | None = None,
    store: Store | None = None,
    servers: StubServers | None = None,
    waiting: Callable[[], int] = lambda: 0,
) -> Assistant:
    """An assistant that asks `responders`, remembering in memory unless a store is given."""
    store = store or Store(None)
    conversations, statistics = Conversations(store), Statistics(store)
    ledger, source = Ledger(LedgerTable(store), Clock()), make_source(exchange)
    album = Album()
    parts = Parts(
        Asking(FallbackChain(responders), Turns(conversations, album), statistics, ledger),
        make_analyst(source=source),
        servers or StubServers(),
        conversations,
        statistics,
        ledger,
        make_desk(store, source),
        album,
        waiting,
    )
    return Assistant(parts)


def make_desk(store: Store, source: CandleSource) -> Desk:
    """What people arm, with alerts in `store` and prices from `source`."""
    tables, clock = WatchTables(store, Outbox(store)), Clock()
    analyst, identity = Analyst(source, "USDT", "4h", 24), partial(identity_of, store)
    return Desk.of(tables, Feed(source), analyst, clock, Latest(), identity)


def make_bot(
    telegram: TelegramDouble,
    *responders: Responder,
    access: Access | None = None,
    store: Store | None = None,
    exchange: ExchangeDouble | None = None,
    per_second: int = 30,
    stream: str = "edit",
) -> TelegramBot:
    """The bot on the double, with answers by `responders`; OWNER may speak to it."""
    store = store or Store(None)
    egress = Egress(BotApi(TOKEN, telegram.url), store, per_second)
    assistant = make_assistant(*responders, exchange=exchange, store=store)
    access = access or Access([OWNER], [OWNER], store)
    groups = Groups(egress, access)
    delivery = Delivery(egress, WatchTables(store, Outbox(store)), access)
    talk = (assistant, Conversations(store), groups, stream)
    runner = JobRunner(egress, *talk, delivery.answered)
    held = assistant._parts.analyst.at_exchanges
    return TelegramBot(egress, access, Inbox(store), runner, delivery, at_exchanges=held)


def wait_until(holds: Callable[[], object], timeout: float) -> None:
    """Wait until `holds()` is true, where nothing tells when that may be."""

    def look(moment: float) -> bool:
        until = time.monotonic() + moment
        while not (found := bool(holds())) and time.monotonic() < until:
            time.sleep(0.05)
        return found

    assert within(timeout, look), f"not within {timeout:g} s"


@pytest.fixture
def exchange() -> Iterator[ExchangeDouble]:
    """Binance and Kraken on loopback, with a market that wanders."""
    with ExchangeDouble(shape="walk") as double:
        yield double
    assert double.errors == []


@pytest.fixture
def market(exchange: ExchangeDouble) -> str:
    """The sections of config.ini for that exchange as Binance."""
    return f"[market]\nexchange = binance\n[binance]\napi_url = {exchange.url}\n"


@pytest.fixture
def lmstudio() -> Iterator[LMStudioDouble]:
    """A model server on loopback; a bug in the double itself fails the test."""
    with LMStudioDouble() as double:
        yield double
    assert double.errors == []


@pytest.fixture
def openai() -> Iterator[OpenAIDouble]:
    """A server on loopback that speaks OpenAI's chat completions."""
    with OpenAIDouble() as double:
        yield double
    assert double.errors == []


@pytest.fixture
def anthropic() -> Iterator[AnthropicDouble]:
    """A server on loopback that speaks Anthropic's Messages API."""
    with AnthropicDouble() as double:
        yield double
    assert double.errors == []


@pytest.fixture(params=CLIENTS)
def server_name(request: pytest.FixtureRequest) -> str:
    """The name of each model server in turn."""
    return str(request.param)


@pytest.fixture
def double(request: pytest.FixtureRequest, server_name: str) -> ModelServerDouble:
    """The model server of that name."""
    found: ModelServerDouble = request.getfixturevalue(server_name)
    return found


@pytest.fixture
def twice_edited_telegram() -> Iterator[TelegramDouble]:
    """Telegram; a message may be edited to what it says already, and nothing else is forgiven.

    A process that was killed, or lost a reply, leaves that to be done once more.
    """
    with TelegramDouble() as double:
        yield double
    assert double.errors == []
    assert [one for one in double.violations if NOT_MODIFIED not in one] == []


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[TelegramDouble]:
    """Telegram on loopback; anything the real one would refuse fails the test."""
    made: list[Egress] = []
    construct = Egress.__init__

    def noted(self: Egress, *arguments: Any, **options: Any) -> None:
        construct(self, *arguments, **options)
        made.append(self)

    monkeypatch.setattr(Egress, "__init__", noted)
    with TelegramDouble() as double:
        yield double
        # telebot knows one address in a process: late calls would reach the double of another test.
        for egress in made:
            egress.stop()
    assert double.errors == []
    assert double.violations == []


class Launcher:
    """`launcher.py` as a process, with a configuration of its own in `folder`.

    An `unpaced` bot keeps no pace in a chat; one that is `skewed` has a clock that can be set. What
    an `adjusted` one does unasked goes by `clock`. A panel of an `awaiting` one has daily signals.
    """

    def __init__(self, folder: Path, config: str, env: str = "", *, unpaced: bool = False) -> None:
        self.folder = folder
        self._unpaced = unpaced
        self.skewed = self.adjusted = self.awaiting = False
        (folder / "config.ini").write_text(config, encoding="utf-8")
        (folder / ".env").write_text(env, encoding="utf-8")
        self.process: subprocess.Popen[str] | Forked | None = None
        self.lines: list[str] = []
        self._grown = threading.Condition()

    @property
    def clock(self) -> AdjustableClock:
        """What an adjusted bot does unasked goes by this."""
        return AdjustableClock(self.folder / "clock.json")

    def start(self, *arguments: str, patient: bool = False) -> Launcher:
        """Start it and read its output in the background."""
        command = launcher_command(
            *("--config", "config.ini", *arguments),
            patient=patient,
            awaiting=self.awaiting,
            unpaced=self._unpaced,
            skewed=self.skewed,
            adjusted=self.adjusted,
        )
        self.process = self._started(command)
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def _started(self, command: Sequence[str]) -> subprocess.Popen[str] | Forked:
        """A new process; a fork where nobody looks at its start: not for what is measured."""
        if HAS_FORKS and not COVERAGE.keys() & os.environ.keys():
            return Forked(command, self.folder, clean_environment())
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def wait_for(self, text: str, timeout: float = 30) -> None:
        """Wait until a line of the output contains `text`."""

        def look(moment: float) -> bool:
            with self._grown:
                return self._grown.wait_for(
                    lambda: any(text in line for line in self.lines), moment
                )

        assert within(timeout, look), f"{text!r} is not in:\n{self.output}"

    def stop(self, number: int = signal.SIGTERM, timeout: float = 10) -> int:
        """Send a signal and wait for the end; the exit code is returned."""
        if os.name == "nt":
            pytest.skip("a process on Windows can only be killed")
        assert self.process is not None
        self.process.send_signal(number)
        return exit_code(self.process, timeout)

    @property
    def output(self) -> str:
        """All that it has printed."""
        return "".join(self.lines)

    @property
    def log(self) -> str:
        """All that it has logged."""
        return (self.folder / "logs" / "bot_runner.log").read_text(encoding="utf-8")

    def _read(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                with self._grown:
                    self.lines.append(line)
                    self._grown.notify_all()


def launcher_command(
    *arguments: str,
    patient: bool = False,
    awaiting: bool = False,
    unpaced: bool = False,
    skewed: bool = False,
    adjusted: bool = False,
) -> list[str]:
    """The command that starts `launcher.py`.

    When the machine is so slow that market data could not come in the five seconds that a person
    waits for it, it gets longer, as with `patient`.
    """
    patient = patient or slowness() >= TOO_SLOW
    leniences = {"patient": patient, "awaiting": awaiting, "unpaced": unpaced, "skewed": skewed}
    leniences["adjusted"] = adjusted
    wanted = ",".join(name for name, is_wanted in leniences.items() if is_wanted)
    program = ["tests/lenient_launcher.py", wanted] if wanted else ["launcher.py"]
    return [sys.executable, str(ROOT / program[0]), *program[1:], *arguments]


def clean_environment() -> dict[str, str]:
    """The environment without what would configure the bot, or have each process compile it."""
    secret = ("TELEGRAM_", "LM_API_", "OPENAI_", "ANTHROPIC_", "PYTHONIOENCODING")
    unwanted = (*secret, "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


@pytest.fixture
def launcher(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Launcher]]:
    """Make a `Launcher` from config.ini's text and .env's.

    In a module that is marked `unpaced`, the bot keeps no pace in a chat. It is asked to leave at
    the end, since a killed one takes what coverage measured with it.
    """
    made: list[Launcher] = []
    unpaced = request.node.get_closest_marker("unpaced") is not None

    def make(config: str, env: str = "", folder: Path = tmp_path) -> Launcher:
        made.append(Launcher(folder, config, env, unpaced=unpaced))
        return made[-1]

    yield make
    for one in made:
        if one.process and one.process.poll() is None:
            try:
                if os.name != "nt":
                    one.stop()
            finally:
                one.process.kill()


@pytest.fixture
def bot(
    launcher: Callable[..., Launcher], telegram: TelegramDouble, lmstudio: LMStudioDouble
) -> Callable[..., Launcher]:
    """Start the bot against both doubles.

    More lines for `[lmstudio]` and `[telegram]` may be given, and sections to stand after them.
    """

    def start(
        more: str = "",
        after: str = "",
        telegram_keys: str = "",
        env: str = "",
        patient: bool = False,
    ) -> Launcher:
        market = "" if "[market]" in after else "[market]\nexchange =\n"
        config = (
            f"[telegram]\napi_url = {telegram.url}\n{telegram_keys}\n{market}"
            f"[lmstudio]\nurl = {lmstudio.url}\nprobe_interval = 0.2\n{more}\n{after}\n"
        )
        env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n{env}"
        started = launcher(config, env).start(patient=patient)
        started.wait_for("Bot is running and listening for messages...")
        return started

    return start
