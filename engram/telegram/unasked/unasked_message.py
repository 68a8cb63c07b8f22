"""One message of the outbox on its way to the screen, in as many parts as it takes."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from engram.core.errors import EngramError
from engram.core.waits import Steps, doubling
from engram.storage.outbox import ALERT, Outbox, OutboxEntry
from engram.telegram.incoming import TEXT_LIMIT
from engram.telegram.screen.arguments import forms_of
from engram.telegram.screen.messenger import Messenger
from engram.telegram.screen.render import CAPTION_LIMIT, Page, pages
from engram.telegram.sending.egress import Egress
from engram.telegram.sending.refusals import SENDS, Tries, UnconfirmedError
from engram.telegram.sending.turns import Urgency

log = logging.getLogger(__name__)

# An alert whose replies are lost is sent again after so many seconds, then after twice as long ...
FIRST_WAIT, LONGEST_WAIT = 60.0, 3600.0


class OutdatedError(EngramError):
    """The message has become too old to be sent as it is."""


class UnaskedMessage:
    """The message of `entry`, which `outbox` keeps unless its number is 0.

    `is_outdated` tells when it is too old to be sent as it is. `arrived` is called with it and the
    ids of its parts, within the call to Telegram that sends the last one: a process that stops
    waits for calls, and for nothing after them. What is not in the outbox is `unwritten`.
    """

    def __init__(
        self,
        entry: OutboxEntry,
        outbox: Outbox,
        arrived: Callable[["UnaskedMessage", tuple[int, ...]], None],
        is_outdated: Callable[[], bool],
    ) -> None:
        self.number, self.kind = entry.number, entry.outgoing.kind
        self.unwritten = None if entry.number else entry.outgoing
        self._outbox = outbox
        self._arrived, self._is_outdated = arrived, is_outdated
        self._ids = list(entry.messages)
        self._is_begun = entry.was_begun
        self._parts = _parts(entry, outbox)

    def send(self, messenger: Messenger, egress: Egress) -> Steps[None]:
        """Send what is missing of it. Raises `UndeliverableError` and `OutdatedError`."""
        if self.number:
            self._outbox.sending(self.number, self._ids)
        last = len(self._parts) - 1
        for number in range(min(len(self._ids), last), len(self._parts)):
            yield from self._send(self._parts[number], messenger, egress, is_last=number == last)

    def _send(
        self, page: Page, messenger: Messenger, egress: Egress, *, is_last: bool
    ) -> Steps[None]:
        """Send one part; an alert until Telegram says that it is there."""
        waits = doubling(FIRST_WAIT, LONGEST_WAIT)

        def sent(message_id: int, _page: Page) -> None:
            self._ids.append(message_id)
            self._note(is_last=is_last)

        def via(send: Callable[[], Any], tries: Tries) -> Steps[None]:
            yield from egress.deliver(chat, self._unless_outdated(send), Urgency.UNASKED, tries)

        while True:
            chat, known = messenger.destination.chat_id, len(self._ids)
            sends, self._is_begun = SENDS - self._is_begun, True
            try:
                yield from messenger.send(page, sent, via, forms=_forms(page), sends=sends)
            except UnconfirmedError as err:
                if self.kind != ALERT:
                    log.warning("chat %d: %s", chat, err)
                    self._note(is_last=is_last)
                    return
                pause = next(waits)
                log.warning("chat %d: no reply to an alert; sending it in %g s", chat, pause)
                yield from egress.rest(pause)
            else:
                if len(self._ids) == known:
                    # The chat got another id in that moment: there, nothing has this number.
                    self._note(is_last=is_last)
                self._is_begun = False
                return

    def _unless_outdated(self, send: Callable[[], Any]) -> Callable[[], Any]:
        def sending() -> None:
            if self._is_outdated():
                raise OutdatedError
            send()

        return sending

    def _note(self, *, is_last: bool) -> None:
        if is_last:
            self._arrived(self, tuple(self._ids))
        elif self.number:
            self._outbox.sending(self.number, self._ids)


def _parts(entry: OutboxEntry, outbox: Outbox) -> list[Page]:
    """The parts of the message: its picture with a caption if it has one, and the text."""
    said = entry.outgoing
    first = CAPTION_LIMIT if said.picture else TEXT_LIMIT
    made = pages(said.text, markdown=said.is_markdown, first=first, buttons=said.buttons)
    if said.picture:
        # Many may wait for their turn at a time: the pictures stay in the store until then.
        kept = partial(outbox.picture, entry.number)
        made[0] = replace(made[0], chart=kept if entry.number else said.picture)
    return made


def _forms(page: Page) -> list[Page]:
    """`page`, and what is sent where something about it is refused: at last its text alone."""
    forms, plain = forms_of(page), Page(page.text)
    return forms if forms[-1] == plain else [*forms, plain]
