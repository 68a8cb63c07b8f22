"""Ends a process on a signal, whatever it is in the middle of."""

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

# What ends a process in an orderly way: a service manager, or the terminal that goes away.
LEAVING = (signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)]))
# The exit code of what was ended so, where 0 would say that it is done.
INTERRUPTED = 130


def until_signal(work: Callable[[], None], *numbers: int) -> bool:
    """Do `work` in a thread of its own until it ends or one of the signals comes.

    Returns whether a signal came; the thread goes on then. Raises what `work` raises. The main
    thread, which calls this, does nothing meanwhile: Python would raise an exception for a signal
    anywhere in it, also between taking a lock and knowing of it, or where all errors are swallowed.
    Signals that the process was started to ignore stay ignored.
    """
    woken, wakes = socket.socketpair()
    wakes.setblocking(False)
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as err:
            failed.append(err)
        finally:
            # Nobody is there to read it any more after a signal.
            with contextlib.suppress(OSError):
                wakes.send(bytes(1))

    with woken, wakes:
        # The number of a signal is written there at once, whichever thread gets it. First of all:
        # what came after the other handlers and before this would be lost.
        signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
        try:
            for number in numbers:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    signal.signal(number, _heed)
            threading.Thread(target=run, name="poll", daemon=True).start()
            (number,) = woken.recv(1)
        finally:
            signal.set_wakeup_fd(-1)
    if failed:
        raise failed[0]
    return number != 0


@contextlib.contextmanager
def ended_after(seconds: float, code: int) -> Iterator[None]:
    """End the process with the exit `code` if the block takes longer, whatever it waits for."""
    timer = threading.Timer(seconds, os._exit, [code])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def exit_on(*numbers: int) -> None:
    """Have `SystemExit` raised in the main thread, between two steps of its own.

    Those that the process was started to ignore, as by `nohup`, stay ignored.
    """
    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _exit)


def _heed(_number: int, _frame: FrameType | None) -> None:
    """Nothing: whoever waits is woken already."""


def _exit(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
