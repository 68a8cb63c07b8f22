"""All that can go wrong at once: what the owner, and everyone who waits, sees of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from tests.benchmark.effort import Effort
from tests.benchmark.processes import Process
from tests.benchmark.result import Result, median, percentile
from tests.benchmark.stage import ANSWER, MANY, Stage
from tests.benchmark.start import SETTLED
from tests.footprint import Footprint

# Telegram takes one message a second in a chat: four owners ask for their status in turn.
OWNERS, LOOPING, PARALLEL = 4, 4, 4
# Seconds: between two steps of the load, and what happens how often.
TICK, BETWEEN_STATUSES, BETWEEN_LOOPS, AFTERWARDS = 0.1, 0.4, 10.0, 30.0
ARRIVING, STRANGERS_A_SECOND = 20, 50
STRANGERS = 5_000_000
# What is allowed. Telegram takes 30 messages a second.
# Four of the threads do what nobody asked for.
SIGN, PER_SECOND, STATUS_MS, MORE_MEGABYTES, THREADS, FILES = 1.5, 30, 50, 40, 44, 128
PLACE = "in line"


def siege(effort: Effort) -> Iterator[Result]:
    """Many wait for a model that hangs while another loops, chats are paused, strangers write."""
    with Stage(flood=True, behaving=True, owners=OWNERS, chats=MANY) as stage:
        load = _Load(stage, effort)
        load.prepare()
        load.besiege()
        yield from load.results("siege", f"{effort.besieging} chats wait", SIGN, PARALLEL * 2)
    with Stage(flood=True, behaving=True, owners=OWNERS, chats=MANY) as stage:
        load = _Load(stage, effort)
        load.rush()
        limit = SIGN + effort.besieging / PER_SECOND
        yield from load.results("siege", f"{effort.besieging} chats at once", limit, PARALLEL)


class _Load:
    """The chats of one siege, the bot that they besiege, and what is seen of both."""

    def __init__(self, stage: Stage, effort: Effort) -> None:
        self._stage, self._effort = stage, effort
        stage.next_chats(OWNERS)
        self._waiting = stage.next_chats(effort.besieging)
        self._paused = stage.next_chats(effort.paused)
        self._looping = stage.next_chats(LOOPING)
        self._bot: Process | None = None
        self._idle: Footprint
        self._seen: list[Footprint] = []
        self._lateness = [0.0]
        self._strangers = STRANGERS
        self._began = 0.0
        self._processor: dict[str, float] = {}
        self.statuses = True

    def prepare(self) -> None:
        """Have one model server hang and one loop, and have Telegram pause some chats."""
        stage, hanging = self._stage, self._stage.lmstudio
        looping = stage.double("lmstudio")
        stage.model_servers.append(looping)
        hanging.end()
        self._start()
        # A conversation stays with the server that keeps it: with the one that loops.
        for chat in range(self._looping, self._looping + LOOPING):
            stage.ask(chat, "hello", ANSWER)
        looping.behave(kind="Loop")
        stage.lmstudio = stage.double("lmstudio", "--port", str(hanging.port))
        stage.lmstudio.behave(kind="Hang")
        time.sleep(SETTLED)
        self._say(self._looping, LOOPING, "And then?")
        stage.pause(self._paused, self._effort.paused)
        time.sleep(SETTLED)

    def besiege(self) -> None:
        """Have chats come one after the other, as many a second as Telegram has room for."""
        arrived, asked, self._began = 0, 0, time.monotonic()
        seconds = self._effort.besieging / ARRIVING + AFTERWARDS
        for elapsed in self._ticks(seconds):
            due = min(self._effort.besieging, round(elapsed * ARRIVING))
            self._say(self._waiting + arrived, due - arrived, "hello")
            arrived = due
            self._say_strangers(round(STRANGERS_A_SECOND * TICK))
            if elapsed >= (asked + 1) * BETWEEN_LOOPS:
                self._say(self._looping, LOOPING, "And then?")
                asked += 1

    def rush(self) -> None:
        """Have all of them come at once; nothing else takes Telegram's turns from them."""
        self.statuses = False
        self._start()
        self._stage.lmstudio.behave(kind="Hang")
        self._began = time.monotonic()
        self._say(self._waiting, self._effort.besieging, "hello")
        for _elapsed in self._ticks(SIGN * 2 + self._effort.besieging / PER_SECOND):
            pass

    def results(self, row: str, what: str, limit: float, places: int) -> Iterator[Result]:
        """What was seen; a chat that nothing was shown to has waited until now."""
        signs = self._signs(self._waiting, self._effort.besieging)
        waits = [sign["after"] for sign in signs]
        never = sum(sign["text"] is None for sign in signs)
        placed = sum(PLACE in (sign["text"] or "") for sign in signs)
        note = f"median {median(waits):.3g} s; {placed} see their place in line"
        yield Result(row, f"{what}: slowest first message", max(waits), "s", limit, note=note)
        yield Result(row, f"{what}: they see nothing", never, "", 0)
        if self.statuses:
            times = [1000 * one["after"] for one in self._signs(self._stage.owners[0], OWNERS)]
            note = f"{len(times)} times, median {median(times):.3g} ms, at most {max(times):.3g} ms"
            yield Result(
                row, f"{what}: /status, p99", percentile(times, 0.99), "ms", STATUS_MS, note=note
            )
        most = [max(getattr(one, name) for one in self._seen) for name in ("threads", "files")]
        megabytes = max(one.megabytes for one in self._seen)
        note = f"{self._idle.megabytes:.1f} MB, then {megabytes:.1f} MB"
        grown = megabytes - self._idle.megabytes
        yield Result(row, f"{what}: more memory than idle", grown, "MB", MORE_MEGABYTES, note=note)
        note = f"idle {self._idle.threads}"
        yield Result(row, f"{what}: threads", most[0], "", THREADS + places, note=note)
        note = f"idle {self._idle.files}"
        yield Result(row, f"{what}: open files", most[1], "", FILES, note=note)
        violations = self._stage.telegram.control("violations")
        note = violations[0] if violations else ""
        yield Result(row, f"{what}: refused by Telegram", len(violations), "", 0, note=note)
        late = max(self._lateness)
        # The load has to come as it was meant to, or nothing of this says anything.
        note = "processor: " + ", ".join(f"{k} {v:.0%}" for k, v in self._processor.items())
        yield Result(row, f"{what}: the load came late by", late, "s", 3 * TICK, note=note)

    def _start(self) -> None:
        self._bot = self._stage.engram(lmstudio=f"probe_interval = 1\nparallel = {PARALLEL}")
        self._stage.started_in(self._bot)
        time.sleep(SETTLED)
        self._idle = self._bot.footprint()

    def _ticks(self, seconds: float) -> Iterator[float]:
        """The seconds since the beginning, every `TICK`; the bot is looked at on the way."""
        assert self._bot is not None
        before = self._used()
        asked, looked, began = 0, 0, time.monotonic()
        for number in range(round(seconds / TICK)):
            due = began + number * TICK
            time.sleep(max(0.0, due - time.monotonic()))
            self._lateness.append(time.monotonic() - due)
            elapsed = number * TICK
            if self.statuses and elapsed >= asked * BETWEEN_STATUSES:
                self._say(self._stage.owners[asked % OWNERS], 1, "/status")
                asked += 1
            if elapsed >= looked:
                self._seen.append(self._bot.footprint())
                looked += 1
            yield elapsed
        took = time.monotonic() - began
        after = self._used()
        self._processor = {name: (after[name] - before[name]) / took for name in after}

    def _used(self) -> dict[str, float]:
        """The processor time that each process has used."""
        assert self._bot is not None
        servers = {self._stage.lmstudio, *self._stage.model_servers[1:]}
        return {
            "bot": self._bot.footprint().processor,
            "Telegram": self._stage.telegram.footprint().processor,
            "model servers": sum(server.footprint().processor for server in servers),
            "load": time.process_time(),
        }

    def _say(self, first: int, count: int, text: str) -> None:
        if count:
            self._stage.telegram.control("say_all", first=first, count=count, text=text)

    def _say_strangers(self, count: int) -> None:
        self._say(self._strangers, count, "hello")
        self._strangers += count

    def _signs(self, first: int, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._stage.telegram.control(
            "signs", first=first, count=count, since=self._began
        )
        return found
