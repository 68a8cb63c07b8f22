"""The running bot: polls Telegram, and puts each job into the lane in which it waits."""

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from telebot import types

from engram.chat.commands import LISTED, Need, needs
from engram.chat.texts import own_words
from engram.core.waits import Steps
from engram.storage.inbox import Inbox
from engram.telegram import texts
from engram.telegram.access import Access
from engram.telegram.incoming import MessageKind
from engram.telegram.intake import Intake
from engram.telegram.job import Job, skipping
from engram.telegram.jobs import JobRunner
from engram.telegram.lanes import ChatLanes
from engram.telegram.pieces import Pieces
from engram.telegram.poll import Poll
from engram.telegram.presses import Presses
from engram.telegram.repeats import Repeats, Words, is_short
from engram.telegram.sending.egress import MENU, Egress
from engram.telegram.unasked.courier import Courier
from engram.telegram.unasked.delivery import Delivery

log = logging.getLogger(__name__)

# However many chats ask at once, the bot starts no more threads than these.
THREADS, INSTANT_THREADS, MARKET_THREADS, BUTTON_THREADS = 10, 6, 4, 2
# ... and one more for each that waits at a model server, or at an exchange: for up to so many.
AT_EXCHANGES = 40
# A conversation has so many lanes for what needs a market: the next one need not wait for one that
# hangs.
MARKET_LANES = 3
WAITING_PER_CONVERSATION = 5
# When the bot is stopped, what is on its way to Telegram gets this many seconds to arrive.
LAST_SECONDS = 1.0


