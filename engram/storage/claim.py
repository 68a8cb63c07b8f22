"""Has one bot at a time work with a file, whichever name of the file it was given."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from engram.core.errors import StoreError

if TYPE_CHECKING:
    from filelock import BaseFileLock

TAKEN = "another bot uses {file}; stop it, or name another file as [storage] path"
# A lock has no content, or the number of a process.
LONGEST_LOCK = 1000
# For so long (s) a lock may be held by a terminal that looks whether a bot has it.
GLANCE = 0.3
# For so long (s) a terminal knows whether it may look.
KNOWN = 0.5
# A terminal that may look, and has not asked for so long (s), is stopped.
STOPPED = 20.0


class UnusableError(Exception):
    """The file must stay as it is; the text says why."""


def lock_of(file: Path, ending: str) -> Path:
    """The lock of `file` with that ending; raises `UnusableError` if something else is there."""
    name = file.with_name(f"{file.name}.{ending}")
    with contextlib.suppress(FileNotFoundError):
        found = name.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > LONGEST_LOCK:
            raise UnusableError(f"its lock {name.name} is something else")
    return name


class Claim:
    """This process alone has `file` until `release`.

    Raises `StoreError` if another one has it, and `UnusableError` or `OSError` if that cannot be
    found out.
    """

    def __init__(self, file: Path) -> None:
        # A heavy import that a terminal chat does without.
        from filelock import FileLock, Timeout

        name = lock_of(file, "lock")
        self._number: socket.socket | None = None
        # Another thread may release it.
        self._lock = FileLock(name, mode=0o600, thread_local=False)
        try:
            self._lock.acquire(timeout=GLANCE, poll_interval=GLANCE / 10)
        except Timeout:
            raise StoreError(TAKEN.format(file=file)) from None
        except (OSError, NotImplementedError) as err:
            raise UnusableError(f"its lock {name.name} cannot be had: {err}") from err
        try:
            self._claim_number(file)
        except BaseException:
            self.release()
            raise

    def _claim_number(self, file: Path) -> None:
        """Claim the file itself, which may have several names, each with a lock of its own."""
        if sys.platform != "linux" or not file.exists():
            return
        found = file.stat()
        number = socket.socket(socket.AF_UNIX)
        try:
            # A name in no folder, which goes with the process.
            number.bind(f"\0engram-store-{found.st_dev}-{found.st_ino}")
        except OSError:
            number.close()
            if found.st_nlink > 1:
                raise StoreError(TAKEN.format(file=file)) from None
        else:
            self._number = number

    def release(self) -> None:
        """Let another bot have it."""
        if self._number:
            self._number.close()
        self._lock.release()


class LookingClaim:
    """The right of a terminal chat to look at what is armed in `file`: one has it, or none.

    None has it while a bot works with the file, nor where there is no file. A terminal that is
    stopped (Ctrl-Z) loses it to the next one that asks. For several threads.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock: BaseFileLock | None = None
        self._inode: tuple[int, int] | None = None
        self._asking = threading.Lock()
        self._asked_at = -KNOWN

    def is_held(self) -> bool:
        """Whether this process may look now; to be asked before each look, by any thread."""
        with self._asking:
            if self._file and time.monotonic() - self._asked_at >= KNOWN:
                self._ask(self._file)
                self._asked_at = time.monotonic()
            return self._lock is not None

    def _ask(self, file: Path) -> None:
        bots = _taken(file, "lock")
        if bots is None:
            self.release()
            return
        bots.release()
        name = file.with_name(f"{file.name}.watch")
        if self._lock and _inode(name) != self._inode:
            # While this process was stopped another one has taken it over.
            self.release()
        self._lock = self._lock or _taken(file, "watch") or _taken_over(file)
        if self._lock:
            with contextlib.suppress(OSError):
                os.utime(name, (time.time(), name.stat().st_mtime))
            self._inode = _inode(name)

    def release(self) -> None:
        """Let another terminal look."""
        if self._lock:
            self._lock.release()
        self._lock = None


def is_claimed(file: Path) -> bool:
    """Whether a bot works with `file`; no lock is made where there is none.

    A lock that this user may not have counts as that of a bot. Raises `UnusableError` or `OSError`
    if something else is in its place.
    """
    if not lock_of(file, "lock").exists():
        return False
    lock = _taken(file, "lock")
    if lock:
        lock.release()
    return lock is None


def _taken(file: Path, ending: str) -> BaseFileLock | None:
    """That lock of `file`; None if another process has it, or it cannot be had."""
    from filelock import FileLock, Timeout

    try:
        lock = FileLock(lock_of(file, ending), mode=0o600, thread_local=False)
        lock.acquire(timeout=0)
    except (Timeout, UnusableError, OSError, NotImplementedError):
        return None
    return lock


def _taken_over(file: Path) -> BaseFileLock | None:
    """The lock of terminals in place of one whose holder is stopped; None if none is.

    Whoever holds it sets when it was last accessed, which nobody changes by trying to have it.
    """
    try:
        name = lock_of(file, "watch")
        if abs(time.time() - name.stat().st_atime) < STOPPED:
            return None
        name.unlink()
    except (UnusableError, OSError):
        # Windows keeps files that are open; it stops no process like this.
        return None
    return _taken(file, "watch")


def _inode(name: Path) -> tuple[int, int] | None:
    """What tells the file `name` from one that is there in its place later."""
    try:
        found = name.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
