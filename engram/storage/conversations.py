"""The tables `chats` and `turns`: what was said in each chat, across restarts."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from engram.core.attachments import Picture
from engram.core.errors import StoreError
from engram.core.events import ServerThread, Turn
from engram.storage.messages import FORGET, Messages
from engram.storage.moves import by_chat
from engram.storage.shown import NOTHING_SHOWN, Shown, read_shown
from engram.storage.store import Row, Store
from engram.storage.unwritten import Unwritten, UnwrittenTurn
from engram.storage.window import TURNS, Windows

# So many turns back a market is looked for that a question may go on about.
FOLLOWED = 100
# What a model knows, also where the server keeps the conversation: at most this many turns and
# characters; and how much of a turn's market data is kept.
KNOWN_TURNS, KNOWN_CHARACTERS, DATA_CHARACTERS = 30, 60_000, 8_000
# The turns up to one, the latest first; at most so many.
UP_TO = (
    "WITH RECURSIVE said AS (SELECT turns.*, 1 AS depth FROM turns WHERE number = ? UNION ALL "
    "SELECT t.*, depth + 1 FROM turns t JOIN said ON t.number = said.parent WHERE depth < ?) "
    "SELECT data, question, answer, server, thread, at, person, pictures FROM said ORDER BY depth"
)
SET_HEAD = (
    "INSERT INTO chats (chat, head, model, began) {values} "
    "ON CONFLICT (chat) DO UPDATE SET head = excluded.head{more}"
)
BEGIN_ANEW = SET_HEAD.format(values="VALUES (?, ?, '', ?)", more=", began = excluded.began")
# If the turn is there, and not forgotten since.
FOLLOW = SET_HEAD.format(
    values="SELECT chat, number, '', ? FROM turns WHERE number = ?",
    more=", began = excluded.began WHERE began = excluded.began OR typeof(began) <> 'integer'",
)
BEGAN = "SELECT began FROM chats WHERE chat = ? AND typeof(began) = 'integer'"
ADD = (
    "INSERT INTO turns (number, chat, parent, source, topic, data, question, answer, server, "
    "thread, at, person, pictures) "
    f"SELECT {', '.join('?' * 13)} WHERE coalesce(({BEGAN}), 0) = ?"
)


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was said up to a turn, oldest first, and the latest thread of it at a server."""

    turns: tuple[Turn, ...] = ()
    thread: ServerThread | None = None


