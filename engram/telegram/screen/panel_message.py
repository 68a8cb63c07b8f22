"""The message with the rules' panel: a chart with a caption, or text where there is no chart."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable
from typing import Any

from telebot import types

from engram.core.events import Buttons
from engram.telegram.egress import Egress
from engram.telegram.refusals import UndeliverableError
from engram.telegram.screen.render import CAPTION_LIMIT, LIMIT, Page, pages
from engram.telegram.screen.text_messages import NO_PREVIEW, Destination, keyboard

log = logging.getLogger(__name__)


class PanelMessage:
    """One panel on screen; `known` is the id of one that is to be used again.

    `on_change` is called when it has another `id`.
    """

    def __init__(
        self,
        egress: Egress,
        place: Destination,
        on_change: Callable[[], None],
        known: int | None = None,
    ) -> None:
        self._egress = egress
        self._place = place
        self._on_change = on_change
        self._has_chart = True
        self._text = ""
        self.id = known

    def show(self, chart: bytes | None, text: str, buttons: Buttons) -> list[Page]:
        """Put it on screen; what is too long for one message is returned."""
        try:
            return self._show(chart, text, buttons)
        except UndeliverableError as err:
            if chart is None or err.code != 400 or err.chat_gone:
                raise
            # A group may allow no photos; what the chart shows stands in the text as well.
            log.info("the chart is refused: %s", err)
            return self._show(None, text, buttons)

    def complete(self, text: str, buttons: Buttons) -> list[Page]:
        """Replace the text; what is too long for one message is returned.

        That is all of it when somebody has deleted the panel.
        """
        first, rest = self._split(text)
        if first != self._text and not self._replaced(None, first, buttons):
            return pages(text, markdown=False)
        self._text = first
        return rest

    def _show(self, chart: bytes | None, text: str, buttons: Buttons) -> list[Page]:
        self._has_chart = chart is not None
        first, rest = self._split(text)
        if self.id is None or not self._replaced(chart, first, buttons):
            self._deliver(self._send, chart, first, buttons)
        self._text = first
        return rest

    def _split(self, text: str) -> tuple[str, list[Page]]:
        first = pages(text, markdown=False, limit=CAPTION_LIMIT if self._has_chart else LIMIT)[0]
        rest = text[len(first.text) :].strip()
        return first.text, pages(rest, markdown=False) if rest else []

    def _replaced(self, chart: bytes | None, text: str, buttons: Buttons) -> bool:
        """Whether the message on screen could be changed to chart and text."""
        try:
            if chart is None:
                self._deliver(self._edit_text, text, buttons)
            else:
                self._deliver(self._edit_chart, chart, text, buttons)
        except UndeliverableError as err:
            if err.code != 400:
                raise
            log.info("message %s cannot be edited: %s", self.id, err)
            if not err.message_gone:
                self._delete()
            return False
        return True

    def _delete(self) -> None:
        chat = self._place.chat_id
        with contextlib.suppress(UndeliverableError):
            # What cannot be deleted any more stays where it is.
            self._deliver(self._egress.bot.delete_message, chat, self.id)

    def _deliver(self, call: Any, *arguments: Any) -> Any:
        return self._egress.deliver(self._place.chat_id, lambda: call(*arguments))

    def _send(self, chart: bytes | None, text: str, buttons: Buttons) -> None:
        bot, chat = self._egress.bot, self._place.chat_id
        options = {"reply_markup": keyboard(buttons), **self._place.options}
        if chart is None:
            message = bot.send_message(chat, text, link_preview_options=NO_PREVIEW, **options)
        else:
            message = bot.send_photo(chat, _file(chart), caption=text, **options)
        self.id = message.message_id
        self._on_change()

    def _edit_chart(self, chart: bytes, text: str, buttons: Buttons) -> Any:
        return self._egress.bot.edit_message_media(
            types.InputMediaPhoto(_file(chart), caption=text),
            self._place.chat_id,
            self.id,
            reply_markup=keyboard(buttons),
        )

    def _edit_text(self, text: str, buttons: Buttons) -> Any:
        bot = self._egress.bot
        edit = bot.edit_message_caption if self._has_chart else bot.edit_message_text
        markup = keyboard(buttons)
        return edit(text, self._place.chat_id, self.id, reply_markup=markup)


def _file(chart: bytes) -> types.InputFile:
    return types.InputFile(io.BytesIO(chart), "chart.png")
