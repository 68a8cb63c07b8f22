"""Logging to a file and the terminal; secrets are masked in every record and traceback."""

from __future__ import annotations

import copy
import logging
import logging.handlers
import re
import sys
from collections.abc import Iterable
from pathlib import Path

MASK = "***"
# Anything that looks like a secret is masked too: another bot's token, a header, a password.
PATTERNS = (
    (re.compile(r"(?<!\d)\d{5,}(?::|%3A)[\w-]{20,}", re.IGNORECASE), MASK),
    (
        re.compile(r"(authorization|x-api-key)(\W+)(bearer\s+)?[^\s,'\"}]+", re.IGNORECASE),
        r"\1\2***",
    ),
    (re.compile(r"\bbearer\s+[^\s,'\"}]+", re.IGNORECASE), MASK),
    (re.compile(r"(?<=://)[^\s/@]+@"), f"{MASK}@"),
)
# Control characters and line separators: they could forge lines or drive a terminal.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
FILE_BYTES, FILES_KEPT = 2_000_000, 3


def setup(level: str, file: Path, secrets: Iterable[str], *, terminal: bool) -> None:
    """Write all records to `file`, and those from INFO on to the terminal if `terminal` is set.

    If the file cannot be written, one warning says so and the bot runs without it.
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
    # telebot would write to standard error; its records should go where all others go.
    logging.getLogger("TeleBot").handlers.clear()
    logging.getLogger("TeleBot").setLevel(logging.DEBUG if level == "DEBUG" else logging.CRITICAL)
    logging.captureWarnings(capture=True)
    # On a full disk logging would print each record with a traceback, and the secrets in it.
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
    # Before the terminal's handler: what a person sees there is already in the file.
    root.handlers.insert(0, handler)


class MaskingFormatter(logging.Formatter):
    """Writes one line for each record, without secrets and control characters.

    `secrets` are masked everywhere; a traceback, if wanted, follows on its own lines.
    """

    def __init__(self, line: str, secrets: Iterable[str], *, tracebacks: bool) -> None:
        super().__init__(line)
        self._secrets = sorted(secrets, key=len, reverse=True)
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, without secrets."""
        # A copy: a record keeps the traceback as the first handler formatted it.
        record = copy.copy(record)
        record.exc_text = None
        if not self._tracebacks:
            record.exc_info = record.stack_info = None
        return self._mask(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line of the record, with control characters made visible."""
        return _visible(super().formatMessage(record))

    def formatException(self, ei: logging._SysExcInfoType) -> str:  # noqa: N802 - logging's name
        """The traceback, each line marked so that none can be taken for a record."""
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
