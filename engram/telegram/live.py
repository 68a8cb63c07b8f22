"""The events of an answer -> messages on screen."""

from __future__ import annotations

import contextlib
import io
import logging
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import Any

from telebot import types

from engram.events import Event, Finished, Panel
from engram.telegram.egress import Egress, UndeliverableError
from engram.telegram.incoming import Incoming
from engram.telegram.render import CAPTION_LIMIT, Page, pages

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
        self._panel: Any = None

    def show(self, events: Generator[Event, None, None]) -> None:
        """Send the panel as soon as it comes, and what `events` end with."""
        with contextlib.closing(events):
            for event in events:
                if isinstance(event, Panel) and (chart := event.draw()):
                    self._send_panel(chart, event.text)
                elif isinstance(event, Finished) and event.completes_panel and self._panel:
                    self._complete_panel(event.text)
                elif isinstance(event, Finished):
                    self._send_all(pages(event.text, markdown=event.markdown), event.text)

    def _send_panel(self, chart: bytes, text: str) -> None:
        caption, *rest = pages(text, markdown=False, limit=CAPTION_LIMIT)
        self._panel = self._egress.deliver(
            partial(
                self._egress.bot.send_photo,
                self._question.chat_id,
                types.InputFile(io.BytesIO(chart), "chart.png"),
                caption=caption.text,
                **self._place(),
            )
        )
        self._send_all(rest, "")

    def _complete_panel(self, text: str) -> None:
        caption, *rest = pages(text, markdown=False, limit=CAPTION_LIMIT)
        self._egress.deliver(
            partial(
                self._egress.bot.edit_message_caption,
                caption.text,
                self._panel.chat.id,
                self._panel.message_id,
            )
        )
        self._send_all(rest, "")

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
            **self._place(),
        )

    def _place(self) -> dict[str, Any]:
        """In a group an answer is a reply, in the topic of its question."""
        if not self._question.is_group:
            return {}
        reply = types.ReplyParameters(self._question.message_id, allow_sending_without_reply=True)
        return {"message_thread_id": self._question.topic, "reply_parameters": reply}
