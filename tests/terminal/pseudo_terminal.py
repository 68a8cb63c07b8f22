"""launcher.py in a terminal of its own, as a person sees it and types into it."""

import contextlib
import os
import re
import select
import signal
import struct
import subprocess
import time

from tests.conftest import clean_environment, launcher_command
from tests.machine_speed import within

SEQUENCE = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
ROWS = 24


class Terminal:
    """`launcher.py ARGUMENTS`, started in `folder`, in a terminal that is `columns` wide.

    With `adjusted` what it does unasked goes by the clock in `folder`.
    """

    def __init__(
        self, folder, *arguments, columns=80, patient=False, adjusted=False, **environment
    ):
        import pty
        import termios

        self.fd, self._child = pty.openpty()
        self.resize(columns)
        self._before = termios.tcgetattr(self._child)
        environment = {**clean_environment(), "TERM": "xterm", **environment}
        for name in ("COLUMNS", "LINES"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            launcher_command(*arguments, patient=patient, adjusted=adjusted),
            stdin=self._child,
            stdout=self._child,
            stderr=self._child,
            cwd=folder,
            env=environment,
            preexec_fn=own_the_terminal,
        )
        #: All that was written to it so far.
        self.screen = ""

    def resize(self, columns):
        """Make it `columns` wide; whoever runs in it is told."""
        import fcntl
        import termios

        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("4H", ROWS, columns, 0, 0))

    @property
    def text(self):
        """All that was written to it, without colours and moves of the cursor."""
        return SEQUENCE.sub("", self.screen)

    def type(self, text):
        """Press the keys of `text`: "\\r" is Enter, "\\x03" Ctrl-C."""
        os.write(self.fd, text.encode())

    def paste(self, text):
        """Paste `text`, as terminals do it that were asked to mark a paste."""
        assert self._pastes_are_marked, self.screen
        self.type(f"\x1b[200~{text}\x1b[201~")

    def wait_for(self, text, timeout=10):
        """Read until `text` was written."""
        self._read_until(lambda: text in self.text, timeout)

    def wait_for_line(self, line):
        """Read until the last line that was written is `line`."""
        self._read_until(lambda: re.split(r"[\r\n]+", self.text)[-1].rstrip(" \b") == line, 10)

    def wait_for_prompt(self):
        """Read until a question can be typed."""
        self._read_until(lambda: re.search(r"[\r\n]>[\s\b]*\Z", self.text), 10)

    def read_all(self):
        """Read what is left once the process has ended."""
        while select.select([self.fd], [], [], 0)[0]:
            self.screen += os.read(self.fd, 65536).decode(errors="replace")

    def is_as_before(self):
        """Whether it is left in the state in which it was found."""
        import termios

        restored = termios.tcgetattr(self._child) == self._before
        return restored and not self._pastes_are_marked

    def close(self):
        """End the process, and the terminal."""

        def leave(moment):
            # One that arrives just before the terminal is read is seen only with the next.
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(moment)
            return self.process.poll() is not None

        try:
            assert within(10, leave)
        finally:
            self.process.kill()
            os.close(self.fd)
            os.close(self._child)

    @property
    def _pastes_are_marked(self):
        return self.screen.rpartition("\x1b[?2004")[2].startswith("h")

    def _read_until(self, holds, timeout):
        def read(moment):
            until = time.monotonic() + moment
            while not holds():
                if not select.select([self.fd], [], [], max(until - time.monotonic(), 0))[0]:
                    return False
                self.screen += os.read(self.fd, 65536).decode(errors="replace")
            return True

        assert within(timeout, read), self.screen


def own_the_terminal():
    """Have Ctrl-C reach this process, and the end of the terminal, as in a window of its own."""
    import fcntl
    import termios

    # Who starts the tests by nohup has it ignored.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
