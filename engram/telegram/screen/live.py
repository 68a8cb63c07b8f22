"""The events of an answer -> what is on screen, from the first second on."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any, Protocol

from engram.chat.texts import progress
from engram.core.events import (
    Button,
    Buttons,
    Event,
    Finished,
    Panel,
    Progress,
    Stage,
    TextDelta,
    TextReset,
)
from engram.telegram.egress import Egress
from engram.telegram.refusals import NotNowError, UndeliverableError
from engram.telegram.screen.draft_preview import DraftPreview
from engram.telegram.screen.painter import Painter
from engram.telegram.screen.panel_message import PanelMessage
from engram.telegram.screen.render import LIMIT, Page, pages
from engram.telegram.screen.text_messages import Destination, TextMessages

log = logging.getLogger(__name__)

# Whatever takes longer is shown; seconds.
PATIENCE = 0.7
# Text that is followed by more, or by the end, within so many seconds is shown together with it:
# an answer that comes at once is sent once, and counts once for Telegram's limits.
SETTLING = 0.06
# Telegram is told "typing" of what takes longer than this; seconds.
NOTICEABLE = 0.3
# How often a clock on screen moves on.
TICK = 3.0
# Telegram shows "typing" for 5 seconds.
TYPING = 4.5
# From so many characters on the end of an answer may need one message more.
FILLING = LIMIT * 3 // 4
STOP: Buttons = ((Button("⏹", "/stop"),),)


class Record(Protocol):
    """What must be known of an answer on screen should the process end before it is complete."""

    panel: int | None
    messages: tuple[int, ...]

    def shown(self, panel: int | None, messages: tuple[int, ...]) -> None:
        """Note which messages are on screen."""

    def sending(self) -> None:
        """Note that the final text is about to be sent."""


class LiveMessage:
    """One answer on screen: how it stands while it is made, and the whole at its end.

    `stream` is "edit", "draft" or "off". Previews are drawn by `painter` as far as Telegram's
    limits allow, while the thread that calls `show` waits for the model. What `record` knows to be
    on screen from an earlier try is used again.
    """

    def __init__(
        self, egress: Egress, painter: Painter, place: Destination, stream: str, record: Record
    ) -> None:
        self._egress = egress
        self._painter = painter
        self._place = place
        self._record = record
        self._began = self._stage_began = time.monotonic()
        self._drawing = threading.Lock()
        self._quiet = stream == "off"
        self._stage: Progress | None = None
        self._text: list[str] = []
        self._length = 0
        self._panel = PanelMessage(egress, place, lambda: self._note(self._sheet.ids), record.panel)
        self._panel_buttons: Buttons = ()
        self._panel_rest: list[Page] = []
        self._sheet = TextMessages(egress, place, self._note, record.messages)
        # Telegram has drafts in private chats only.
        has_drafts = stream == "draft" and place.chat_id > 0 and place.topic is None
        self._draft = DraftPreview(egress, place.chat_id) if has_drafts else None
        self._typing = _Typing(egress, place)

    @property
    def ids(self) -> tuple[int, ...]:
        """The messages on screen."""
        return (*filter(None, [self._panel.id]), *self._sheet.ids)

    def show(self, events: Generator[Event, None, None]) -> Finished | None:
        """Show `events` until the answer is complete, and return its end.

        Raises `UndeliverableError`, for example when the person has blocked the bot.
        """
        self._painter.soon(self._typing, NOTICEABLE)
        self._painter.soon(self, PATIENCE)
        try:
            with contextlib.closing(events):
                for event in events:
                    if isinstance(event, Finished):
                        self._finish(event)
                        return event
                    self._take(event)
        finally:
            with self._drawing:
                self._quiet = True
            self._typing.end()
            self._painter.forget(self)
            self._painter.forget(self._typing)
        return None

    def paint(self) -> float | None:
        """Show how it stands now, if that is new and Telegram's limits allow it."""
        with self._drawing:
            if self._quiet:
                return None
            try:
                return self._draw(time.monotonic())
            except NotNowError as err:
                return err.wait
            except UndeliverableError as err:
                log.info("no more previews: %s", err)
                if self._draft is None:
                    self._quiet = True
                    return None
                # This chat has no drafts: messages take their place.
                self._draft = None
                return 0.0

    def _draw(self, now: float) -> float | None:
        if not self._text and now - self._began < PATIENCE:
            return PATIENCE - (now - self._began)
        wait = self._egress.preview_in(self._place.chat_id, self._spare)
        if wait > 0:
            return wait
        wanted = self._panel_rest + self._view(now)
        again: float | None = None
        if self._draft:
            again = self._draft.show(wanted[-1].text, self._preview)
        elif self._sheet.step(wanted, self._preview):
            again = 0.0
        self._typing.end()
        return TICK if again is None and self._tells_time else again

    def _preview(self, chat: int, send: Callable[[], Any]) -> Any:
        return self._egress.preview(chat, send, self._spare)

    @property
    def _spare(self) -> int:
        """What a preview leaves to be sent: the end, and whatever comes before it or with it.

        That is the first text at the beginning, and one more message once the last one fills up.
        """
        return 1 if 0 < self._length < FILLING else 2

    @property
    def _tells_time(self) -> bool:
        return not self._text and self._stage is not None and self._stage.stage is Stage.THINKING

    def _view(self, now: float) -> list[Page]:
        if self._text:
            # With its formatting, so that the end need not change all messages of a long answer.
            return pages("".join(self._text), markdown=True, buttons=STOP)
        stage = progress(self._stage) if self._stage else "…"
        # In steps, because each of them costs an edit.
        if self._tells_time and (steps := (now - self._stage_began) // TICK):
            stage += f" {steps * TICK:.0f} s"
        return [Page(stage, buttons=STOP)]

    def _take(self, event: Event) -> None:
        """Note what `event` changes, and have it drawn."""
        if isinstance(event, Panel):
            self._show_panel(event)
        elif isinstance(event, TextDelta):
            self._text.append(event.text)
            self._length += len(event.text)
        elif isinstance(event, TextReset):
            self._text, self._length = [], 0
        elif isinstance(event, Progress):
            if self._stage is None or self._stage.stage is not event.stage:
                self._stage_began = time.monotonic()
            self._stage = event
        if not self._quiet:
            self._painter.soon(self, SETTLING if isinstance(event, TextDelta) else 0)

    def _show_panel(self, panel: Panel) -> None:
        """The panel, in place of the stage; all that follows is a reply to it."""
        chart = panel.draw()
        with self._drawing:
            if self._panel.id is None and self._sheet.ids:
                self._panel.id, *below = self._sheet.ids
                self._sheet = TextMessages(self._egress, self._place, self._note, below)
                self._note(self._sheet.ids)
            self._panel_buttons = panel.buttons
            self._panel_rest = self._panel.show(chart, panel.text, panel.buttons)
            self._sheet.place = replace(self._place, reply_to=self._panel.id)

    def _finish(self, event: Finished) -> None:
        with self._drawing:
            self._quiet = True
            self._record.sending()
            if event.completes_panel and self._panel.id is not None:
                wanted = self._panel.complete(event.text, self._panel_buttons)
            else:
                text = pages(event.text, markdown=event.markdown, buttons=event.buttons)
                wanted = self._panel_rest + text
            self._sheet.deliver(wanted)

    def _note(self, ids: tuple[int, ...]) -> None:
        self._record.shown(self._panel.id, ids)


class _Typing:
    """Keeps "typing" up until there is something to see."""

    def __init__(self, egress: Egress, place: Destination) -> None:
        self._egress = egress
        self._place = place
        self._over = False

    def paint(self) -> float | None:
        """Show it once more."""
        if self._over:
            return None
        chat, topic = self._place.chat_id, self._place.topic
        bot = self._egress.bot
        self._egress.hint(
            chat, lambda: bot.send_chat_action(chat, "typing", message_thread_id=topic)
        )
        return TYPING

    def end(self) -> None:
        """Show it no more."""
        self._over = True
