"""Messages that answer no question: to the owner, and to people who may not ask."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from engram.chat.texts import WRITTEN_AGO
from engram.core.formats import format_duration
from engram.core.waits import Steps
from engram.telegram.incoming import Destination
from engram.telegram.lanes import ChatLanes
from engram.telegram.screen.messenger import Messenger
from engram.telegram.screen.render import Page
from engram.telegram.sending.egress import Egress
from engram.telegram.sending.refusals import UnconfirmedError, UndeliverableError
from engram.telegram.sending.turns import Urgency

log = logging.getLogger(__name__)

THREADS = 2
# So many messages to a chat that takes none are kept.
UNTOLD = 10
# With so many chats that wait for a message, no further stranger is told.
CROWD = 300


class Courier:
    """Sends messages, those to one chat in their order, while nobody waits for them.

    A chat that takes nothing at the moment keeps no other from being told. What has to be told, and
    was refused, is kept until `catch_up`; of each chat the latest messages.
    """

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._lanes = ChatLanes(THREADS, "courier", egress.timer)
        self._lock = threading.Lock()
        # By chat: what it has not been told, and since when (monotonic).
        self._untold: dict[int, deque[tuple[str, float]]] = {}

    def waiting(self, chat: int) -> int:
        """How many messages to `chat` are not sent yet."""
        return self._lanes.depth(chat)

    @property
    def is_crowded(self) -> bool:
        """Whether so many chats wait for a message that those who asked nothing need none."""
        return self._lanes.open >= CROWD

    def say(self, destination: Destination, text: str, *, keeps: bool = False) -> None:
        """Send `text` soon; with `keeps` it is told later if Telegram refuses it."""
        send = Messenger(self._egress, destination, urgency=Urgency.UNASKED).send
        steps = partial(send, Page(text), lambda _id, _page: None)
        self.send(destination.chat_id, steps, text if keeps else "")

    def send(self, chat: int, send: Callable[[], Steps[None]], untold: str = "") -> None:
        """Have the steps of `send` taken soon; if Telegram refuses it, `untold` is kept."""
        self._lanes.put(chat, partial(self._send, chat, send, untold))

    def catch_up(self, destination: Destination) -> None:
        """Say what the chat could not be told: somebody has written there, so it can be now."""
        with self._lock:
            untold = self._untold.pop(destination.chat_id, ())
        for text, since in untold:
            age = format_duration(time.monotonic() - since)
            self.say(destination, f"{text}\n{WRITTEN_AGO.format(age=age)}")

    def _send(self, chat: int, send: Callable[[], Steps[None]], untold: str) -> Steps[None]:
        try:
            yield from send()
        except UndeliverableError as err:
            log.info("chat %d: %s", chat, err)
            # What was sent twice has most probably arrived.
            if untold and not isinstance(err, UnconfirmedError):
                with self._lock:
                    texts = self._untold.setdefault(chat, deque(maxlen=UNTOLD))
                    texts.append((untold, time.monotonic()))
