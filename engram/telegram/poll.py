"""The poll loop: takes updates from Telegram for ever, whatever happens to the network."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import backoff
import requests
from telebot import apihelper

from engram.core.errors import EngramError
from engram.telegram.egress import Egress
from engram.telegram.refusals import retry_after

log = logging.getLogger(__name__)

POLL_SECONDS = 25
LONGEST_WAIT = 30.0
# A poll that brought nothing for so long, not even an empty answer, is hung up.
SILENCE = 120.0
UPDATES = ["message", "edited_message", "callback_query", "stopped_message_generation"]

T = TypeVar("T")


class WrongTokenError(EngramError):
    """Telegram does not know the bot token."""


class Poll:
    """Asks Telegram again and again; each cause of trouble is logged once, until it changes."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._stopped = threading.Event()
        self._offset = 0
        self._trouble = ""
        self._accepted = False
        self.heard = time.monotonic()

    @property
    def works(self) -> bool:
        """Whether the last poll, or one that may still be waiting, was answered."""
        return time.monotonic() - self.heard < 2 * POLL_SECONDS

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()

    def updates(self) -> Iterator[list[dict[str, Any]]]:
        """Yield what each poll brings, until `stop`.

        Telegram forgets what was yielded when the next is asked for: keep it before.
        """
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        while not self._stopped.is_set():
            found = self.persist(self._fetch) or []
            for update in found:
                self._offset = max(self._offset, update["update_id"] + 1)
            yield found

    def persist(self, call: Callable[[], T]) -> T | None:
        """The result of `call`, tried again with doubling waits; None once stopped.

        Raises `WrongTokenError` when Telegram has never accepted the token.
        """
        waits = backoff.expo(max_value=LONGEST_WAIT)
        next(waits)
        while not self._stopped.is_set():
            try:
                result = call()
            except (requests.RequestException, apihelper.ApiException) as err:
                self._explain(err)
                told = retry_after(err) if isinstance(err, apihelper.ApiTelegramException) else None
                self._stopped.wait(max(next(waits), told or 0.0))
            else:
                self._accepted, self.heard = True, time.monotonic()
                if self._trouble:
                    log.info("Telegram is reached again")
                    self._trouble = ""
                return result
        return None

    def _fetch(self) -> list[dict[str, Any]]:
        get_updates: Any = apihelper.get_updates
        found = get_updates(
            self._egress.bot.token,
            offset=self._offset,
            allowed_updates=UPDATES,
            long_polling_timeout=POLL_SECONDS,
        )
        if not isinstance(found, list):
            raise requests.exceptions.InvalidJSONError("no list of updates")
        return [one for one in found if isinstance(one, dict) and type(one.get("update_id")) is int]

    def _explain(self, err: Exception) -> None:
        code = getattr(err, "error_code", None)
        if code in (401, 404) and not self._accepted:
            raise WrongTokenError(
                "Telegram does not know this bot token; copy it again from @BotFather into "
                "TELEGRAM_BOT_TOKEN in .env"
            ) from None
        trouble = {
            401: "the bot token was revoked; put the new one into .env and start again",
            409: "another process polls with the same bot token (409); stop one of them",
        }.get(code or 0)
        if trouble is None and isinstance(err, requests.RequestException):
            trouble = (
                f"Telegram cannot be reached ({type(err).__name__}): check this machine's network"
            )
        trouble = trouble or f"no proper answer from Telegram ({code or type(err).__name__})"
        if trouble != self._trouble:
            self._trouble = trouble
            log.warning("%s; trying again until it works", trouble)

    def _watch(self) -> None:
        """Hang up on a poll that never returns: the timeout of requests is on silence alone."""
        while not self._stopped.wait(SILENCE / 8):
            if time.monotonic() - self.heard > SILENCE:
                # What is known to be in trouble was logged already.
                level = logging.DEBUG if self._trouble else logging.WARNING
                log.log(level, "no answer from Telegram for %g s: connecting anew", SILENCE)
                self._egress.renew()
                self.heard = time.monotonic()
