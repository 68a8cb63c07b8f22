"""Logging to a file and the terminal; secrets are masked in every record and traceback."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from engram.core.masking.masking import Masking
from engram.core.text.printable import visible

# What is longer is cut: no line takes the file for itself. Characters, of a record and a traceback.
LONGEST, LONGEST_TRACEBACK = 8_000, 30_000
FILE_BYTES, FILES_KEPT = 2_000_000, 3
# How often (s) it is looked whether the file is full or gone.
LOOK = 1.0


def setup(level: str, file: Path, masking: Masking, *, terminal: bool) -> None:
    """Write all records to `file`, and those from INFO on to the terminal if `terminal` is set.

    `masking` takes the secrets out of them. If the file cannot be written, one warning says so and
    the bot runs without it.
    """
    root = logging.getLogger()
    for handler in root.handlers:
        handler.close()
    root.handlers.clear()
    if terminal:
        screen = logging.StreamHandler(sys.stdout)
        screen.setLevel(logging.INFO)
        screen.setFormatter(MaskingFormatter("%(message)s", masking, tracebacks=False))
        root.addHandler(screen)
    # telebot would write to standard error; its records should go where all others go.
    logging.getLogger("TeleBot").handlers.clear()
    # Of which fonts it finds and draws with.
    logging.getLogger("matplotlib").setLevel(logging.WARNING)
    set_level(level)
    logging.captureWarnings(capture=True)
    # On a full disk logging would print each record with a traceback, and the secrets in it.
    logging.raiseExceptions = False
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        log_file = LogFile(
            file,
            maxBytes=FILE_BYTES,
            backupCount=FILES_KEPT,
            encoding="utf-8",
            errors="backslashreplace",
        )
    except OSError as err:
        root.addHandler(logging.NullHandler())
        root.warning("%s cannot be written (%s): running without a log file", file, err.strerror)
        return
    line = "%(asctime)s %(levelname)-7s %(name)s [%(threadName)s] %(message)s"
    log_file.setFormatter(MaskingFormatter(line, masking, tracebacks=True))
    # Before the terminal's handler: what a person sees there is already in the file.
    root.handlers.insert(0, log_file)


def set_level(level: str) -> None:
    """Log what is of this `level`, or worse."""
    logging.getLogger().setLevel(level)
    logging.getLogger("TeleBot").setLevel(logging.DEBUG if level == "DEBUG" else logging.CRITICAL)


@contextlib.contextmanager
def masked_crashes(masking: Masking) -> Iterator[None]:
    """During the block, have Python write what nobody caught without secrets, to standard error.

    That is an exception in any thread, and what it ignores (in `__del__`, at the end).
    """

    def write(
        kind: type[BaseException] | None,
        err: BaseException | None,
        trace: TracebackType | None,
        where: str = "",
    ) -> None:
        if kind is None or sys.stderr is None or issubclass(kind, SystemExit):
            return
        text = "".join(traceback.format_exception(kind, err, trace))
        lines = masking(f"{where}{text}"[-LONGEST_TRACEBACK:]).splitlines()
        # A terminal that is closed takes nothing.
        with contextlib.suppress(OSError, ValueError):
            print(*map(visible, lines), sep="\n", file=sys.stderr, flush=True)  # noqa: T201

    def in_thread(args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else "?"
        write(args.exc_type, args.exc_value, args.exc_traceback, f"Exception in thread {name}:\n")

    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    sys.excepthook, threading.excepthook = write, in_thread
    sys.unraisablehook = lambda args: write(args.exc_type, args.exc_value, args.exc_traceback)
    try:
        yield
    except Exception:
        write(*sys.exc_info())
        raise SystemExit(1) from None
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = before


class LogFile(logging.handlers.RotatingFileHandler):
    """Looks once a second, and not for each record, whether it is full or was taken away."""

    _look_at = 0.0

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 - logging's name
        """Whether the file is full."""
        if time.monotonic() < self._look_at:
            return False
        self._look_at = time.monotonic() + LOOK
        if self.stream and not _is_there(self.baseFilename, self.stream.fileno()):
            self.stream.close()
            # It is opened anew.
            self.stream = None
        return bool(super().shouldRollover(record))


def _is_there(name: str, number: int) -> bool:
    """Whether the open file with that number is the one that has the name."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(Path(name).stat(), os.fstat(number))
    return False


class MaskingFormatter(logging.Formatter):
    """Writes one line for each record, without secrets and control characters.

    A traceback, if wanted, follows on its own lines.
    """

    def __init__(self, line: str, masking: Masking, *, tracebacks: bool) -> None:
        super().__init__(line)
        self._masking = masking
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, without secrets."""
        # What is said is read once for all handlers.
        record.message = vars(record).get("masked") or self._said(record)
        if self.usesTime():
            record.asctime = self.formatTime(record)
        line = self.formatMessage(record)
        if not (record.exc_info and self._tracebacks):
            return line
        return f"{line}\n{self._masking(self.formatException(record.exc_info))}"

    def _said(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if len(message) > LONGEST:
            message = f"{message[:LONGEST]}… ({len(message):,} characters)"
        vars(record)["masked"] = masked = self._masking(visible(message))
        return masked

    def formatException(self, ei: logging._SysExcInfoType) -> str:  # noqa: N802 - logging's name
        """The traceback, each line marked so that none can be taken for a record."""
        lines = super().formatException(ei)[-LONGEST_TRACEBACK:].split("\n")
        return "\n".join(f"  | {visible(line)}" for line in lines)
