"""Who may speak to the bot, and how an owner is found when none is configured."""

from __future__ import annotations

import hmac
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

log = logging.getLogger(__name__)

DAY = 86_400.0
STRANGERS = 10_000
WRONG_CODES = 5


class Access:
    """Knows the chats that are allowed; with none, `pairing_code` makes the first one the owner.

    The code is for one use, and five wrong ones end the pairing until the next start.
    """

    def __init__(self, allowed: Iterable[int], clock: Callable[[], float] = time.time) -> None:
        self._allowed = set(allowed)
        self._clock = clock
        self._told: OrderedDict[int, float] = OrderedDict()
        self._wrong = 0
        self.pairing_code = "" if self._allowed else secrets.token_hex(4)

    def allows(self, chat: int) -> bool:
        """Whether `chat` may speak to the bot."""
        return chat in self._allowed

    def pair(self, chat: int, code: str) -> bool:
        """Make `chat` the owner if `code` is the right one."""
        if not self.pairing_code or not code:
            return False
        if hmac.compare_digest(code.encode(), self.pairing_code.encode()):
            self.pairing_code = ""
            self._allowed.add(chat)
            return True
        self._wrong += 1
        if self._wrong >= WRONG_CODES:
            self.pairing_code = ""
            log.warning("five wrong codes: pairing is off until the next start")
        return False

    def may_be_told(self, chat: int) -> bool:
        """Whether the stranger `chat` should be told now that the bot is private: once a day."""
        now = self._clock()
        if now - self._told.get(chat, -DAY) < DAY:
            return False
        self._told[chat] = now
        self._told.move_to_end(chat)
        if len(self._told) > STRANGERS:
            self._told.popitem(last=False)
        return True
