"""Runs the bot: it takes messages before what answers them is loaded, and ends in time."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from engram.config.settings import Settings
from engram.core.clock import Clock
from engram.core.errors import EngramError
from engram.core.leaving import LEAVING, ended_after, until_signal
from engram.terminal.printer import Printer

if TYPE_CHECKING:
    from engram.service import Service

log = logging.getLogger(__name__)

RULE = "=" * 80
# What is to be done when the bot is stopped is cut short after so many seconds.
STOPPED_WITHIN = 1.8
HEAPS, LARGE = 2, 1_000_000


def run_bot(settings: Settings, config_file: Path, printer: Printer, clock: Clock) -> int:
    """Run the bot until it is told to leave, and return the exit code of the process."""
    for line in (RULE, "ENHANCED ENGRAM BOT LAUNCHER V2", RULE):
        log.info(line)
    log.info("🚀 Initializing Enhanced Engram Bot...")
    services: list[Service] = []
    _share_heaps()

    def work() -> None:
        # Not in the main thread: libraries may swallow the exit that a signal means there.
        from engram.polling import Polling

        polling = Polling.of(settings, printer.masking)
        # Most of Engram is loaded while Telegram is asked for the first messages.
        from engram.service import Service
        from engram.starting import start

        # What is loaded now stays. A full collection, which holds all up, need not look at it.
        gc.freeze()
        gc.enable()
        services.append(Service(settings, config_file, polling, printer.masking, clock))
        start(services[0], settings, printer)
        log.info(RULE)
        log.info("🤖 Bot is running and listening for messages...")
        services[0].bot.poll()

    code = 1
    try:
        if until_signal(work, *LEAVING, signal.SIGINT):
            log.info("Stopping.")
        code = 0
    except EngramError as err:
        log.error("❌ %s", err)
    finally:
        gc.enable()
        with ended_after(STOPPED_WITHIN, code):
            for service in services:
                service.stop()
    return code


def _share_heaps() -> None:
    """Have glibc keep few heaps for all threads, of which none may have begun.

    By default there are eight for each processor, and none ever gives back what its threads once
    needed: 14 MB more after 5,000 messages than after 1,000. With two heaps it is 6 MB.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        # Other systems have neither the function nor such heaps. In malloc.h M_ARENA_MAX is -8 and
        # M_MMAP_THRESHOLD -3: what is larger goes back to the system when it is freed.
        for option, value in ((-8, HEAPS), (-3, LARGE)):
            ctypes.CDLL(None).mallopt(option, value)
