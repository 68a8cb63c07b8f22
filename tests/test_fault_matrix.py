"""Every failure of a model server with every failure of Telegram, whatever is sent.

That is a question, an analysis, a picture with a caption, or a file.

One bot answers all cells side by side, each in a chat of its own: what Telegram does wrong is
scripted for that chat, and what the model does wrong is known from the conversation that it is
given. The breaker is kept from opening, because it would spare most cells the model's failure.

Every fifth pair of failures, in turn, is what runs by default: `SPARSE` tells which of these are
more than a question. All pairs in all ways: `python3 -m pytest -m long tests/test_fault_matrix.py`.
"""

from __future__ import annotations

import itertools
import re
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from engram.chat import chain
from engram.chat.mock_ai import MockAIAnalyzer
from engram.chat.rules import RuleBasedFallback
from engram.core.events import Turn
from engram.llm.lmstudio import LMStudioClient
from engram.storage.conversations import Conversations
from engram.storage.inbox import Inbox
from engram.storage.store import Store
from engram.telegram import poll
from engram.telegram.access import Access
from engram.telegram.screen import preview
from tests.conftest import make_analyst, make_bot, wait_until
from tests.doubles.lmstudio import Exchange
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.doubles.telegram_files import plain_picture
from tests.doubles.telegram_rules import NOT_MODIFIED
from tests.machine_speed import LONG, ends
from tests.test_crash import is_final
from tests.test_failures import FAILURES, OVER_A_PICTURE, SECRET

FIRST_CHAT = 5000
EVERY = 5
SENDING = ("sendMessage", "sendPhoto")
EDITING = ("editMessageText", "editMessageCaption", "editMessageMedia")
CHAT, ANALYSIS, PICTURE, FILE = "hello", "/analyze BTC 4h", "hello (a picture)", "hello (a file)"
KINDS = (CHAT, ANALYSIS, PICTURE, FILE)
WORDS = (CHAT, ANALYSIS)
# Of ten, each tenth cell is an analysis; what else it is by default is a question.
SPARSE = {0: ANALYSIS, 3: PICTURE, 6: FILE, 8: PICTURE}
PANEL = "📊 Market Analysis for "
# An analysis knows nothing of the conversation: the coin says how the model server fails.
MODEL_FAILURES = {**FAILURES, **OVER_A_PICTURE}
COINS = {f"F{number}": name for number, name in enumerate(MODEL_FAILURES)}
# No person should read any of these.
UNFRIENDLY = ("Error", "Traceback", "Exception", "timed out", "127.0.0.1", SECRET[:6], TOKEN[7:])

Failure = Callable[[TelegramDouble, int], None]


def refuse(*methods: str, status: int, why: str | None = None, wait: int | None = None) -> Failure:
    """The first call of each method in the chat is answered with an error."""

    def script(telegram: TelegramDouble, chat: int) -> None:
        for method in methods:
            telegram.fail(method, status, why, wait, chat_id=chat)

    return script


def break_off(*methods: str, how: str, times: int = 1) -> Failure:
    """The first calls of each method in the chat end in a broken connection."""

    def script(telegram: TelegramDouble, chat: int) -> None:
        for method in methods:
            telegram.fail_raw(method, how, times, chat_id=chat)

    return script


def nothing(_telegram: TelegramDouble, _chat: int) -> None:
    """Telegram works, or fails for all chats together."""


def refuse_for_a_second(status: int) -> Failure:
    """Every call of the chat is answered with an error, for a second from the first one on."""
    return lambda telegram, chat: telegram.fail_for(1.0, "*", status, chat_id=chat)


