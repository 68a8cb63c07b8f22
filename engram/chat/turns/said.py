"""What somebody said, with all that its answer needs to know."""

from dataclasses import dataclass, field

from engram.core.attachments import NOTHING_SENT, Sent
from engram.core.person import Person
from engram.core.stop import Stop


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said in the conversation `chat`, after its turn number `parent`.

    `began` tells the conversation from those that were forgotten before it. `message` is the id of
    what was said, if an edit of it may ask again. `quoted` are somebody's words that it refers to.
    `topic` is what it is about, as the text of a `Topic`. `by` is who said it where several do.
    `rows` are those of the inbox that it has: what it changes is noted there, and only done once.
    `is_reply` tells that `parent` was chosen, and is not just the latest turn. `sent` is what came
    with it. `is_owner` tells whether who says it owns the bot.
    """

    chat: str
    text: str
    parent: int = 0
    began: int = 0
    stop: Stop = field(default_factory=Stop)
    message: int | None = None
    quoted: str = ""
    topic: str = ""
    by: Person | None = None
    rows: tuple[int, ...] = ()
    is_reply: bool = False
    sent: Sent = NOTHING_SENT
    is_owner: bool = False

    @property
    def person(self) -> int:
        """The number of who says it; 0 in a chat of one person."""
        return self.by.number if self.by else 0
