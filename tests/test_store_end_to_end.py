"""The bot as a process, with a store that is damaged, locked, or none at all."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from contextlib import closing

import pytest

from engram.storage.schema import MIGRATIONS
from tests.conftest import OWNER, wait_until
from tests.damage import BROKEN_TEXT, damage
from tests.doubles.lmstudio import Answer
from tests.doubles.telegram import TOKEN
from tests.machine_speed import completed, exit_code
from tests.test_crash import unfinished
from tests.test_hard_times import ask

pytestmark = pytest.mark.skipif(os.name == "nt", reason="has other locks, and no such files")
STARTED = "Bot is running and listening for messages..."
NO_MEMORY = "nothing will be remembered"


def foreign(path):
    """The database of a browser."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE moz_places (id INTEGER)")


IN_ITS_PLACE = {
    "notes": (lambda path: path.write_text("mine\n"), "another file in its place", NO_MEMORY),
    "nothing": (lambda path: path.touch(), "another file in its place", NO_MEMORY),
    "browser": (foreign, "the database of another program", NO_MEMORY),
    "folder": (lambda path: path.mkdir(), "it is a folder", NO_MEMORY),
    "pipe": (os.mkfifo, "a pipe or a device", NO_MEMORY),
    "lock": (lambda path: path.with_name("place.lock").mkdir(), "its lock", NO_MEMORY),
    "damage": (lambda path: path.write_bytes(b"SQLite format 3\0" + b"x" * 999), "damaged", "new"),
}


@pytest.mark.parametrize(("put", "why", "what"), IN_ITS_PLACE.values(), ids=IN_ITS_PLACE)
def test_whatever_is_in_place_of_the_store_the_bot_answers_and_says_so(
    bot, telegram, lmstudio, tmp_path, put, why, what
):
    """The bot would not start, would hang, or would forget everything without a word."""
    put(tmp_path / "place")
    before = (tmp_path / "place").is_file() and (tmp_path / "place").read_bytes()
    # A bot may write to nobody who has not written to it.
    telegram.say(OWNER, "hello")
    running = bot(after="[storage]\npath = place\n")
    told = telegram.wait_for_text(OWNER, why)
    assert told.text.startswith("⚠️")
    assert what in told.text
    telegram.wait_for_text(OWNER, "Powered by")
    assert running.stop() == 0
    if what == NO_MEMORY and before is not False:
        assert (tmp_path / "place").read_bytes() == before or why == "its lock"
    assert len(telegram.screen(OWNER)) == 2
    assert "Traceback" not in running.output


def test_a_store_of_a_newer_version_ends_the_start_in_words(bot, launcher, telegram, lmstudio):
    """Going back to an earlier version would destroy what the newer one has kept."""
    running = bot()
    assert running.stop() == 0
    file = running.folder / "engram.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = file.read_bytes()
    for arguments in ((), ("--ask", "hello"), ("--check",)):
        running.lines.clear()
        assert exit_code(running.start(*arguments).process, 20) == 1
        running.wait_for("is of a newer version of Engram")
        assert "Traceback" not in running.output
    assert file.read_bytes() == before


def test_a_second_bot_touches_nothing_of_the_first(bot, launcher, telegram, lmstudio, tmp_path):
    """The first one's tries would not be counted, so that a bad message kills it for ever."""
    lmstudio.behave(Answer("slow " * 100, delay_between=0.1))
    running = bot()
    telegram.say(OWNER, "hello")
    telegram.wait_for_text(OWNER, "slow")
    folder = tmp_path / "second"
    folder.mkdir()
    (folder / "link.db").symlink_to(running.folder / "engram.db")
    config = (running.folder / "config.ini").read_text() + "\n[storage]\npath = link.db\n"
    other = launcher(config, (running.folder / ".env").read_text(), folder).start()
    assert exit_code(other.process, 20) == 1
    other.wait_for("another bot uses")
    with closing(sqlite3.connect(running.folder / "engram.db")) as db:
        assert db.execute("SELECT state, tries FROM inbox").fetchall() == [("answering", 1)]


