"""Throws broken input at everything that reads what others wrote: `python3 -m tests.fuzz`.

A case is made from a good example by a generator seeded with its number, so that a crash can be
repeated: `python3 -m tests.fuzz --only candles --first 4711 --cases 1`. A crash is an exception
that the reader does not promise to raise, or, in the bot, one that it had to catch as unexpected.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import itertools
import json
import logging
import random
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from engram.chat.mock_ai import MockAIAnalyzer
from engram.config.load import load as load_config
from engram.core.errors import AttachmentError, ConfigError, ExchangeError, ResponderError
from engram.core.events import Finished
from engram.core.stop import Stop
from engram.llm.abilities.listing import read_models
from engram.llm.answer.answer_text import MAX_TEXT, AnswerText
from engram.llm.answer.stream import read_answer
from engram.llm.anthropic import AnthropicClient
from engram.llm.catalogue import listed_models
from engram.llm.lmstudio import LMStudioClient
from engram.llm.openai import OpenAIClient
from engram.llm.sse import DOCUMENT, EventParser, ServerSentEvent
from engram.market.candles import read_candles
from engram.market.evidence import Evidence, Regime
from engram.market.panel.panel import panel
from engram.market.signals import TooFewCandlesError, analyse
from engram.storage.inbox import Inbox
from engram.storage.outbox import Outbox
from engram.storage.store import Store
from engram.storage.watch.tables import WatchTables
from engram.telegram.access import Access
from engram.telegram.screen.ending import MESSAGES as MOST
from engram.telegram.screen.render import pages, shortened
from engram.telegram.sending.egress import Egress
from engram.telegram.unasked.delivery import Delivery
from tests.conftest import ROOT, make_analyst, make_assistant
from tests.damage import BROKEN_TEXT, COLUMNS, damage, fill, update, use
from tests.doubles.exchange import candles
from tests.doubles.telegram_rules import formatted
from tests.fuzz_files import a_file, a_picture
from tests.fuzz_secrets import a_mistyped_secret

SEED = 20261125
# What is written down of the crashes of a target.
SHOWN = 3

Case = Callable[[random.Random], None]
NOT_STUDIED = Evidence(Regime(), 24)

# Making broken input

TEXTS = [
    "", " ", "\0", "\n", "x", "/", "/analyze", "/analyze BTC 4h", "/models", "/stop", "/start x",
    "/think", "/think off", "/size 10000 1% BTC", "/size 1e9 -1%",
    "%s %n {0} {x!r}", "../../etc/passwd", "'; DROP TABLE inbox; --", "\x1b[2J\x1b]0;x\x07",
    "\ud83d", "\ude00x", "💥" * 40, "a" * 5000, "```", "**_[x](", "<think>", "</think>", "\u202e",
    "ﬀ", "1e999", "-0", "NaN", "[DONE]", "BTC/USDT", "e\u0301" * 60, "https://a@b/%00",
]  # fmt: skip
ODD: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**40, 0.5, 1e308, float("nan"),
    float("inf"), [], {}, [[]], {"": {}}, [None], *TEXTS,
]  # fmt: skip


def odd(chance: random.Random) -> Any:
    """A value that hardly any reader expects."""
    return copy.deepcopy(chance.choice(ODD))


def broken(value: Any, chance: random.Random, rate: float) -> Any:
    """`value`, any part of which is replaced, left out or repeated with the probability `rate`."""
    if chance.random() < rate:
        return odd(chance)
    if isinstance(value, dict):
        kept = [(k, v) for k, v in value.items() if chance.random() >= rate / 2]
        return {k: broken(v, chance, rate) for k, v in kept}
    if isinstance(value, list):
        return [
            broken(one, chance, rate)
            for one in value
            for _ in range(chance.choices((1, 0, 2), (1, rate / 4, rate / 4))[0])
        ]
    return value


def scratched(data: bytes, chance: random.Random) -> bytes:
    """`data` with a few bytes changed, taken out, put in, or with its end cut off."""
    scratched = bytearray(data)
    for _ in range(chance.choice((0, 1, 1, 2, 4, 16))):
        at = chance.randrange(len(scratched) + 1)
        stuff = chance.choice(TEXTS).encode("utf-8", "surrogatepass")[:200]
        match chance.randrange(5):
            case 0:
                scratched[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del scratched[at : at + chance.randrange(1, 20)]
            case 2:
                scratched[at:at] = stuff
            case 3:
                scratched[at:at] = scratched[at : at + chance.randrange(50)]
            case _:
                del scratched[len(scratched) - chance.randrange(1, 30) :]
    return bytes(scratched)


def written(chance: random.Random) -> str:
    """A text as nobody writes it."""
    parts = [chance.choice(TEXTS) for _ in range(chance.randrange(1, 6))]
    return chance.choice(("", " ", "\n")).join(parts)


# Telegram: updates and buttons


class NoTelegram(Egress):
    """Takes everything at once."""

    def __init__(self, store: Store) -> None:
        api = MagicMock()
        super().__init__(api, store)
        numbers = itertools.count(1)
        for method in ("send_message", "send_photo", "send_document"):
            getattr(api.bot, method).side_effect = lambda *_, **__: _Message(next(numbers))

    def deliver(self, _chat: int, send: Callable[[], Any], *_: object) -> Any:
        """Done."""
        send()
        yield from ()

    def preview(self, _chat: int, send: Callable[[], Any], *_: object) -> None:
        """Done."""
        send()


class NoFiles:
    """Has no file that anybody sent."""

    def read(self, ref: str, most: int, stop: Stop) -> bytes:
        """None."""
        raise AttachmentError(f"No {ref!r} of {most} bytes.")


@dataclass(frozen=True)
class _Message:
    message_id: int


PERSON = {"id": 5, "is_bot": False, "first_name": "Ann"}
CHAT = {"id": 5, "type": "private", "first_name": "Ann"}
GROUP = {"id": -100, "type": "supergroup", "title": "Traders"}
BOT = {"id": 123456, "is_bot": True, "first_name": "Engram"}
SENT = {"message_id": 9, "from": PERSON, "chat": CHAT, "date": 1}
SAID = {**SENT, "text": "hello"}
PHOTO = {"file_id": "y", "file_unique_id": "z", "width": 1280, "height": 853, "file_size": 9}
UPDATES: list[dict[str, Any]] = [
    {"message": SAID},
    {"message": {**SAID, "text": "/analyze BTC 4h"}},
    {"message": {**SAID, "text": "/models GLM"}},
    {"message": {**SAID, "chat": GROUP, "text": "@engram_test_bot hi", "message_thread_id": 3,
                 "is_topic_message": True}},
    {"message": {**SAID, "chat": GROUP, "reply_to_message": {**SAID, "from": BOT}}},
    {"message": {**SENT, "photo": [{"file_id": "x", "width": 90, "height": 60}, PHOTO],
                 "caption": "look"}},
    {"message": {**SENT, "photo": [PHOTO], "media_group_id": "3"}},
    {"message": {**SENT, "document": {**PHOTO, "file_name": "a.csv", "mime_type": "text/csv"}}},
    {"message": {**SENT, "sticker": {**PHOTO, "is_animated": False, "is_video": False}}},
    {"message": {**SAID, "reply_to_message": {**SENT, "photo": [PHOTO]}}},
    {"message": {**SAID, "external_reply": {"origin": {"sender_user": PERSON}, "photo": [PHOTO]}}},
    {"edited_message": {**SENT, "edit_date": 2, "photo": [PHOTO], "caption": "look again"}},
    {"edited_message": {**SAID, "edit_date": 2, "text": "hello again"}},
    {"stopped_message_generation": {"chat": CHAT, "draft_id": 1}},
]  # fmt: skip
PRESS = {"id": "7", "from": PERSON, "message": {**SAID, "from": BOT}, "data": "/analyze BTC 4h"}


@contextlib.contextmanager
def a_bot(update_of: Callable[[random.Random], dict[str, Any]]) -> Iterator[Case]:
    """The bot takes what `update_of` makes; in the end nothing may be left in its inbox."""
    from engram.storage.conversations import Conversations
    from engram.telegram.bot import TelegramBot
    from engram.telegram.groups import Groups
    from engram.telegram.jobs import JobRunner

    store, caught = Store(None), Caught()
    inbox = Inbox(store)
    egress, assistant = (
        NoTelegram(store),
        make_assistant(MockAIAnalyzer(make_analyst()), store=store),
    )
    access = Access([5, -100], [5], store)
    groups = Groups(egress, access)
    runner = JobRunner(egress, assistant, Conversations(store), groups, "edit")
    runner.answers._files = NoFiles()
    delivery = Delivery(egress, WatchTables(store, Outbox(store)), access)
    bot = TelegramBot(egress, access, inbox, runner, delivery)
    bot._intake.id, bot._intake.name = BOT["id"], "engram_test_bot"
    numbers = itertools.count(1)
    threading.Thread(target=bot._pieces.watch, daemon=True).start()

    def take(chance: random.Random) -> None:
        update = {**update_of(chance), "update_id": next(numbers)}
        # As it comes from Telegram, where there is no other way for it than as JSON.
        update = json.loads(json.dumps(update))
        bot.receive([update])
        while inbox.depth > 200:
            time.sleep(0.001)
        caught.raise_first()

    with caught:
        yield take
        until = time.monotonic() + 30
        while inbox.depth and time.monotonic() < until:
            time.sleep(0.01)
        bot.stop()
        caught.raise_first()
        if inbox.depth:
            raise AssertionError(f"{inbox.depth} updates are left in the inbox")


class Caught(logging.Handler):
    """Raises again, in the case that is running, what was logged as unexpected."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._errors: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the exception of a record that has one."""
        if record.exc_info and record.exc_info[1]:
            self._errors.append(record.exc_info[1])

    def raise_first(self) -> None:
        """Raise the first that was kept, and forget all."""
        errors, self._errors = self._errors, []
        if errors:
            raise errors[0]

    def __enter__(self) -> Caught:
        logging.getLogger("engram").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("engram").removeHandler(self)


