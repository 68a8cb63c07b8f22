"""A folder of the first edition goes on: its store, its config.ini, and what was on screen.

`fixtures/first_edition` is what a bot left behind that was killed in the middle of five questions;
its README tells how it was made. Nothing here knows the package: it is what people have installed.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import Launcher, wait_until
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.lmstudio import Answer, LMStudioDouble, Status, model
from tests.doubles.lmstudio_behaviours import Exchange
from tests.doubles.model_server import Received
from tests.doubles.openai import OpenAIDouble
from tests.doubles.server import Connection, LoopbackServer, Request
from tests.doubles.telegram import TelegramDouble
from tests.doubles.telegram_api import Chat, Shown
from tests.doubles.telegram_rules import NOT_MODIFIED
from tests.machine_speed import LONG, exit_code, within

LEFT = Path(__file__).parent / "fixtures" / "first_edition"
STORE = "data/engram.db"
RUNNING = "Bot is running and listening for messages..."
MINUTE = 60.0
PATIENCE = 20.0

OWNER, BEN, TRADERS, ROOM, STRANGER = (
    1007321485,
    2083114976,
    -1001893345020,
    -1001777000111,
    5550100,
)
ANN, TOPIC = 51, 3
# What is not answered yet, as the model is asked it, and where.
OPEN = {
    "and which chapter?": ROOM,
    "What would change your mind?": OWNER,
    "how is open interest read?": TRADERS,
    "ETH/USDT": BEN,
    "Say it in one sentence.": OWNER,
}
# The messages that were on screen for some of them, and the panel of Ben's analysis.
PREVIEWS = {"and which chapter?": 36, "how is open interest read?": 39}
PANEL = 41
# What the owner and Ben were answered earlier, and the chart of an earlier analysis.
OLD_ANSWER, LAST_ANSWER, BENS_ANSWER, OLD_PANEL = 9, 11, 18, 13
ASKED_HERE = ("Why there?", "Is it the same model?", "What is a drawdown?", "Take your time.")
FAILS, TAKES_TIME = ASKED_HERE[2:]


class Pings(LoopbackServer):
    """The service that is to be told that the bot works."""

    paths: tuple[str, ...] = ()

    def respond(self, connection: Connection, request: Request) -> None:
        """Thanks for the ping."""
        with self.changed:
            self.paths += (request.path,)
            self.changed.notify_all()
        connection.reply(200, b"OK", "text/plain")


class Edition:
    """The folder in use again: today's bot, and the world around it as it was left."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.go = threading.Event()
        self._said: set[str] = set()
        self._is_stuck = False
        self.telegram = stack.enter_context(TelegramDouble())
        models = [
            model("mistralai/mistral-small-3.2", loaded=True),
            model("zai-org/glm-4.7-flash", loaded=True, reasoning=True),
            model("qwen/qwen3-8b", reasoning=True),
        ]
        self.lmstudio = stack.enter_context(LMStudioDouble(models, token="lm-made-up-for-tests"))
        self.openai = stack.enter_context(OpenAIDouble(token="sk-made-up-for-tests"))
        self.exchange = stack.enter_context(ExchangeDouble(shape="walk"))
        self.pings = stack.enter_context(Pings())
        self.metrics_port = free_port()
        self.lmstudio.behave(self._think)
        self.openai.behave(Answer("OpenAI knows."))
        self.answers_before = self._put_back()
        self.bot = Launcher(folder, self._today((LEFT / "config.ini").read_text("utf-8")), _env())

    def start(self) -> None:
        """Start today's bot."""
        self.bot.lines.clear()
        self.bot.start().wait_for(RUNNING)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What the bot's file holds now."""
        with closing(sqlite3.connect(self.folder / STORE, timeout=10)) as db:
            return db.execute(sql, values).fetchall()

    def answered(self, question: str, chat: int) -> Shown:
        """The model's answer to `question`, once it is complete."""
        start, end = f"Answer to: {question}", "💡 Powered by"
        shown = self.telegram.wait_for(
            lambda: next((s for s in self._with(chat, start) if end in str(s.text)), None),
            PATIENCE,
        )
        assert shown is not None
        return shown

    def ask(self, question: str, chat: int, **options: Any) -> Shown:
        """The answer to `question`, which is asked after all that was open, and only once."""
        self.settle()
        if question not in self._said:
            self._said.add(question)
            self.telegram.say(chat, question, **options)
        return self.answered(question, chat)

    def settle(self) -> None:
        """Wait until nothing is left to do; what was in vain once is not waited for again."""
        assert not self._is_stuck, "not everything that was open could be done"
        self._is_stuck = True
        wait_until(lambda: not self.open(), PATIENCE)
        self._is_stuck = False

    def open(self) -> int:
        """How many messages are not done."""
        ((count,),) = self.rows("SELECT count(*) FROM inbox WHERE state <> 'sent'")
        return int(count)

    def times_on_screen(self, question: str) -> int:
        """How many messages answer it."""
        return len(self._with(OPEN[question], f"Answer to: {question}"))

    def asked(self, question: str) -> list[Received]:
        """The requests to the model in which `question` is what is asked."""
        return [chat for chat in self.lmstudio.chats if _question(chat.body["input"]) == question]

    def thread_of(self, chat: int, message: int) -> str:
        """What LM Studio called the conversation up to the answer `message`."""
        sql = "SELECT thread FROM turns JOIN messages m ON turn = number WHERE m.chat = ? AND "
        ((thread,),) = self.rows(f"{sql} message = ?", str(chat), message)
        return str(thread)

    def _with(self, chat: int, text: str) -> list[Shown]:
        return [one for one in self.telegram.screen(chat) if text in (one.text or "")]

    def _think(self, exchange: Exchange) -> None:
        question = _question(exchange.body["input"])
        if question == FAILS:
            return Status(404).play(exchange)
        if question == TAKES_TIME:
            exchange.event("chat.start", model_instance_id=exchange.model)
            within(20, self.go.wait)
        Answer(f"Answer to: {question}", delay_between=0.1).play(exchange)

    def _today(self, text: str) -> str:
        """`text` with the addresses where the doubles are."""
        for old, new in {
            "http://127.0.0.1:8081": self.telegram.url,
            "http://127.0.0.1:1234": self.lmstudio.url,
            "http://127.0.0.1:4000": self.openai.url,
            "http://127.0.0.1:8443": self.exchange.url,
            "http://127.0.0.1:8082": self.pings.url,
            "port = 9464": f"port = {self.metrics_port}",
        }.items():
            text = text.replace(old, new)
        return text

    def _put_back(self) -> int:
        """Everything as it was a minute after the bot was killed; returns the number of answers."""
        (self.folder / STORE).parent.mkdir()
        shutil.copyfile(LEFT / "store.db", self.folder / STORE)
        with closing(sqlite3.connect(self.folder / STORE)) as db, db:
            age_by_a_minute(db)
            for (server,) in db.execute("SELECT DISTINCT server FROM turns").fetchall():
                if server:
                    new = self._today(server)
                    db.execute("UPDATE turns SET server = ? WHERE server = ?", (new, server))
            (count,) = db.execute("SELECT count(*) FROM answers").fetchone()
        screens = json.loads((LEFT / "telegram.json").read_text("utf-8"))
        for chat in screens["chats"]:
            messages = {one["message_id"]: _message(one) for one in chat["messages"]}
            threads = set(chat["threads"])
            left = Chat(chat["chat_id"], chat["kind"], messages=messages, threads=threads)
            self.telegram.remember(left)
        for update in screens["updates"]:
            # Telegram was not told that it arrived, and hands it out once more.
            self.telegram.send_update(update)
        return int(count)


