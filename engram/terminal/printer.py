"""Prints to the terminal: nothing that is secret, and nothing that could drive it."""

import contextlib
import sys
from collections.abc import Iterable
from typing import TextIO

from engram.core.masking.masking import Masking
from engram.core.text.printable import one_line, printable


class Printer:
    """Prints what is in no log; `masking` takes the secrets out of it."""

    def __init__(self, masking: Masking) -> None:
        self.masking = masking

    def lines(self, lines: Iterable[str], to: TextIO | None = None) -> None:
        """Print `lines`, each of which is one , whatever servers or files have put into it."""
        for line in lines:
            print(one_line(self.masking(line)), file=to or sys.stdout, flush=True)

    def say(self, *lines: str, to: TextIO | None = None) -> None:
        """The same, but what cannot be printed ends neither a bot nor a check."""
        with contextlib.suppress(OSError):
            self.lines(lines, to=to)

    def text(self, text: str) -> None:
        """Print a `text` of several lines."""
        print(self.safe(text), flush=True)  # noqa: T201

    def safe(self, text: str) -> str:
        """`text` as it may be shown in a terminal; a `•` is in place of each secret character."""
        return printable(self.masking.in_place(text))
