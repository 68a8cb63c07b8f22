"""The bot as a process, when it is ended, flooded by strangers, or out of disk."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import sys
import time

import pytest

from tests.conftest import OWNER, wait_until
from tests.doubles.lmstudio import Answer
from tests.footprint import Footprint
from tests.test_crash import unfinished

resource = pytest.importorskip("resource", reason="Windows limits no process in this way")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into a process as Linux does")

STRANGERS, EACH = 1000, 10
FIRST_STRANGER = 700_000


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_answer_under_way_at_the_end_is_finished_after_the_start(
    bot, telegram, lmstudio, measured, idle_clock, number
):
    """An update of the machine would leave half an answer standing for ever."""
    lmstudio.behave(Answer("Bitcoin is calm. " * 200, delay_between=0.1), Answer("All of it."))
    running = bot()
    telegram.say(OWNER, "tell me")
    shown = telegram.wait_for_text(OWNER, "Bitcoin is calm")
    began = time.monotonic()
    assert running.stop(number) == 0
    took = idle_clock.since(began)
    measured(f"{number.name} while an answer streams: end after", f"{took:.2f} s")
    assert took < 2
    assert unfinished(running) == 1
    running.start()
    finished = telegram.wait_for_text(OWNER, "Powered by")
    assert finished.text.startswith("All of it.")
    assert finished.message_id == shown.message_id
    assert len(telegram.screen(OWNER)) == 1


@on_linux
def test_a_flood_of_strangers_costs_nothing(bot, telegram, lmstudio, measured):
    """Strangers would use up the graphics card, the memory and the disk, and silence the owner."""
    running = bot(telegram_keys="per_second = 1000")
    pid, folder = running.process.pid, running.folder
    telegram.say(OWNER, "hello")
    telegram.wait_for_text(OWNER, "Powered by")
    before, file_before, asked = Footprint.of(pid), megabytes(folder), len(lmstudio.chats)
    strangers = range(FIRST_STRANGER, FIRST_STRANGER + STRANGERS)
    for turn in range(EACH):
        for stranger in strangers:
            flood(telegram, stranger, turn)
    telegram.say(OWNER, "are you there?")
    wait_until(lambda: len(telegram.screen(OWNER)) == 2, 60)
    wait_until(lambda: all(telegram.screen(one) for one in strangers), 60)
    assert all(len(telegram.screen(one)) == 1 for one in strangers)
    assert len(lmstudio.chats) == asked + 1
    after, grown = Footprint.of(pid), megabytes(folder) - file_before
    with contextlib.closing(sqlite3.connect(folder / "engram.db")) as db:
        assert db.execute("SELECT count(*) FROM inbox").fetchone() == (2,)
    measured(
        f"{STRANGERS * EACH} messages of {STRANGERS} strangers",
        f"memory +{after.megabytes - before.megabytes:.1f} MB, "
        f"file +{grown:.2f} MB, model calls 0, one line to each",
    )
    assert after.megabytes - before.megabytes < 20
    assert grown < 5


def megabytes(folder):
    """What the store takes on the disk."""
    return sum(file.stat().st_size for file in folder.glob("engram.db*")) / 1e6


def flood(telegram, stranger, turn):
    """What a stranger tries next."""
    if turn == 1:
        telegram.say(stranger, "", photo=[{"file_id": "x"}])
    elif turn == 2:
        telegram.say(stranger, "/analyze BTC")
    elif turn == 3:
        telegram.press(stranger, 1, "/analyze BTC")
    else:
        telegram.say(stranger, f"/start {turn}")


@on_linux
def test_without_room_on_the_disk_people_are_answered_and_the_owner_is_told(
    bot, telegram, lmstudio
):
    """A full disk would silence the bot, or go unnoticed until the next crash."""
    lmstudio.behave(Answer("All well."))
    running = bot()
    ask(telegram, answered=1)
    wait_until(lambda: unfinished(running) == 0, 30)
    no_file_grows(running.process.pid, 0)
    for number in range(2, 6):
        ask(telegram, answered=number)
    warned = telegram.wait_for_text(OWNER, "cannot be written")
    assert warned.text.startswith("⚠️")
    no_file_grows(running.process.pid, resource.RLIM_INFINITY)
    ask(telegram, answered=6)
    told = [shown.text for shown in telegram.screen(OWNER) if "Powered by" not in shown.text]
    assert len(told) == 1, told
    wait_until(lambda: unfinished(running) == 0, 30)
    assert running.stop() == 0
    assert "Traceback" not in running.output
    assert "works again" in running.log


def ask(telegram, answered):
    """Say something, and wait until there are so many answers."""
    telegram.say(OWNER, "hello")
    wait_until(
        lambda: sum("Powered by" in shown.text for shown in telegram.screen(OWNER)) == answered, 20
    )


def no_file_grows(pid, limit):
    """No file that the process writes may be longer than `limit` bytes."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
