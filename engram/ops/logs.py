"""The log file and the terminal; secrets are masked in every record, tracebacks included."""

from __future__ import annotations

import copy
import logging
import logging.handlers
import re
import sys
from collections.abc import Iterable
from pathlib import Path

MASK = "***"
# Whatever looks like a secret is masked too: a token of another bot, a header, a proxy's password.
PATTERNS = (
    (re.compile(r"(?<!\d)\d{5,}(?::|%3A)[\w-]{20,}", re.IGNORECASE), MASK),
    (
        re.compile(r"(authorization|x-api-key)(\W+)(bearer\s+)?[^\s,'\"}]+", re.IGNORECASE),
        r"\1\2***",
    ),
    (re.compile(r"\bbearer\s+[^\s,'\"}]+", re.IGNORECASE), MASK),
    (re.compile(r"(?<=://)[^\s/@]+@"), f"{MASK}@"),
)
# C0 and C1 control characters and the line separators: they could forge lines or drive a terminal.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
FILE_BYTES, FILES_KEPT = 2_000_000, 3


def setup(level: str, file: Path, secrets: Iterable[str], *, terminal: bool) -> None:
    """Send all records to `file`, and those from INFO on to the terminal if `terminal` is set.

    When the file cannot be written, one warning says so and the bot runs without it.
    """
    root = logging.getLogger()
    root.setLevel(level)
    root.handlers.clear()
    kept = [secret for secret in secrets if secret]
    if terminal:
        screen = logging.StreamHandler(sys.stdout)
        screen.setLevel(logging.INFO)
        screen.setFormatter(MaskingFormatter("%(message)s", kept, tracebacks=False))
        root.addHandler(screen)
    # telebot writes to standard error by itself; here its records take the same way as all others.
    logging.getLogger("TeleBot").handlers.clear()
    logging.getLogger("TeleBot").setLevel(logging.DEBUG if level == "DEBUG" else logging.CRITICAL)
    logging.captureWarnings(capture=True)
    # What cannot be logged, on a full disk, would be printed with a traceback and its secrets.
    logging.raiseExceptions = False
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
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
    handler.setFormatter(MaskingFormatter(line, kept, tracebacks=True))
    # Before the terminal's: what a person sees there is in the file already.
    root.handlers.insert(0, handler)


class MaskingFormatter(logging.Formatter):
    """One line for each record, without secrets and control characters.

    `secrets` are masked wherever they stand; a traceback, if wanted, follows on lines of its own.
    """

    def __init__(self, line: str, secrets: Iterable[str], *, tracebacks: bool) -> None:
        super().__init__(line)
        self._secrets = sorted(secrets, key=len, reverse=True)
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        """The record as it is written; nothing in it is secret any more."""
        # A copy, because a record keeps the traceback that the first handler made of it.
        record = copy.copy(record)
        record.exc_text = None
        if not self._tracebacks:
            record.exc_info = record.stack_info = None
        return self._mask(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The record's own line, with control characters made visible."""
        return _visible(super().formatMessage(record))

    def formatException(self, ei: logging._SysExcInfoType) -> str:  # noqa: N802 - logging's name
        """The traceback, each line marked so that none can pass for a record."""
        lines = super().formatException(ei).split("\n")
        return "\n".join(f"  | {_visible(line)}" for line in lines)

    def _mask(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        for pattern, mask in PATTERNS:
            text = pattern.sub(mask, text)
        return text


def _visible(text: str) -> str:
    return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
