"""Signals, in a process of their own."""

import signal
import subprocess
import sys
import textwrap
import time

import pytest

from engram.core.leaving import ended_after, until_signal
from tests.conftest import ROOT

pytestmark = [
    pytest.mark.covered,
    pytest.mark.skipif(sys.platform == "win32", reason="signals to threads"),
]


def run(body):
    """Run `body`, in which `elsewhere` lets another thread get a signal; returns the exit code."""
    script = """
    import os, signal, socket, threading, time
    from engram.core.leaving import ended_after, until_signal

    def elsewhere(number):
        kill = lambda: signal.pthread_kill(threading.get_ident(), number)
        timer = threading.Timer(0.2, kill)
        timer.daemon = True
        timer.start()

    def end():
        # As the bot does: its threads go on.
        os._exit(0)
    """
    program = textwrap.dedent(script) + textwrap.dedent(body)
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=50).returncode


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_another_thread_gets_ends_the_wait(number):
    """A service manager would wait until the call returns, and then kill the process."""
    body = f"""
    elsewhere({number:d})
    if until_signal(lambda: time.sleep(60), signal.SIGTERM, signal.SIGINT):
        end()
    os._exit(7)
    """
    assert run(body) == 0


def test_a_signal_at_the_very_start_is_heeded():
    """A service manager that stops a bot at once would wait for it in vain, and then kill it."""
    body = """
    heed = signal.signal

    def meets_one(number, handler):
        heed(number, handler)
        signal.raise_signal(number)

    signal.signal = meets_one
    if until_signal(lambda: time.sleep(5), signal.SIGTERM):
        end()
    os._exit(7)
    """
    assert run(body) == 0


def test_work_that_swallows_everything_holds_no_signal_up():
    """A bot that met the signal where errors are logged and passed over would run on for ever."""
    body = """
    def work():
        while True:
            try:
                signal.raise_signal(signal.SIGTERM)
                time.sleep(0.01)
            except BaseException:
                pass

    if until_signal(work, signal.SIGTERM):
        end()
    """
    assert run(body) == 0


def test_a_lock_that_was_just_taken_is_given_back():
    """What has to be done at the end would wait for it for ever."""
    body = """
    lock = threading.Condition()
    enter = threading.Condition.__enter__

    def interrupted(self):
        taken = enter(self)
        if self is lock and threading.current_thread().name == "poll":
            signal.raise_signal(signal.SIGTERM)
        return taken

    def work():
        while True:
            with lock:
                time.sleep(0.01)

    threading.Condition.__enter__ = interrupted
    if until_signal(work, signal.SIGTERM) and lock.acquire(timeout=20):
        end()
    """
    assert run(body) == 0


def test_signals_during_the_end_do_not_interrupt_it():
    """Who presses Ctrl-C twice would lose what is being noted at the end."""
    body = """
    elsewhere(signal.SIGTERM)
    if until_signal(lambda: time.sleep(60), signal.SIGTERM):
        for _ in range(3):
            signal.raise_signal(signal.SIGTERM)
            time.sleep(0.1)
        end()
    """
    assert run(body) == 0


def test_what_is_ignored_stays_so():
    """A bot that a shell started in the background would end with Ctrl-C in the foreground."""
    body = """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if until_signal(lambda: signal.raise_signal(signal.SIGINT), signal.SIGTERM, signal.SIGINT):
        end()
    os._exit(7)
    """
    assert run(body) == 7


def test_an_end_that_hangs_is_cut_short():
    """A service manager would wait for a minute, and then kill the process."""
    body = """
    with ended_after(0.2, 3):
        time.sleep(60)
    """
    assert run(body) == 3


def test_an_end_that_takes_no_longer_is_not_cut():
    """A process that does something else afterwards would end in the middle of that."""
    with ended_after(0.1, 3):
        pass
    time.sleep(0.2)


def test_what_work_raises_is_raised():
    """A bot that could not start would be said to have been stopped."""
    with pytest.raises(ZeroDivisionError):
        until_signal(lambda: print(1 / 0))
    assert not until_signal(lambda: None)
