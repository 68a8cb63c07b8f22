"""The events of an answer -> messages on screen."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import Any

from telebot import types

from engram.events import Event, Finished
from engram.telegram.egress import Egress, UndeliverableError
from engram.telegram.incoming import Incoming
from engram.telegram.render import Page, pages

log = logging.getLogger(__name__)

# Telegram shows "typing" for 5 seconds.
TYPING_SECONDS = 4.5


class Typing:
    """Keeps "typing" up in all chats that wait for an answer, from one thread."""

    def __init__(self, send: Callable[[int], object]) -> None:
        self._send = send
        self._chats: Counter[int] = Counter()
        self._changed = threading.Condition()
        self._running = False

    @contextlib.contextmanager
    def shown(self, chat: int) -> Iterator[None]:
        """Show "typing" in `chat` while the block runs."""
        with self._changed:
            self._chats[chat] += 1
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="typing", daemon=True).start()
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._chats[chat] -= 1
                self._chats += Counter()  # drops the chats that have come to zero

    def _run(self) -> None:
        told: set[int] = set()
        while True:
            with self._changed:
                if set(self._chats) <= told:
                    self._changed.wait(TYPING_SECONDS)
                    told = set()
                chats = set(self._chats) - told
            for chat in chats:
                with contextlib.suppress(Exception):
                    self._send(chat)
            told |= chats


class LiveMessage:
    """Shows one answer in the chat of `question`."""

    def __init__(self, egress: Egress, question: Incoming) -> None:
        self._egress = egress
        self._question = question

    def show(self, events: Generator[Event, None, None]) -> None:
        """Send what `events` end with."""
        with contextlib.closing(events):
            for event in events:
                if isinstance(event, Finished):
                    self._send_all(pages(event.text, markdown=event.markdown), event.text)

    def _send_all(self, rendered: Iterable[Page], text: str) -> None:
        for page in rendered:
            try:
                self._egress.deliver(partial(self._send, page))
            except UndeliverableError as err:
                if err.code != 400 or not page.entities:
                    raise
                log.warning("%s; sending the answer as plain text", err)
                self._send_all(pages(text, markdown=False), text)
                return

    def _send(self, page: Page) -> Any:
        return self._egress.bot.send_message(
            self._question.chat_id,
            page.text,
            entities=[types.MessageEntity(**entity) for entity in page.entities] or None,
            link_preview_options=types.LinkPreviewOptions(is_disabled=True),
            message_thread_id=self._question.topic,
            reply_parameters=types.ReplyParameters(
                self._question.message_id, allow_sending_without_reply=True
            )
            if self._question.is_group
            else None,
        )
