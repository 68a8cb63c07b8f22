"""The text of a configuration file; whatever stands in its place, reading takes no time."""

import os
import re
import stat
from pathlib import Path

MOST_BYTES, MOST_LINES = 1_000_000, 10_000
# configparser and dotenv take quadratic time for a run of blanks; nobody needs so many.
_BLANKS = re.compile(r"[^\S\r\n]{64,}")
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read_text(file: Path) -> str | None:
    """The text of `file` with plain line ends, None if there is none. Raises as `read_raw` does."""
    text = read_raw(file)
    return None if text is None else normal(text)


def normal(text: str) -> str:
    """`text` as it is read: with plain line ends, and without a mark of its encoding."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return without_gaps(text)


def without_gaps(text: str) -> str:
    """`text` without runs of blanks that are so long that reading it would take for ever."""
    return _BLANKS.sub(" " * 64, text)


def read_raw(file: Path) -> str | None:
    """The text of `file` as it stands there, None if there is none.

    Raises `ValueError` with the end of a sentence that begins with the file's name. Never waits: a
    named pipe would have its reader wait for a writer.
    """
    try:
        # Whatever is put in its place between two looks: it is the opened one that is looked at.
        with open(file, "rb", opener=_open) as opened:
            if kind := kind_of(os.fstat(opened.fileno()).st_mode):
                raise ValueError(f"cannot be read (it is {kind}); put a file in its place")
            data = opened.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as err:
        # Windows opens no folder, and no system a socket.
        reason = f"it is {what_is(file)}" if what_is(file) else err.strerror
        raise ValueError(f"cannot be read ({reason}); check its name and permissions") from err
    lines = max(data.count(b"\n"), data.count(b"\r"))
    if len(data) > MOST_BYTES or lines > MOST_LINES:
        raise ValueError(
            f"has more than {MOST_BYTES:,} bytes or {MOST_LINES:,} lines; is it the right file?"
        )
    try:
        return data.decode()
    except UnicodeDecodeError as err:
        raise ValueError("is not UTF-8 text; save it again with that encoding") from err


def _open(file: str, flags: int) -> int:
    return os.open(file, flags | getattr(os, "O_NONBLOCK", 0))


def kind_of(mode: int) -> str:
    """What a file is that has this `mode`, in words; "" for an ordinary one."""
    return next((words for is_one, words in _KINDS if is_one(mode)), "")


def what_is(file: Path) -> str:
    """What `file` is, in words; "" for an ordinary one, and where there is none."""
    try:
        return kind_of(file.stat().st_mode)
    except (OSError, ValueError):
        return ""
