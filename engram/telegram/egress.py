"""Everything that is sent to Telegram: keeps to its limits and pauses, and sends answers first.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this states the limits;
edits count like messages.
"""

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import backoff
import requests
from telebot import apihelper

from engram.core.listener import NOBODY, Listener
from engram.core.lru import LRUCache
from engram.storage.store import Store
from engram.telegram.bot_api import BotApi
from engram.telegram.lanes import ChatLanes
from engram.telegram.pace import Bucket, Window
from engram.telegram.refusals import NotNowError, UndeliverableError, migrated_to, retry_after

log = logging.getLogger(__name__)

T = TypeVar("T")
LONGEST_WAIT = 60.0
# A private chat: three at once and one more every 1.2 s. A group: three at once and one every 4 s,
# which is never more than 18 a minute, where Telegram allows 20.
PRIVATE_PACE, GROUP_PACE = (3, 1.2), (3, 4.0)
PER_SECOND = 30
# How many of these previews leave free for what must not wait.
KEPT_FREE = 5
CHATS = 20_000
# How many threads send what may be missed, and how many such calls may wait for them.
BEST_EFFORT_THREADS, BEST_EFFORTS = 8, 200
PAUSES = "telegram/pauses"
# In place of a chat: what concerns the bot as a whole, and its menu, which has limits of its own.
ALL, MENU = 0, 1