def an_update(chance: random.Random) -> dict[str, Any]:
    """Something said, broken or with an odd text."""
    update = copy.deepcopy(chance.choice(UPDATES))
    if chance.random() < 0.3:
        for said in update.values():
            said["text"] = written(chance)
        return update
    made = broken(update, chance, chance.choice((0.02, 0.1, 0.3)))
    return made if isinstance(made, dict) else {"message": made}


def a_press(chance: random.Random) -> dict[str, Any]:
    """A button pressed that the bot has never shown."""
    press = broken(copy.deepcopy(PRESS), chance, chance.choice((0, 0.05)))
    if isinstance(press, dict) and chance.random() < 0.8:
        words = chance.choice(("/analyze", "/refresh", "/models", "/stop", "/x", "", "analyze"))
        press["data"] = f"{words}{chance.choice(('', ' '))}{written(chance)}"
    return {"callback_query": press}


# Model servers

STREAM: list[tuple[str, dict[str, Any]]] = [
    ("chat.start", {"type": "chat.start", "model_instance_id": "m"}),
    ("model_load.start", {"type": "model_load.start"}),
    ("model_load.progress", {"type": "model_load.progress", "progress": 0.4}),
    ("model_load.end", {"type": "model_load.end"}),
    ("prompt_processing.progress", {"progress": 0.7}),
    ("reasoning.start", {}),
    ("reasoning.delta", {"content": "hm"}),
    ("message.start", {}),
    ("message.delta", {"type": "message.delta", "content": "Bitcoin "}),
    ("message.delta", {"type": "message.delta", "content": "is <think>so</think> calm 🚀."}),
    ("error", {"error": {"type": "internal_error", "message": "x"}}),
    ("chat.end", {"result": {"output": [{"type": "message", "content": "Bitcoin is calm."}],
                             "response_id": "resp_1"}}),
]  # fmt: skip
CHUNKS: list[tuple[str, dict[str, Any]]] = [
    ("", {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}),
    ("", {"choices": [{"delta": {"reasoning_content": "hm"}}]}),
    ("", {"choices": [{"delta": {"content": "Bitcoin 🚀"}}]}),
    ("", {"error": {"code": 500, "message": "x"}}),
    ("", {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3}}),
]
MESSAGES: list[tuple[str, dict[str, Any]]] = [
    ("message_start", {"type": "message_start", "message": {"usage": {"input_tokens": 3}}}),
    ("content_block_start", {"type": "content_block_start", "content_block": {"type": "text"}}),
    ("content_block_delta", {"delta": {"type": "text_delta", "text": "Bitcoin 🚀"}}),
    ("content_block_delta", {"delta": {"type": "thinking_delta", "thinking": "hm"}}),
    ("error", {"type": "error", "error": {"type": "overloaded_error", "message": "x"}}),
    ("message_delta", {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}}),
    ("message_stop", {"type": "message_stop"}),
]
MODELS = {
    "models": [
        {"type": "llm", "key": "zai/glm", "params_string": "30B", "quantization": {"name": "Q4"},
         "loaded_instances": [{"id": "x"}]},
        {"type": "embedding", "key": "e"},
    ],
    "data": [{"id": "gpt", "object": "model"}],
}  # fmt: skip
DOCUMENTS: list[dict[str, Any]] = [
    {"output": [{"type": "message", "content": "Hi"}], "response_id": "r", "stats": {}},
    {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}], "usage": {}},
    {"type": "message", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn"},
    {"error": {"message": "x", "type": "invalid_request_error", "code": 400}},
]


