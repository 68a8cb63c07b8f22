"""The messages in which one answer stands, brought to what is wanted one call at a time."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from telebot import types

from engram.core.events import Buttons
from engram.telegram.egress import Egress
from engram.telegram.refusals import UndeliverableError
from engram.telegram.screen.render import Page

log = logging.getLogger(__name__)

NO_PREVIEW = types.LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an answer appears: in a chat, in a topic of it, as a reply."""

    chat_id: int
    reply_to: int | None = None
    topic: int | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of telebot's methods that say so; a reply outlives what it replies to."""
        if self.reply_to is None:
            return {"message_thread_id": self.topic}
        reply = types.ReplyParameters(self.reply_to, allow_sending_without_reply=True)
        return {"message_thread_id": self.topic, "reply_parameters": reply}


class Call(Protocol):
    """`Egress.deliver` or `Egress.preview`."""

    def __call__(self, chat: int, send: Callable[[], Any], /) -> Any:
        """Call `send`, which sends something to `chat`."""


class TextMessages:
    """Messages of text; `known` are those on screen from an earlier try, whatever they say.

    `on_change` is told the ids of the messages whenever they change. New ones appear at `place`.
    """

    def __init__(
        self,
        egress: Egress,
        place: Destination,
        on_change: Callable[[tuple[int, ...]], None],
        known: Sequence[int] = (),
    ) -> None:
        self.place = place
        self._egress = egress
        self._on_change = on_change
        self._shown: list[tuple[int, Page | None]] = [(number, None) for number in known]

    @property
    def ids(self) -> tuple[int, ...]:
        """The messages on screen, in their order."""
        return tuple(number for number, _ in self._shown)

    def step(self, wanted: Sequence[Page], call: Call) -> bool:
        """Do the first thing that is missing for `wanted` to be on screen; False: nothing was."""
        for index, page in enumerate(wanted):
            if index >= len(self._shown):
                self._send(page, call)
                return True
            if self._shown[index][1] != page:
                self._edit(index, page, call)
                return True
        if len(self._shown) > len(wanted):
            self._delete(len(self._shown) - 1, call)
            return True
        return False

    def deliver(self, wanted: Sequence[Page]) -> None:
        """Bring `wanted` on screen, whatever it takes. Raises `UndeliverableError`."""
        while self.step(wanted, self._egress.deliver):
            pass

    def _send(self, page: Page, call: Call) -> None:
        def send(**form: Any) -> None:
            chat, options = self.place.chat_id, self.place.options
            message = self._egress.bot.send_message(
                chat, link_preview_options=NO_PREVIEW, **options, **form
            )
            # Here, not after `call`: the end of the process waits until `call` is over.
            self._shown.append((message.message_id, page))
            self._on_change(self.ids)

        self._form(page, call, send)

    def _edit(self, index: int, page: Page, call: Call) -> None:
        number = self._shown[index][0]
        edit = partial(
            self._egress.bot.edit_message_text,
            chat_id=self.place.chat_id,
            message_id=number,
            link_preview_options=NO_PREVIEW,
        )
        try:
            self._form(page, call, edit)
        except UndeliverableError as err:
            if err.code != 400:
                raise
            # Somebody deleted it, or it cannot be edited any more: the next step sends it anew.
            log.info("message %d cannot be edited: %s", number, err)
            if err.message_gone:
                self._drop(index)
            else:
                self._delete(index, call)
        else:
            self._shown[index] = (number, page)

    def _form(self, page: Page, call: Call, send: Callable[..., Any]) -> Any:
        """Send `page` with its formatting, or without it when Telegram refuses that."""
        entities = [types.MessageEntity(**entity) for entity in page.entities]
        markup = keyboard(page.buttons)
        chat = self.place.chat_id
        try:
            return call(chat, partial(send, text=page.text, entities=entities, reply_markup=markup))
        except UndeliverableError as err:
            if err.code != 400 or not entities or err.message_gone:
                raise
            log.warning("%s; sending it as plain text", err)
            return call(chat, partial(send, text=page.text, reply_markup=markup))

    def _delete(self, index: int, call: Call) -> None:
        number = self._shown[index][0]
        with contextlib.suppress(UndeliverableError):
            # What cannot be deleted any more stays where it is.
            chat = self.place.chat_id
            call(chat, partial(self._egress.bot.delete_message, chat, number))
        self._drop(index)

    def _drop(self, index: int) -> None:
        del self._shown[index]
        self._on_change(self.ids)


def keyboard(buttons: Buttons) -> types.InlineKeyboardMarkup | None:
    """`buttons` as Telegram wants them."""
    if not buttons:
        return None
    rows = [
        [types.InlineKeyboardButton(one.label, callback_data=one.command) for one in row]
        for row in buttons
    ]
    return types.InlineKeyboardMarkup(rows)