PARSE = "Bad Request: can't parse entities: Unsupported start tag"
TELEGRAM_FAILURES: dict[str, Failure] = {
    "502 page on send": break_off(*SENDING, how="html502"),
    "502 page on edit": break_off(*EDITING, how="html502"),
    "500 on send": refuse(*SENDING, status=500),
    "500 on edit": refuse(*EDITING, status=500),
    "reset on send": break_off(*SENDING, how="reset"),
    "reset on edit": break_off(*EDITING, how="reset", times=2),
    "reply to send lost": break_off(*SENDING, how="reply_lost"),
    "reply to edit lost": break_off(*EDITING, how="reply_lost"),
    "429 on send": refuse(*SENDING, status=429, wait=1),
    "429 on edit": refuse(*EDITING, status=429, wait=1),
    "400 on entities": refuse(*SENDING, *EDITING, status=400, why=PARSE),
    **{
        f"{status} for a second": refuse_for_a_second(status)
        for status in (400, 401, 404, 409, 413, 420)
    },
    "blocked": lambda telegram, chat: telegram.block(chat),
    "message deleted": nothing,
}
# These happen to all chats at the same time.
OUTAGES: dict[str, Callable[[TelegramDouble], None]] = {
    "down for a moment": lambda telegram: (telegram.down(), telegram.up()),
    "getUpdates 409": lambda telegram: telegram.fail("getUpdates", 409, times=3),
    "getUpdates 401": lambda telegram: telegram.fail("getUpdates", 401, times=3),
    "getUpdates 502 page": lambda telegram: telegram.fail_raw("getUpdates", "html502", times=3),
    "getUpdates reply lost": lambda telegram: telegram.fail_raw("getUpdates", "reply_lost", 3),
    "getFile 502 page": lambda telegram: telegram.fail_raw("getFile", "html502", 2),
    "getFile 400": lambda telegram: telegram.fail("getFile", 400, "Bad Request: wrong file_id"),
    "downloads cut": lambda telegram: telegram.fail_raw("file", "cut", 2),
    "downloads reset": lambda telegram: telegram.fail_raw("file", "reset", 2),
}

OF_FILES = ("getFile 502 page", "getFile 400", "downloads cut", "downloads reset")

# These may take a message and lose the reply.
LOSING = {"reply to send lost", "down for a moment"}


@dataclass(frozen=True)
class Cell:
    """What goes wrong in one chat, and what is asked there."""

    chat: int
    model: str
    telegram: str
    text: str

    @property
    def said(self) -> str:
        """What is written in the chat."""
        coin = next((coin for coin, name in COINS.items() if name == self.model), "BTC")
        return f"/analyze {coin} 4h" if self.text == ANALYSIS else CHAT

    def __str__(self) -> str:
        return f"model: {self.model}, Telegram: {self.telegram}, {self.text}"

    @property
    def most(self) -> int:
        """How many messages may stand on screen for the answer alone.

        After a lost reply nobody knows whether the message is there: it is sent once more.
        """
        return 2 if self.telegram in LOSING else 1


def play(exchange: Exchange) -> None:
    """Fails as the conversation says, or the coin."""
    given = exchange.body["input"]
    asked = given if isinstance(given, str) else given[0]["content"]
    coin = re.match(r"Analyse (F\d+)/USDT", asked)
    (name,) = [COINS[coin[1]]] if coin else re.findall(r"the model shall be: \[(.*?)\]", asked)
    failure = MODEL_FAILURES[name]
    (failure if callable(failure) else failure.play)(exchange)


@pytest.fixture
def telegram() -> Iterator[TelegramDouble]:
    """Telegram; after a lost reply the bot edits what is edited already, which does no harm."""
    with TelegramDouble() as double:
        yield double
    assert double.errors == []
    assert [one for one in double.violations if NOT_MODIFIED not in one] == []


