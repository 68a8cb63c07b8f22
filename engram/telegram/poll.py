"""The poll loop: takes updates from Telegram, whatever happens to the network."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

import requests
from telebot import apihelper

from engram.core.errors import EngramError
from engram.core.lru import LRUCache
from engram.core.waits import doubling
from engram.telegram.incoming import MessageKind, identity, is_id
from engram.telegram.sending.bot_api import BotApi, RedirectedError, UnsentError
from engram.telegram.sending.refusals import retry_after

log = logging.getLogger(__name__)

POLL_SECONDS = 25
LONGEST_WAIT = 30.0
# A poll that brings nothing for this many seconds, not even an empty answer, is hung up.
SILENCE = 120.0
# A poll that brings nothing new takes so many seconds at least, from the first to the tenth such
# poll in a row: no server can make the loop spin.
SHORTEST, LONGEST = 0.1, 1.0
# So long (s) the next poll leaves the interpreter to the answers to what came with this one.
HEAD_START = 0.003
# Telegram's numbers have 32 bits, and from 0 down an offset has another meaning.
NUMBERS = range(2**31)
# As many updates are known again when a server repeats them.
KNOWN = 5000
UPDATES = [kind.value for kind in MessageKind]
REVOKED = "the bot token was revoked; put the new one into .env and start again"
TROUBLES = {
    401: REVOKED,
    404: REVOKED,
    409: "another process polls with the same bot token (409); stop one of them",
}

T = TypeVar("T")


class WrongTokenError(EngramError):
    """Telegram does not know the bot token."""


class Poll:
    """Asks Telegram for updates again and again; logs each trouble once, until it changes.

    Telegram numbers updates anew after a week without any, and so does another Bot API server:
    numbers can fall. So an offset is no more than the acknowledgement of the updates that came
    last. What a server repeats all the same is known here, and by the inbox.
    """

    def __init__(self, api: BotApi) -> None:
        self.api = api
        self._stopped = threading.Event()
        self._offset = 0
        self._known: LRUCache[tuple[int, str], bool] = LRUCache(KNOWN)
        self._me: Future[Any] | None = None
        self._first: Future[list[dict[str, Any]] | None] | None = None
        self._idle = 0
        self._trouble = ""
        self._accepted = False
        self.answered_at = time.monotonic()

    @property
    def works(self) -> bool:
        """Whether Telegram answered the last poll, or the one before a poll that still waits."""
        return time.monotonic() - self.answered_at < 2 * POLL_SECONDS

    @property
    def heard_at(self) -> float | None:
        """When Telegram answered last, in seconds since the epoch; None if it never did."""
        return time.time() - (time.monotonic() - self.answered_at) if self._accepted else None

    def fails(self) -> bool:
        """Whether the last poll failed, so that what people have said since is not known."""
        return bool(self._trouble)

    def stop(self) -> None:
        """Stop polling."""
        self._stopped.set()

    def begin(self) -> None:
        """Ask already, in the background, who the bot is, and for what `updates` yields first."""
        self._first, self._me = self._ahead(self._fetch), self._ahead(self.api.bot.get_me)

    def me(self) -> Any:
        """Who the bot is, once Telegram tells; None and `WrongTokenError` as in `retry`."""
        return self._me.result() if self._me else self.retry(self.api.bot.get_me)

    def _ahead(self, call: Callable[[], T]) -> "Future[T | None]":
        future: Future[T | None] = Future()

        def ask() -> None:
            try:
                future.set_result(self.retry(call))
            except Exception as err:
                future.set_exception(err)

        threading.Thread(target=ask, name="ahead", daemon=True).start()
        return future

    def updates(self) -> Iterator[list[dict[str, Any]]]:
        """Yield the new updates that each poll brings, until `stop`.

        Keep them before asking for the next ones: that request makes Telegram forget them.
        """
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        while not self._stopped.is_set():
            began = time.monotonic()
            first, self._first = self._first, None
            found = (first.result() if first else self.retry(self._fetch)) or []
            numbers = [one["update_id"] for one in found if one["update_id"] in NUMBERS]
            self._offset = numbers[-1] + 1 if numbers else 0
            new = list(filter(self._is_new, found))
            yield new
            self._idle = 0 if new else self._idle + 1
            least = began + min(self._idle * SHORTEST, LONGEST)
            self._stopped.wait(max(HEAD_START, least - time.monotonic()))

    def _is_new(self, update: dict[str, Any]) -> bool:
        """Whether `update` did not come before; a known number may be that of another update."""
        key = update["update_id"], identity(update)
        is_known = self._known.get(key) is not None
        self._known.put(key, True)
        return not is_known

    def retry(self, call: Callable[[], T]) -> T | None:
        """Call `call` with doubling waits until it succeeds, and return its result.

        None once stopped. Raises `WrongTokenError` when Telegram refuses the token and has never
        accepted it.
        """
        waits = doubling(most=LONGEST_WAIT)
        while not self._stopped.is_set():
            try:
                result = call()
            except (requests.RequestException, apihelper.ApiException) as err:
                self._explain(err)
                self._stopped.wait(max(next(waits), retry_after(err)))
            else:
                self._accepted, self.answered_at = True, time.monotonic()
                if self._trouble:
                    log.info("Telegram is reached again")
                    self._trouble = ""
                return result
        return None

    def _fetch(self) -> list[dict[str, Any]]:
        # Whether a poll that fails has acknowledged anything is not known: what comes again then
        # is known here, and a server that numbers anew must not take it for its own numbers.
        offset, self._offset = self._offset, 0
        get_updates: Any = apihelper.get_updates
        found = get_updates(
            self.api.bot.token,
            offset=offset,
            allowed_updates=UPDATES,
            long_polling_timeout=POLL_SECONDS,
        )
        if not isinstance(found, list):
            raise requests.exceptions.InvalidJSONError("not a list of updates")
        return [one for one in found if isinstance(one, dict) and is_id(one.get("update_id"))]

    def _explain(self, err: Exception) -> None:
        code = getattr(err, "error_code", None)
        if code in (401, 404) and not self._accepted:
            raise WrongTokenError(
                "Telegram does not know this bot token; copy it again from @BotFather into "
                "TELEGRAM_BOT_TOKEN in .env"
            ) from None
        # For whoever looks after the network it does not matter when the connection failed.
        name = "ConnectionError" if isinstance(err, UnsentError) else type(err).__name__
        trouble = f"no proper answer from Telegram ({code or name})"
        if isinstance(err, requests.RequestException):
            trouble = f"Telegram cannot be reached ({name}): check this machine's network"
        if isinstance(err, RedirectedError):
            trouble = str(err)
        trouble = TROUBLES.get(code or 0, trouble)
        if trouble != self._trouble:
            self._trouble = trouble
            log.warning("%s; trying again until it works", trouble)

    def _watch(self) -> None:
        """Hang up a poll that never returns: requests' timeout starts again with each byte."""
        hung_up_at = self.answered_at
        while not self._stopped.wait(SILENCE / 8):
            if time.monotonic() - max(self.answered_at, hung_up_at) > SILENCE:
                # A known trouble was logged already.
                level = logging.DEBUG if self._trouble else logging.WARNING
                log.log(level, "no answer from Telegram for %g s: reconnecting", SILENCE)
                self.api.reconnect()
                hung_up_at = time.monotonic()
