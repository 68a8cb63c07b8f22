"""Ends a process on a signal, also one that comes just before its main thread begins to wait."""

import signal
import socket
import threading
import time
from types import FrameType
from typing import NoReturn

# Seconds between a signal and its repetition.
REPEAT = 0.05


def leave_on(*numbers: int) -> None:
    """Have `SystemExit` raised in the main thread, which calls this, once one of the signals comes.

    Python does that between two steps of its own. A signal that comes after the last of them, or
    that another thread gets, ends no call that waits. Such a signal is repeated until it does.
    Those that the process was started to ignore stay ignored.
    """
    read, written = socket.socketpair()
    written.setblocking(False)
    left = _Left(written)
    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, left.leave)
    signal.set_wakeup_fd(written.fileno(), warn_on_full_buffer=False)
    repeat = (read, left, threading.get_ident())
    threading.Thread(target=_repeat, args=repeat, name="signals", daemon=True).start()


def exit_on(*numbers: int) -> None:
    """Have `SystemExit` raised in the main thread, between two steps of its own.

    Those that the process was started to ignore, as by `nohup`, stay ignored.
    """
    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _exit)


def _exit(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


class _Left:
    """When a signal reached the main thread, -1 before; keeps `wakeup` open."""

    def __init__(self, wakeup: socket.socket) -> None:
        self.wakeup = wakeup
        self.at = -1.0

    def leave(self, _number: int, _frame: FrameType | None) -> None:
        """Leave; a repetition that crosses the first is no wish of its own."""
        now = time.monotonic()
        if now - self.at < 2 * REPEAT:
            return None
        self.at = now
        raise SystemExit(0)


def _repeat(read: socket.socket, left: _Left, main_thread: int) -> None:
    (number,) = read.recv(1)
    time.sleep(REPEAT)
    # Other systems send no signal to a thread.
    while left.at < 0 and hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main_thread, number)
        time.sleep(REPEAT)
