"""Restores a backup again and again, and is killed some lines later each time.

`python -m tests.storage.backups.killed FOLDER LINES` does so with `engram.db` and `b.db` in the
folder. It prints for each time what the next bot finds, and what it does after another restore.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

from engram.storage.backups import copying, restore
from engram.storage.store import Store

WATCHED = {copying.__file__, restore.__file__}


def restored_but_killed(folder: Path, after: int) -> bool:
    """Restore in a process that is killed at its line `after`; returns whether it was."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status)
    lines = 0

    def count(frame, event, _argument):
        nonlocal lines
        if frame.f_code.co_filename not in WATCHED:
            return None
        lines += event == "line"
        if lines >= after:
            os.kill(os.getpid(), signal.SIGKILL)
        return count

    copying.STEP = restore.STEP = 8
    sys.settrace(count)
    restore.restore(folder / "engram.db", folder / "b.db")
    os._exit(0)


def main(folder: Path, lines: int) -> None:
    """Kill it after so many lines, after twice as many, and so on until its end."""
    after, is_killed = 0, True
    while is_killed:
        after += lines
        work = folder / f"{after}"
        work.mkdir()
        for name in ("engram.db", "b.db"):
            if (folder / name).exists():
                shutil.copy(folder / name, work / name)
        is_killed = restored_but_killed(work, after)
        found = []
        for again in (False, True):
            if again:
                restore.restore(work / "engram.db", work / "b.db")
            store = Store(work / "engram.db", alone=True)
            found.append(";".join([str(store.get("which")), *store.warnings]))
            store.close()
        shutil.rmtree(work)
        print(*found, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
