"""Messages that answer no question: to the owner, and to people who may not ask."""

import logging
from collections.abc import Callable
from functools import partial

from engram.core.waits import Steps
from engram.telegram.egress import Egress
from engram.telegram.incoming import Destination
from engram.telegram.lanes import ChatLanes
from engram.telegram.refusals import UndeliverableError
from engram.telegram.screen.messenger import Messenger
from engram.telegram.screen.render import Page
from engram.telegram.turns import Urgency

log = logging.getLogger(__name__)

THREADS = 2


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

    def say(self, destination: Destination, text: str) -> None:
        """Send `text` soon."""
        send = Messenger(self._egress, destination, urgency=Urgency.UNASKED).send
        self.send(destination.chat_id, partial(send, Page(text), lambda _message_id: None))

    def send(self, chat: int, send: Callable[[], Steps[None]]) -> None:
        """Have the steps of `send` taken soon; if Telegram refuses it, that is only logged."""
        self._lanes.put(chat, partial(self._send, chat, send))

    @staticmethod
    def _send(chat: int, send: Callable[[], Steps[None]]) -> Steps[None]:
        try:
            yield from send()
        except UndeliverableError as err:
            log.info("chat %d: %s", chat, err)
