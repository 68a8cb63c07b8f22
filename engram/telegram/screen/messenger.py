"""One message at a time: sent, edited or deleted, in whatever form Telegram takes."""

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

from telebot import types

from engram.core.stop import Stop
from engram.core.waits import Steps
from engram.telegram.incoming import Destination
from engram.telegram.screen.arguments import as_file, as_keyboard, as_text, forms_of
from engram.telegram.screen.render import Page
from engram.telegram.sending.calls import Call
from engram.telegram.sending.egress import Egress
from engram.telegram.sending.refusals import MESSAGE_GONE, SENDS, Tries, UndeliverableError
from engram.telegram.sending.turns import Urgency

log = logging.getLogger(__name__)

#: How a call is made: by `Egress.deliver`, which is the default, or at once by `Egress.preview`.
Via: TypeAlias = Callable[[Callable[[], Any], Tries], Steps[None]]
#: Is told the id of a message that was sent, and what it says.
OnSent: TypeAlias = Callable[[int, Page], None]

# For so long (s) an edit that is refused is tried; then a new message takes its place.
EDIT_REFUSED_FOR = 15.0


class Messenger:
    """Sends messages to `destination`, edits and deletes them.

    Once its topic is gone it `has_left` that and sends to the chat itself; `on_moved` is called
    then. When the chat has got another id it sends there, and has none of the messages that it sent
    before. Messages that no edit changes any more are `leftovers`. What it does is done in steps,
    because it has to wait for its turns; with `urgency` they come.
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
        # The ids of messages and of their chats.
        self.leftovers: list[tuple[int, int]] = []
        self._moves = egress.moves
        self._bot = egress.bot
        self._best_effort = partial(egress.calls.best_effort, destination.chat_id)
        self._deliver: Via = lambda send, tries: egress.deliver(
            destination.chat_id, send, urgency, tries
        )

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
        on_sent: OnSent,
        via: Via | None = None,
        reply_to: int | None = None,
        forms: Sequence[Page] = (),
        sends: int = SENDS,
    ) -> Steps[None]:
        """Send `page`, also when the message that it replies to is gone.

        That is `reply_to`, or else the one of the destination. A picture or a formatting that is
        refused is left out, unless there are other `forms` to send then. As long as its replies are
        lost it is sent `sends` times; if that is less than usual it may be there already. `on_sent`
        is called within the call to Telegram: a process that stops waits for calls, and for nothing
        after them.
        """
        before = self.destination
        reply_to = reply_to or before.reply_to

        def send(page: Page) -> None:
            where = self._where()
            options: dict[str, Any] = {"reply_markup": as_keyboard(page.buttons)}
            # A reply goes into the topic of what it replies to, which takes none any more.
            is_here = where["chat_id"] == before.chat_id and not self.has_left
            if reply_to is not None and is_here:
                reply = types.ReplyParameters(reply_to, allow_sending_without_reply=True)
                options["reply_parameters"] = reply
            sent = self._send(page, **where, **options)
            if where["chat_id"] == self.destination.chat_id:
                on_sent(sent.message_id, page)

        forms = forms or forms_of(page)

        def attempt() -> Steps[None]:
            tries = Tries(len(forms), sends, mends=self._leads_out_of_topic)
            tries.is_unsure = sends < SENDS
            return self._in_some_form(forms, send, via, tries)

        yield from self._somewhere(attempt)

    def _send(self, page: Page, **where: Any) -> Any:
        if page.file:
            return self._bot.send_document(document=as_file(page), **where)
        if page.chart:
            return self._bot.send_photo(photo=as_file(page), caption=page.text, **where)
        return self._bot.send_message(**as_text(page), **where)

    def until(self, stop: Stop) -> Via:
        """How to deliver what nobody wants any more after `stop`. Raises `StoppedError` then."""

        def via(send: Callable[[], Any], tries: Tries) -> Steps[None]:
            def wanted() -> None:
                stop.check()
                send()

            yield from self._deliver(wanted, tries)

        return via

    def draft(self, draft_id: int, text: str, via: Via) -> Steps[None]:
        """Show `text` as the draft with the number `draft_id`."""
        draft = partial(self._bot.send_message_draft, draft_id=draft_id, text=text, can_stop=True)
        yield from self._somewhere(lambda: via(lambda: draft(**self._where()), Tries()))

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
    ) -> Steps[Page | None]:
        """Have the message say `page`; `shown` is what it says so far, if that is known.

        `chat` was the id of its chat when it was sent, by default the present one. Returns what it
        says now, None if it cannot be edited any more.
        """
        chat = chat or self.destination.chat_id
        where = {"chat_id": chat, "message_id": message_id}
        is_caption = shown is not None and shown.chart is page.chart is not None
        forms = [page] if is_caption else forms_of(page)
        tries = _edit_tries(len(forms))

        def edit(page: Page) -> None:
            self._check_chat(chat)
            self._edit(page, is_caption=is_caption, reply_markup=as_keyboard(page.buttons), **where)

        try:
            yield from self._in_some_form(forms, edit, via, tries)
        except UndeliverableError as err:
            # A preview is drawn again later.
            if not err.may_pass or not (err.message_stays or tries.is_over):
                raise
            log.info("message %d cannot be edited: %s", message_id, err)
            if not err.message_gone:
                self.leftovers.append((message_id, chat))
            return None
        return forms[tries.form]

    def _edit(self, page: Page, *, is_caption: bool, **where: Any) -> None:
        if page.file:
            self._bot.edit_message_media(types.InputMediaDocument(as_file(page)), **where)
        elif page.chart is None:
            self._bot.edit_message_text(**as_text(page), **where)
        elif is_caption:
            self._bot.edit_message_caption(page.text, **where)
        else:
            media = types.InputMediaPhoto(as_file(page), caption=page.text)
            self._bot.edit_message_media(media, **where)

    def delete(
        self, message_id: int, via: Via | None = None, chat: int | None = None
    ) -> Steps[None]:
        """Delete the message; one that is too old for that stays."""
        chat = chat or self.destination.chat_id

        def delete() -> None:
            self._check_chat(chat)
            self._bot.delete_message(chat, message_id)

        with contextlib.suppress(UndeliverableError):
            yield from (via or self._deliver)(delete, _edit_tries(1))

    def clear(self, via: Via | None = None) -> Steps[bool]:
        """Delete one of the `leftovers`; False when there is none."""
        if not self.leftovers:
            return False
        yield from self.delete(self.leftovers[-1][0], via, self.leftovers[-1][1])
        self.leftovers.pop()
        return True

    def _where(self) -> dict[str, Any]:
        now = self.destination
        return {"chat_id": now.chat_id, "message_thread_id": now.topic}

    def _check_chat(self, chat: int) -> None:
        """Raise `UndeliverableError` if the messages of `chat` are out of reach by now."""
        if self._moves.now(chat) != chat:
            raise UndeliverableError(400, MESSAGE_GONE[0])

    def _leads_out_of_topic(self, refusal: UndeliverableError) -> bool:
        return refusal.topic_gone and self.destination.topic is not None

    def _somewhere(self, call: Callable[[], Steps[None]]) -> Steps[None]:
        """Call `call`, and once more for the chat itself if the topic is gone."""
        try:
            yield from call()
        except UndeliverableError as err:
            if not self._leads_out_of_topic(err):
                raise
            log.info("topic %s: %s; going on in the chat", self.destination.topic, err)
            self._destination = replace(self.destination, topic=None)
            self.has_left = True
            self._on_moved()
            yield from call()

    def _in_some_form(
        self,
        forms: Sequence[Page],
        call: Callable[[Page], None],
        via: Via | None,
        tries: Tries,
    ) -> Steps[None]:
        """Call `call` with the first of `forms` that Telegram accepts: the one of `tries.form`."""
        yield from (via or self._deliver)(lambda: call(forms[tries.form]), tries)


def _edit_tries(forms: int) -> Tries:
    def mends(refusal: UndeliverableError) -> bool:
        # That a picture takes no text in its place says nothing about the picture.
        return refusal.message_gone or (refusal.message_stays and tries.form == 0)

    tries = Tries(forms, refused_for=EDIT_REFUSED_FOR, mends=mends)
    return tries
