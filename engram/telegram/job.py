"""One message on its way to its answer; the inbox knows at every moment how far it has come."""

from dataclasses import dataclass

from engram.storage.inbox import Inbox
from engram.telegram.incoming import Incoming


@dataclass(slots=True)
class Job:
    """A message that is to be answered. It arrived at `received`, in seconds since the epoch.

    `panel` and `messages` are the ids of what is on screen for it. `is_resumed` tells that an
    earlier process left it, `has_begun` that it is being answered, `is_ending` that its final text
    is being sent, `is_panel_taken` that the panel shows another market or timeframe by now.
    """

    incoming: Incoming
    inbox: Inbox
    received: float
    panel: int | None = None
    messages: tuple[int, ...] = ()
    is_resumed: bool = False
    has_begun: bool = False
    is_ending: bool = False
    is_panel_taken: bool = False

    def begin(self) -> int:
        """Record that work on the answer begins; returns the number of the attempt, from 1 on."""
        return self.inbox.begin(self.incoming.update_id)

    def shown(self, panel: int | None, messages: tuple[int, ...]) -> None:
        """Record which messages are on screen."""
        self.panel, self.messages = panel, messages
        self.inbox.shown(self.incoming.update_id, panel, messages)

    def sending(self) -> None:
        """Record that the final text is about to be sent."""
        self.is_ending = True
        self.inbox.sending(self.incoming.update_id)

    def done(self) -> None:
        """Record that nothing is left to do."""
        self.inbox.sent(self.incoming.update_id)