class Egress:
    """Sends everything that the process sends, by the methods of `bot`.

    What is delivered waits for its turn and is repeated until Telegram has it. A preview is sent
    now or not at all, and leaves room for the final answer. `store` remembers the pauses that
    Telegram asks for, and `listener` is told of each. `per_second` is the limit for all chats
    together.

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
        self._stopped = threading.Event()
        self._lock = threading.Condition()
        self._all = Window(per_second, 1.0)
        self._paces: LRUCache[int, Bucket] = LRUCache(CHATS)
        # Until when (monotonic) nothing may be sent, by the chat's first id, as paces are.
        self._pauses: dict[int, float] = self._kept_pauses()
        # The same for questions about a chat, which Telegram limits by themselves.
        self._asks: LRUCache[int, float] = LRUCache(CHATS)
        self._in_flight = 0
        self._best_efforts = ChatLanes(BEST_EFFORT_THREADS, "best effort")

    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def stop(self, seconds: float = 0.0) -> None:
        """Send nothing more and end all waiting; calls in flight get `seconds` to finish."""
        self._stopped.set()
        with self._lock:
            self._lock.wait_for(lambda: not self._in_flight, seconds)

    def deliver(self, chat: int, send: Callable[[], Any]) -> None:
        """Call `send` until Telegram accepts it, or says that it is on screen already.

        It waits for its turn in `chat`, for the end of a pause, and 1, 2, 4 ... 60 seconds after
        network errors and 5xx. Raises `UndeliverableError` where repeating it does not help, and
        once the bot is stopping.
        """
        waits = backoff.expo(max_value=LONGEST_WAIT)
        next(waits)
        while True:
            self._wait(self._book(chat))
            while (pause := self._pause_left(chat)) > 0:
                self._wait(pause)
            try:
                self._try(chat, send)
                return
            except NotNowError as err:
                if err.reason:
                    pause = next(waits)
                    log.warning("Telegram: %s; trying again in %g s", err.reason, pause)
                    self._wait(pause)

    def preview_in(self, chat: int, reserve: int = 1) -> float:
        """In how many seconds a preview can be sent that leaves `reserve` messages for the rest."""
        with self._lock:
            return self._free_at(chat, reserve) - time.monotonic()

    def preview(self, chat: int, send: Callable[[], Any], reserve: int = 1) -> None:
        """Call `send` now and once, and leave `reserve` messages for what follows.

        Raises `NotNowError` when it would have to wait, `UndeliverableError` when it is refused.
        """
        if self.is_stopped():
            raise NotNowError(LONGEST_WAIT)
        with self._lock:
            now = time.monotonic()
            wait = self._free_at(chat, reserve) - now
            if wait > 0:
                raise NotNowError(wait)
            self._take(chat, now)
        self._try(chat, send)

    def assume_spent(self, chat: int) -> None:
        """Assume that an earlier process has just sent `chat` all that may be sent at once."""
        with self._lock:
            self._pace(chat).drain(time.monotonic())

    def ask(self, chat: int, call: Callable[[], T]) -> T | None:
        """The result of `call`, now and once; None during a pause and when Telegram gives none."""
        found: list[T] = []
        first, now = self.moves.first(chat), time.monotonic()
        if self._pause_left(chat) <= 0 and (self._asks.get(first) or 0.0) <= now:
            try:
                self._try(chat, lambda: found.append(call()), is_question=True)
            except (UndeliverableError, NotNowError) as err:
                log.warning("Telegram does not answer a question about %d: %s", chat, err)
                if isinstance(err, NotNowError) and not err.reason:
                    self._asks.put(first, now + err.wait)
        return found[0] if found else None

    def best_effort(self, chat: int, send: Callable[[], Any]) -> None:
        """Call `send` soon and once, unless a pause forbids it: for what may be missed.

        It returns at once, however long Telegram takes.
        """
        if self._best_efforts.waiting < BEST_EFFORTS:
            self._best_efforts.put(object(), lambda: self._send_once(chat, send))

    def _send_once(self, chat: int, send: Callable[[], Any]) -> None:
        if self._pause_left(chat) <= 0:
            with contextlib.suppress(UndeliverableError, NotNowError):
                self._try(chat, send)

    def _try(self, chat: int, send: Callable[[], Any], *, is_question: bool = False) -> None:
        now = self.moves.now(chat)
        try:
            with self._sending():
                send()
        except apihelper.ApiTelegramException as err:
            if (new := migrated_to(err)) and self.moves.move(now, new):
                raise NotNowError(0.0) from err
            if err.error_code == 429:
                wait = retry_after(err) if is_question else self._pause(chat, err)
                raise NotNowError(wait) from err
            if err.error_code >= 500:
                raise NotNowError(1.0, f"it answers {err.error_code}") from err
            refusal = UndeliverableError(err.error_code, err.description)
            if not refusal.is_on_screen:
                raise refusal from err
        except (requests.RequestException, apihelper.ApiException) as err:
            raise NotNowError(1.0, f"no proper answer ({type(err).__name__})") from err

    @contextlib.contextmanager
    def _sending(self) -> Iterator[None]:
        if self.is_stopped():
            raise UndeliverableError(0, "the bot is stopping")
        with self._lock:
            self._in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1
                self._lock.notify_all()

    def _wait(self, seconds: float) -> None:
        if self._stopped.wait(seconds) if seconds > 0 else self.is_stopped():
            raise UndeliverableError(0, "the bot is stopping")

    def _book(self, chat: int) -> float:
        """Take the next turn in `chat`; returns the seconds until it comes."""
        with self._lock:
            now = time.monotonic()
            at = max(now, self._free_at(chat, 0))
            self._take(chat, at)
            return at - now

    def _free_at(self, chat: int, reserve: int) -> float:
        overall = self._all.free_at(KEPT_FREE if reserve else 0)
        return max(self._paused_until(chat), overall, self._pace(chat).free_at(reserve))

    def _take(self, chat: int, at: float) -> None:
        self._all.take(at)
        self._pace(chat).take(at)

    def _pace(self, chat: int) -> Bucket:
        chat = self.moves.first(chat)
        pace = self._paces.get(chat)
        if pace is None:
            pace = Bucket(*(GROUP_PACE if chat < 0 else PRIVATE_PACE))
            self._paces.put(chat, pace)
        return pace

    def _pause_left(self, chat: int) -> float:
        with self._lock:
            return self._paused_until(chat) - time.monotonic()

    def _paused_until(self, chat: int) -> float:
        return max(self._pauses.get(one, 0.0) for one in (ALL, self.moves.first(chat)))

    def _pause(self, chat: int, err: apihelper.ApiTelegramException) -> float:
        """Begin the pause that a 429 asks for; returns its length in seconds."""
        seconds = retry_after(err) or 1.0
        chat, now = self.moves.first(chat), time.monotonic()
        with self._lock:
            self._pauses[chat] = max(self._pauses.get(chat, 0.0), now + seconds)
            self._pauses = {who: until for who, until in self._pauses.items() if until > now}
            kept = {who: time.time() + until - now for who, until in self._pauses.items()}
        self._store.put(PAUSES, json.dumps(kept))
        self._listener.paused(seconds)
        who = {ALL: "all chats", MENU: "the menu"}.get(chat, chat)
        log.warning("Telegram asks for a pause of %g s in %s", seconds, who)
        return seconds

    def _kept_pauses(self) -> dict[int, float]:
        """The pauses that an earlier process was asked for and that are not over yet."""
        ahead = time.monotonic() - time.time()
        try:
            kept = json.loads(self._store.get(PAUSES) or "{}")
            pauses = {int(chat): until + ahead for chat, until in kept.items()}
        except (ValueError, TypeError, AttributeError):
            return {}
        return {chat: until for chat, until in pauses.items() if until > time.monotonic()}
