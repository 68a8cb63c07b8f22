"""What has each digest be made at its minute."""

import threading
from dataclasses import replace

import pytest

from engram.core.clock import Clock
from engram.core.errors import StoreError
from engram.storage.outbox import DIGEST, Outgoing
from engram.storage.watch.digest_table import DigestTable
from engram.watch.digest.rounds import LONGEST_SLEEP, DigestRounds
from tests.conftest import wait_until
from tests.machine_speed import LONG, ends
from tests.watch.conftest import HOUR, NOW
from tests.watch.heard import Heard

# It is 07:30:20 UTC: half past is the minute.
DUE = "07:30"


class Maker:
    """Makes digests, once it may."""

    def __init__(self):
        self.made, self.let_go, self.fails = [], threading.Event(), False
        self.let_go.set()

    def make(self, plan, due, until):
        self.made.append((plan.chat, due.day))
        self.let_go.wait(LONG)
        if self.fails:
            raise StoreError("closed")
        return Outgoing(plan.chat, DIGEST, "news", name=f"digest of {due.day}")


@pytest.fixture
def maker():
    return Maker()


@pytest.fixture
def rounds(tables, maker, clock):
    return DigestRounds(tables.digests, maker, clock)


def told(tables, chat="7"):
    wait_until(lambda: tables.outbox.next(chat), 10)
    return tables.outbox.next(chat).outgoing


def test_it_is_made_once_at_its_minute(tables, rounds, maker, clock):
    """No digest would come, or one with each round."""
    tables.digests.put_minute("7", DUE, NOW - HOUR)
    rounds.look()
    assert told(tables).name == "digest of 2026-11-29"
    for _ in range(3):
        clock.at += 20
        rounds.look()
    assert tables.digests.plan("7").days == ("2026-11-29",)
    assert (maker.made, tables.outbox.depth) == ([("7", "2026-11-29")], 1)


def test_each_is_counted(tables, maker, clock):
    """An operator could not see whether any digest is made."""
    heard = Heard()
    tables.digests.put_minute("7", DUE, NOW - HOUR)
    rounds = DigestRounds(tables.digests, maker, clock, heard)
    rounds.look()
    assert told(tables)
    wait_until(lambda: heard.kinds == [DIGEST], 10)


def test_one_that_is_being_made_is_not_begun_again(tables, rounds, maker):
    """A slow model would be asked about the same digest every twenty seconds."""
    tables.digests.put_minute("7", DUE, NOW - HOUR)
    maker.let_go.clear()
    for _ in range(5):
        rounds.look()
    wait_until(lambda: maker.made, 10)
    maker.let_go.set()
    told(tables)
    assert len(maker.made) == 1


def test_it_sleeps_until_the_next_minute(tables, rounds):
    """A digest would come up to twenty seconds late, or the clock be looked at all the time."""
    assert rounds.look() == LONGEST_SLEEP
    tables.digests.put_minute("7", "09:00", NOW)
    assert rounds.look() == LONGEST_SLEEP
    tables.digests.put_minute("8", "07:31", NOW)
    # In binary fractions 40 s may be a hair less.
    tables.digests.put_minute("7", "07:31", NOW)
    assert rounds.look() == LONGEST_SLEEP


def test_the_last_seconds_are_slept_to_the_point(tables, rounds, clock):
    """A digest of eight would come at twenty past."""
    tables.digests.put_minute("7", "07:31", NOW)
    clock.at += 33
    assert rounds.look() == pytest.approx(7)


def test_a_process_that_does_not_look_makes_none(tables, maker):
    """A terminal beside the bot would ask the model for each digest as well."""
    clock, asked = RacingClock(NOW), []
    rounds = DigestRounds(tables.digests, maker, clock)
    tables.digests.put_minute("7", DUE, NOW - HOUR)
    rounds.start(lambda: asked.append(1) is not None)
    wait_until(lambda: len(asked) > 2, 60)
    rounds.stop()
    assert not maker.made


def test_a_damaged_plan_ends_no_other(tables, rounds, caplog):
    """One damaged row would end the digests of all chats."""
    for chat, minute in (("6", "damaged"), ("7", DUE)):
        tables.digests.put_minute(chat, minute, NOW - HOUR)
    rounds.look()
    assert told(tables)
    assert "cannot be read" in caplog.text


class Full(DigestTable):
    """A table whose disk is full, while `is_full`."""

    is_full = True

    def made(self, *rest):
        if self.is_full:
            raise StoreError("the disk is full")
        return super().made(*rest)


