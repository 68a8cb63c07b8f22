"""Who may speak to the bot, and how it finds its owner when none is configured."""

import hmac
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Collection

from engram.core.key_value import KeyValue

log = logging.getLogger(__name__)

DAY = 86_400.0
STRANGERS = 10_000
WRONG_CODES = 5
OWNER = "telegram/owner"


class Access:
    """Knows the chats that are `allowed`, and the `owners` among them.

    With neither, the first chat that sends the `pairing_code` becomes the owner, for good: `store`
    remembers it. The code works once, and five wrong codes end the pairing until the next start.
    """

    def __init__(
        self,
        allowed: Collection[int],
        owners: Collection[int],
        store: KeyValue,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._clock = clock
        self._told: OrderedDict[int, float] = OrderedDict()
        self._wrong = 0
        paired = store.get(OWNER)
        self.owners = [*owners, *([int(paired)] if paired and not owners else [])]
        self._allowed = {*allowed, *self.owners}
        self.pairing_code = "" if self._allowed else secrets.token_hex(4)

    def allows(self, chat: int) -> bool:
        """Whether `chat` may speak to the bot."""
        return chat in self._allowed

    def pair(self, chat: int, code: str) -> bool:
        """Make `chat` the owner if `code` is the pairing code; returns whether it is."""
        if not self.pairing_code or not code:
            return False
        if hmac.compare_digest(code.encode(), self.pairing_code.encode()):
            self.pairing_code = ""
            self._allowed.add(chat)
            self.owners.append(chat)
            self._store.put(OWNER, str(chat))
            return True
        self._wrong += 1
        if self._wrong >= WRONG_CODES:
            self.pairing_code = ""
            log.warning("%d wrong codes: pairing is off until the next start", WRONG_CODES)
        return False

    def may_be_told(self, chat: int) -> bool:
        """Whether to tell the stranger `chat` now that the bot is private: once a day."""
        now = self._clock()
        if now - self._last_told(chat) < DAY:
            return False
        while self._told and now - next(iter(self._told.values())) >= DAY:
            self._told.popitem(last=False)
        if len(self._told) >= STRANGERS:
            return False
        self._told[chat] = now
        self._store.put(f"told/{chat}", str(now))
        return True

    def _last_told(self, chat: int) -> float:
        try:
            return self._told.get(chat) or float(self._store.get(f"told/{chat}") or -DAY)
        except ValueError:
            return -DAY
