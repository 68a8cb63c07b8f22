"""Who is who in a group: its administrators, and what group_commands leaves to them."""

import time
from functools import partial
from typing import Any

from telebot import apihelper

from engram.core.lru import LRUCache
from engram.core.person import Person
from engram.telegram.access import Access
from engram.telegram.incoming import Incoming, is_id
from engram.telegram.sending.egress import Egress

# For how many seconds administrators are known, and how soon after a failure they are asked for.
KEPT, AGAIN = 300.0, 10.0
GROUPS = 1000


class Groups:
    """Tells what the people in groups may do; `commands` is "all" or "admins", and may change.

    With "admins" only administrators and the owner may change things for everybody.
    """

    def __init__(self, egress: Egress, access: Access, commands: str = "all") -> None:
        self._egress = egress
        self._access = access
        self.commands = commands
        # The administrators of each group, None if they were never told, and until when.
        self._known: LRUCache[int, tuple[frozenset[int] | None, float]] = LRUCache(GROUPS)

    def person(self, incoming: Incoming) -> Person | None:
        """Who said `incoming`; None in a private chat, where nobody else is."""
        if not incoming.is_group:
            return None
        leads = partial(self._leads, incoming.chat_id, incoming.sender)
        may_change = leads if self.commands == "admins" else lambda: True
        return Person(incoming.sender, incoming.name, leads, may_change)

    def owns(self, incoming: Incoming) -> bool:
        """Whether who said `incoming` owns the bot, be it in a group or alone with the bot."""
        who = incoming.sender if incoming.is_group else incoming.chat_id
        return who in self._access.owners

    def _leads(self, chat: int, sender: int) -> bool | None:
        moves = self._egress.moves
        # Administrators who stay anonymous speak as the group itself.
        if sender in (chat, moves.now(chat), *moves.before(chat), *self._access.owners):
            return True
        administrators = self._administrators(moves.now(chat))
        return None if administrators is None else sender in administrators

    def _administrators(self, chat: int) -> frozenset[int] | None:
        """The administrators of `chat`, asked for every five minutes; None: Telegram tells none.

        Those that were known stay so while it does not answer.
        """
        known, until = self._known.get(chat) or (None, 0.0)
        if time.monotonic() < until:
            return known
        # telebot's own method reads more of each administrator than it is sure to get.
        ask: Any = partial(apihelper.get_chat_administrators, self._egress.bot.token)
        members: Any = self._egress.calls.ask(chat, lambda: ask(self._egress.moves.now(chat)))
        try:
            known, kept = frozenset(filter(is_id, (one["user"]["id"] for one in members))), KEPT
        except (KeyError, TypeError):
            kept = AGAIN
        self._known.put(chat, (known, time.monotonic() + kept))
        return known
