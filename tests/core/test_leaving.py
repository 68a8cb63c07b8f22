"""Signals that come when they interrupt nothing, in a process of their own."""

import signal
import subprocess
import sys
import textwrap

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals to threads")


def run(body):
    """Run `body`, in which `elsewhere` lets another thread get a signal; returns the exit code."""
    script = """
    import signal, socket, threading, time
    from engram.core.leaving import leave_on

    def elsewhere(number):
        kill = lambda: signal.pthread_kill(threading.get_ident(), number)
        timer = threading.Timer(0.2, kill)
        timer.daemon = True
        timer.start()

    one, other = socket.socketpair()
    one.settimeout(60)
    """
    program = textwrap.dedent(script) + textwrap.dedent(body)
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=50).returncode


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_call_that_it_does_not_interrupt(number):
    """A service manager would wait until the call returns, and then kill the process."""
    body = f"""
    leave_on(signal.SIGTERM, signal.SIGINT)
    elsewhere({number:d})
    one.recv(1)
    raise SystemExit(7)
    """
    assert run(body) == 0


def test_a_signal_is_heeded_once():
    """The repetition would interrupt what has to be done before the end."""
    body = """
    leave_on(signal.SIGTERM)
    elsewhere(signal.SIGTERM)
    try:
        one.recv(1)
    except SystemExit:
        signal.raise_signal(signal.SIGTERM)
        time.sleep(0.5)
        raise SystemExit(5)
    """
    assert run(body) == 5


def test_who_asks_again_is_heard_again():
    """What an exit met could never be ended, had it been swallowed there."""
    body = """
    leave_on(signal.SIGTERM)
    elsewhere(signal.SIGTERM)
    try:
        one.recv(1)
    except SystemExit:
        time.sleep(0.5)
    signal.raise_signal(signal.SIGTERM)
    raise SystemExit(7)
    """
    assert run(body) == 0


def test_what_is_ignored_stays_so():
    """A bot that a shell started in the background would end with Ctrl-C in the foreground."""
    body = """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leave_on(signal.SIGTERM, signal.SIGINT)
    signal.raise_signal(signal.SIGINT)
    raise SystemExit(7)
    """
    assert run(body) == 7
