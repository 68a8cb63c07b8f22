"""Everything that is sent to Telegram: in its turn, and until Telegram has it."""

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, TypeVar

import backoff
import requests
from telebot import apihelper

from engram.core.key_value import read_json
from engram.core.listener import NOBODY, Listener
from engram.core.lru import LRUCache
from engram.core.waits import Steps, Wakeup, wait
from engram.storage.store import Store
from engram.telegram.bot_api import BotApi
from engram.telegram.lanes import ChatLanes
from engram.telegram.refusals import (
    LONGEST_PAUSE,
    NotNowError,
    UndeliverableError,
    migrated_to,
    retry_after,
)
from engram.telegram.timer import Timer
from engram.telegram.turns import CHATS, NEVER, Turn, Turns, Urgency

log = logging.getLogger(__name__)

T = TypeVar("T")
LONGEST_WAIT = 60.0
PER_SECOND = 30
# How many threads send what may be missed, and how many such calls may wait for them.
BEST_EFFORT_THREADS, BEST_EFFORTS = 4, 200
PAUSES = "telegram/pauses"
HOUR = 3600.0
# In place of a chat: the bot's menu, which has limits of its own.
MENU = 1


class Call(Enum):
    """What is asked of Telegram or shown, and is no message; each has limits of its own."""

    QUESTION = "question"
    ACTION = "action"
    PRESS = "press"


