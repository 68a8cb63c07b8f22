"""Backups of a bot at work, and what it does after it went back to one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import OWNER, Launcher, wait_until
from tests.doubles.lmstudio import Answer
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.machine_speed import exit_code
from tests.test_first_edition import LEFT
from tests.world import MINUTE, World

STARTED = "Bot is running and listening for messages..."
CHATS = range(2000, 2012)
BACKUPS = 4


def keep(launched: Launcher, *arguments: str, code: int = 0) -> str:
    """Have the launcher make or restore a backup; returns what it printed."""
    launched.lines.clear()
    assert exit_code(launched.start(*arguments).process, 60) == code, launched.output
    wait_until(lambda: launched.lines, 10)
    assert "Traceback" not in launched.output
    return launched.output


@pytest.mark.covered
def test_a_folder_is_moved_by_a_backup(launcher, tmp_path):
    """Whoever moves to another machine would have to know which files belong together."""
    (tmp_path / "new").mkdir()
    shutil.copy(LEFT / "store.db", tmp_path / "engram.db")
    old, new = launcher(""), launcher("[storage]\npath = data/x.db\n", folder=tmp_path / "new")
    assert "✅ Backup: " in keep(old, "--backup", "b.db")
    assert "is no store of Engram's" in keep(new, "--restore", "../config.ini", code=1)
    assert "✅ Restored: " in keep(new, "--restore", "../b.db")
    with closing(sqlite3.connect(tmp_path / "new" / "data" / "x.db")) as db:
        assert db.execute("SELECT count(*) FROM inbox WHERE state <> 'sent'").fetchone() == (0,)
        (turns,) = db.execute("SELECT count(*) FROM turns").fetchone()
    assert f"questions with their answers: {turns};" in new.output


@pytest.mark.skipif(os.name == "nt", reason="has no such processes")
def test_what_has_fired_since_the_backup_comes_again(
    tmp_path, twice_edited_telegram, exchange, launcher
):
    """An alert that fired between a backup and a crash, and was not seen, would be lost."""
    world = World(tmp_path, twice_edited_telegram, exchange, launcher)
    world.start()
    world.arm("BTC > 130")
    world.arm("ETH > 140")
    world.look()
    keeper = launcher(world.config, f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n")
    keeper.adjusted = True
    assert "armed alerts: 2;" in keep(keeper, "--backup", "b.db")
    assert "stop the bot first" in keep(keeper, "--restore", "b.db", code=1)
    when = world.wick("BTC", world.minute() + MINUTE, 130.5)
    world.wait_for_fired(130.5, when)
    world.arm("SOL > 150")
    assert world.bot.stop() == 0
    assert "armed alerts: 2;" in keep(keeper, "--restore", "b.db")
    world.skip(1)
    world.start()
    world.wait_for_fired(130.5, when, is_away=True)
    later = world.wick("ETH", world.minute() + MINUTE, 140.5)
    world.wait_for_fired(140.5, later)
    world.telegram.answer_to(OWNER, "/alerts", "No alert is armed")


class Crowd:
    """Those who ask and arm, until they are told to end."""

    def __init__(self, telegram: TelegramDouble) -> None:
        self._telegram = telegram
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._talk, args=(chat,)) for chat in CHATS]
        for thread in self._threads:
            thread.start()

    def _talk(self, chat: int) -> None:
        for number in range(1000):
            if self._end.is_set():
                return
            self._telegram.answer_to(chat, f"question {chat} {number}", "Powered by")
            if number < 20:
                level = 200 + number
                self._telegram.answer_to(chat, f"/alert BTC > {level}", f"rises above {level}.00.")

    def on_screen(self) -> tuple[set[tuple[int, str]], set[tuple[int, str]]]:
        """What was answered so far, and what was armed: chats, with questions and conditions."""
        answered, armed = set(), set()
        for chat in CHATS:
            for shown in self._telegram.screen(chat):
                text = shown.text or ""
                if text.startswith("Answer to question ") and "Powered by" in text:
                    answered.add((chat, text.split("\n")[0].removeprefix("Answer to ")))
                if text.startswith("🔔 Armed: BTC/USDT rises above "):
                    armed.add((chat, f"price > {text.split('rises above ')[1][:3]}"))
        return answered, armed

    def end(self) -> None:
        """Have them end."""
        self._end.set()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def crowd(telegram) -> Iterator[Callable[[], Crowd]]:
    """Starts a crowd, which ends with the test."""
    made: list[Crowd] = []

    def start() -> Crowd:
        made.append(Crowd(telegram))
        return made[0]

    yield start
    for one in made:
        one.end()


def rows(file: Path, sql: str) -> set[tuple[object, ...]]:
    """Rows of a backup."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as db:
        return set(db.execute(sql))


@pytest.mark.unpaced
@pytest.mark.skipif(os.name == "nt", reason="has no such processes")
def test_all_that_was_there_when_a_backup_began_is_in_it(
    tmp_path, launcher, telegram, lmstudio, exchange, market, crowd
):
    """What somebody relies on, because the bot has confirmed it, would be gone with the disk."""
    exchange.prices["BTC/USDT"] = 100.0
    lmstudio.behave(lambda one: Answer(f"Answer to {asked(one)}").play(one))
    allowed = ", ".join(map(str, CHATS))
    config = f"{market}[telegram]\napi_url = {telegram.url}\nallowed_chat_ids = {allowed}\n"
    config += f"per_second = 1000\n[lmstudio]\nurl = {lmstudio.url}\nparallel = 8\n"
    env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n"
    bot, keeper = launcher(config, env), launcher(config, env)
    bot.start().wait_for(STARTED)
    people = crowd()
    there, answered = [], 0
    for number in range(BACKUPS):
        wait_until(lambda: len(people.on_screen()[0]) >= answered + 20, 60)  # noqa: B023
        there.append(people.on_screen())
        answered = len(there[-1][0])
        keep(keeper, "--backup", f"b{number}.db")
    people.end()
    for number, (questions, conditions) in enumerate(there):
        file = tmp_path / f"b{number}.db"
        turns = rows(file, "SELECT CAST(chat AS INTEGER), question FROM turns")
        armed = rows(file, "SELECT CAST(chat AS INTEGER), condition FROM alerts")
        assert questions <= turns
        assert conditions <= armed
    assert bot.stop() == 0
    keep(keeper, "--restore", f"b{BACKUPS - 1}.db")
    bot.start().wait_for(f"🔔 Watching: {len(armed)} alerts")
    telegram.answer_to(CHATS[0], "/alerts", "BTC/USDT rises above 200.00")


def asked(exchange) -> str:
    """The question, as somebody in the crowd asked it."""
    return "question " + str(exchange.body["input"]).rpartition("question ")[2].split("\n")[0]
