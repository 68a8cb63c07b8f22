"""The chat in the terminal, and one answer that is printed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engram.config.settings import Settings
from engram.core.clock import Clock
from engram.ops.missing import missing
from engram.storage.claim import LookingClaim
from engram.terminal.console import Console
from engram.terminal.printer import Printer
from engram.terminal.unasked import Unasked
from engram.wiring import Engram


def run_chat(
    settings: Settings, options: argparse.Namespace, printer: Printer, clock: Clock
) -> int:
    """Answer in the terminal what `options` ask or people type; return the exit code."""
    engram = Engram(settings, masking=printer.masking, clock=clock)
    printer.say(*(f"⚠️  {warning}" for warning in engram.store.warnings), to=sys.stderr)
    console = Console(engram.assistant, printer, options.charts)
    if options.ask is None:
        _watch(engram, printer, options.charts)
    if options.ask is not None:
        engram.servers.start()
        console.ask(options.ask, alone=not options.go_on)
    elif console.live:
        # Meanwhile the prompt is loaded, so that /status is right from the first question on.
        engram.servers.begin()
        console.run(missing(engram.servers, engram.analyst, engram.candle_source, settings.market))
    else:
        engram.servers.start()
        engram.preload()
        console.run()
    engram.watching.stop()
    engram.store.close()
    return 0


def _watch(engram: Engram, printer: Printer, charts: Path | None) -> None:
    """Look at what is armed, and print what is said unasked, while no bot is there to do it."""
    may = LookingClaim(engram.store.file).is_held
    unasked = Unasked(engram.outbox, printer, engram.clock, may, charts)
    unasked.start()
    engram.watching.start(unasked.direct, may)