def read_all(events: list[ServerSentEvent], which: int) -> None:
    """Read `events` as one of the servers' answers, and have what was said put for Telegram."""
    client = (LMStudioClient, OpenAIClient, AnthropicClient)[which]
    answer = read_answer([events], AnswerText(client.provider.name, "m", "http://x"), client.take)
    with contextlib.suppress(ResponderError):
        for event in answer:
            str(event)
            if isinstance(event, Finished):
                require(0 < len(event.text) <= MAX_TEXT, "an answer of impossible length")
                event.text.encode()


def a_stream(chance: random.Random) -> None:
    """The bytes of a stream, scratched and cut into pieces anywhere."""
    which = chance.randrange(3)
    example = (STREAM, CHUNKS, MESSAGES)[which]
    if chance.random() < 0.7:
        example = [one for one in example if "error" not in one[1]]
    data = b"".join(
        (f"event: {name}\n" if name else "").encode() + f"data: {json.dumps(body)}\n\n".encode()
        for name, body in example
    )
    data = scratched(data + chance.choice((b"", b"data: [DONE]\n\n")), chance)
    parser, events = EventParser(), []
    while data:
        cut = chance.randrange(1, 200)
        events += parser.feed(data[:cut])
        data = data[cut:]
    read_all(events, which)


