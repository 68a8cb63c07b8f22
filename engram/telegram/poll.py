"""The poll loop: takes updates from Telegram, whatever happens to the network."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import backoff
import requests
from telebot import apihelper

from engram.core.errors import EngramError
from engram.telegram.bot_api import BotApi
from engram.telegram.incoming import MessageKind
from engram.telegram.refusals import retry_after

log = logging.getLogger(__name__)

POLL_SECONDS = 25
LONGEST_WAIT = 30.0
# A poll that brings nothing for this many seconds, not even an empty answer, is hung up.
SILENCE = 120.0
UPDATES = [kind.value for kind in MessageKind]
TROUBLES = {
    401: "the bot token was revoked; put the new one into .env and start again",
    409: "another process polls with the same bot token (409); stop one of them",
}

T = TypeVar("T")


class WrongTokenError(EngramError):
    """Telegram does not know the bot token."""


class Poll:
    """Asks Telegram for updates again and again; logs each trouble once, until it changes."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._stopped = threading.Event()
        self._offset = 0
        self._trouble = ""
        self._accepted = False
        self.answered_at = time.monotonic()

    @property
    def works(self) -> bool:
        """Whether Telegram answered the last poll, or the one before a poll that still waits."""
        return time.monotonic() - self.answered_at < 2 * POLL_SECONDS

    def fails(self) -> bool:
        """Whether the last poll failed, so that what people have said since is not known."""
        return bool(self._trouble)

    def stop(self) -> None:
        """Stop polling."""
        self._stopped.set()

    def updates(self) -> Iterator[list[dict[str, Any]]]:
        """Yield the updates that each poll brings, until `stop`.

        Keep them before asking for the next ones: that request makes Telegram forget them.
        """
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        while not self._stopped.is_set():
            found = self.retry(self._fetch) or []
            for update in found:
                self._offset = max(self._offset, update["update_id"] + 1)
            yield found

    def retry(self, call: Callable[[], T]) -> T | None:
        """Call `call` with doubling waits until it succeeds, and return its result.

        None once stopped. Raises `WrongTokenError` when Telegram refuses the token and has never
        accepted it.
        """
        waits = backoff.expo(max_value=LONGEST_WAIT)
        next(waits)
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
        get_updates: Any = apihelper.get_updates
        found = get_updates(
            self._api.bot.token,
            offset=self._offset,
            allowed_updates=UPDATES,
            long_polling_timeout=POLL_SECONDS,
        )
        if not isinstance(found, list):
            raise requests.exceptions.InvalidJSONError("not a list of updates")
        return [one for one in found if isinstance(one, dict) and type(one.get("update_id")) is int]

    def _explain(self, err: Exception) -> None:
        code = getattr(err, "error_code", None)
        if code in (401, 404) and not self._accepted:
            raise WrongTokenError(
                "Telegram does not know this bot token; copy it again from @BotFather into "
                "TELEGRAM_BOT_TOKEN in .env"
            ) from None
        name = type(err).__name__
        trouble = f"no proper answer from Telegram ({code or name})"
        if isinstance(err, requests.RequestException):
            trouble = f"Telegram cannot be reached ({name}): check this machine's network"
        trouble = TROUBLES.get(code or 0, trouble)
        if trouble != self._trouble:
            self._trouble = trouble
            log.warning("%s; trying again until it works", trouble)

    def _watch(self) -> None:
        """Hang up a poll that never returns: requests' timeout starts again with each byte."""
        while not self._stopped.wait(SILENCE / 8):
            if time.monotonic() - self.answered_at > SILENCE:
                # A known trouble was logged already.
                level = logging.DEBUG if self._trouble else logging.WARNING
                log.log(level, "no answer from Telegram for %g s: reconnecting", SILENCE)
                self._api.reconnect()
                self.answered_at = time.monotonic()
