"""Writes a backup: a store as it is at one moment, in a file of its own."""

from __future__ import annotations

import os
from pathlib import Path

from engram.storage.backups.copying import (
    NO_STORE,
    Backup,
    content,
    made_at,
    raised_as,
    require_apart,
    require_store,
    written,
)
from engram.storage.claim import UnusableError
from engram.storage.examine import READ_ONLY, real_path, untouching

NOT_MADE = "no backup was made as {to}: {why}"
NO_BACKUP = "{file} is there already and is no backup: name another file ({why})"
NO_FOLDER = "there is no folder {folder}; make it, or name another file"
A_STORE = "it is a store, or the copy of one"
OPENED = "{name} is beside it, so that another program works with it"


def back_up(path: Path, target: Path) -> Backup:
    """Write the store `path` into the file `target` as it is now, whoever works with it meanwhile.

    A backup that is there already is replaced, once the new one is complete. Raises `StoreError`.
    """
    with raised_as(NOT_MADE, to=target):
        file, to = real_path(path), real_path(target)
        require_apart(to, file)
        if not to.parent.is_dir():
            raise UnusableError(NO_FOLDER.format(folder=to.parent))
        with raised_as(NO_STORE, file=file):
            require_store(file)
        _require_replaceable(to)
        at = written(file, _how_to_open(file), to)
        return Backup(to, at, content(to))


def _how_to_open(file: Path) -> str:
    """As little as possible is changed: nothing, or what reading a log needs beside it."""
    return READ_ONLY if os.access(file.parent, os.W_OK) else untouching(file)


def _require_replaceable(to: Path) -> None:
    """Raises `StoreError` if something is there as `to` that is no backup."""
    with raised_as(NO_BACKUP, file=to):
        for ending in ("-wal", "-journal"):
            if (log := Path(f"{to}{ending}")).exists():
                raise UnusableError(OPENED.format(name=log.name))
        if not to.exists() or (to.is_file() and not to.stat().st_size):
            return
        require_store(to)
        if made_at(to) is None:
            raise UnusableError(A_STORE)
