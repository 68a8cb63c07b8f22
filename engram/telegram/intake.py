"""Which updates concern the bot, and who may speak; what does is kept in the inbox."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from engram.chat.commands import command_of
from engram.storage.inbox import Arrived, Inbox
from engram.telegram import texts
from engram.telegram.access import Access, Offer, offered_code
from engram.telegram.incoming import Author, Incoming, MessageKind, identity
from engram.telegram.job import Job, resumed, skipping
from engram.telegram.pieces import may_go_on
from engram.telegram.sending.egress import Egress
from engram.telegram.unasked.courier import Courier
from engram.telegram.updates import read_move, read_update

log = logging.getLogger(__name__)

# While there is no owner, who sends /start again and again waits for no more answers than these.
WAITING_PER_STRANGER = 5
DAY = 86_400.0
WRITTEN = (MessageKind.MESSAGE, MessageKind.EDIT)


class Intake:
    """Makes jobs of updates, each of which `inbox` keeps until its answer is on screen.

    `access` says who may speak, and `courier` tells strangers that they may not. `awaits` tells
    whether somebody may be about to send another piece of a message. `id` and `name` are the bot's
    in Telegram, once they are known.
    """

    def __init__(
        self,
        egress: Egress,
        access: Access,
        inbox: Inbox,
        courier: Courier,
        awaits: Callable[[Author], bool],
    ) -> None:
        self._egress, self._access = egress, access
        self._inbox, self._courier = inbox, courier
        self._awaits = awaits
        self.id, self.name = 0, ""

    def left(self) -> list[Job]:
        """What an earlier process left, of the chats that may still speak."""

        def read(update: dict[str, Any]) -> Incoming | None:
            incoming = self._read(update)
            return incoming if incoming and self._access.allows(incoming.chat_id) else None

        return resumed(self._inbox, read, self._egress.api.now())

    def received(self, updates: list[dict[str, Any]]) -> list[Job]:
        """Keep the updates that concern the bot in the inbox; returns those that are new."""
        read: list[Incoming] = []
        arrived: list[Arrived] = []
        for update in updates:
            with skipping(update["update_id"]):
                self._follow(update)
        changes: set[int] = set()
        for update in updates:
            with skipping(update["update_id"]):
                incoming, awaited = self._read(update), bool(self._access.pairing_code)
                if incoming and self._concerns(incoming, read) and self._admits(incoming):
                    if self._known(incoming, read) is not None:
                        changes.add(len(read))
                    is_new = awaited and self._access.owners == [incoming.chat_id]
                    reply = texts.OWNED.format(chat=incoming.chat_id) if is_new else None
                    arrived.append(_arrived(update, incoming, reply))
                    read.append(incoming)
        rows = self._inbox.receive(arrived, *self._access.unsaved())
        now = time.monotonic()
        return [
            Job(
                replace(incoming, update_id=row),
                self._inbox,
                now,
                reply=arrived[number].reply,
                is_change=number in changes,
            )
            for number, (incoming, row) in enumerate(zip(read, rows, strict=True))
            if row is not None
        ]

    def _concerns(self, incoming: Incoming, before: Sequence[Incoming]) -> bool:
        """Whether it is for the bot, or may be a piece of what is; `before` came with it.

        An edit is one if the text or the file is another one. Telegram sends edits for reactions
        and previews of links as well. What was written before may have become a question by its
        edit.
        """
        if incoming.kind is MessageKind.EDIT:
            known = self._known(incoming, before)
            if known is None:
                return incoming.is_addressed and self._egress.api.now() - incoming.date < DAY
            return known not in (incoming.checksum, incoming.checksum_of_words)
        if incoming.is_addressed or may_go_on(incoming):
            return True
        authors = [one.author for one in before if may_go_on(one)]
        return incoming.author in authors or self._awaits(incoming.author)

    def _known(self, edit: Incoming, before: Sequence[Incoming]) -> int | None:
        """The checksum of what the message was before the `edit`; None if that is not known."""
        if edit.kind is not MessageKind.EDIT:
            return None
        same = [one.checksum for one in before if one.key == edit.key]
        return same[-1] if same else self._inbox.checksum(edit.key)

    def _read(self, update: dict[str, Any]) -> Incoming | None:
        """What the bot should react to; a chat by the id that it has now."""
        incoming = read_update(update, self.id, self.name)
        return incoming and incoming.moved_to(self._egress.moves.now(incoming.chat_id))

    def _follow(self, update: dict[str, Any]) -> None:
        """Keep under its new id what is kept for a group, if `update` tells that it has one."""
        move = read_move(update)
        if move and any(map(self._access.allows, move)):
            self._egress.moves.move(*move)

    def _admits(self, incoming: Incoming) -> bool:
        """Whether the chat may speak; pairs or tells a stranger who may not."""
        chat, text = incoming.chat_id, incoming.text or ""
        if self._access.allows(chat) or not incoming.is_addressed:
            return self._access.allows(chat)
        offer = self._access.pair(chat, offered_code(text))
        if offer is Offer.RIGHT:
            log.info("paired with chat %d, which owns the bot from now on", chat)
            return True
        # Who comes to own the bot is always told how that is done.
        asks = command_of(text) == "start" and offer is Offer.NONE and self._access.pairing_code
        # Who is not told now, in a flood of their own or of strangers, is when they write again.
        may_be = self._courier.waiting(chat) < WAITING_PER_STRANGER
        may_be = may_be and incoming.kind is MessageKind.MESSAGE
        is_calm, guesses = not self._courier.is_crowded, offer in (Offer.WRONG, Offer.TOO_SOON)
        if guesses or (may_be and (asks or (is_calm and self._access.may_be_told(chat)))):
            log.info("chat %d is not allowed", chat)
            self._courier.say(incoming.destination, self._access.why_not(chat, offer))
        return False


def _arrived(update: dict[str, Any], incoming: Incoming, reply: str | None) -> Arrived:
    """The `update` as the inbox keeps it; what it asks for is done if there is a `reply`."""
    one = Arrived(update, identity(update), reply=reply)
    if incoming.kind not in WRITTEN:
        return one
    return replace(one, message=incoming.key, checksum=incoming.checksum)