def age_by_a_minute(db: sqlite3.Connection) -> None:
    """Move all times on, so that the last of them is a minute ago."""
    tables = ("kept", "inbox", "turns", "answers")
    newest = max(db.execute(f"SELECT max(at) FROM {name}").fetchone()[0] for name in tables)  # noqa: S608
    later = time.time() - MINUTE - newest
    for name in tables:
        db.execute(f"UPDATE {name} SET at = at + ?", (later,))  # noqa: S608
    for key, value in db.execute("SELECT key, value FROM kept").fetchall():
        if key.startswith("told/"):
            value = str(float(value) + later)
        elif key.startswith("markets/"):
            kept = json.loads(value)
            value = json.dumps(kept | {"at": kept["at"] + later})
        db.execute("UPDATE kept SET value = ? WHERE key = ?", (value, key))


def free_port() -> int:
    """A port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _env() -> str:
    return (LEFT / "dot-env").read_text("utf-8")


def _question(prompt: str) -> str:
    """Which of the questions stands last in the prompt."""
    return max((*OPEN, *ASKED_HERE), key=prompt.rfind)


def _message(kept: dict[str, Any]) -> Shown | dict[str, Any]:
    if not kept.pop("bot", False):
        return kept
    has_photo = kept.pop("photo", False)
    photo = {"photo": b"a chart", "file_id": "of the first edition"} if has_photo else {}
    return Shown(**kept | photo)


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edition]:
    """The folder with today's bot running in it, for all tests of this module."""
    with ExitStack() as stack:
        edition = Edition(tmp_path_factory.mktemp("first_edition"), stack)
        try:
            edition.start()
            yield edition
        finally:
            process = edition.bot.process
            if process and process.poll() is None:
                process.kill()
                exit_code(process, 10)
    doubles = (edition.telegram, edition.lmstudio, edition.openai, edition.exchange, edition.pings)
    assert [error for double in doubles for error in double.errors] == []
    assert [one for one in edition.telegram.violations if NOT_MODIFIED not in one] == []


