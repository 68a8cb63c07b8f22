"""Everything that is sent to Telegram: in its turn, and until Telegram has it."""

import json
import logging
import re
import time
from collections.abc import Callable
from typing import Any

from engram.core.key_value import read_json
from engram.core.listener import NOBODY, Listener
from engram.core.waits import Steps, wait
from engram.storage.store import Store
from engram.telegram.sending.bot_api import PREVIEW_TIMEOUT, BotApi
from engram.telegram.sending.calls import Calls
from engram.telegram.sending.contact import Contact
from engram.telegram.sending.refusals import (
    LONGEST_PAUSE,
    NotNowError,
    Tries,
    UnconfirmedError,
    UndeliverableError,
)
from engram.telegram.sending.turns import NEVER, Turn, Turns, Urgency
from engram.telegram.timer import Timer

log = logging.getLogger(__name__)

# How soon (s) a preview is tried again while it is in doubt whether Telegram answers.
DOUBTFUL = 1.0
PER_SECOND = 30
PAUSES = "telegram/pauses"
HOUR = 3600.0
# In place of a chat: the bot's menu, which has limits of its own.
MENU = 1
_CHAT = re.compile(r"-?[0-9]{1,19}")


class Egress:
    """Sends everything that the process sends, by the methods of `bot`.

    What is delivered waits for its turn and is repeated until Telegram has it. A preview is sent
    now or not at all, and leaves room for the final answer. What is no message goes by `calls`.
    `turns` knows who may send next.
    `store` remembers the pauses that Telegram asks for, and `listener` is told of each.
    `per_second` is the limit for all chats together. All that waits in here shares one `timer`.

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
        self._contact = Contact(api, self.moves, self.timer)
        self.turns = Turns(per_second, self.timer, self.moves.first, self._kept_pauses())
        self.calls = Calls(self._contact, self.turns, self.moves, self.timer)

    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._contact.stopped.is_set()

    def stop(self, seconds: float = 0.0) -> None:
        """Send nothing more and end all waiting; calls in flight get `seconds` to finish."""
        self.turns.stop()
        self._contact.stop(seconds)

    def deliver(
        self,
        chat: int,
        send: Callable[[], Any],
        urgency: Urgency = Urgency.ANSWER,
        tries: Tries | None = None,
    ) -> Steps[None]:
        """Call `send` until Telegram accepts it, or says that it is on screen already.

        It waits for its turn in `chat`, for the end of a pause, and after each failure as long as
        `tries` says. Nothing is sent while Telegram refuses the bot's token, and no message again
        before it answers. Raises `UndeliverableError` where repeating it does not help, and once
        the bot is stopping; `UnconfirmedError` for a message whose replies are lost.
        """
        tries = tries or Tries()
        while True:
            if tries.is_unsure or self._contact.is_refused:
                yield from self._until_sure()
            turn = yield from self._turn(chat, urgency)
            pause = self._tried(chat, send, turn, tries)
            if pause is None:
                return
            yield from self.rest(pause)

    def _tried(self, chat: int, send: Callable[[], Any], turn: Turn, tries: Tries) -> float | None:
        """Call `send` once; returns the seconds to wait after a failure, None after none."""
        try:
            with self.api.patience(tries.patience):
                self._try(chat, send, turn)
        except NotNowError as err:
            if not err.reason:
                return 0.0
            pause = tries.lost() if err.is_lost else tries.failed()
            if tries.is_unsure:
                self._contact.doubt()
            if pause is None:
                raise UnconfirmedError from err
            failure = f"Telegram: {err.reason}"
        except UndeliverableError as err:
            if (pause := tries.refused(err)) is None:
                raise
            failure = str(err)
        else:
            return None
        again = f"trying again in {pause:g} s" if pause else "sending it in a plainer form"
        log.warning("%s; %s", failure, again)
        return pause

    def rest(self, seconds: float) -> Steps[None]:
        """Wait. Raises `UndeliverableError` once the bot is stopping."""
        yield from wait(self._contact.stopped, time.monotonic() + seconds)
        self._contact.check_running()

    def _until_sure(self) -> Steps[None]:
        """Wait until Telegram answers this bot."""
        yield from wait(self._contact.sure(), NEVER)
        self._contact.check_running()

    def _turn(self, chat: int, urgency: Urgency) -> Steps[Turn]:
        """Wait for a turn in `chat`, and for another one should a pause have begun meanwhile."""
        while True:
            turn = self.turns.ask(chat, urgency)
            try:
                yield from wait(turn.woken, NEVER)
            finally:
                self.turns.give_up(turn)
            self._contact.check_running()
            if self.turns.pause_left(chat) <= 0:
                return turn

    def awaited(self, chat: int, urgency: Urgency, reserve: int = 1) -> Turn | None:
        """The turn that a preview has to wait for; None when it can be sent now.

        A preview leaves `reserve` messages for what follows.
        """
        if self.turns.is_free(chat, urgency, reserve):
            return None
        return self.turns.ask(chat, urgency, reserve)

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
        self._contact.check_running()
        if self._contact.in_doubt:
            raise NotNowError(DOUBTFUL)
        # A pause may have begun since it was granted.
        if turn is None or not turn.granted or self.turns.pause_left(chat) > 0:
            turn = self.turns.ask(chat, urgency, reserve)
            if not turn.granted:
                raise NotNowError(NEVER, turn=turn)
        try:
            with self.api.patience(1, PREVIEW_TIMEOUT):
                self._try(chat, send, turn)
        except NotNowError as err:
            if err.is_lost:
                self._contact.doubt()
            raise

    def _try(self, chat: int, send: Callable[[], Any], turn: Turn) -> None:
        try:
            self._contact.call(chat, send)
        except NotNowError as err:
            if err.is_pause:
                self._pause(chat, err.wait)
            raise
        finally:
            self.turns.sent(turn)

    def _pause(self, chat: int, seconds: float) -> None:
        """Leave `chat` in peace for `seconds`, also after a restart."""
        left = self.turns.pause(chat, seconds)
        key = f"{PAUSES}/{self.moves.first(chat)}"
        self._store.put(key, json.dumps((time.time() + left, left)))
        self._listener.paused(seconds)
        who = "the menu" if chat == MENU else chat
        log.warning("Telegram asks for a pause of %g s in %s", seconds, who)

    def _kept_pauses(self) -> dict[int, float]:
        """The pauses that an earlier process was asked for and that are not over yet."""
        sql = "SELECT substr(key, ?), value FROM kept WHERE key LIKE ?"
        rows = self._store.read(sql, len(PAUSES) + 2, f"{PAUSES}/%", kinds=(str, str))
        kept = {chat: read_json(pause) for chat, pause in rows}
        # Earlier versions kept all of them together.
        earlier = read_json(self._store.get(PAUSES))
        if isinstance(earlier, dict):
            kept = {**earlier, **kept}
        # A damaged one costs only itself.
        left = {who: _seconds_left(pause) for who, pause in kept.items() if _CHAT.fullmatch(who)}
        now = time.monotonic()
        return {int(chat): now + seconds for chat, seconds in left.items() if seconds > 0}


def _seconds_left(pause: Any) -> float:
    """What is left of a kept `pause`: until when it lasts by the clock, and how long it was.

    However the clock was set since then, it is not longer. Earlier versions kept no length. It is
    0 for what is no pause.
    """
    try:
        until, seconds = pause if isinstance(pause, list) else (pause, HOUR)
        return float(min(until - time.time(), seconds, LONGEST_PAUSE))
    except (ValueError, TypeError):
        return 0.0