class TelegramBot:
    """Polls Telegram and has `runner` answer in the right lane; it never answers itself.

    `access` says who may ask, and `delivery` sends what nobody asked for. `inbox` keeps each
    message until its answer is on screen; one whose answer is not is answered after a restart.
    `at_servers` tells how many questions model servers work on, and `at_exchanges` how many answers
    wait for exchanges: each keeps a thread busy. `poll` may have begun.
    """

    def __init__(
        self,
        egress: Egress,
        access: Access,
        inbox: Inbox,
        runner: JobRunner,
        delivery: Delivery,
        at_servers: Callable[[], int] = lambda: 0,
        at_exchanges: Callable[[], int] = lambda: 0,
        poll: Poll | None = None,
    ) -> None:
        self._egress = egress
        self._access = access
        self._inbox = inbox
        self._runner = runner
        self._presses = Presses(egress, runner)
        self._delivery = delivery
        self._poll = poll or Poll(egress.api)
        self._pieces = Pieces(self._queue, self._poll.fails)
        timer = egress.timer

        def held() -> int:
            return min(at_exchanges(), AT_EXCHANGES)

        self._answers = ChatLanes(lambda: THREADS + at_servers() + held(), "chat", timer)
        self._markets = ChatLanes(
            lambda: MARKET_THREADS + held(), "market", timer, spare=MARKET_THREADS
        )
        self._buttons = ChatLanes(BUTTON_THREADS, "button", timer, spare=BUTTON_THREADS)
        self._instant = ChatLanes(INSTANT_THREADS, "instant", timer, spare=INSTANT_THREADS)
        self._lanes = {
            Need.NOTHING: self._instant,
            Need.MARKET: self._markets,
            Need.MODEL: self._answers,
        }
        self._repeats = Repeats()
        self._courier = Courier(egress)
        self._intake = Intake(egress, access, inbox, self._courier, self._pieces.awaits)

    def connect(self) -> None:
        """Ask Telegram who the bot is, register its menu, and begin to send what is kept.

        It waits until Telegram answers. Raises `WrongTokenError`.
        """
        me = self._poll.me()
        if me:
            self._intake.id, self._intake.name = me.id, me.username
        menu = [types.BotCommand(name, what) for name, what in LISTED.items()]
        register = partial(self._egress.bot.set_my_commands, menu)
        self._courier.send(MENU, partial(self._egress.deliver, MENU, register))
        self._delivery.start()

    def poll(self) -> None:
        """Take updates until `stop` is called or an exception, such as a signal's, ends it."""
        threading.Thread(target=self._pieces.watch, name="pieces", daemon=True).start()
        for job in self._intake.left():
            with skipping(job.incoming.update_id):
                self._egress.turns.assume_spent(job.incoming.chat_id)
                self._take(job)
        for updates in self._poll.updates():
            self.receive(updates)

    def receive(self, updates: list[dict[str, Any]]) -> None:
        """Keep those of the `updates` that concern the bot, and have them answered.

        When this returns Telegram may forget them: the answers have not waited for the disk.
        """
        for job in self._intake.received(updates):
            with skipping(job.incoming.update_id):
                self._take(job)
        if updates:
            self._inbox.write_through()

    def stop(self) -> None:
        """Take no more updates and end all waiting; what is not answered stays in the inbox."""
        self._poll.stop()
        self._pieces.stop()
        self._delivery.stop()
        self._egress.stop(LAST_SECONDS)
        self._runner.flush(LAST_SECONDS / 2)
        self._inbox.release()

    @property
    def name(self) -> str:
        """The name of the bot in Telegram; "" before it is known."""
        return self._intake.name

    @property
    def waiting(self) -> int:
        """How many questions wait for their answers to begin."""
        return self._answers.waiting + self._markets.waiting

    def _take(self, job: Job) -> None:
        """Have `job` answered once it is complete."""
        kind = job.incoming.kind
        if kind is MessageKind.MESSAGE:
            self._pieces.put(job)
        elif kind is not MessageKind.EDIT or not self._pieces.correct(job):
            self._queue(job)

    def _queue(self, job: Job) -> None:
        """Put `job` into the lane where it waits for its turn."""
        incoming, lane = job.incoming, self._lane(job)
        if incoming.kind is MessageKind.STOP:
            if job.reply is None:
                self._runner.answers.stop(incoming)
            job.done()
        elif incoming.kind is MessageKind.PRESS and incoming.is_group:
            # Who may do that may have to be asked of Telegram.
            self._buttons.put(lane, partial(self._press, job))
        elif incoming.kind is MessageKind.PRESS:
            self._press(job)
        elif incoming.kind is MessageKind.EDIT and not self._runner.asks_again(job):
            job.done()
        elif not incoming.is_addressed and incoming.kind is MessageKind.MESSAGE:
            # A long text or an album that the group has for itself.
            job.done()
        elif is_short(job):
            self._answer_soon(job, lane, self._repeats.words_of(job, lane))
        elif self._runner.needs(job) is Need.MARKET:
            # Slow exchanges hold up these, and nothing else.
            own = f"{lane} after" if self._runner.goes_on(job) else self._market_lane(job, lane)
            self._answer_in_turn(job, own, self._markets)
        else:
            self._answer_in_turn(job, lane, self._answers)

    def _answer_in_turn(self, job: Job, lane: str, lanes: ChatLanes) -> None:
        """Have `job` answered after all others of its `lane`, if there are not too many."""
        if _is_full(lanes, lane, job):
            self._answer_soon(job, self._lane(job), None)
        else:
            self._answer(job, lane, lanes)

    def _answer_soon(self, job: Job, lane: str, words: Words) -> None:
        """Have `job` answered beside the questions; without `words`, that it is too much at once.

        However often somebody sends it, all that waits is answered once.
        """
        if not self._repeats.joins(job, lane, words):
            self._instant.put(lane, partial(self._answer_now, job, lane, is_too_much=words is None))

    def _answer_now(self, job: Job, lane: str, *, is_too_much: bool) -> Steps[None]:
        self._repeats.begins(job, lane)
        events = own_words(texts.ONE_AT_A_TIME) if is_too_much else None
        yield from self._runner.work(job, events=events)

    def _press(self, job: Job) -> None:
        """Answer a press, and have what it asks for carried out in its turn."""
        # Presses are carried out beside the questions of their conversation.
        lane, need = f"{self._lane(job)} press", needs(job.incoming.text or "")
        lane = self._market_lane(job, lane) if need is Need.MARKET else lane
        lanes = self._lanes[need]
        if self._presses.answer(job, is_queue_full=_is_full(lanes, lane, job)):
            self._answer(job, lane, lanes)
        else:
            job.done()

    def _answer(self, job: Job, lane: str, lanes: ChatLanes) -> None:
        """Have `job` answered after all others of its `lane`."""
        self._runner.expect(job, lane)
        lanes.put(lane, partial(self._runner.work, job, lane))

    def _market_lane(self, job: Job, lane: str) -> str:
        """The lane in which `job` waits for a market, beside the others of the conversation.

        It is the shortest one; an edit waits behind what it changes.
        """
        lanes = [f"{lane} {number}" for number in range(MARKET_LANES)]
        behind = self._runner.lane_of(job) if job.incoming.kind is MessageKind.EDIT else ""
        return behind if behind in lanes else min(lanes, key=self._markets.length)

    def _lane(self, job: Job) -> str:
        """The conversation of `job`, by a key that stays when its chat gets another id."""
        incoming = job.incoming
        return incoming.moved_to(self._egress.moves.first(incoming.chat_id)).conversation


def _is_full(lanes: ChatLanes, lane: str, job: Job) -> bool:
    """Whether as many jobs wait in `lane` as may; resumed ones may wait."""
    return not job.is_resumed and lanes.depth(lane) >= WAITING_PER_CONVERSATION
