"""What the handlers of commands work with."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeAlias

from engram.chat.asking import Asking, Said
from engram.chat.spoken import Spoken
from engram.core.events import Event
from engram.core.model import ModelServers
from engram.core.stop import Stops
from engram.market.analyst import Analyst
from engram.storage.conversations import Conversations
from engram.storage.statistics import Statistics
from engram.watch.desk import Desk
from engram.watch.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Parts:
    """The collaborators of all handlers.

    `waiting` tells how many messages the front end holds whose answers have not begun; `began` is
    when the bot did, in seconds (monotonic).
    """

    asking: Asking
    analyst: Analyst
    servers: ModelServers
    conversations: Conversations
    statistics: Statistics
    stops: Stops
    spoken: Spoken
    ledger: Ledger
    desk: Desk
    waiting: Callable[[], int]
    began: float


#: The events of an answer, the last of which is `Finished`.
Events: TypeAlias = Generator[Event, None, None]
#: Answers what was said; the text is the words after the command.
Handler: TypeAlias = Callable[[Parts, Said, str], Events]
