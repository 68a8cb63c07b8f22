"""Which files the configuration may name for the store and the log: none that is something else's.

The log appends and is rotated, and the store is replaced when it is damaged: in another file's
place either would destroy it.
"""

import contextlib
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from engram.config.text_file import what_is

CONFIGURATION = ("config.ini", ".env", ".env.example")
# What the store and the log call the files beside their own.
STORE_SUFFIXES = ("", "-wal", "-shm", "-journal", ".lock")
LOG_SUFFIXES = ("", ".1", ".2", ".3")
# How each line of a log begins; where a file begins may have been lost in a crash.
_LOG_LINE = re.compile(rb"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]{4,8} ", re.MULTILINE)
_LOOK = 65_536


def path_mistakes(config_file: Path, store: str, log: str) -> Iterator[str]:
    """What is wrong with the files that `[storage] path` and `[logging] file` name.

    Each is a sentence that begins with the key. Nothing is opened that could have the reader wait.
    A store that cannot be opened is none: the bot works without one, and tells its owner.
    """
    folder = config_file.parent
    protected = (config_file, *(folder / name for name in CONFIGURATION))
    stores = [folder / f"{store}{suffix}" for suffix in STORE_SUFFIXES]
    logs = [folder / f"{log}{suffix}" for suffix in LOG_SUFFIXES]
    for key, name, files in (("[storage] path", store, stores), ("[logging] file", log, logs)):
        is_log = key == "[logging] file"
        if not name or (is_log and "\0" in name):
            yield f"{key}: must be the name of a file"
        elif "\0" in name:
            continue
        elif any(_same(one, other) for one in files for other in protected):
            yield f"{key}: names a file of the configuration; name one of its own"
        elif not is_log or name == os.devnull:
            continue
        elif kind := next(filter(None, map(what_is, files)), ""):
            yield f"{key}: is {kind}; name a file"
        elif not all(map(_may_be_log, files)):
            yield f"{key}: there is a file of this name that is no log of Engram's; name another"
    if "\0" not in store + log and any(_same(one, other) for one in stores for other in logs):
        yield "[logging] file: names a file of [storage] path; name one of its own"


def _same(one: Path, other: Path) -> bool:
    """Whether both are one file, or would be on a system that takes capitals for small letters."""
    # Where one of them does not exist, their names decide.
    with contextlib.suppress(OSError):
        if one.samefile(other):
            return True
    return _name(one) == _name(other)


def _name(file: Path) -> str:
    # Windows drops dots and blanks at the end of a name, and reads what follows a colon apart.
    # Links that lead in a circle are an error to `Path.resolve`.
    found = Path(os.path.realpath(file))
    name = found.name.partition(":")[0].rstrip(". ") or found.name
    return unicodedata.normalize("NFKC", str(found.parent / name)).casefold()


def _may_be_log(file: Path) -> bool:
    """Whether `file` is a log of Engram's, or could become one."""
    if not file.is_file():
        return True
    try:
        with file.open("rb") as opened:
            begin = opened.read(_LOOK)
            opened.seek(-min(_LOOK, file.stat().st_size), os.SEEK_END)
            return not begin or bool(_LOG_LINE.search(begin) or _LOG_LINE.search(opened.read()))
    except OSError:
        # It cannot be written, either: that has a warning of its own.
        return True