def test_the_owner_still_owns_the_bot(edition):
    """Whoever sends the newly printed code first would own the bot."""
    assert f"chat_id: {OWNER}" in edition.bot.output
    assert "🔑" not in edition.bot.output
    config = edition.folder / "config.ini"
    text = config.read_text("utf-8")
    config.write_text(text.replace("timeout = 90", "timeout = 80"), "utf-8")
    edition.telegram.wait_for_text(OWNER, "[lmstudio] timeout", PATIENCE)


def test_open_questions_are_answered_once_and_on_the_messages_that_are_there(edition):
    """People would wait for ever for an answer, get it twice, or keep half of one on screen."""
    edition.settle()
    assert {question: edition.times_on_screen(question) for question in OPEN} == dict.fromkeys(
        OPEN, 1
    )
    for question, message in PREVIEWS.items():
        assert edition.answered(question, OPEN[question]).message_id == message
    shown = [one for chat in OPEN.values() for one in edition.telegram.screen(chat)]
    assert "⏹" not in {label for one in shown for label, _ in one.buttons}


def test_an_open_analysis_goes_on_below_its_chart(edition):
    """A second chart would stand below the first one, or one of another market."""
    answer = edition.answered("ETH/USDT", BEN)
    panels = [shown for shown in edition.telegram.screen(BEN) if shown.photo]
    assert [(panel.message_id, panel.edits > 0) for panel in panels] == [(PANEL, True)]
    assert answer.reply_to == PANEL
    assert "Market Analysis for ETH/USDT" in panels[0].caption


def test_a_chat_keeps_the_model_that_it_chose(edition):
    """Somebody's questions would go to another model than the one they chose."""
    assert "qwen3-8b" in edition.ask("Is it the same model?", BEN, first_name="Ben").text
    models = {chat.body["model"] for chat in edition.asked("Is it the same model?")}
    assert models == {"qwen/qwen3-8b"}
    assert {chat.body["model"] for chat in edition.asked("ETH/USDT")} == {"qwen/qwen3-8b"}
    configured = {chat.body["model"] for chat in edition.asked("What would change your mind?")}
    assert configured == {"mistralai/mistral-small-3.2"}


def test_a_conversation_goes_on(edition):
    """The model would not know what was said before the update."""
    edition.answered("What would change your mind?", OWNER)
    in_server, told_again = edition.asked("What would change your mind?")
    assert in_server.body["previous_response_id"] == edition.thread_of(OWNER, LAST_ANSWER)
    # LM Studio was restarted as well, and remembers nothing.
    assert "previous_response_id" not in told_again.body
    assert "How do you size a position" in told_again.body["input"]
    assert "with a stop 5 % away" in told_again.body["input"]
    assert "And with leverage?" not in told_again.body["input"]


def test_a_reply_to_an_old_answer_goes_on_from_there(edition):
    """A reply would be understood as one to the latest answer."""
    edition.ask("Why there?", OWNER, reply_to=OLD_ANSWER)
    in_server, told_again = edition.asked("Why there?")
    assert in_server.body["previous_response_id"] == edition.thread_of(OWNER, OLD_ANSWER)
    assert "And with leverage?" in told_again.body["input"]
    assert "10,000 dollars" not in told_again.body["input"]


def test_what_was_forgotten_stays_forgotten(edition):
    """The model would be told again what somebody wanted it to forget."""
    edition.ask("Is it the same model?", BEN, first_name="Ben")
    old = edition.thread_of(BEN, BENS_ANSWER)
    for request in edition.asked("Is it the same model?"):
        assert request.body.get("previous_response_id") != old
        assert "moving averages" not in request.body["input"]


def test_a_button_below_an_old_chart_works(edition):
    """All charts in all chats would have dead buttons."""
    edition.settle()
    panel = next(one for one in edition.telegram.screen(OWNER) if one.message_id == OLD_PANEL)
    edition.telegram.press(OWNER, OLD_PANEL, dict(panel.buttons)["1h"])
    edition.telegram.wait_for(
        lambda: " · 1h · " in caption(edition, OLD_PANEL).partition("\n")[0], PATIENCE
    )


