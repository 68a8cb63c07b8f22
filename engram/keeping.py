"""Keeps what the bot knows: `--backup` and `--restore`."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timezone
from pathlib import Path

from engram.config.settings import Settings
from engram.core.clock import Clock
from engram.core.formats import format_duration, format_size, format_time
from engram.core.leaving import INTERRUPTED
from engram.ops import texts
from engram.storage.backups.backup import back_up
from engram.storage.backups.copying import Backup
from engram.storage.backups.restore import restore
from engram.terminal.printer import Printer


def run_backup(settings: Settings, file: Path, printer: Printer) -> int:
    """Write a backup into `file`, and return the exit code. Raises `StoreError`."""
    try:
        made = back_up(settings.path(settings.storage.path), file)
    except (KeyboardInterrupt, SystemExit):
        printer.say(texts.BACKUP_INTERRUPTED, to=sys.stderr)
        return INTERRUPTED
    size = format_size(made.file.stat().st_size)
    printer.say(texts.BACKED_UP.format(file=made.file, size=size, at=_time(made)), _content(made))
    printer.say(texts.NOT_IN_IT)
    return 0


def run_restore(settings: Settings, file: Path, printer: Printer, clock: Clock) -> int:
    """Go back to the backup `file`, and return the exit code. Raises `StoreError`."""
    try:
        done = restore(settings.path(settings.storage.path), file, clock)
    except (KeyboardInterrupt, SystemExit):
        printer.say(texts.RESTORE_INTERRUPTED, to=sys.stderr)
        return INTERRUPTED
    made = done.backup
    age = format_duration(max(0.0, time.time() - made.at))
    printer.say(texts.RESTORED.format(file=done.file, at=_time(made), age=age), _content(made))
    if done.questions or done.messages:
        dropped = texts.DROPPED.format(questions=done.questions, messages=done.messages)
        printer.say(dropped)
    if done.aside:
        printer.say(texts.ASIDE.format(file=done.aside))
    printer.say(texts.COMES_AGAIN)
    return 0


def _time(backup: Backup) -> str:
    return format_time(datetime.fromtimestamp(backup.at, timezone.utc))


def _content(backup: Backup) -> str:
    return texts.CONTENT.format(**backup.counts)
