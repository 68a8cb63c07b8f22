"""Has one bot at a time work with a file, whichever name of the file it was given."""

from __future__ import annotations

import contextlib
import socket
import stat
import sys
from pathlib import Path

from engram.core.errors import StoreError

TAKEN = "another bot uses {file}; stop it, or name another file as [storage] path"
# A lock has no content, or the number of a process.
LONGEST_LOCK = 1000


class UnusableError(Exception):
    """The file must stay as it is; the text says why."""


class Claim:
    """This process alone has `file`, which exists, until `release`.

    Raises `StoreError` if another one has it, and `UnusableError` or `OSError` if that cannot be
    found out.
    """

    def __init__(self, file: Path) -> None:
        # A heavy import that a terminal chat does without.
        from filelock import FileLock, Timeout

        name = file.with_name(f"{file.name}.lock")
        with contextlib.suppress(FileNotFoundError):
            found = name.lstat()
            if not stat.S_ISREG(found.st_mode) or found.st_size > LONGEST_LOCK:
                raise UnusableError(f"its lock {name.name} is something else")
        self._number: socket.socket | None = None
        # Another thread may release it.
        self._lock = FileLock(name, mode=0o600, thread_local=False)
        try:
            self._lock.acquire(timeout=0)
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
        if sys.platform != "linux":
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