def a_document(chance: random.Random) -> None:
    """Lists of models, events and whole answers with broken contents."""
    rate = chance.choice((0.02, 0.1, 0.3))
    for read in (read_models, listed_models):
        with contextlib.suppress(ResponderError):
            for model in read(broken(MODELS, chance, rate)):
                str((model.name, model))
    which = chance.randrange(3)
    example = (STREAM, CHUNKS, MESSAGES)[which]
    events = [ServerSentEvent(name, dumped(broken(body, chance, rate))) for name, body in example]
    read_all(events, which)
    whole = broken(chance.choice(DOCUMENTS), chance, rate)
    read_all([ServerSentEvent(DOCUMENT, dumped(whole))], chance.randrange(3))


def dumped(value: Any) -> str:
    """As a server writes it."""
    return json.dumps(value)


MARKS = [
    "**", "_", "`", "```py\n", "\n", "# ", "- ", "| a | b |\n|---|---|\n", "[x](http://y)", "> ",
    "![i](z)", "||", "$x^2$", "\\", "<b>", "&amp;", "1. ", "\t", "---\n", *TEXTS,
]  # fmt: skip


def a_text(chance: random.Random) -> None:
    """A model's Markdown -> messages that Telegram accepts."""
    text = "".join(chance.choice(MARKS) for _ in range(chance.randrange(1, 60)))
    is_growing = chance.random() < 0.4
    for page in pages(text, markdown=chance.random() < 0.8, growing=is_growing):
        page.text.encode()
        formatted(page.text, list(page.entities), 4096, "empty")


# What an answer that floods may take at most, rendered whole.
FLOOD_BYTES = 64_000_000


