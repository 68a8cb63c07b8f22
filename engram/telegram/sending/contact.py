"""Calls to Telegram: what came of each, and whether Telegram answers this bot at all."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import requests
from telebot import apihelper

from engram.core.waits import Steps, Wakeup, wait
from engram.storage.moves import Moves
from engram.telegram.lanes import ChatLanes
from engram.telegram.sending.bot_api import BotApi, RedirectedError, UnsentError
from engram.telegram.sending.refusals import (
    TOKEN_REFUSED,
    NotNowError,
    Tries,
    UndeliverableError,
    migrated_to,
    retry_after,
)
from engram.telegram.timer import Timer

log = logging.getLogger(__name__)

# How long (s) after one question the next is asked at the latest.
LONGEST_PAUSE = 10.0


class Contact:
    """Makes calls to Telegram by `api`; `moves` learns of it when a chat has got another id.

    Once it is in doubt whether Telegram answers, it is asked with `getMe` until it does.
    `is_refused` tells that it does not know the bot's token. `stopped` is set by `stop`.
    """

    def __init__(self, api: BotApi, moves: Moves, timer: Timer) -> None:
        self._api, self._moves = api, moves
        self._lock = threading.Condition()
        # One question may be without a reply for long, and be settled otherwise.
        self._lanes = ChatLanes(2, "contact", timer)
        self.stopped = Wakeup()
        self._waiting: list[Wakeup] = []
        self.in_doubt = self.is_refused = self._is_told = False
        self._in_flight = 0

    def check_running(self) -> None:
        """Raise `UndeliverableError` after `stop`."""
        if self.stopped.is_set():
            raise UndeliverableError(0, "the bot is stopping")

    def call(self, chat: int, send: Callable[[], Any]) -> None:
        """Call `send`, which sends something to `chat`, now and once.

        Raises `NotNowError` and `UndeliverableError`, which is no error where the message says so
        already.
        """
        now = self._moves.now(chat)
        try:
            with self._sending():
                send()
            self.settle()
        except apihelper.ApiTelegramException as err:
            if (new := migrated_to(err)) and self._moves.move(now, new):
                raise NotNowError(0.0) from err
            if err.error_code == 429 or retry_after(err):
                raise NotNowError(retry_after(err) or 1.0) from err
            if err.error_code >= 500:
                raise NotNowError(1.0, f"it answers {err.error_code}") from err
            if err.error_code in TOKEN_REFUSED:
                self.doubt(is_refused=True)
            refusal = UndeliverableError(err.error_code, err.description)
            if not refusal.is_on_screen:
                raise refusal from err
        except (requests.RequestException, apihelper.ApiException) as err:
            reason = f"no proper answer ({type(err).__name__})"
            raise NotNowError(1.0, reason, is_lost=_is_lost(err)) from err

    def doubt(self, *, is_refused: bool = False) -> None:
        """Ask whether Telegram answers; `is_refused` tells that it did not know the token."""
        with self._lock:
            self.is_refused = self.is_refused or is_refused
            if self.in_doubt:
                return
            self.in_doubt = True
        self._lanes.put(object(), self._ask)

    def sure(self) -> Wakeup:
        """What is set as soon as nothing is in doubt, or `stop` was called."""
        woken = Wakeup()
        with self._lock:
            if self.in_doubt and not self.stopped.is_set():
                self._waiting.append(woken)
                return woken
        woken.set()
        return woken

    def stop(self, seconds: float) -> None:
        """Make no more calls and wake everybody; those in flight get `seconds` to finish."""
        self.stopped.set()
        self.settle()
        with self._lock:
            self._lock.wait_for(lambda: not self._in_flight, seconds)

    @contextlib.contextmanager
    def _sending(self) -> Iterator[None]:
        self.check_running()
        with self._lock:
            self._in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1
                self._lock.notify_all()

    def settle(self) -> None:
        """Telegram answers: nothing is in doubt."""
        if not self.in_doubt:
            return
        with self._lock:
            was_told, self._is_told = self._is_told, False
            self.in_doubt = self.is_refused = False
            waiting, self._waiting = self._waiting, []
        if was_told:
            log.info("Telegram takes the bot token again")
        for woken in waiting:
            woken.set()

    def _ask(self) -> Steps[None]:
        tries = Tries()
        while self.in_doubt and (pause := self._asked(tries)) is not None:
            yield from wait(self.stopped, time.monotonic() + min(pause, LONGEST_PAUSE))
        self.settle()

    def _asked(self, tries: Tries) -> float | None:
        """Ask once; returns the seconds to wait, None once Telegram answers."""
        try:
            with self._api.patience(tries.patience):
                self._api.bot.get_me()
        except apihelper.ApiTelegramException as err:
            if err.error_code in TOKEN_REFUSED:
                self._refuse(err.error_code)
            elif err.error_code < 500:
                return None
        except requests.Timeout:
            return tries.lost()
        except (requests.RequestException, apihelper.ApiException):
            return tries.failed()
        else:
            return None
        return tries.failed()

    def _refuse(self, code: int) -> None:
        if not self._is_told:
            self._is_told = True
            log.warning(
                "Telegram refuses the bot token (%d): nothing is sent until it takes it", code
            )
        with self._lock:
            self.is_refused = True


def _is_lost(err: Exception) -> bool:
    """Whether Telegram may have taken the call to which there was no proper answer."""
    # An error status with a page that is not Telegram's, or another address, says that it did not.
    return not isinstance(err, apihelper.ApiHTTPException | RedirectedError | UnsentError)