@pytest.fixture
def run(telegram, lmstudio, exchange, tmp_path, monkeypatch, caplog):
    """Answer all cells at once, and check what is on their screens."""
    monkeypatch.setattr(chain, "FAILURES", sys.maxsize)
    monkeypatch.setattr(poll, "LONGEST_WAIT", 0.2)
    # Everybody sees the answer grow, so that Telegram's failures meet edits as well.
    monkeypatch.setattr(preview, "PREVIEW_AFTER", 0.0)
    caplog.set_level("INFO", "engram")
    store = Store(tmp_path / "engram.db")
    client = LMStudioClient(
        lmstudio.url, timeout=0.1, max_retries=2, token=SECRET, connect_timeout=LONG, parallel=256
    )
    assert client.probe()

    def answer(cells: list[Cell], outage: Callable[[TelegramDouble], object] | None = None) -> None:
        chats = [cell.chat for cell in cells]
        bot = make_bot(
            telegram,
            *(client, MockAIAnalyzer(make_analyst()), RuleBasedFallback()),
            access=Access(chats, [], store),
            store=store,
            exchange=exchange,
            per_second=1000,
        )
        bot.connect()
        polling = threading.Thread(target=bot.poll, daemon=True)
        polling.start()
        ask(telegram, cells, Conversations(store))
        if outage:
            outage(telegram)
        wait_for_the_end(telegram, cells, Inbox(store))
        bot.stop()
        telegram.stop()
        assert ends(polling, 5)
        problems = [check(cell, telegram) for cell in cells]
        assert not any(problems), "\n\n".join(filter(None, problems))
        gone = caplog.text.count("Telegram refuses it (403)")
        assert gone >= sum(cell.telegram == "blocked" for cell in cells)
        for word in ("Traceback", SECRET[:6], TOKEN[7:]):
            assert word not in caplog.text

    lmstudio.open_eyes()
    assert client.probe()
    exchange.symbols = (*exchange.symbols, *(f"{coin}/USDT" for coin in COINS))
    lmstudio.behave(play)
    yield answer
    store.close()


def ask(telegram: TelegramDouble, cells: list[Cell], conversations: Conversations) -> None:
    """Say in each chat what its cell tells, with the failures prepared."""
    # The same for all: it is opened once, which takes a while.
    picture = telegram.files.keep_photo(plain_picture())
    for cell in cells:
        turn = Turn(f"the model shall be: [{cell.model}]", "so be it")
        conversations.add(str(cell.chat), turn, "mock", None, parent=0, began=0)
        with telegram.lock:
            if cell.text == PICTURE:
                telegram.say(cell.chat, "", photo=picture, caption=cell.said)
            elif cell.text == FILE:
                telegram.send_file(cell.chat, b"a line", cell.said, name="notes.txt")
            else:
                telegram.say(cell.chat, cell.said)
            TELEGRAM_FAILURES.get(cell.telegram, nothing)(telegram, cell.chat)


def wait_for_the_end(telegram: TelegramDouble, cells: list[Cell], inbox: Inbox) -> None:
    """Wait until nothing is left in the inbox; meanwhile people delete what is not complete."""
    deleting = {cell.chat for cell in cells if cell.telegram == "message deleted"}

    def is_over() -> bool:
        for chat in sorted(deleting):
            for shown in telegram.screen(chat):
                if not is_final(shown):
                    telegram.delete(chat, shown.message_id)
                    deleting.discard(chat)
        return not telegram.pending and not inbox.depth

    wait_until(is_over, 60 + len(cells))


def check(cell: Cell, telegram: TelegramDouble) -> str:
    """What is wrong with what stands on the cell's screen; nothing, where all is well."""
    screen = telegram.screen(cell.chat)
    finals = [shown for shown in screen if is_final(shown)]
    rest = [shown.text or shown.caption or "" for shown in screen if shown not in finals]
    panels = [text for text in rest if text.startswith(PANEL)]
    texts = [shown.text or shown.caption or "" for shown in screen]
    unfriendly = [word for word in UNFRIENDLY if any(word in text for text in texts)]
    if cell.telegram == "blocked":
        fine = not screen
    else:
        fine = (
            1 <= len(finals) <= cell.most
            and len(panels) <= (cell.most if cell.text == ANALYSIS else 0)
            and len(rest) - len(panels) <= cell.most - 1
        )
    if fine and not unfriendly:
        return ""
    return f"{cell} {unfriendly}\n{telegram.transcript(cell.chat)}"