class Egress:
    """Sends everything that the process sends, by the methods of `bot`.

    What is delivered waits for its turn and is repeated until Telegram has it. A preview is sent
    now or not at all, and leaves room for the final answer. `store` remembers the pauses that
    Telegram asks for, and `listener` is told of each. `per_second` is the limit for all chats
    together. All that waits in here shares one `timer`.

    A `chat` may be named by any id that it has or had; `moves` knows its present one, which `send`
    has to use, and learns of another one from Telegram's refusal.
    """

    def __init__(
        self,
        api: BotApi,
        store: Store,
        per_second: int = PER_SECOND,
        listener: Listener = NOBODY,
    ) -> None:
        self.api, self.bot = api, api.bot
        self._store, self._listener = store, listener
        self.moves = store.moves
        self.timer = Timer()
        self._stopped = Wakeup()
        self._lock = threading.Condition()
        self._turns = Turns(per_second, self.timer, self.moves.first, self._kept_pauses())
        # Until when (monotonic) Telegram wants no more of these calls.
        self._calls: LRUCache[tuple[int, Call], float] = LRUCache(CHATS)
        self._in_flight = 0
        self._best_efforts = ChatLanes(BEST_EFFORT_THREADS, "best effort", self.timer)

    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def stop(self, seconds: float = 0.0) -> None:
        """Send nothing more and end all waiting; calls in flight get `seconds` to finish."""
        self._stopped.set()
        self._turns.stop()
        with self._lock:
            self._lock.wait_for(lambda: not self._in_flight, seconds)

    def deliver(
        self, chat: int, send: Callable[[], Any], urgency: Urgency = Urgency.ANSWER
    ) -> Steps[None]:
        """Call `send` until Telegram accepts it, or says that it is on screen already.

        It waits for its turn in `chat`, for the end of a pause, and 1, 2, 4 ... 60 seconds after
        network errors and 5xx. Raises `UndeliverableError` where repeating it does not help, and
        once the bot is stopping.
        """
        waits = backoff.expo(max_value=LONGEST_WAIT)
        next(waits)
        while True:
            yield from self._turn(chat, urgency)
            try:
                self._try(chat, send)
                return
            except NotNowError as err:
                if err.reason:
                    pause = next(waits)
                    log.warning("Telegram: %s; trying again in %g s", err.reason, pause)
                    yield from wait(self._stopped, time.monotonic() + pause)

    def _turn(self, chat: int, urgency: Urgency) -> Steps[None]:
        """Wait for a turn in `chat`, and for another one should a pause have begun meanwhile."""
        while True:
            turn = self._turns.ask(chat, urgency)
            try:
                yield from wait(turn.woken, NEVER)
            finally:
                self._turns.give_up(turn)
            self._check_running()
            if self._turns.pause_left(chat) <= 0:
                return

    def _check_running(self) -> None:
        if self.is_stopped():
            raise UndeliverableError(0, "the bot is stopping")

    def awaited(self, chat: int, urgency: Urgency, reserve: int = 1) -> Turn | None:
        """The turn that a preview has to wait for; None when it can be sent now.

        A preview leaves `reserve` messages for what follows.
        """
        if self._turns.is_free(chat, urgency, reserve):
            return None
        return self._turns.ask(chat, urgency, reserve)

    def preview(
        self,
        chat: int,
        send: Callable[[], Any],
        reserve: int = 1,
        urgency: Urgency = Urgency.PREVIEW,
        turn: Turn | None = None,
    ) -> None:
        """Call `send` now and once, in the `turn` that it was granted, if any.

        Raises `NotNowError` with the turn to come back in when it would have to wait, and
        `UndeliverableError` when it is refused.
        """
        self._check_running()
        if turn is None or not turn.granted:
            turn = self._turns.ask(chat, urgency, reserve)
            if not turn.granted:
                raise NotNowError(NEVER, turn=turn)
        self._try(chat, send)

    def give_up(self, turn: Turn) -> None:
        """Want `turn` no more, which a preview was to come back in."""
        self._turns.give_up(turn)

    def assume_spent(self, chat: int) -> None:
        """Assume that an earlier process has just sent `chat` all that may be sent at once."""
        self._turns.assume_spent(chat)

    def ask(self, chat: int, call: Callable[[], T], what: Call = Call.QUESTION) -> T | None:
        """The result of `call`, now and once; None during a pause and when Telegram gives none.

        A pause that Telegram asks for here is one of such calls, and holds up no message.
        """
        found: list[T] = []
        key, now = (self.moves.first(chat), what), time.monotonic()
        # The answer to a press appears in no chat, so that no chat's pause holds it up.
        is_free = what is Call.PRESS or self._turns.pause_left(chat) <= 0
        if is_free and (self._calls.get(key) or 0.0) <= now:
            try:
                self._try(chat, lambda: found.append(call()), is_message=False)
            except (UndeliverableError, NotNowError) as err:
                level = logging.WARNING if what is Call.QUESTION else logging.DEBUG
                log.log(level, "Telegram gives no answer about %d (%s): %s", chat, what.value, err)
                if isinstance(err, NotNowError) and not err.reason:
                    self._calls.put(key, now + err.wait)
        return found[0] if found else None

    def best_effort(self, chat: int, send: Callable[[], Any], what: Call) -> None:
        """Call `send` soon and once, unless a pause forbids it: for what may be missed.

        It returns at once, however long Telegram takes.
        """
        if self._best_efforts.waiting < BEST_EFFORTS:
            self._best_efforts.put(object(), lambda: self._show(chat, send, what))

    def _show(self, chat: int, send: Callable[[], Any], what: Call) -> None:
        self.ask(chat, send, what)

    def _try(self, chat: int, send: Callable[[], Any], *, is_message: bool = True) -> None:
        now = self.moves.now(chat)
        try:
            with self._sending():
                send()
        except apihelper.ApiTelegramException as err:
            if (new := migrated_to(err)) and self.moves.move(now, new):
                raise NotNowError(0.0) from err
            if err.error_code == 429:
                seconds = retry_after(err) or 1.0
                if is_message:
                    self._pause(chat, seconds)
                raise NotNowError(seconds) from err
            if err.error_code >= 500:
                raise NotNowError(1.0, f"it answers {err.error_code}") from err
            refusal = UndeliverableError(err.error_code, err.description)
            if not refusal.is_on_screen:
                raise refusal from err
        except (requests.RequestException, apihelper.ApiException) as err:
            raise NotNowError(1.0, f"no proper answer ({type(err).__name__})") from err

    @contextlib.contextmanager
    def _sending(self) -> Iterator[None]:
        self._check_running()
        with self._lock:
            self._in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1
                self._lock.notify_all()

    def _pause(self, chat: int, seconds: float) -> None:
        """Leave `chat` in peace for `seconds`, also after a restart."""
        pauses = self._turns.pause(chat, seconds)
        kept = {who: (time.time() + left, left) for who, left in pauses.items()}
        self._store.put(PAUSES, json.dumps(kept))
        self._listener.paused(seconds)
        who = "the menu" if chat == MENU else chat
        log.warning("Telegram asks for a pause of %g s in %s", seconds, who)

    def _kept_pauses(self) -> dict[int, float]:
        """The pauses that an earlier process was asked for and that are not over yet."""
        try:
            kept = read_json(self._store.get(PAUSES)) or {}
            left = {int(chat): _seconds_left(pause) for chat, pause in kept.items()}
        except (ValueError, TypeError, AttributeError):
            return {}
        return {chat: time.monotonic() + seconds for chat, seconds in left.items() if seconds > 0}


def _seconds_left(pause: Any) -> float:
    """What is left of a kept `pause`: until when it lasts by the clock, and how long it was.

    However the clock was set since then, it is not longer. Earlier versions kept no length.
    """
    until, seconds = pause if isinstance(pause, list) else (pause, HOUR)
    return float(min(until - time.time(), seconds, LONGEST_PAUSE))