def caption(edition: Edition, message: int) -> str:
    """What stands below the owner's chart."""
    shown = next(one for one in edition.telegram.screen(OWNER) if one.message_id == message)
    return shown.caption or ""


def test_the_last_24_hours_are_not_forgotten(edition):
    """/status would call a bot faultless that failed an hour ago."""
    edition.settle()
    edition.telegram.say(BEN, "/status", first_name="Ben")
    text = edition.telegram.wait_for_text(BEN, "24 hours: ", PATIENCE).text
    (count,) = re.findall(r"24 hours: (\d+)", text)
    assert int(count) >= edition.answers_before + len(OPEN)
    assert "rules 1" in text


def test_a_stranger_is_not_told_twice_a_day(edition):
    """Every update would send a message to each stranger who tries again."""
    before = edition.telegram.screen(STRANGER)
    edition.telegram.say(STRANGER, "and now?")
    edition.telegram.say(STRANGER + 1, "hello?")
    edition.telegram.wait_for_text(STRANGER + 1, "This bot is private", PATIENCE)
    edition.settle()
    assert edition.telegram.screen(STRANGER) == before
    assert len(before) == 1


def test_the_market_settings_hold_and_the_market_list_is_kept(edition):
    """Analyses would be of another timeframe, or wait for a list that the bot had already."""
    edition.answered("ETH/USDT", BEN)
    klines = [query for endpoint, query in edition.exchange.asked if endpoint == "klines"]
    assert {query["interval"] for query in klines if query["symbol"] == "ETHUSDT"} == {"4h", "1d"}
    (panel,) = (shown for shown in edition.telegram.screen(BEN) if shown.photo)
    assert "12 candles" in panel.caption
    assert edition.exchange.count("exchangeInfo") == 0


def test_the_fallbacks_are_asked_in_their_order(edition):
    """While LM Studio fails, nobody would get the answers that the owner pays for."""
    edition.settle()
    edition.telegram.say(BEN, FAILS, first_name="Ben")
    edition.telegram.wait_for_text(BEN, "OpenAI knows.", PATIENCE)
    assert edition.openai.chats[-1].body["model"] == "org/llama"


def test_answers_are_written_as_drafts(edition):
    """The owner chose how answers appear, and would see them appear in another way."""
    edition.settle()
    edition.telegram.say(OWNER, TAKES_TIME)
    edition.telegram.wait_for(
        lambda: [draft for draft in edition.telegram.drafts if draft.chat_id == OWNER], PATIENCE
    )
    edition.go.set()
    edition.answered(TAKES_TIME, OWNER)


def test_the_model_server_gets_no_more_questions_at_once_than_configured(edition):
    """A small machine would be asked for more than it has memory for."""
    edition.settle()
    assert edition.lmstudio.max_active <= 2


def test_what_watches_the_bot_still_sees_it(edition):
    """The owner's dashboard would be empty, and the dead man's switch would raise the alarm."""
    edition.pings.wait_for(lambda: "/ping/engram" in edition.pings.paths, PATIENCE)
    page = requests.get(f"http://127.0.0.1:{edition.metrics_port}/metrics", timeout=LONG)
    assert "\nengram_inbox_messages " in page.text
    assert "DEBUG" in (edition.folder / "logs" / "engram.log").read_text("utf-8")


def test_after_a_clean_stop_nothing_is_open_and_nothing_was_lost(edition):
    """The folder could not be gone back to, or questions would be answered again at each start."""
    edition.settle()
    on_screen = {question: edition.times_on_screen(question) for question in OPEN}
    turns = edition.rows("SELECT count(*) FROM turns")
    assert edition.bot.stop() == 0
    try:
        assert edition.open() == 0
        ((version,),) = edition.rows("PRAGMA user_version")
        with closing(sqlite3.connect(f"file:{LEFT / 'store.db'}?immutable=1", uri=True)) as left:
            (left_version,) = left.execute("PRAGMA user_version").fetchone()
        assert version >= left_version == 2
        assert edition.rows("SELECT count(*) FROM turns") == turns
        assert "Traceback" not in edition.bot.output
    finally:
        edition.start()
    edition.telegram.say(BEN, "/help", first_name="Ben")
    edition.telegram.wait_for_text(BEN, "/analyze", PATIENCE)
    edition.settle()
    assert {question: edition.times_on_screen(question) for question in OPEN} == on_screen