def test_what_cannot_be_written_is_written_later_and_not_made_again(tables, maker, clock, caplog):
    """On a full disk the model would be asked three times a minute, for six hours."""
    tables.digests.put_minute("7", DUE, NOW - HOUR)
    table = Full(tables._store, tables.outbox)
    rounds = DigestRounds(table, maker, clock)
    for _ in range(3):
        rounds.look()
        wait_until(lambda: not rounds._in_progress, 10)
    assert "cannot be written: the disk is full" in caplog.text
    table.is_full = False
    clock.at += HOUR
    rounds.look()
    assert told(tables)
    assert len(maker.made) == 1


def test_two_processes_make_one_between_them(tables, maker, clock):
    """The bot and a terminal would both send the digest."""
    tables.digests.put_minute("7", DUE, NOW - HOUR)
    maker.let_go.clear()
    both = [DigestRounds(tables.digests, maker, clock) for _ in range(2)]
    for rounds in both:
        rounds.look()
    wait_until(lambda: len(maker.made) == 2, 10)
    maker.let_go.set()
    wait_until(lambda: not any(one._in_progress for one in both), 10)
    assert tables.outbox.depth == 1


class RacingClock(Clock):
    """A clock that goes a thousand times as fast, and jumps when a test says so."""

    def __init__(self, at):
        self._began, self._at = self.monotonic(), at

    def now(self):
        return self._at + 1000 * (self.monotonic() - self._began)

    def jump(self, seconds):
        self._at += seconds

    def wait(self, event, seconds):
        return super().wait(event, seconds / 1000)


def test_digests_come_day_after_day_while_the_clock_jumps(tables, maker):
    """After a summer time, a sleep or a wrong clock there would be two digests, or none."""
    clock = RacingClock(NOW)
    tables.digests.put_minute("7", "08:00", NOW)
    rounds = DigestRounds(tables.digests, maker, clock)
    rounds.start()

    def days():
        return [day for _, day in maker.made]

    wait_until(lambda: len(days()) == 1, 60)
    clock.jump(-3 * HOUR)
    wait_until(lambda: clock.now() > NOW + 2 * HOUR, 60)
    assert days() == ["2026-11-29"]
    clock.jump(25 * HOUR)
    wait_until(lambda: len(days()) == 2, 60)
    rounds.stop()
    wait_until(lambda: tables.digests.plan("7").days == ("2026-11-29", "2026-11-30"), 60)


def test_it_stops_at_once(tables, maker, clock):
    """Stopping the bot would last for twenty seconds, or end in an error."""
    rounds = DigestRounds(tables.digests, maker, Clock())
    rounds.start()
    (thread,) = [one for one in threading.enumerate() if one.name == "digest rounds"]
    rounds.stop()
    assert ends(thread, 5)


def test_a_round_that_fails_is_not_the_last(tables, maker, caplog):
    """One bad moment would end all digests until the next start."""
    tables.digests.put_minute("7", DUE, NOW - HOUR)
    answers = iter([0])
    rounds = DigestRounds(tables.digests, maker, RacingClock(NOW))
    rounds.start(lambda: 1 / next(answers, 1) > 0)
    assert told(tables)
    rounds.stop()
    assert "digest rounds failed unexpectedly" in caplog.text


def test_what_is_made_after_the_stop_is_not_said(tables, rounds, maker):
    """The store would be written after it was closed."""
    tables.digests.put_minute("7", DUE, NOW - HOUR)
    maker.let_go.clear()
    rounds.look()
    wait_until(lambda: maker.made, 10)
    rounds.stop()
    maker.let_go.set()
    wait_until(lambda: not rounds._in_progress, 10)
    assert tables.outbox.depth == 0


def test_a_store_that_closes_meanwhile_is_no_failure(tables, rounds, maker, caplog):
    """Each stop at eight in the morning would leave an error in the log."""
    tables.digests.put_minute("7", DUE, NOW - HOUR)
    maker.let_go.clear()
    maker.fails = True
    rounds.look()
    wait_until(lambda: maker.made, 10)
    rounds.stop()
    maker.let_go.set()
    wait_until(lambda: not rounds._in_progress, 10)
    assert "failed unexpectedly" not in caplog.text


def test_what_fails_otherwise_is_in_the_log(tables, rounds, maker, caplog):
    """A digest that never comes would leave no trace."""
    tables.digests.put_minute("7", DUE, NOW - HOUR)
    maker.fails = True
    rounds.look()
    wait_until(lambda: "digests failed unexpectedly" in caplog.text, 10)


def test_a_plan_that_changed_meanwhile_makes_no_second_one(tables, rounds, maker):
    """A digest that was made while somebody sent /digest off would be written twice."""
    tables.digests.put_minute("7", DUE, NOW - HOUR)
    plan = tables.digests.plan("7")
    assert tables.digests.made(plan, ["2026-11-29"], None, NOW)
    assert not tables.digests.made(replace(plan), ["2026-11-29"], None, NOW)
    rounds.look()
    assert not maker.made
