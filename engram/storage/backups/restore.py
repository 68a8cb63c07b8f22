"""Puts a backup back in the place of a store."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engram.core.clock import Clock
from engram.core.errors import StoreError
from engram.storage import inbox, outbox
from engram.storage.backups.copying import (
    LATEST,
    MADE,
    NO_STORE,
    STEP,
    Backup,
    content,
    copy,
    made_at,
    new_part,
    raised_as,
    require_apart,
    require_store,
    unless_locked,
    written,
)
from engram.storage.claim import Claim, LookingClaim, UnusableError
from engram.storage.examine import READ_ONLY, NewerError, connect, examine, real_path, untouching
from engram.storage.moves import MOVED, is_id
from engram.storage.opening import beside, list_files, set_aside
from engram.storage.store import Store
from engram.storage.watch.tables import RESTORED

log = logging.getLogger(__name__)

NOT_RESTORED = "{source} was not restored, and {file} is as it was: {why}"
RUNNING = "{file} is in use: stop the bot first, and start it again when the backup is restored"
NOT_READY = "the copy beside it could not be made ready; is there room on the disk?"
LOOKING = "{file} is in use: end the chat in the terminal first"
# Numbers that people have on buttons. Since the backup nobody armed more than so many at once, and
# then one a minute: none of those numbers may come to name something else.
NUMBERED, AT_ONCE, MINUTE = ("alerts", "watched", "outbox"), 100, 60.0
LONGEST_AGO = 10 * 365 * 86_400.0
KNOWN = (
    "INSERT INTO sqlite_sequence (name, seq) SELECT ?1, 0 "
    "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)"
)
HIGHER = "UPDATE sqlite_sequence SET seq = seq + ? WHERE name = ?"
OPEN_QUESTIONS = "SELECT count(*) FROM inbox WHERE state <> 'sent'"
OPEN_MESSAGES = f"SELECT count(*) FROM outbox WHERE {outbox.IS_OPEN} AND kind <> '{outbox.ALERT}'"


@dataclass(frozen=True, slots=True)
class Restored:
    """The `backup` that is now the store `file`; `aside` is a backup of the one that was there.

    So many `questions` waited for their answers at that time, and so many `messages` were not sent.
    """

    file: Path
    backup: Backup
    aside: Path | None
    questions: int
    messages: int


def restore(path: Path, source: Path, clock: Clock | None = None) -> Restored:
    """Have what `source` has, a backup or another store, be in the store `path` from now on.

    What was there is kept in a backup beside it. Whenever the process is killed, the one store is
    there, or the other. What has happened by now, by `clock`, is told as missed. Raises
    `StoreError`, also while a bot or a terminal works with it.
    """
    with raised_as(NOT_RESTORED, source=source, file=path):
        file, source = real_path(path), real_path(source)
        require_apart(source, file)
        with raised_as(NO_STORE, file=source):
            require_store(source)
        file.parent.mkdir(parents=True, exist_ok=True)
        with new_part(file) as part, _alone(file):
            damage = _damage_of(file)
            at = made_at(source) or min(max(source.stat().st_mtime, 0.0), LATEST)
            copy(source, untouching(source), part, at)
            backup = Backup(source, at, content(part))
            questions, messages = _make_ready(part, _moved(file), at, clock or Clock())
            aside = _put_aside(file, damage)
            _put_in(part, file)
        return Restored(file, backup, aside, questions, messages)


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Nobody else works with the store meanwhile; raises `StoreError` if somebody does."""
    with contextlib.ExitStack() as stack:
        looking = LookingClaim(file)
        stack.callback(looking.release)
        may_look = looking.is_held()
        try:
            stack.callback(Claim(file).release)
        except StoreError:
            raise StoreError(RUNNING.format(file=file)) from None
        if not may_look:
            raise StoreError(LOOKING.format(file=file))
        yield


def _damage_of(file: Path) -> sqlite3.Error | None:
    """What is surely damaged of the store `file`; raises `UnusableError` if it is not ours."""
    if not _is_there(file):
        return None
    try:
        return examine(file)
    except NewerError:
        # Whoever goes back to an earlier version goes back to its backup.
        return None


def _moved(file: Path) -> list[tuple[str, str]]:
    """The ids that chats had and have by the store `file`, if it is there and can be read."""
    if not _is_there(file):
        return []
    sql = "SELECT substr(key, ?), value FROM kept WHERE key LIKE ? || '%'"
    try:
        with contextlib.closing(connect(file)) as db:
            rows = db.execute(sql, (len(MOVED) + 1, MOVED)).fetchall()
    except sqlite3.DatabaseError as err:
        log.info("%s does not tell which groups have other ids: %s", file, err)
        return []
    return [(old, new) for old, new in rows if is_id(str(old)) and is_id(str(new))]


def _make_ready(
    part: Path, moved: Iterable[tuple[str, str]], at: float, clock: Clock
) -> tuple[int, int]:
    """Make the store in `part`, which is of the time `at`, one with which a bot can go on.

    Returns how many questions and messages are dropped. `moved` are ids that chats got since.
    """
    store = Store(part)
    questions, messages = (store.value(sql, default=0) for sql in (OPEN_QUESTIONS, OPEN_MESSAGES))
    now = clock.now()
    passed = min(max(0.0, now - at), LONGEST_AGO)
    more = AT_ONCE + int(passed / MINUTE)
    is_written = store.write_all(
        (inbox.DROP,),
        (outbox.DROP,),
        ("DELETE FROM kept WHERE key = ?", MADE),
        ("REPLACE INTO kept VALUES (?, ?, ?)", RESTORED, str(now), now),
        *((KNOWN, table) for table in NUMBERED),
        *((HIGHER, more, table) for table in NUMBERED),
    )
    for old, new in moved:
        store.moves.move(int(old), int(new))
    is_ready = is_written and not (store.trouble or store.warnings)
    store.close()
    if not is_ready:
        raise UnusableError(NOT_READY)
    with contextlib.closing(connect(part)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    return questions, messages


def _put_aside(file: Path, damage: sqlite3.Error | None) -> Path | None:
    """Keep what is in the store `file`; returns where it is, None if there is nothing."""
    if not _is_there(file):
        return None
    try:
        if damage:
            raise damage
        with contextlib.closing(connect(file)) as db:
            # A terminal that has it open would go on writing into the log of what was there.
            db.execute("PRAGMA journal_mode = DELETE")
        aside = beside(file, "replaced")
        written(file, READ_ONLY, aside)
        return aside
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as err:
        log.warning("%s is damaged: %s", file, err)
        return set_aside(file)


def _put_in(part: Path, file: Path) -> None:
    """Have the store `file` be what is in `part`, in one step."""
    if _is_there(file):
        with contextlib.closing(connect(part)) as made, contextlib.closing(connect(file)) as db:
            made.backup(db, pages=STEP, progress=unless_locked)
    else:
        part.replace(file)
    list_files(file.parent)


def _is_there(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0
