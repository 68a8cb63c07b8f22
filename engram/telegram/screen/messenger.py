"""One message at a time: the only place that knows telebot's arguments for messages."""

import contextlib
import io
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

from telebot import types

from engram.core.events import Buttons
from engram.core.stop import Stop
from engram.core.waits import Steps
from engram.telegram.egress import Call, Egress
from engram.telegram.incoming import Destination
from engram.telegram.refusals import MESSAGE_GONE, UndeliverableError
from engram.telegram.screen.render import Page
from engram.telegram.turns import Urgency

log = logging.getLogger(__name__)

NO_PREVIEW = types.LinkPreviewOptions(is_disabled=True)

#: How a call is made: by `Egress.deliver`, which is the default, or at once by `Egress.preview`.
Via: TypeAlias = Callable[[Callable[[], Any]], Steps[None]]


class Messenger:
    """Sends messages to `destination`, edits and deletes them.

    Once its topic is gone it `has_left` that and sends to the chat itself; `on_moved` is called
    then. When the chat has got another id it sends there, and has none of the messages that it sent
    before. What it does is done in steps, because it has to wait for its turns; with `urgency` they
    come.
    """

    def __init__(
        self,
        egress: Egress,
        destination: Destination,
        on_moved: Callable[[], None] = lambda: None,
        urgency: Urgency = Urgency.ANSWER,
    ) -> None:
        self._destination = destination
        self._on_moved = on_moved
        self.has_left = False
        self._moves = egress.moves
        self._bot = egress.bot
        self._best_effort = partial(egress.best_effort, destination.chat_id)
        self._deliver = partial(egress.deliver, destination.chat_id, urgency=urgency)

    @property
    def destination(self) -> Destination:
        """Where messages go now."""
        chat = self._moves.now(self._destination.chat_id)
        if chat != self._destination.chat_id:
            self._destination = replace(self._destination, chat_id=chat, reply_to=None)
        return self._destination

    def send(
        self,
        page: Page,
        on_sent: Callable[[int], None],
        via: Via | None = None,
        reply_to: int | None = None,
    ) -> Steps[None]:
        """Send `page`, also when the message that it replies to is gone.

        That is `reply_to`, or else the one of the destination. `on_sent` is told the id of the
        message within the call: a process that stops waits for calls, and for nothing after them.
        """
        before, keyboard = self.destination, _keyboard(page.buttons)
        reply_to = reply_to or before.reply_to

        def send(page: Page) -> None:
            where = self._where()
            options: dict[str, Any] = {"reply_markup": keyboard}
            # A reply goes into the topic of what it replies to, which takes none any more.
            is_here = where["chat_id"] == before.chat_id and not self.has_left
            if reply_to is not None and is_here:
                reply = types.ReplyParameters(reply_to, allow_sending_without_reply=True)
                options["reply_parameters"] = reply
            if page.file:
                sent = self._bot.send_document(**where, document=_file(page), **options)
            elif page.chart:
                sent = self._bot.send_photo(
                    **where, photo=_file(page), caption=page.text, **options
                )
            else:
                sent = self._bot.send_message(**where, **_text(page), **options)
            if where["chat_id"] == self.destination.chat_id:
                on_sent(sent.message_id)

        yield from self._somewhere(lambda: self._formatted(page, send, via))

    def until(self, stop: Stop) -> Via:
        """How to deliver what nobody wants any more after `stop`. Raises `StoppedError` then."""

        def via(send: Callable[[], Any]) -> Steps[None]:
            def wanted() -> None:
                stop.check()
                send()

            yield from self._deliver(wanted)

        return via

    def draft(self, draft_id: int, text: str, via: Via) -> Steps[None]:
        """Show `text` as the draft with the number `draft_id`."""
        draft = partial(self._bot.send_message_draft, draft_id=draft_id, text=text, can_stop=True)
        yield from self._somewhere(lambda: via(lambda: draft(**self._where())))

    def show_typing(self) -> None:
        """Have Telegram show "typing" for some seconds."""
        send = self._bot.send_chat_action
        self._best_effort(lambda: send(action="typing", **self._where()), Call.ACTION)

    def edit(
        self,
        message_id: int,
        page: Page,
        shown: Page | None = None,
        via: Via | None = None,
        chat: int | None = None,
    ) -> Steps[bool]:
        """Have the message say `page`; `shown` is what it says so far, if that is known.

        `chat` was the id of its chat when it was sent, by default the present one. Returns False if
        it cannot be edited any more. It is deleted then.
        """
        chat = chat or self.destination.chat_id
        where: dict[str, Any] = {"chat_id": chat, "message_id": message_id}
        where["reply_markup"] = _keyboard(page.buttons)

        def edit(page: Page) -> None:
            self._check_chat(chat)
            if page.file:
                self._bot.edit_message_media(types.InputMediaDocument(_file(page)), **where)
            elif page.chart is None:
                self._bot.edit_message_text(**_text(page), **where)
            elif shown and shown.chart is page.chart:
                self._bot.edit_message_caption(page.text, **where)
            else:
                media = types.InputMediaPhoto(_file(page), caption=page.text)
                self._bot.edit_message_media(media, **where)

        try:
            yield from self._formatted(page, edit, via)
        except UndeliverableError as err:
            if err.code != 400:
                raise
            log.info("message %d cannot be edited: %s", message_id, err)
            if not err.message_gone:
                yield from self.delete(message_id, via, chat)
            return False
        return True

    def delete(
        self, message_id: int, via: Via | None = None, chat: int | None = None
    ) -> Steps[None]:
        """Delete the message; one that is too old for that stays."""
        chat = chat or self.destination.chat_id

        def delete() -> None:
            self._check_chat(chat)
            self._bot.delete_message(chat, message_id)

        with contextlib.suppress(UndeliverableError):
            yield from (via or self._deliver)(delete)

    def _where(self) -> dict[str, Any]:
        now = self.destination
        return {"chat_id": now.chat_id, "message_thread_id": now.topic}

    def _check_chat(self, chat: int) -> None:
        """Raise `UndeliverableError` if the messages of `chat` are out of reach by now."""
        if self._moves.now(chat) != chat:
            raise UndeliverableError(400, MESSAGE_GONE[0])

    def _somewhere(self, call: Callable[[], Steps[None]]) -> Steps[None]:
        """Call `call`, and once more for the chat itself if the topic is gone."""
        try:
            yield from call()
        except UndeliverableError as err:
            if not err.topic_gone or self.destination.topic is None:
                raise
            log.info("topic %s: %s; going on in the chat", self.destination.topic, err)
            self._destination = replace(self.destination, topic=None)
            self.has_left = True
            self._on_moved()
            yield from call()

    def _formatted(self, page: Page, call: Callable[[Page], None], via: Via | None) -> Steps[None]:
        """Call `call` with `page`, and without its formatting if Telegram refuses that."""
        via = via or self._deliver
        try:
            yield from via(partial(call, page))
        except UndeliverableError as err:
            if err.code != 400 or not page.entities or err.message_gone or err.topic_gone:
                raise
            log.warning("%s; sending it as plain text", err)
            yield from via(partial(call, replace(page, entities=())))


def _text(page: Page) -> dict[str, Any]:
    entities = [types.MessageEntity(**entity) for entity in page.entities]
    return {"text": page.text, "entities": entities, "link_preview_options": NO_PREVIEW}


def _file(page: Page) -> types.InputFile:
    if page.file:
        name, text = page.file
        return types.InputFile(io.BytesIO(text.encode()), name)
    return types.InputFile(io.BytesIO(page.chart or b""), "chart.png")


def _keyboard(buttons: Buttons) -> types.InlineKeyboardMarkup | None:
    button = types.InlineKeyboardButton
    rows = [[button(one.label, callback_data=one.command) for one in row] for row in buttons]
    return types.InlineKeyboardMarkup(rows) if rows else None
