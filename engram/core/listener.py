"""What can be counted: each part tells a `Listener` what happens, and need not know whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engram.core.usage import Usage

if TYPE_CHECKING:
    from engram.core.events import Event, Kind


@dataclass(frozen=True, slots=True)
class Answered:
    """A question was answered by `source`; times in seconds since it was asked.

    `first_text` is None when no text streamed in. `fell_back` tells that another responder should
    have answered, `failed` that only the last resort did. `usage` is what it cost.
    """

    source: str
    kind: Kind
    seconds: float
    first_text: float | None = None
    fell_back: bool = False
    failed: bool = False
    usage: Usage = field(default_factory=Usage)


class Listener:
    """Hears what happens, from any thread; it does nothing with it unless a subclass does."""

    def answered(self, answer: Answered) -> None:
        """A question was answered."""

    def happened(self, event: Event) -> None:
        """An answer in progress brought `event`."""

    def called(self, method: str, status: int) -> None:
        """The Bot API answered a call of `method` with the HTTP `status`, 0 for no answer."""

    def asked(self, exchange: str, purpose: str, status: int) -> None:
        """An exchange answered a request for an "answer" or a "look" with the HTTP `status`.

        0 stands for no whole answer. `exchange` is its id in ccxt.
        """

    def made(self, kind: str) -> None:
        """An alert has fired, a signal has changed or a digest was made: something to deliver."""

    def delivered(self, kind: str) -> None:
        """A message that nobody asked for has arrived; what about, see `engram.storage.outbox`."""

    def paused(self, seconds: float) -> None:
        """Telegram asked for a pause."""


#: For parts that nobody listens to.
NOBODY = Listener()
