"""Killed at random moments, again and again: in the end every question has its one answer.

What is counted is on the screens of the Telegram double, not in the bot's own books. A message that
Telegram has taken and whose number the bot has not learned before it died cannot be found again: no
call of the Bot API lists what a bot has sent, and sending knows no key by which Telegram would
refuse the second copy. So a kill within that moment, which lasts as long as Telegram's reply is on
its way, may leave a stray message besides the answer: a preview that nobody completes, or an
answer twice. Each stray must have been sent within `WINDOW` seconds before a kill, or the test
fails; how many there were is printed.

The full size: `python3 -m pytest -m long tests/test_crash.py`.
"""

from __future__ import annotations

import random
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import pytest

from engram.chat import texts
from engram.core.events import Kind
from tests.conftest import OWNER, Launcher, wait_until
from tests.doubles.lmstudio import Exchange
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.doubles.telegram_api import Shown
from tests.doubles.telegram_rules import NOT_MODIFIED
from tests.machine_speed import exit_code, slowness

# How long Telegram's replies take, and from there to having written down what they say; seconds.
LATENCY = 0.05
WINDOW = LATENCY + 0.2
FIRST_CHAT = 1000
LAST_RESORT = texts.LAST_RESORT[Kind.CHAT]


@dataclass(frozen=True)
class Size:
    """`chats` ask in turn while the bot is killed `kills` times, and once all at the same time."""

    chats: int
    kills: int
    longest_life: float


SMALL, FULL = Size(20, 4, 2.0), Size(200, 25, 5.0)


def slow_model(exchange: Exchange) -> None:
    """Takes two seconds to answer the question whose number stands last in the prompt."""
    number = re.findall(r"question (\d+)", exchange.body["input"])[-1]
    words = [f"This is for question {number}. ", *(f"word{count} " for count in range(18))]
    exchange.event("chat.start", model_instance_id=exchange.model)
    exchange.event("message.start")
    for word in words:
        exchange.pause(0.1)
        exchange.event("message.delta", content=word)
    exchange.event("message.end")
    exchange.end([{"type": "message", "content": "".join(words)}])


@pytest.fixture
def telegram():
    """Telegram at some distance.

    What stands in a message that an earlier process has sent is not known to the next one: it may
    edit it to what it is already, which Telegram refuses without harm.
    """
    with TelegramDouble(latency=LATENCY) as double:
        yield double
    assert double.errors == []
    assert [one for one in double.violations if NOT_MODIFIED not in one] == []


class People:
    """Those who ask; knows how often each of them did."""

    def __init__(self, telegram: TelegramDouble, chats: int) -> None:
        self.chats = range(FIRST_CHAT, FIRST_CHAT + chats)
        self.asked: Counter[int] = Counter()
        self._telegram = telegram

    def ask(self, chats: list[int]) -> None:
        """Each of `chats` asks one question more."""
        for chat in chats:
            self._telegram.say(chat, f"question {self.asked.total()}")
            self.asked[chat] += 1


def is_final(shown: Shown) -> bool:
    """Whether this is the end of an answer."""
    text = shown.text or shown.caption or ""
    return "Powered by" in text or "Note: " in text or text == LAST_RESORT


def unfinished(launched: Launcher) -> int:
    """How many updates the bot has not answered yet, as its file says."""
    with closing(sqlite3.connect(launched.folder / "engram.db", timeout=10)) as db:
        (count,) = db.execute("SELECT count(*) FROM inbox WHERE state <> 'sent'").fetchone()
    return int(count)


@pytest.mark.parametrize(
    "size",
    [
        SMALL,
        pytest.param(FULL, marks=[pytest.mark.long, pytest.mark.timeout(900)]),
    ],
    ids=["small", "full"],
)
def test_every_question_has_one_answer_whenever_the_bot_is_killed(
    launcher: Callable[..., Launcher], telegram, lmstudio, measured, idle_clock, size
):
    """A crash would lose questions, or flood people with answers they have already."""
    chance = random.Random(7)
    lmstudio.behave(slow_model)
    people = People(telegram, size.chats)
    allowed = ", ".join(map(str, people.chats))
    launched = launcher(
        f"[telegram]\napi_url = {telegram.url}\nallowed_chat_ids = {allowed}\n"
        f"[lmstudio]\nurl = {lmstudio.url}\nparallel = 64\n[market]\nexchange =\n",
        f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n",
    )
    killed = []
    each_time = -(-size.chats // size.kills)
    for life in range(size.kills):
        launched.start()
        first = life * each_time
        people.ask(list(people.chats)[first : first + each_time])
        if life == size.kills * 3 // 4:
            people.ask(list(people.chats))
        time.sleep(slowness() * chance.uniform(0.2, size.longest_life))
        assert launched.process.poll() is None, launched.output
        launched.process.kill()
        killed.append(time.monotonic())
        exit_code(launched.process, 10)
    launched.start()
    began = time.monotonic()
    # A signal ends a process in an orderly way only once it has begun to heed signals.
    launched.wait_for("Bot is running")
    wait_until(lambda: not telegram.pending and not unfinished(launched), 10 + size.chats)
    took = time.monotonic() - began
    assert launched.stop() == 0

    def age(shown: Shown) -> float:
        """How old, in seconds of an idle machine, the message was at the next kill."""
        # What was on its way at a kill may have been taken a little after it.
        later = [at for at in killed if at + WINDOW >= shown.sent_at]
        return idle_clock.between(shown.sent_at, min(later)) if later else float("inf")

    strays = check_screens(telegram, people, age)
    oldest = max(map(age, strays), default=0)
    finals = [one for chat in people.chats for one in telegram.screen(chat) if is_final(one)]
    resort = sum(one.text == LAST_RESORT for one in finals)
    measured(
        f"{size.kills} kills, {size.chats} chats",
        f"{people.asked.total()} questions, each answered; {resort} of them by the last resort "
        f"after three kills; strays: {sum(not is_final(one) for one in strays)} previews, "
        f"{sum(map(is_final, strays))} answers twice, at most {oldest:.2f} s old at the kill; "
        f"all done {took:.0f} s after the last start",
    )
    assert "Traceback" not in launched.log


def check_screens(
    telegram: TelegramDouble, people: People, age: Callable[[Shown], float]
) -> list[Shown]:
    """What is on the screens besides one answer for each question, all of it explained by kills."""
    strays = []
    for chat in people.chats:
        screen = telegram.screen(chat)
        finals = [shown for shown in screen if is_final(shown)]
        assert len(finals) >= people.asked[chat], telegram.transcript(chat)
        found = [shown for shown in screen if not is_final(shown)]
        # Sent so shortly before a kill that it was not written down.
        explained = [one for one in finals if age(one) < WINDOW]
        found += explained[: len(finals) - people.asked[chat]]
        assert len(screen) - len(found) == people.asked[chat], telegram.transcript(chat)
        unexplained = [age(one) for one in found if age(one) >= WINDOW]
        assert not unexplained, f"{unexplained} s before a kill:\n{telegram.transcript(chat)}"
        numbers = Counter(re.findall(r"This is for question (\d+)", telegram.transcript(chat)))
        assert all(count <= 1 + len(found) for count in numbers.values()), numbers
        strays += found
    return strays