def a_flood(chance: random.Random) -> None:
    """A model that does not come to an end: at most five messages, in little time and memory."""
    answer = AnswerText("lmstudio", "m", "http://x")
    pieces = [chance.choice((*MARKS, "a ", "7 ", "\\(")) for _ in range(chance.randrange(1, 4))]
    babbles, began = chance.random() < 0.5, time.thread_time()
    for n in range(20_000):
        if answer.closed:
            break
        answer.say(f"{chance.choice(pieces)}{n * n if babbles else ''}")
        # What one read brings is looked at together.
        if chance.random() < 0.3:
            answer.news()
    tracemalloc.start()
    with contextlib.suppress(ResponderError):
        found = answer.finished()
        require(0 < len(found.text) <= MAX_TEXT, "an answer of impossible length")
        shown = shortened(pages(found.text, markdown=True), MOST, "more")
        require(0 < len(shown) <= MOST, f"{len(shown)} messages")
        for page in shown:
            formatted(page.text, list(page.entities), 4096, "empty")
    require(time.thread_time() - began < 20, "it takes long")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    require(peak < FLOOD_BYTES, f"it takes {peak:,} bytes")


# The exchange

ROWS = candles(320, "walk", "1h", end=1_700_000_000)


def a_market(chance: random.Random) -> None:
    """Candles with odd ones among them; whatever is believed can be analysed and written."""
    rows: Any = [list(row) for row in ROWS[chance.choice((0, 0, 0, 100, 310)) :]]
    for _ in range(chance.choice((0, 1, 5, 30, 200))):
        place = chance.randrange(len(rows))
        match chance.randrange(4):
            case 0:
                rows[place] = odd(chance)
            case 1 if isinstance(rows[place], list) and rows[place]:
                rows[place][chance.randrange(len(rows[place]))] = odd(chance)
            case 2 if isinstance(rows[place], list):
                rows[place] = [number_near(value, chance) for value in rows[place]]
            case _:
                rows.insert(chance.randrange(len(rows)), copy.deepcopy(rows[place]))
    if chance.random() < 0.05:
        rows = odd(chance)
    with contextlib.suppress(ExchangeError, TooFewCandlesError):
        found = read_candles(rows, "BTC/USDT", "Binance", "1h", 1_700_000_000)
        require(found.closes_at > 1_700_000_000, "the open candle closes in the past")
        text = panel(analyse(found), found, NOT_STUDIED)
        require("nan" not in text.lower().split(), "a figure is no number")


