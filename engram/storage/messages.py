"""The table `messages`: to which turn a message belongs, and in which messages one was written."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from engram.core.attachments import Attachment
from engram.core.key_value import read_json
from engram.storage.moves import by_message
from engram.storage.store import Row, Store

IS_KNOWN = "SELECT number FROM turns WHERE number = ?"
# All messages of a chat.
FORGET = "DELETE FROM messages WHERE turn IN (SELECT number FROM turns WHERE chat = ?)"


@dataclass(frozen=True, slots=True)
class Linked:
    """The turn that a message belongs to, and the one before it."""

    turn: int
    parent: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A message with a part of a question, the words that this part refers to, and its files."""

    message: int
    text: str
    quoted: str = ""
    attachments: tuple[Attachment, ...] = ()


class Messages:
    """The messages of all conversations; a `chat` is the key of one.

    Texts are kept as `masked` returns them: without secrets.
    """

    def __init__(self, store: Store, masked: Callable[[str], str] = str) -> None:
        self._store, self._masked = store, masked

    @by_message
    def link(
        self, chat: str, message: int, turn: int, *, question: bool, piece: Piece | None = None
    ) -> None:
        """Note that `message` of the chat is the question, or part of the answer, of `turn`.

        `piece` is what it has of a question that was written in several messages.
        """
        self._store.write(*self.linking(chat, message, turn, question=question, piece=piece))

    @by_message
    def linking(
        self, chat: str, message: int, turn: int, *, question: bool, piece: Piece | None = None
    ) -> Row:
        """The statement by which `link` notes that."""
        sql = (
            "REPLACE INTO messages (chat, message, turn, is_question, text, quoted, files) "
            f"SELECT ?, ?, ?, ?, ?, ?, ? WHERE EXISTS ({IS_KNOWN})"
        )
        has = self._kept(piece) if piece else (None, None, None)
        return sql, chat, message, turn, question, *has, turn

    def _kept(self, piece: Piece) -> tuple[str, str, str]:
        """Text, quoted words and files as they are kept."""
        files = [
            [one.ref, self._masked(one.name), one.size, one.is_picture] for one in piece.attachments
        ]
        return self._masked(piece.text), self._masked(piece.quoted), json.dumps(files)

    def keep_pieces(self, chat: str, pieces: Iterable[Piece], turn: int) -> None:
        """Note in which messages of the chat the question of `turn` was written."""
        for piece in pieces:
            self.link(chat, piece.message, turn, question=True, piece=piece)

    def pieces(self, turn: int) -> list[Piece]:
        """The messages in which the question of `turn` was written, if they were several."""
        sql = (
            "SELECT message, text, quoted, files FROM messages "
            "WHERE turn = ? AND text IS NOT NULL ORDER BY abs(message)"
        )
        rows = self._store.read(sql, turn, kinds=(int, str, str, str | None))
        return [
            Piece(message, text, quoted, _attachments(files))
            for message, text, quoted, files in rows
        ]

    @by_message
    def at(self, chat: str, message: int) -> Linked | None:
        """The turn whose question or answer `message` is, if it is known.

        It may stand in the chat itself, where answers go once their topic is gone.
        """
        sql = (
            "SELECT number, parent FROM messages m JOIN turns ON number = turn "
            "WHERE m.chat IN (?, ?) AND message = ?"
        )
        where = (chat, chat.partition("/")[0], message)
        rows = self._store.read(sql, *where, kinds=(int, int))
        return Linked(*rows[0]) if rows else None


def _attachments(files: str | None) -> tuple[Attachment, ...]:
    """The files that are kept as JSON; of what is damaged, nothing."""
    kept = read_json(files) if files else None
    found = kept if isinstance(kept, list) else ()
    return tuple(Attachment(*one) for one in found if isinstance(one, list) and _is_file(one))


def _is_file(one: list[object]) -> bool:
    return list(map(type, one)) == [str, str, int, bool]