class Conversations:
    """Turns with their parents, so that a reply to an older answer continues from there.

    A `chat` is the key of a conversation: a chat's id, or `chat/topic`.

    A chat's head is its latest turn, or not positive before the first one. When a chat begins anew
    what was said in it is deleted, and is never known again.

    `messages` tells which message belongs to which turn. Texts are kept as `masked` returns them:
    without secrets.
    """

    def __init__(self, store: Store, masked: Callable[[str], str] = str) -> None:
        self._store = store
        self._masked = masked
        self.messages = Messages(store, masked)
        self._unwritten = Unwritten()
        self._windows = Windows()
        self._last_number = 0

    def key(self, chat: str) -> str:
        """The key that the conversation has now: a group may get another id."""
        return self._store.moves.key(chat)

    @by_chat
    def head(self, chat: str) -> int:
        """The turn that the next question follows."""
        kept = self._store.value("SELECT head FROM chats WHERE chat = ?", chat, default=0)
        return self._unwritten.heads.get(chat, kept)

    @by_chat
    def began(self, chat: str) -> int:
        """A number that is another one whenever the conversation has begun anew."""
        return self._store.value(BEGAN, chat, default=0)

    @by_chat
    def begin_anew(self, chat: str, *with_it: Row) -> bool:
        """Forget all that was said in the chat, for good; False if the store cannot be written.

        `with_it` are statements of the same transaction.
        """
        now = -time.time_ns()
        return self._store.write_all(
            (BEGIN_ANEW, chat, now, now),
            (FORGET, chat),
            ("DELETE FROM turns WHERE chat = ?", chat),
            *with_it,
        )

    @by_chat
    def model(self, chat: str) -> str:
        """The model that was chosen in the chat, "" for the configured one."""
        kept = self._store.value("SELECT model FROM chats WHERE chat = ?", chat, default="")
        return self._unwritten.models.get(chat, kept)

    @by_chat
    def choose_model(self, chat: str, model: str, *with_it: Row) -> None:
        """Have `model` answer the chat; "" goes back to the configured one.

        `with_it` are statements of the same transaction.
        """
        self._choose("model", self._unwritten.models, chat, model, *with_it)

    @by_chat
    def effort(self, chat: str) -> str:
        """How much the chat wants its model to think, "" for what is configured."""
        kept = self._store.value("SELECT effort FROM chats WHERE chat = ?", chat, default="")
        return self._unwritten.efforts.get(chat, kept)

    @by_chat
    def choose_effort(self, chat: str, effort: str, *with_it: Row) -> None:
        """Have the chat's model think that much; "" goes back to what is configured.

        `with_it` are statements of the same transaction.
        """
        self._choose("effort", self._unwritten.efforts, chat, effort, *with_it)

    def note(self, *statements: Row) -> None:
        """Carry out what is to be known of a message while it is answered: see `with_reply`."""
        self._store.write_all(*statements, later=True)

    def _choose(
        self, column: str, unwritten: dict[str, str], chat: str, chosen: str, *with_it: Row
    ) -> None:
        known = ("INSERT OR IGNORE INTO chats (chat, head, model) VALUES (?, 0, '')", chat)
        choice = (f"UPDATE chats SET {column} = ? WHERE chat = ?", chosen, chat)
        if self._store.write_all(known, choice, *with_it, later=True):
            unwritten.pop(chat, None)
        else:
            unwritten[chat] = chosen

    def recall(self, turn: int) -> Recalled:
        """What was said up to `turn`."""
        rows = self._said(turn, TURNS + 1)
        lengths = [len(question) + len(answer) for _, question, answer, *_ in rows]
        told = self._windows.told(lengths, [row[-3] for row in rows])
        turns: list[Turn] = []
        for _, question, answer, *_, pictures in rows[:told]:
            has_later = any(turn.pictures for turn in turns)
            shown = () if has_later else read_shown(pictures).pictures
            turns.append(Turn(question, answer, shown))
        kept = [
            ServerThread(server, id_, unseen)
            for unseen, (_, _, _, server, id_, *_) in enumerate(rows[: told + 1])
            if server and id_
        ]
        return Recalled(tuple(reversed(turns)), kept[0] if kept else None)

    def known(self, turn: int) -> str:
        """All that a model was told and has said up to `turn`, with the data that it was given.

        It is one text, the latest last; of a long conversation only the end.
        """
        told: list[str] = []
        left = KNOWN_CHARACTERS
        for data, question, answer, *_ in self._said(turn, KNOWN_TURNS):
            texts = (data, question, answer)
            left -= sum(map(len, texts))
            if left < 0 and told:
                break
            told.append("\n\n".join(texts))
        return "\n\n".join(reversed(told))

    def _said(self, turn: int, most: int) -> list[Row]:
        """`most` turns up to `turn`, latest first.

        Data, question, answer, server and thread, when it was, the person, and what was shown.
        """
        rows, turn = self._unwritten.said(turn, most)
        kinds = (str, str, str, str | None, str | None, float, int, str)
        return rows + self._store.read(UP_TO, turn, most - len(rows), kinds=kinds)

    def unseen(self, turn: int, person: int, since: float) -> tuple[Picture, ...]:
        """Pictures that `person` has shown up to `turn`, and no model has seen.

        They are those of the person's latest turn, `since` that time (seconds since the epoch).
        """
        own = (row[-3:] for row in self._said(turn, TURNS) if row[-2] == person)
        at, _, pictures = next(own, (0.0, 0, ""))
        shown = read_shown(pictures)
        return () if at < since or shown.is_seen else shown.pictures

    def topic(self, turn: int) -> str:
        """The markets that were spoken of last up to `turn`; "" if there were none."""
        topic, turn = self._unwritten.topic(turn)
        sql = (
            "WITH RECURSIVE said AS ("
            " SELECT parent, topic, 1 AS depth FROM turns WHERE number = ? UNION ALL"
            " SELECT t.parent, t.topic, depth + 1 FROM turns t JOIN said ON t.number = said.parent"
            " WHERE said.topic = '' AND depth < ?"
            ") SELECT topic FROM said WHERE topic <> ''"
        )
        return topic or self._store.value(sql, turn, FOLLOWED, default="")

    @by_chat
    def add(
        self,
        chat: str,
        turn: Turn,
        source: str,
        thread: ServerThread | None,
        *,
        parent: int,
        began: int,
        topic: str = "",
        data: str = "",
        person: int = 0,
        shown: Shown = NOTHING_SHOWN,
        link: Callable[[int], Row] | None = None,
    ) -> int:
        """Add a turn after `parent`, as the chat's latest; returns its number.

        `topic` names the markets that it speaks of, if any; `data` are the figures that the model
        was given with the question. `person` is who asked where several do, and `shown` are the
        pictures that came with it. `link` makes one more statement, of its number. `began` is what
        it was when the question came: a conversation that began anew since forgets the turn: 0.
        """
        number = self._next_number()
        kept = (thread.server, thread.id) if thread else (None, None)
        said = (*map(self._masked, (data[:DATA_CHARACTERS], turn.question, turn.answer)), *kept)
        said += (time.time(), person, str(shown))
        new = (number, chat, parent, source, topic, *said, chat, began)
        try:
            links = [link(number)] if link else []
            (added,) = self._store.add_new(ADD, [new], (FOLLOW, began, number), *links)
        except StoreError:
            if self.began(chat) != began:
                return 0
            self._unwritten.add(chat, number, UnwrittenTurn(parent, topic, said))
            return number
        self._unwritten.clear()
        return added or 0

    def _next_number(self) -> int:
        """A number that no other turn has, also before the file can be written; it only rises."""
        self._last_number = max(self._last_number + 1, time.time_ns() // 1000)
        return self._last_number