def test_while_another_process_has_the_store_locked_people_are_answered(
    bot, telegram, lmstudio, measured, idle_clock
):
    """Everybody would wait for as long as a backup of the file takes."""
    lmstudio.behave(Answer("All well."))
    running = bot()
    ask(telegram, answered=1)
    wait_until(lambda: unfinished(running) == 0, 30)
    took = []
    with closing(sqlite3.connect(running.folder / "engram.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for number in range(2, 7):
            began = time.monotonic()
            ask(telegram, answered=number)
            took.append(idle_clock.since(began))
        began = time.monotonic()
        telegram.say(OWNER, "/status")
        telegram.wait_for_text(OWNER, "LMStudio Connected")
        took.append(idle_clock.since(began))
        other.execute("COMMIT")
    measured("answers while the store is locked", ", ".join(f"{one:.2f} s" for one in took))
    assert max(took[1:]) < 3
    running.wait_for("the store is free again")
    wait_until(lambda: unfinished(running) == 0, 30)
    questions = "SELECT count(*), count(DISTINCT parent) FROM turns WHERE question = 'hello'"
    with closing(sqlite3.connect(running.folder / "engram.db")) as db:
        assert db.execute(questions).fetchone() == (6, 6)
        assert db.execute("SELECT count(*) FROM inbox").fetchone() == (7,)
    assert lmstudio.chats[-1].body.get("previous_response_id"), "it goes on with the conversation"
    assert running.stop() == 0
    running.start().wait_for(STARTED)
    ask(telegram, answered=7)
    assert len(telegram.screen(OWNER)) == 8


def test_a_store_that_is_deleted_while_the_bot_runs_is_told_and_costs_no_answer(
    bot, telegram, lmstudio
):
    """All that was said would be lost at the next start, and nobody would know why."""
    running = bot()
    ask(telegram, answered=1)
    for file in running.folder.glob("engram.db*"):
        file.unlink()
    assert telegram.wait_for_text(OWNER, "was deleted").text.startswith("⚠️")
    telegram.say(OWNER, "hello")
    telegram.wait_for(lambda: len(telegram.screen(OWNER)) == 3)
    assert running.stop() == 0
    running.start()
    wait_until(lambda: running.output.count(STARTED) == 2, 30)
    telegram.say(OWNER, "hello")
    telegram.wait_for(lambda: len(telegram.screen(OWNER)) == 4)
    assert "Traceback" not in running.log


def test_a_stop_waits_for_no_other_process(bot, telegram, lmstudio, idle_clock):
    """The machine could not be shut down while a backup runs."""
    running = bot()
    ask(telegram, answered=1)
    with closing(sqlite3.connect(running.folder / "engram.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ask(telegram, answered=2)
        began = time.monotonic()
        assert running.stop() == 0
        assert idle_clock.since(began) < 4
    assert re.search(r"locked by another process: \d+ changes are lost", running.log)


def test_rows_that_are_damaged_cost_no_other_question(launcher, telegram, lmstudio):
    """One broken row would end every start, and nobody would ever be answered again."""
    lmstudio.behave(Answer("slow " * 300, delay_between=0.1), Answer("All well."))
    config = f"[telegram]\napi_url = {telegram.url}\n[market]\nexchange =\n"
    config += f"[lmstudio]\nurl = {lmstudio.url}\n"
    env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n"
    running = launcher(config, env).start()
    running.wait_for(STARTED)
    telegram.say(OWNER, "one")
    telegram.wait_for_text(OWNER, "slow")
    for text in ("two", "three"):
        telegram.say(OWNER, text)
    wait_until(lambda: unfinished(running) == 3, 20)
    running.process.kill()
    exit_code(running.process, 10)
    file = running.folder / "engram.db"
    with closing(sqlite3.connect(file)) as db:
        first, second, third = [row for (row,) in db.execute("SELECT update_id FROM inbox")]
    damage(file, "inbox", "body", BROKEN_TEXT, f"update_id = {first}")
    damage(file, "inbox", "messages", b"\xff", f"update_id = {second}")
    damage(file, "inbox", "at", None, f"update_id = {third}")
    running.lines.clear()
    running.start().wait_for(STARTED)
    wait_until(lambda: unfinished(running) == 0, 30)
    finals = [one.text for one in telegram.screen(OWNER) if "Powered by" in one.text]
    assert len(finals) == 2
    running.wait_for("cannot be read: it is set aside")
    assert "Traceback" not in running.output


def test_a_terminal_chat_beside_the_bot_shares_its_store(bot, telegram, lmstudio):
    """A question in the terminal would end the bot, or be ended by it."""
    lmstudio.behave(Answer("All well."))
    running = bot()
    ask(telegram, answered=1)
    command = [*running.process.args, "--ask", "in the terminal"]
    done = completed(command, 30, cwd=running.folder)
    assert "All well." in done.stdout
    assert (done.returncode, done.stderr) == (0, "")
    ask(telegram, answered=2)
    with closing(sqlite3.connect(running.folder / "engram.db")) as db:
        said = [text for (text,) in db.execute("SELECT question FROM turns ORDER BY number")]
    assert said == ["hello", "in the terminal", "hello"]
