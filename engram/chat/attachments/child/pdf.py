"""The text of a PDF, page by page, as far as time and room allow."""

from __future__ import annotations

import contextlib
import io
import signal
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engram.chat.attachments.child.plain import MOST, cut, tidy
from engram.chat.attachments.child.refusals import RefusedError, Why

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

    from engram.chat.attachments.child.work import Opened

# Seconds after which no more is read: what was read by then is worth more than nothing.
ENOUGH = 6.0


class _EnoughError(BaseException):
    """No more is read; no library takes it for an error of its own."""


def load() -> None:
    """Import pypdf."""
    import logging

    import pypdf

    # It says much about files that are not as they should be, and nobody reads that here.
    logging.getLogger(pypdf.__name__).setLevel(logging.CRITICAL)


def document(data: bytes) -> Opened:
    """The text of a PDF, and how many of its `pages` were `read`; raises `RefusedError`."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    try:
        reader = PdfReader(io.BytesIO(data))
        # Many can be read by everybody, and are locked only against changes.
        if reader.is_encrypted and not reader.decrypt(""):
            raise RefusedError(Why.LOCKED)
        pages, texts = _texts(reader)
    except (DependencyError, FileNotDecryptedError):
        raise RefusedError(Why.LOCKED) from None
    read = [text for text in texts if text is not None]
    if pages and not texts:
        raise RefusedError(Why.SLOW, {"seconds": round(ENOUGH)})
    if texts and not read:
        raise RefusedError(Why.BROKEN)
    if not any(read):
        raise RefusedError(Why.SCANNED, {"pages": pages})
    text = "\n\n".join(
        f"[page {number} of {pages}]\n{text}" for number, text in enumerate(texts, 1) if text
    )
    content, left = cut(text)
    return {"pages": pages, "read": len(texts), "left": left}, content


def _texts(reader: PdfReader) -> tuple[int, list[str | None]]:
    """How many pages there are, and the texts of the first ones: None for what cannot be read."""
    texts: list[str | None] = []
    pages, until, length = 1, time.monotonic() + ENOUGH, 0
    # A single page with a large drawing can take minutes, and must not cost those before it.
    with contextlib.suppress(_EnoughError), _alarm():
        pages = len(reader.pages)
        for number in range(pages):
            if length > MOST or time.monotonic() > until:
                break
            texts.append(_text(reader.pages[number]))
            length += len(texts[-1] or "")
    return pages, texts


@contextlib.contextmanager
def _alarm() -> Iterator[None]:
    """Raise `_EnoughError` after so many seconds, where the system can: Windows cannot."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def enough(*_: Any) -> None:
        raise _EnoughError

    kept = signal.signal(signal.SIGALRM, enough)
    before = signal.setitimer(signal.ITIMER_REAL, max(ENOUGH, 1e-6))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)
        signal.signal(signal.SIGALRM, kept)


def _text(page: PageObject) -> str | None:
    from pypdf.errors import DependencyError, FileNotDecryptedError

    try:
        return tidy(page.extract_text()).strip()
    except (DependencyError, FileNotDecryptedError, MemoryError):
        raise
    # One damaged page does not take the others along.
    except Exception:
        return None
