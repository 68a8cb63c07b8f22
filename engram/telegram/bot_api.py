"""telebot's way to Telegram: one session, parameters in the body, and no secret in an error."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import requests
from requests.adapters import HTTPAdapter
from telebot import TeleBot, apihelper

from engram.core.hang_up import HangUpSession
from engram.core.listener import NOBODY, Listener

# How many seconds of silence are an answer lost: telebot's 30 would hold up a final answer behind a
# preview that hangs. What is worth nothing after a moment gets less, a picture on its way up more.
PATIENCE = 10.0
PATIENCE_WITH = {
    "sendChatAction": 5.0,
    "answerCallbackQuery": 5.0,
    "sendPhoto": 30.0,
    "editMessageMedia": 30.0,
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class BotApi:
    """The Bot API at `api_url` for the bot with `token`; `bot` has its methods.

    telebot keeps its settings in its module, so there is one of these in a process. `listener` is
    told each call.
    """

    def __init__(self, token: str, api_url: str, listener: Listener = NOBODY) -> None:
        self._listener = listener
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=64))
        # What the environment says of proxies and certificates, looked up once: requests would do
        # it for each call, at the price of a tenth of it.
        found = self._session.merge_environment_settings(api_url, {}, None, None, None)
        self._session.proxies, self._session.verify = found["proxies"], found["verify"]
        self._session.trust_env = False
        self._polling = HangUpSession()
        telebot_settings: Any = apihelper
        telebot_settings.API_URL = f"{api_url}/bot{{0}}/{{1}}"
        telebot_settings.CUSTOM_REQUEST_SENDER = self._send
        self.bot: Any = TeleBot(token, threaded=False)

    def renew(self) -> None:
        """Hang up the poll that is under way; the next one goes over a new connection."""
        old, self._polling = self._polling, HangUpSession()
        old.hang_up()
        old.close()

    def _send(
        self, _method: str, url: str, params: dict[str, Any] | None = None, **rest: Any
    ) -> requests.Response:
        """telebot's requests, with the parameters in the body.

        In the address, where telebot puts them, they would meet the limit on headers, and stand in
        every exception together with the token.
        """
        method = url.rpartition("/")[2]
        session = self._polling if method == "getUpdates" else self._session
        if method != "getUpdates":
            rest["timeout"] = PATIENCE_WITH.get(method, PATIENCE)
        try:
            # Telegram takes POST for every method, also where telebot would use GET.
            response = session.post(url, **_form(params or {}, rest))
        except (requests.RequestException, OSError) as err:
            self._listener.called(method, 0)
            # The original names the address, and with it the token, in its text and its cause.
            kind = (
                type(err)
                if isinstance(err, requests.RequestException)
                else requests.ConnectionError
            )
            raise kind("no answer from Telegram") from None
        self._listener.called(method, response.status_code)
        if not _is_answer(response):
            raise requests.exceptions.InvalidJSONError("no answer of Telegram's")
        return response


def _form(params: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `requests.post`: it takes twice as long to write a form without files."""
    if rest.get("files"):
        return {"data": params, **rest}
    given = {name: value for name, value in params.items() if value is not None}
    return {"data": urlencode(given, doseq=True), "headers": FORM, **rest}


def _is_answer(response: requests.Response) -> bool:
    """Whether the body has the form that telebot takes for granted."""
    try:
        body = response.json()
    except ValueError:
        return True  # telebot reports this one itself
    if not isinstance(body, dict) or "ok" not in body:
        return False
    needed = {"result"} if body["ok"] else {"error_code", "description"}
    return needed <= body.keys()
