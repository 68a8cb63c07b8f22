"""Writes the results to where they are used: the documents, the table of the bot, the diagram."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.study.diagram import diagram
from tests.study.results import Results
from tests.study.tables import blocks, evidence

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "tests" / "tables" / "study.json"
PAGE = ROOT / "docs" / "signals.md"
PICTURE = ROOT / "docs" / "calibration.svg"
TABLE = ROOT / "engram" / "market" / "evidence.py"
BEGIN, END = "# Written by the study: from here\n", "\n# to here."


def publish(results: Results) -> None:
    """Keep `results`, and write all that follows from them."""
    KEPT.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    for file, text in pages(results).items():
        file.write_text(text, "utf-8")


def pages(results: Results) -> dict[Path, str]:
    """What the files should say, by file."""
    return {
        PAGE: page(PAGE.read_text("utf-8"), results),
        TABLE: module(TABLE.read_text("utf-8"), results),
        PICTURE: diagram(results),
    }


def page(text: str, results: Results) -> str:
    """`text` with its tables replaced; each stands between two comments that name it."""
    made = blocks(results)
    return re.sub(
        r"(<!-- study: (\w+) -->\n).*?(<!-- end -->)",
        lambda found: f"{found[1]}\n{made[found[2]]}\n\n{found[3]}",
        text,
        flags=re.DOTALL,
    )


def module(text: str, results: Results) -> str:
    """The module `text` with its table replaced."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}{evidence(results)}{END}{rest.split(END)[1]}"