def kind_of(model: str, number: int) -> str:
    """What is sent in the cell of that number by default."""
    return PICTURE if model in OVER_A_PICTURE else SPARSE.get(number % 10, CHAT)


def cells_of(*outages: str, whole: tuple[str, ...]) -> list[Cell]:
    """All pairs of failures with each kind that is `whole`, and each in a chat of its own.

    Otherwise each failure of a model server meets every fifth of Telegram's, or one of the outages,
    in turn.
    """
    kinds = OUTAGES if outages else TELEGRAM_FAILURES
    pairs = [
        (model, telegram)
        for n, model in enumerate(FAILURES if whole == WORDS else MODEL_FAILURES)
        for m, telegram in enumerate(kinds)
        if (telegram in outages or not outages) and (whole or (n + m) % EVERY == 0)
    ]
    texts = [
        (model, telegram, text)
        for number, (model, telegram) in enumerate(pairs)
        for text in whole or [kind_of(model, number)]
    ]
    return [Cell(FIRST_CHAT + number, *one) for number, one in enumerate(texts)]


LONG_MARKS = [pytest.mark.long, pytest.mark.timeout(1800)]
SIZES = pytest.mark.parametrize(
    "whole",
    [(), *(pytest.param(one, marks=LONG_MARKS) for one in (WORDS, (PICTURE, FILE)))],
    ids=["pairs", "words", "pictures"],
)


@SIZES
def test_whatever_fails_there_is_one_friendly_answer(run, telegram, lmstudio, measured, whole):
    """Two small failures at the same time would leave somebody with an error, or with nothing."""
    cells = cells_of(whole=whole)
    run(cells)
    scripted = [cell for cell in cells if TELEGRAM_FAILURES[cell.telegram] is not nothing]
    # An answer that comes at once is sent whole: there is no edit that could fail.
    met = sum(telegram.has_failed(cell.chat) for cell in scripted)
    measured(
        "fault matrix",
        f"{len(cells)} of the cells of {len(MODEL_FAILURES)} failures of the model server × "
        f"{len(TELEGRAM_FAILURES)} of Telegram × {len(KINDS)}, "
        f"{sum(c.text == ANALYSIS for c in cells)} of them analyses, "
        f"{sum(c.text == PICTURE for c in cells)} pictures, {sum(c.text == FILE for c in cells)} "
        f"files; "
        f"{met} of {len(scripted)} scripted failures of Telegram were met",
    )
    assert met > len(scripted) / 2
    pictures = sum(c.text == PICTURE for c in cells)
    assert not pictures or sum(map(bool, lmstudio.pictures)) > pictures / 2


@pytest.mark.parametrize("outage", OUTAGES)
@SIZES
def test_an_outage_of_telegram_changes_nothing_in_that(run, telegram, measured, outage, whole):
    """While Telegram is away the answers that are ready would be lost."""
    cells = cells_of(outage, whole=whole)
    run(cells, OUTAGES[outage])
    # Who only says something asks for no files.
    none_met = outage == "down for a moment" or (whole == WORDS and outage in OF_FILES)
    assert none_met or telegram.has_failed(None)
    measured(f"fault matrix, {outage}", f"{len(cells)} cells")


@SIZES
def test_a_model_server_that_is_off_changes_nothing_in_that(run, lmstudio, measured, whole):
    """Whoever has not started LM Studio would be left alone with Telegram's failures."""
    lmstudio.stop()
    both = itertools.product(TELEGRAM_FAILURES, KINDS)
    cells = [
        Cell(FIRST_CHAT + number, "off", telegram, text)
        for number, (telegram, text) in enumerate(both)
        if text in (whole or [kind_of("off", number // len(KINDS))])
    ]
    run(cells)
    measured("fault matrix, model server off", f"{len(cells)} cells")
    lmstudio.start()
