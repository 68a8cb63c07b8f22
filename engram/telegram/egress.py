"""All that is sent to Telegram: one session, patience with failures, and no secret in an error."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import backoff
import requests
from requests.adapters import HTTPAdapter
from telebot import TeleBot, apihelper

from engram.errors import EngramError

log = logging.getLogger(__name__)

T = TypeVar("T")
LONGEST_WAIT = 60.0


class UndeliverableError(EngramError):
    """Telegram will not take this, now or later: give up; `code` is its error code."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"Telegram refuses it ({code}): {description}")
        self.code = code


class Egress:
    """The way to Telegram for the bot with `token`, at `api_url`.

    telebot keeps its settings in its module, so there is one of these in a process.
    """

    def __init__(self, token: str, api_url: str) -> None:
        self._stopped = threading.Event()
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=64))
        telebot_settings: Any = apihelper
        telebot_settings.API_URL = f"{api_url}/bot{{0}}/{{1}}"
        telebot_settings.CUSTOM_REQUEST_SENDER = self._send
        self.bot: Any = TeleBot(token, threaded=False)

    def stop(self) -> None:
        """End all waiting: what was not delivered by now raises `UndeliverableError`."""
        self._stopped.set()

    def deliver(self, send: Callable[[], T]) -> T | None:
        """Call `send` until Telegram has taken it; None when it is on screen already.

        Waits as long as a 429 asks for, and 1, 2, 4 ... 60 seconds after network errors and 5xx.
        Raises `UndeliverableError` for everything that no repetition mends.
        """
        waits = backoff.expo(max_value=LONGEST_WAIT)
        next(waits)
        while True:
            try:
                return send()
            except apihelper.ApiTelegramException as err:
                if err.error_code == 400 and "message is not modified" in err.description:
                    return None
                if err.error_code != 429 and err.error_code < 500:
                    raise UndeliverableError(err.error_code, err.description) from err
                reason, wait = f"it answers {err.error_code}", _retry_after(err)
            except (requests.RequestException, apihelper.ApiException) as err:
                reason, wait = f"no proper answer ({type(err).__name__})", None
            pause = next(waits) if wait is None else wait
            log.warning("Telegram: %s; trying again in %g s", reason, pause)
            if self._stopped.wait(pause):
                raise UndeliverableError(0, "the bot is stopping")

    def _send(
        self, _method: str, url: str, params: dict[str, Any] | None = None, **rest: Any
    ) -> requests.Response:
        """telebot's requests, with the parameters in the body.

        In the address, where telebot puts them, they would meet the limit on headers, and stand in
        every exception together with the token.
        """
        try:
            # Telegram takes POST for every method, also where telebot would use GET.
            response = self._session.post(url, data=params, **rest)
        except requests.RequestException as err:
            # The original names the address, and with it the token, in its text and its cause.
            raise type(err)("no answer from Telegram") from None
        if not response.content.startswith(b'{"ok"') and not _is_answer(response):
            raise requests.exceptions.InvalidJSONError("no answer of Telegram's")
        return response


def _retry_after(err: apihelper.ApiTelegramException) -> float | None:
    parameters = err.result_json.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(wait) if isinstance(wait, int | float) else None


def _is_answer(response: requests.Response) -> bool:
    """Whether the body has the form that telebot takes for granted."""
    try:
        body = response.json()
    except ValueError:
        return True  # telebot reports this one itself
    return isinstance(body, dict) and "ok" in body
