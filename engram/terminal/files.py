"""Writes charts and what else comes with an answer as files, beside a terminal that shows none."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from engram.core.events import TextFile
from engram.terminal.texts import CHART_WRITTEN, FILE_WRITTEN, NOT_WRITTEN


def save_chart(symbol: str, draw: Callable[[], bytes | None], folder: Path | None) -> str:
    """Write the PNG that `draw` makes of the market `symbol` into `folder`; returns what to say.

    It names the file, or says why there is none; it is empty without a folder or a chart.
    """
    chart = draw() if folder else None
    if folder is None or chart is None:
        return ""
    market = re.sub(r"\W+", "-", symbol)
    return _write(folder, f"{market}.png", chart, CHART_WRITTEN)


def save_text(file: TextFile, folder: Path | None, safe: Callable[[str], str]) -> str:
    """Write what is `safe` of `file` into `folder`; returns what to say, without a folder that."""
    text = safe(file.text)
    if folder is None:
        return text.rstrip("\n")
    return _write(folder, file.name, text.encode(), FILE_WRITTEN)


def _write(folder: Path, name: str, content: bytes, written: str) -> str:
    """Write `content` under `name` with the time in it; returns the line that says so."""
    stem, _, ending = name.rpartition(".")
    file = folder / f"{stem}-{time.strftime('%Y%m%d-%H%M%S')}.{ending}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as err:
        return NOT_WRITTEN.format(file=file.name, folder=folder, reason=err.strerror)
    return written.format(file=file)
