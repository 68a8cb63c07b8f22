"""telebot's updates -> questions, and who may ask them."""

from __future__ import annotations

import logging
import threading
from typing import Any

import backoff
import requests
from telebot import apihelper, types

from engram.assistant import COMMANDS, INSTANT, Assistant, command_of
from engram.errors import EngramError
from engram.events import Finished
from engram.lanes import Lanes
from engram.telegram.access import Access
from engram.telegram.egress import Egress, UndeliverableError
from engram.telegram.incoming import Incoming, read_message
from engram.telegram.live import LiveMessage, Typing

log = logging.getLogger(__name__)

POLL_SECONDS = 25
LONGEST_WAIT = 30.0
# A bot that is asked by hundreds of chats at once still starts no more threads than these.
THREADS, INSTANT_THREADS = 256, 4
TEXT_ONLY = "I can read text only. Send me a question, or /analyze BTC."
PRIVATE = (
    "This bot is private. Its owner can let you in: the id of this chat is {chat}; it belongs into "
    "allowed_chat_ids in config.ini."
)


class WrongTokenError(EngramError):
    """Telegram does not know the bot token."""


class TelegramBot:
    """Polls Telegram and hands each message to a worker; the poll loop never runs an answer.

    Answers come from `assistant`; `access` says who may ask.
    """

    def __init__(self, egress: Egress, assistant: Assistant, access: Access) -> None:
        self._egress = egress
        self._assistant = assistant
        self._access = access
        self._answers = Lanes(THREADS, "chat")
        self._instant = Lanes(INSTANT_THREADS, "instant")
        self._typing = Typing(lambda chat: egress.bot.send_chat_action(chat, "typing"))
        self._stopped = threading.Event()
        self._offset = 0
        self._trouble = ""
        self._id, self.name = 0, ""
        assistant.waiting = lambda: self._answers.waiting

    def connect(self) -> None:
        """Ask Telegram who the bot is and register its menu; waits until Telegram is reached.

        Raises `WrongTokenError`.
        """
        me = self._persist(self._egress.bot.get_me)
        self._id, self.name = me.id, me.username
        menu = [types.BotCommand(name, what) for name, what in COMMANDS.items()]
        self._instant.put("menu", lambda: self._register(menu))

    def poll(self) -> None:
        """Take updates until `stop` is called or an exception, such as a signal's, ends it."""
        while not self._stopped.is_set():
            for update in self._persist(self._fetch) or []:
                self._offset = max(self._offset, update["update_id"] + 1)
                try:
                    self._take(update)
                except Exception:
                    log.exception("update %d cannot be handled: skipped", update["update_id"])

    def stop(self) -> None:
        """Take nothing more and end all waiting."""
        self._stopped.set()
        self._egress.stop()

    def _fetch(self) -> list[dict[str, Any]]:
        get_updates: Any = apihelper.get_updates
        found = get_updates(
            self._egress.bot.token,
            offset=self._offset,
            allowed_updates=["message"],
            long_polling_timeout=POLL_SECONDS,
        )
        return [update for update in found or [] if isinstance(update.get("update_id"), int)]

    def _persist(self, call: Any) -> Any:
        """The result of `call`, tried again with doubling waits; each cause is logged once.

        None when the bot was stopped meanwhile.
        """
        waits = backoff.expo(max_value=LONGEST_WAIT)
        next(waits)
        while not self._stopped.is_set():
            try:
                result = call()
            except (requests.RequestException, apihelper.ApiException) as err:
                self._explain(err)
                self._stopped.wait(next(waits))
            else:
                if self._trouble:
                    log.info("Telegram is reached again")
                    self._trouble = ""
                return result
        return None

    def _explain(self, err: Exception) -> None:
        code = getattr(err, "error_code", None)
        if code in (401, 404) and not self.name:
            raise WrongTokenError(
                "Telegram does not know this bot token; copy it again from @BotFather into "
                "TELEGRAM_BOT_TOKEN in .env"
            ) from None
        trouble = {
            401: "the bot token was revoked; put the new one into .env and start again",
            409: "another process polls with the same bot token (409); stop one of them",
        }.get(code or 0, f"no proper answer from Telegram ({code or type(err).__name__})")
        if trouble != self._trouble:
            self._trouble = trouble
            log.warning("%s; trying again until it works", trouble)

    def _take(self, update: dict[str, Any]) -> None:
        message = read_message(update, self._id, self.name)
        if message is None:
            return
        text = message.text or ""
        command = command_of(text)
        if not self._access.allows(message.chat_id):
            code = text.partition(" ")[2].strip() if command == "start" else ""
            self._turn_away(message, code)
        elif message.text is None:
            self._instant.put(message.chat_id, lambda: self._say(message, TEXT_ONLY))
        else:
            lanes = self._instant if command in INSTANT else self._answers
            lanes.put(message.chat_id, lambda: self._answer(message, text))

    def _turn_away(self, message: Incoming, code: str) -> None:
        if self._access.pair(message.chat_id, code):
            log.info("paired: put TELEGRAM_CHAT_ID=%d into .env to keep it", message.chat_id)
            self._instant.put(message.chat_id, lambda: self._answer(message, "/start"))
        elif self._access.may_be_told(message.chat_id):
            log.info("chat %d is not allowed", message.chat_id)
            text = PRIVATE.format(chat=message.chat_id)
            self._instant.put("strangers", lambda: self._say(message, text))

    def _answer(self, message: Incoming, text: str) -> None:
        with self._typing.shown(message.chat_id):
            self._show(message, self._assistant.reply(str(message.chat_id), text))

    def _say(self, message: Incoming, text: str) -> None:
        self._show(message, (event for event in [Finished(text, "engram")]))

    def _show(self, message: Incoming, events: Any) -> None:
        try:
            LiveMessage(self._egress, message).show(events)
        except UndeliverableError as err:
            log.warning("chat %d: %s", message.chat_id, err)

    def _register(self, menu: list[types.BotCommand]) -> None:
        try:
            self._egress.deliver(lambda: self._egress.bot.set_my_commands(menu))
        except UndeliverableError as err:
            log.warning("the menu is not registered: %s", err)
