"""Who may speak to the bot, and how it finds its owner when none is configured."""

import hmac
import logging
import math
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum, auto

from engram.core.lru import LRUCache
from engram.storage.moves import is_id
from engram.storage.store import Row, Store, put
from engram.telegram import texts
from engram.telegram.sending.pace import Bucket

log = logging.getLogger(__name__)

HOUR, DAY = 3600.0, 86_400.0
STRANGERS = 10_000
# After so many wrong codes a chat has to wait a minute before the next one is looked at, and twice
# as long after each further one. So many chats are known.
WRONG_CODES = 5
FIRST_WAIT, LONGEST_WAIT = 60.0, 3600.0
GUESSERS = 10_000
# From all chats together so many codes are looked at, and that many more in a second.
CODES, CODES_PER_SECOND = 20_000, 100
OWNER = "telegram/owner"
# At that pace a code of 64 bits is not found in a million years.
CODE_BYTES = 8
_CODE = re.compile(rf"[0-9a-f]{{8,{2 * CODE_BYTES}}}", re.IGNORECASE)


class Offer(Enum):
    """What a stranger's message is as an attempt to own the bot.

    `TOO_SOON`: there were so many wrong codes that it is not looked at; `IGNORED`: nor is this one,
    and the chat was told so before.
    """

    NONE = auto()
    RIGHT = auto()
    WRONG = auto()
    TOO_SOON = auto()
    IGNORED = auto()


@dataclass(slots=True)
class _Guesser:
    """A chat that has sent so many `wrong` codes: the next is looked at from `until` on."""

    wrong: int = 0
    until: float = 0.0
    is_told: bool = False


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
    remembers it. The code works once, and is "" where nobody is to be paired. Wrong codes make only
    the chat that sends them wait, longer and longer.

    A group that became a supergroup keeps what its old id may. `configure` names others while the
    bot runs.
    """

    def __init__(
        self,
        allowed: Collection[int],
        owners: Collection[int],
        store: Store,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._moves = store.moves
        self._clock = clock
        self._told: OrderedDict[int, float] = OrderedDict()
        self._timer = timer
        self._guessers: LRUCache[int, _Guesser] = LRUCache(GUESSERS)
        self._codes = Bucket(CODES, 1 / CODES_PER_SECOND)
        self._unsaved: list[Row] = []
        paired = store.get(OWNER) or ""
        if paired and not is_id(paired):
            log.error("the owner that was kept cannot be read: pair again")
        self._paired = [int(paired)] if is_id(paired) else []
        self._changing = threading.Lock()
        self._told_moves: set[int] = set()
        self.pairing_code = secrets.token_hex(CODE_BYTES)
        self.configure(allowed, owners)

    def configure(self, allowed: Collection[int], owners: Collection[int]) -> None:
        """Let in the chats that are `allowed` and the `owners`, and no others.

        Where there are no `owners`, the chat that was paired stays the owner. If the last chat is
        taken out, none can be paired before the next start.
        """
        with self._changing:
            self._configured = allowed, owners
            self._settle()

    def _settle(self) -> None:
        allowed, owners = self._configured
        self._owners = list(owners) or self._paired
        self._allowed = {*allowed, *self._owners}
        if self._allowed:
            self.pairing_code = ""

    @property
    def is_shut(self) -> bool:
        """Whether nobody may speak to the bot, nor be paired."""
        return not (self._allowed or self.pairing_code)

    def allows(self, chat: int) -> bool:
        """Whether `chat` may speak to the bot."""
        return not self._allowed.isdisjoint((chat, *self._moves.before(chat)))

    @property
    def owners(self) -> list[int]:
        """The chats that own the bot, by their present ids."""
        return list(dict.fromkeys(map(self._moves.now, self._owners)))

    def take_moves(self) -> list[tuple[int, int]]:
        """The old and new ids of allowed chats that moved: each once in the life of the process."""
        moved = self._allowed.intersection(self._moves.old) - self._told_moves
        old = [chat for chat in sorted(moved) if self._moves.now(chat) not in self._allowed]
        self._told_moves.update(old)
        return [(chat, self._moves.now(chat)) for chat in old]

    def pair(self, chat: int, code: str) -> Offer:
        """Make `chat` the owner if `code` is the pairing code; returns what it was."""
        if not self.pairing_code or not code:
            return Offer.NONE
        now, guesser = self._timer(), self._guessers.get(chat) or _Guesser()
        self._guessers.put(chat, guesser)
        if now < guesser.until or self._codes.free_at() > now:
            was_told, guesser.is_told = guesser.is_told, True
            return Offer.IGNORED if was_told else Offer.TOO_SOON
        self._codes.take(now)
        if hmac.compare_digest(code.lower().encode(), self.pairing_code.encode()):
            with self._changing:
                self._paired = [chat]
                self._settle()
            self._unsaved.append(put(OWNER, str(chat)))
            return Offer.RIGHT
        guesser.wrong, guesser.is_told = guesser.wrong + 1, False
        if guesser.wrong >= WRONG_CODES:
            wait = FIRST_WAIT * 2.0 ** min(guesser.wrong - WRONG_CODES, 10)
            guesser.until = now + min(wait, LONGEST_WAIT)
        return Offer.WRONG

    def unsaved(self) -> list[Row]:
        """The statements that keep a new owner, together with the message that made it one."""
        rows, self._unsaved = self._unsaved, []
        return rows

    def why_not(self, chat: int, offer: Offer) -> str:
        """What to tell the stranger `chat`, who has made that `offer`."""
        if not self.pairing_code:
            return texts.PRIVATE.format(chat=chat)
        if offer is Offer.TOO_SOON:
            left = (self._guessers.get(chat) or _Guesser()).until - self._timer()
            minutes = max(1, math.ceil(left / 60))
            return texts.TOO_SOON.format(
                minutes="a minute" if minutes == 1 else f"{minutes} minutes"
            )
        return texts.WRONG_CODE if offer is Offer.WRONG else texts.UNOWNED

    def may_be_told(self, chat: int) -> bool:
        """Whether to tell the stranger `chat` now why the bot does not answer.

        That is once a day, and once an hour while the owner is still to come.
        """
        now = self._clock()
        # What was noted under a clock that was ahead counts as long ago.
        if 0 <= now - self._last_told(chat) < (HOUR if self.pairing_code else DAY):
            return False
        while self._told and not 0 <= now - next(iter(self._told.values())) < DAY:
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
