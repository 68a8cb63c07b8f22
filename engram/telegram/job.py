"""One message on its way to its answer; the inbox knows at every moment how far it has come."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from engram.core.surrogates import utf16_length
from engram.storage.conversations import Piece
from engram.storage.inbox import Inbox
from engram.telegram.incoming import TEXT_LIMIT, Incoming, Quotation


def joined(pieces: Sequence[Incoming]) -> Incoming:
    """The message that was delivered as `pieces`."""
    first, *others = ordered = sorted(pieces, key=lambda piece: abs(piece.message_id))
    if not others:
        return first
    written = [piece for piece in ordered if piece.text]
    texts = [written[0].text or ""] if written else []
    for before, after in pairwise(written):
        # A full piece was cut in the middle of something, any other one at white space.
        is_full = before.length + utf16_length((after.text or "")[:1]) > TEXT_LIMIT
        texts += ["" if is_full else "\n", after.text or ""]
    has_text = any(piece.text is not None for piece in ordered)
    return replace(
        first,
        text="".join(texts) if has_text else None,
        replies_to=next(filter(None, (piece.replies_to for piece in ordered)), None),
        quotation=max((piece.quotation for piece in ordered), key=lambda one: bool(one.words)),
        is_caption=any(piece.is_caption for piece in ordered),
        is_addressed=any(piece.is_addressed for piece in ordered),
    )


def edited_piece(edit: Incoming, kept: Piece) -> Incoming:
    """The message that is `kept`, with the new words if `edit` is of that one."""
    if kept.message == edit.message_id:
        return edit
    return replace(
        edit,
        message_id=kept.message,
        text=kept.text,
        length=utf16_length(kept.text),
        quotation=Quotation(kept.quoted, is_part=True),
        is_addressed=True,
    )


@dataclass(slots=True, eq=False)
class Job:
    """A message that is to be answered. It arrived at `received`, in seconds since the epoch.

    `panel` and `messages` are the ids of what is on screen for it. `is_resumed` tells that an
    earlier process left it, `has_begun` that it is being answered, `is_ending` that its final text
    is being sent, `is_panel_taken` that the panel shows another market or timeframe by now,
    `is_cut` that there was more of it than is read. `pieces` are the messages in which it was
    delivered; each of them has its row in the inbox.
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
    is_cut: bool = False
    pieces: list[Incoming] = field(init=False)
    _rows: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.pieces = [self.incoming]
        self._rows = [self.incoming.update_id]

    @property
    def on_screen(self) -> tuple[int, ...]:
        """The ids of all that is on screen for it."""
        return self.messages if self.panel is None else (self.panel, *self.messages)

    def has(self, incoming: Incoming) -> bool:
        """Whether `incoming` is one of the messages in which it was delivered, or an edit of it."""
        return any(piece.key == incoming.key for piece in self.pieces)

    def join(self, piece: "Job") -> None:
        """Have `piece` be a part of the message, and be done together with it."""
        self._take_over(piece)
        self.pieces.append(piece.incoming)
        self.incoming = joined(self.pieces)

    def cut(self, piece: "Job") -> None:
        """Have `piece` be done together with the message, and not be read."""
        self._take_over(piece)
        self.is_cut = True

    def correct(self, edit: "Job") -> None:
        """Have the new words of a message, and be done together with its `edit`."""
        self._take_over(edit)
        self.pieces = self.corrected(edit.incoming)
        self.incoming = joined(self.pieces)

    def corrected(self, edit: Incoming) -> list[Incoming]:
        """The pieces with the new words of one of them."""
        return [
            replace(edit, update_id=piece.update_id, kind=piece.kind)
            if piece.key == edit.key
            else piece
            for piece in self.pieces
        ]

    def ask_with(self, pieces: list[Incoming]) -> None:
        """Have the message be all of `pieces`, one of which is this edit's."""
        self.pieces = pieces
        self.incoming = replace(joined(pieces), kind=self.incoming.kind)

    def follow(self, chat: int) -> None:
        """Take note that the chat has the id `chat`; in another chat nothing is on screen yet."""
        if chat != self.incoming.chat_id:
            self.incoming, self.panel, self.messages = self.incoming.moved_to(chat), None, ()
            self.pieces = [piece.moved_to(chat) for piece in self.pieces]

    def begin(self) -> int:
        """Record that work on the answer begins; returns the number of the attempt, from 1 on."""
        return self.inbox.begin(*self._rows)

    def shown(self, panel: int | None, messages: tuple[int, ...]) -> None:
        """Record which messages are on screen."""
        self.panel, self.messages = panel, messages
        self.inbox.shown(self._rows, panel, messages)

    def sending(self) -> None:
        """Record that the final text is about to be sent."""
        self.is_ending = True
        self.inbox.sending(*self._rows)

    def done(self) -> None:
        """Record that nothing is left to do."""
        self.inbox.sent(*self._rows)

    def _take_over(self, other: "Job") -> None:
        self._rows += other._rows
        other._rows = []
        if not self.on_screen:
            self.panel, self.messages = other.panel, other.messages
        self.is_resumed = self.is_resumed or other.is_resumed