def number_near(value: Any, chance: random.Random) -> Any:
    """A number in some relation to `value`."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    return chance.choice((value, value, -value, value * 1e-12, value * 1e6, 0, value + 1, 1e-320))


# The configuration


def a_configuration() -> AbstractContextManager[Case]:
    """config.ini and .env, scratched."""

    @contextlib.contextmanager
    def make() -> Iterator[Case]:
        example = (ROOT / "config.ini").read_bytes()
        secrets = b"TELEGRAM_BOT_TOKEN=123456:" + b"A" * 35 + b"\nTELEGRAM_CHAT_ID=5, -6\n"
        with tempfile.TemporaryDirectory() as folder:

            def load(chance: random.Random) -> None:
                lines = example.splitlines(keepends=True)
                for _ in range(chance.choice((0, 1, 3))):
                    name, sign, _ = chance.choice(lines).partition(b"=")
                    value = str(odd(chance)).encode("utf-8", "replace")
                    lines.insert(chance.randrange(len(lines)), name + sign + value + b"\n")
                Path(folder, "config.ini").write_bytes(scratched(b"".join(lines), chance))
                Path(folder, ".env").write_bytes(scratched(secrets, chance))
                with contextlib.suppress(ConfigError):
                    found = load_config(Path(folder, "config.ini"), {})
                    str((found, found.allowed_chats, found.path(found.storage.path)))

            yield load

    return make()


# The store


@contextlib.contextmanager
def a_store() -> Iterator[Case]:
    """A store with damaged rows, or damaged anywhere; each costs what is damaged and no more."""
    with tempfile.TemporaryDirectory() as folder:
        example, file = Path(folder, "example.db"), Path(folder, "engram.db")
        fill(example)
        content = example.read_bytes()

        def start(chance: random.Random) -> None:
            for old in Path(folder).glob("engram.db*"):
                old.unlink()
            is_whole = chance.random() < 0.8
            file.write_bytes(content if is_whole else scratched(content, chance))
            spared = chance.choice((1, 2))
            for _ in range(chance.choice((1, 1, 2, 5)) if is_whole else 0):
                table = chance.choice(list(COLUMNS))
                where = f"update_id <> {spared}" if table == "inbox" else "random() % 2"
                value = chance.choice((BROKEN_TEXT, in_a_cell(odd(chance), chance)))
                damage(file, table, chance.choice(COLUMNS[table]), value, where)
            began = time.monotonic()
            with contextlib.closing(Store(file, alone=True)) as store:
                if is_whole:
                    require(not store.warnings, "a damaged row costs the whole store")
                    require(update(spared) in use(store), "a damaged row costs another one")
                    require(not store.trouble, f"it cannot be written: {store.trouble}")
                elif store.file:
                    use(store)
            require(time.monotonic() - began < 30, "a damaged row takes too long")

        yield start


def in_a_cell(value: Any, chance: random.Random) -> Any:
    """`value` as it may stand in a database."""
    if isinstance(value, str):
        data = value.encode("utf-8", "surrogatepass")
        return chance.choice((data, data.decode("utf-8", "replace")))
    if isinstance(value, int):
        return max(-(2**63), min(int(value), 2**63 - 1))
    return value if value is None or isinstance(value, float) else json.dumps(value)


# Running all that


@contextlib.contextmanager
def alone(case: Case) -> Iterator[Case]:
    """A target that needs nothing around it."""
    yield case


TARGETS: dict[str, Callable[[], AbstractContextManager[Case]]] = {
    "updates": lambda: a_bot(an_update),
    "buttons": lambda: a_bot(a_press),
    "streams": lambda: alone(a_stream),
    "model JSON": lambda: alone(a_document),
    "Markdown": lambda: alone(a_text),
    "floods": lambda: alone(a_flood),
    "candles": lambda: alone(a_market),
    "config.ini": a_configuration,
    "secrets": a_mistyped_secret,
    "store": a_store,
    "pictures": lambda: a_picture(scratched),
    "files": lambda: a_file(scratched),
}


@dataclass
class Outcome:
    """How a target fared."""

    cases: int = 0
    seconds: float = 0.0
    crashes: list[str] = field(default_factory=list)


def require(holds: bool, problem: str) -> None:
    """Whatever does not hold is a crash."""
    if not holds:
        raise AssertionError(problem)


def fuzz(target: str, cases: int, first: int = 0) -> Outcome:
    """Run `cases` cases of `target`, from number `first` on."""
    outcome, began = Outcome(cases), time.monotonic()
    number = first
    try:
        with TARGETS[target]() as case:
            for number in range(first, first + cases):
                try:
                    case(random.Random(SEED + number))
                except Exception as err:
                    outcome.crashes.append(f"case {number}: {_told(err)}")
    except Exception as err:
        outcome.crashes.append(f"at the end: {_told(err)}")
    outcome.seconds = time.monotonic() - began
    return outcome


def _told(err: Exception) -> str:
    trace, where = err.__traceback__, ""
    while trace:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(ROOT):
            where = f"{file.relative_to(ROOT)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(err).__name__}: {str(err)[:200]!a} ({where})"


def main() -> int:
    """Print the table; 1 when anything crashed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", choices=TARGETS)
    chosen = parser.parse_args()
    logging.getLogger("engram").addHandler(logging.NullHandler())
    logging.getLogger("engram").propagate = False
    crashed = 0
    print(f"{'target':12} {'cases':>7} {'crashes':>8} {'seconds':>8}")
    for target in [chosen.only] if chosen.only else TARGETS:
        outcome = fuzz(target, chosen.cases, chosen.first)
        crashed += len(outcome.crashes)
        print(
            f"{target:12} {outcome.cases:7} {len(outcome.crashes):8} {outcome.seconds:8.1f}",
            flush=True,
        )
        for crash in outcome.crashes[:SHOWN]:
            print(f"    {crash}")
    return 1 if crashed else 0


if __name__ == "__main__":
    sys.exit(main())
