"""What the handlers of commands work with."""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TypeAlias

from engram.chat.asking import Asking
from engram.chat.sent.album import Album
from engram.chat.spoken import Spoken
from engram.chat.turns.said import Said
from engram.core.events import Event
from engram.core.model import ModelServers
from engram.core.stop import Stops
from engram.market.analyst import Analyst
from engram.storage.conversations import Conversations
from engram.storage.statistics import Statistics
from engram.watch.arming.desk import Desk
from engram.watch.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Parts:
    """What the assistant and all handlers work with.

    `waiting` tells how many messages the front end holds whose answers have not begun. `began` is
    when the bot did, in seconds (monotonic). `stops` has the answers in progress, and `spoken` what
    was spoken of before. `album` opens what people send.
    """

    asking: Asking
    analyst: Analyst
    servers: ModelServers
    conversations: Conversations
    statistics: Statistics
    ledger: Ledger
    desk: Desk
    album: Album
    waiting: Callable[[], int]
    began: float = field(default_factory=time.monotonic)
    stops: Stops = field(init=False)
    spoken: Spoken = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stops", Stops(self.conversations.key))
        object.__setattr__(self, "spoken", Spoken(self.analyst, self.conversations))


#: The events of an answer, the last of which is `Finished`.
Events: TypeAlias = Generator[Event, None, None]
#: Answers what was said; the text is the words after the command.
Handler: TypeAlias = Callable[[Parts, Said, str], Events]
