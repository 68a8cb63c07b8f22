"""Whether the bot that runs here hears Telegram, without asking anybody: `--check --quick`."""

import re
from datetime import datetime, timezone
from pathlib import Path

from engram.core.formats import format_duration, format_time
from engram.ops import texts
from engram.storage.examine import noted
from engram.terminal.printer import Printer

# The key of the store under which a bot keeps when Telegram answered it last (s since the epoch).
HEARD_AT = "telegram/heard_at"
# A poll lasts 25 s, and the bot notes its end within 30 more.
FRESH = 120.0
MOMENT = re.compile(r"\d{1,10}")


def quick_check(path: Path, printer: Printer, now: float) -> int:
    """Say how long ago the bot with the store `path` heard from Telegram; 0 if that is not long.

    `now` is in seconds since the epoch. Raises `StoreError` if the store cannot be read.
    """
    heard_at = noted(path, HEARD_AT)
    if heard_at is None:
        printer.say(texts.NOT_RUNNING.format(file=path))
        return 1
    if not MOMENT.fullmatch(heard_at):
        printer.say(texts.NOT_HEARD)
        return 1
    age = now - int(heard_at)
    # A clock that was set back makes no old answer a new one.
    if abs(age) >= FRESH:
        when = datetime.fromtimestamp(int(heard_at), timezone.utc)
        printer.say(texts.HEARD_LONG_AGO.format(when=format_time(when)))
        return 1
    printer.say(texts.HEARD.format(age=format_duration(max(age, 0.0))))
    return 0
