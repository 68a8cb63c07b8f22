"""Messages that answer no question and are not kept: the menu, and to people who may not ask."""

import logging
from collections.abc import Callable
from functools import partial

from engram.core.waits import Steps
from engram.telegram.incoming import Destination
from engram.telegram.lanes import ChatLanes
from engram.telegram.screen.messenger import Messenger
from engram.telegram.screen.render import Page
from engram.telegram.sending.egress import Egress
from engram.telegram.sending.refusals import UndeliverableError
from engram.telegram.sending.turns import Urgency

log = logging.getLogger(__name__)

THREADS = 2
# With so many chats that wait for a message, no further stranger is told.
CROWD = 300


class Courier:
    """Sends messages, those to one chat in their order, while nobody waits for them.

    A chat that takes nothing at the moment keeps no other from being told.
    """

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._lanes = ChatLanes(THREADS, "courier", egress.timer)

    def waiting(self, chat: int) -> int:
        """How many messages to `chat` are not sent yet."""
        return self._lanes.depth(chat)

    @property
    def is_crowded(self) -> bool:
        """Whether so many chats wait for a message that those who asked nothing need none."""
        return self._lanes.open >= CROWD

    def say(self, destination: Destination, text: str) -> None:
        """Send `text` soon."""
        send = Messenger(self._egress, destination, urgency=Urgency.UNASKED).send
        self.send(destination.chat_id, partial(send, Page(text), lambda _id, _page: None))

    def send(self, chat: int, send: Callable[[], Steps[None]]) -> None:
        """Have the steps of `send` taken soon."""
        self._lanes.put(chat, partial(self._send, chat, send))

    def _send(self, chat: int, send: Callable[[], Steps[None]]) -> Steps[None]:
        try:
            yield from send()
        except UndeliverableError as err:
            log.info("chat %d: %s", chat, err)
