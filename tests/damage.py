"""Damages single rows of a store, as SQLite itself never would, and reads all that is left."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from engram.chat.model_texts import last_day
from engram.core.events import Kind, ServerThread, Turn
from engram.core.listener import Answered
from engram.core.usage import Usage
from engram.storage.conversations import Conversations
from engram.storage.inbox import Arrived, Inbox
from engram.storage.messages import Piece
from engram.storage.statistics import Statistics
from engram.storage.store import Store
from engram.telegram.access import Access

# No UTF-8, and longer than any text of ours.
BROKEN_TEXT, HUGE = "CAST(X'c328ff' AS TEXT)", "CAST(zeroblob(2100000) AS TEXT)"
EXPRESSIONS = [BROKEN_TEXT, HUGE]


def damage(file: Path, table: str, column: str, value: Any, where: str = "1") -> None:
    """Set a `column` of the rows `where` to `value`, or to what the SQL in `EXPRESSIONS` gives."""
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        with_constraints = db.execute("SELECT name, sql FROM sqlite_master").fetchall()
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '')")
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        is_sql = value in EXPRESSIONS if isinstance(value, str) else False
        put = value if is_sql else "?"
        values = () if is_sql else (value,)
        # Names of our own tables.
        db.execute(f"UPDATE OR IGNORE {table} SET {column} = {put} WHERE {where}", values)  # noqa: S608
        db.execute("PRAGMA writable_schema = ON")
        sql = "UPDATE sqlite_master SET sql = ? WHERE name = ?"
        db.executemany(sql, [(text, name) for name, text in with_constraints])


OLD, NEW, CHAT = -100, -1000, "5"
COLUMNS = {
    "inbox": (
        *("at", "state", "tries", "panel", "messages", "body", "message", "checksum"),
        *("number", "identity", "reply"),
    ),
    "kept": ("value", "at"),
    "chats": ("head", "model", "began"),
    "turns": (
        *("at", "chat", "parent", "question", "answer", "source", "server", "thread"),
        *("topic", "data"),
    ),
    "messages": ("turn", "is_question", "text", "quoted"),
    "answers": (
        *("at", "source", "kind", "seconds", "first_text", "fell_back", "failed"),
        *("read", "written", "speed", "first_token", "load", "context"),
    ),
}


def update(number: int) -> dict[str, Any]:
    """One as it comes from Telegram."""
    return {"update_id": number, "message": {"message_id": number, "chat": {"id": 5}}}


def fill(file: Path) -> None:
    """Make a store with a few rows in each table."""
    store = Store(file)
    inbox, conversations = Inbox(store), Conversations(store)
    inbox.receive([Arrived(update(n), f"{n}", f"5/{n}", n) for n in (1, 2)])
    inbox.shown([1], 7, [8])
    for chat in (CHAT, "6"):
        conversations.choose_model(chat, "glm")
        for number, text in enumerate(("one", "two")):
            head, began = conversations.head(chat), conversations.began(chat)
            thread = ServerThread("s", text)
            turn = conversations.add(
                *(chat, Turn(text, "yes"), "mock", thread),
                **{"parent": head, "began": began, "topic": "BTC/USDT 4h", "data": "d"},
            )
            conversations.messages.keep_pieces(chat, [Piece(number, text, "q")], turn)
    statistics = Statistics(store)
    for seconds in (1.0, 2.0):
        usage = Usage(7, 2, 1, 41.0, 0.3, 12.0, context=4096)
        statistics.note(Answered("mock", Kind.CHAT, seconds, usage=usage))
    store.put("told/6", str(time.time()))
    store.put("telegram/owner", CHAT)
    store.moves.move(OLD, NEW)
    store.close()


def use(store: Store) -> list[dict[str, Any]]:
    """All that a start and an answer read; returns what is not answered."""
    inbox, conversations = Inbox(store), Conversations(store)
    left = [entry.update for entry in inbox.unfinished()]
    for entry in inbox.unfinished():
        assert isinstance(entry.at, float)
        assert all(isinstance(one, int) for one in (*entry.messages, entry.panel or 0))
    assert inbox.depth == len(left)
    inbox.begin(1, 2)
    access = Access([], [], store)
    assert all(isinstance(one, int) for one in access.owners)
    access.may_be_told(6)
    for message in ("5/1", "5/2"):
        assert isinstance(inbox.checksum(message), int | None)
    for chat in (CHAT, "6"):
        head, began = conversations.head(chat), conversations.began(chat)
        recalled = conversations.recall(head)
        assert all(isinstance(turn.question + turn.answer, str) for turn in recalled.turns)
        texts = conversations.known(head) + conversations.topic(head) + conversations.model(chat)
        assert isinstance(texts, str)
        for number in (0, 1):
            if found := conversations.messages.at(chat, number):
                assert all(
                    isinstance(one.text + one.quoted, str)
                    for one in conversations.messages.pieces(found.turn)
                )
                conversations.recall(found.parent)
        turn = Turn("three", "yes")
        number = conversations.add(chat, turn, "mock", None, parent=head, began=began)
        assert conversations.recall(number).turns[-1:] == (turn,)
    statistics = Statistics(store)
    assert last_day(statistics.rates(0.0), statistics.pace(0.0))
    assert store.moves.move(-7, -8)
    store.trim(time.time())
    inbox.release()
    return left
