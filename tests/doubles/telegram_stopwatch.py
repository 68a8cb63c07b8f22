"""How long the people in a Telegram double's chats wait for their answers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Condition

from tests.doubles.telegram_api import Json, Shown
from tests.doubles.telegram_writers import Writers


@dataclass(frozen=True)
class Sign:
    """The bot's first message below one of a person's, `after` so many seconds.

    `text` is what stands there now. Where there is no such message it is None, and the person has
    waited in vain until now.
    """

    chat: int
    after: float
    text: str | None


class Stopwatch(Writers):
    """People who look at the clock; all times are those of the double itself, in seconds."""

    def __init__(self, bot: Json, port: int) -> None:
        super().__init__(bot, port)
        # Nobody notifies it: waiting for it lets go of the lock for a moment.
        self._moment = Condition(self.lock)
        # What many said at once: the message, and when.
        self._said: dict[int, list[tuple[int, float]]] = {}

    def ask(self, chat_id: int, text: str, expect: str, timeout: int = 10) -> float | None:
        """Say `text`; the seconds until a message with `expect` stands below it, None: never."""
        return self.ask_all(chat_id, 1, text, expect, timeout)[0]

    def ask_all(
        self, first: int, count: int, text: str, expect: str, timeout: int = 60
    ) -> list[float | None]:
        """The same in `count` chats at once, the ids of which begin with `first`."""
        with self.lock:
            chats = range(first, first + count)
            began = time.monotonic()
            open_ = {chat: self.say(chat, text) for chat in chats}
            waits: dict[int, float] = {}
            while open_ and time.monotonic() - began < timeout:
                self._moment.wait(0.002 if count == 1 else 0.02)
                for chat, asked in list(open_.items()):
                    if (at := self._answered(chat, asked, expect)) is not None:
                        waits[chat] = at - began
                        del open_[chat]
            return [waits.get(chat) for chat in chats]

    def say_all(self, first: int, count: int, text: str) -> None:
        """Say `text` in `count` chats at once, for `signs` to tell what came of it."""
        with self.lock:
            for chat in range(first, first + count):
                message = self.say(chat, text)
                self._said.setdefault(chat, []).append((message, time.monotonic()))

    def signs(self, first: int, count: int, since: float = 0.0) -> list[Sign]:
        """What the bot showed first below each message of `say_all`, in those chats.

        Only messages that were said after the monotonic time `since` count.
        """
        with self.lock:
            return [
                self._sign(chat, message, at)
                for chat in range(first, first + count)
                for message, at in self._said.get(chat, ())
                if at > float(since)
            ]

    def _sign(self, chat: int, message: int, said_at: float) -> Sign:
        shown = self._api.chats[chat].messages.values()
        below = (one for one in shown if isinstance(one, Shown) and one.message_id > message)
        sign = next(below, None)
        if sign is None:
            return Sign(chat, time.monotonic() - said_at, None)
        return Sign(chat, sign.sent_at - said_at, sign.text or "")

    def first_poll(self, since: str, timeout: int = 20) -> float | None:
        """The seconds from the monotonic time `since` to the first getUpdates after it."""
        with self.lock:
            began = time.monotonic()
            while time.monotonic() - began < timeout:
                calls = [call for call in self.calls if call.at > float(since)]
                for call in calls:
                    if call.method == "getUpdates":
                        return call.at - float(since)
                self._moment.wait(0.02)
            return None

    def refused(self) -> int:
        """How many calls were answered with 429."""
        return sum(call.status == 429 for call in self.calls)

    def _answered(self, chat: int, asked: int, expect: str) -> float | None:
        """When a message with `expect` below the message `asked` was sent or last edited."""
        for message in reversed(self._api.chats[chat].messages.values()):
            if not isinstance(message, Shown):
                continue
            if message.message_id <= asked:
                return None
            if expect in (message.text or message.caption or ""):
                return message.edited_at or message.sent_at
        return None
