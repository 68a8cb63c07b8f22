"""Prints what is said unasked to the terminal, while no bot is there to send it to the owner."""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

from engram.core.clock import Clock
from engram.core.markdown.blocks import formatted
from engram.storage.outbox import TERMINAL, Outbox, Outgoing
from engram.terminal.files import save_chart
from engram.terminal.printer import Printer

# So long (s) at most it takes to see that a bot has begun or ended.
GLANCE = 5.0


class Unasked:
    """Prints by `printer` what the `outbox` has for the terminal, while it `may`.

    What is printed is delivered. Pictures are written into the folder `charts`, if there is one.
    """

    def __init__(
        self,
        outbox: Outbox,
        printer: Printer,
        clock: Clock,
        may: Callable[[], bool],
        charts: Path | None = None,
    ) -> None:
        self._outbox, self._printer, self._clock = outbox, printer, clock
        self._may = may
        self._charts = charts
        # The last row that was printed, and those of which that could not be noted.
        self._printed = 0
        self._unnoted: list[int] = []

    def start(self) -> None:
        """Begin, in a thread that ends with the process."""
        threading.Thread(target=self._run, name="unasked", daemon=True).start()

    def _run(self) -> None:
        # The main thread hears of it, too, when nobody is there to read.
        with contextlib.suppress(OSError):
            while True:
                self.print_all()
                self._outbox.arrived.wait(GLANCE)
                self._outbox.arrived.clear()

    def print_all(self) -> None:
        """Print all that is there. Raises `OSError` where nothing can be printed any more."""
        self._unnoted = [one for one in self._unnoted if not self._note(one, later=False)]
        while self._may() and (entry := self._outbox.next(TERMINAL, self._printed)):
            self._print(entry.outgoing)
            self._printed = entry.number
            if not self._note(entry.number):
                self._unnoted.append(entry.number)

    def _note(self, number: int, *, later: bool = True) -> bool:
        """Note that it is delivered; returns whether that is written."""
        return self._outbox.sent(number, (), self._clock.now(), later=later)

    def direct(self, said: Outgoing) -> None:
        """Print what could not be put into the outbox."""
        with contextlib.suppress(OSError):
            self._print(said)

    def _print(self, said: Outgoing) -> None:
        text = formatted(said.text).text if said.is_markdown else said.text
        # There is nothing to press: the commands behind the buttons are typed.
        buttons = (f"{one.label} {one.command}" for row in said.buttons for one in row)
        self._printer.text("\n".join(filter(None, (f"\n{text}", "  ".join(buttons)))))
        if written := save_chart(said.name or said.kind, lambda: said.picture, self._charts):
            self._printer.text(written)
