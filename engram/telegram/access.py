"""Who may speak to the bot, and how it finds its owner when none is configured."""

import hmac
import logging
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Collection

from engram.storage.store import Store
from engram.telegram import texts

log = logging.getLogger(__name__)

HOUR, DAY = 3600.0, 86_400.0
STRANGERS = 10_000
WRONG_CODES = 5
OWNER = "telegram/owner"
CODE_BYTES = 4
_CODE = re.compile(rf"[0-9a-f]{{{2 * CODE_BYTES}}}", re.IGNORECASE)


def offered_code(text: str) -> str:
    """The pairing code that `text` offers: after /start, by itself or in the link; "" for none.

    A text without any of these is no attempt, or greetings would end the pairing.
    """
    words = text.replace("start=", " ").split()
    if words and re.fullmatch(r"/start(@\w+)?", words[0], re.IGNORECASE):
        return words[1] if len(words) > 1 else ""
    return words[-1] if words and len(words) < 3 and _CODE.fullmatch(words[-1]) else ""


class Access:
    """Knows the chats that are `allowed`, and the `owners` among them.

    With neither, the first chat that sends the `pairing_code` becomes the owner, for good: `store`
    remembers it. The code works once, and five wrong codes end the pairing until the next start.

    A group that became a supergroup keeps what its old id may.
    """

    def __init__(
        self,
        allowed: Collection[int],
        owners: Collection[int],
        store: Store,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._moves = store.moves
        self._clock = clock
        self._told: OrderedDict[int, float] = OrderedDict()
        self._wrong = 0
        paired = store.get(OWNER)
        self._owners = [*owners, *([int(paired)] if paired and not owners else [])]
        self._allowed = {*allowed, *self._owners}
        self._told_moves: set[int] = set()
        self.pairing_code = "" if self._allowed else secrets.token_hex(CODE_BYTES)

    @property
    def has_owner(self) -> bool:
        """Whether there is a chat that may speak; if not, the first one has to be paired."""
        return bool(self._allowed)

    def allows(self, chat: int) -> bool:
        """Whether `chat` may speak to the bot."""
        return not self._allowed.isdisjoint((chat, *self._moves.before(chat)))

    @property
    def owners(self) -> list[int]:
        """The chats that own the bot, by their present ids."""
        return list(dict.fromkeys(map(self._moves.now, self._owners)))

    def take_moves(self) -> list[tuple[int, int]]:
        """The old and new ids of allowed chats that moved: each once in the life of the process."""
        old = [chat for chat in sorted(self._allowed - self._told_moves) if self._has_moved(chat)]
        self._told_moves.update(old)
        return [(chat, self._moves.now(chat)) for chat in old]

    def _has_moved(self, chat: int) -> bool:
        return self._moves.now(chat) not in (chat, *self._allowed)

    def pair(self, chat: int, code: str) -> bool:
        """Make `chat` the owner if `code` is the pairing code; returns whether it is."""
        if not self.pairing_code or not code:
            return False
        if hmac.compare_digest(code.lower().encode(), self.pairing_code.encode()):
            self.pairing_code = ""
            self._allowed.add(chat)
            self._owners.append(chat)
            self._store.put(OWNER, str(chat))
            return True
        self._wrong += 1
        if self._wrong >= WRONG_CODES:
            self.pairing_code = ""
            log.warning("%d wrong codes: pairing is off until the next start", WRONG_CODES)
        return False

    def why_not(self, chat: int, *, guesses: bool) -> str:
        """What to tell the stranger `chat`; `guesses`: it has offered a code, a wrong one."""
        if self.has_owner:
            return texts.PRIVATE.format(chat=chat)
        if not self.pairing_code:
            return texts.PAIRING_OFF
        return texts.WRONG_CODE if guesses else texts.UNOWNED

    def may_be_told(self, chat: int) -> bool:
        """Whether to tell the stranger `chat` now why the bot does not answer.

        That is once a day, and once an hour while the owner is still to come.
        """
        now = self._clock()
        if now - self._last_told(chat) < (DAY if self.has_owner else HOUR):
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
