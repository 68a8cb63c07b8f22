"""The text of a PDF, page by page, as far as time and room allow."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engram.chat.attachments.child.plain import MOST, cut, tidy
from engram.chat.attachments.child.refusals import RefusedError, Why

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

    from engram.chat.attachments.child.work import Opened

# Seconds after which no other page is begun: what was read by then is worth more than nothing.
ENOUGH = 6.0


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
        pages = len(reader.pages)
        texts = list(_texts(reader, pages))
    except (DependencyError, FileNotDecryptedError):
        raise RefusedError(Why.LOCKED) from None
    read = [text for text in texts if text is not None]
    if pages and not texts:
        raise RefusedError(Why.SLOW)
    if texts and not read:
        raise RefusedError(Why.BROKEN)
    if not any(read):
        raise RefusedError(Why.SCANNED, {"pages": pages})
    text = "\n\n".join(
        f"[page {number} of {pages}]\n{text}" for number, text in enumerate(texts, 1) if text
    )
    content, left = cut(text)
    return {"pages": pages, "read": len(texts), "left": left}, content


def _texts(reader: PdfReader, pages: int) -> Iterator[str | None]:
    """The text of each page, None for one that cannot be read, until there is enough of it."""
    until, length = time.monotonic() + ENOUGH, 0
    for number in range(pages):
        if length > MOST or time.monotonic() > until:
            return
        text = _text(reader.pages[number])
        length += len(text or "")
        yield text


def _text(page: PageObject) -> str | None:
    from pypdf.errors import DependencyError, FileNotDecryptedError

    try:
        return tidy(page.extract_text()).strip()
    except (DependencyError, FileNotDecryptedError, MemoryError):
        raise
    # One damaged page does not take the others along.
    except Exception:
        return None
