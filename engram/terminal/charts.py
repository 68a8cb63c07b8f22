"""Writes charts as files, for a terminal that shows no pictures."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from engram.terminal.texts import CHART_NOT_WRITTEN, CHART_WRITTEN


def save_chart(symbol: str, draw: Callable[[], bytes | None], folder: Path | None) -> str:
    """Write the PNG that `draw` makes of the market `symbol` into `folder`; returns what to say.

    It names the file, or says why there is none; it is empty without a folder or a chart.
    """
    chart = draw() if folder else None
    if folder is None or chart is None:
        return ""
    market = re.sub(r"\W+", "-", symbol)
    file = folder / f"{market}-{time.strftime('%Y%m%d-%H%M%S')}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(chart)
    except OSError as err:
        return CHART_NOT_WRITTEN.format(folder=folder, reason=err.strerror)
    return CHART_WRITTEN.format(file=file)
