"""Writes the results to where they are used: the documents, the table of the bot, the diagram."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from tests.study.bot_table import evidence
from tests.study.diagram import diagram
from tests.study.results import Results
from tests.study.tables import blocks, signals

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "tests" / "tables" / "study.json"
PAGE = ROOT / "docs" / "signals.md"
PICTURE = ROOT / "docs" / "calibration.svg"
TABLE = ROOT / "engram" / "market" / "evidence.py"
BEGIN, END = "# Written by the study: from here\n", "\n# to here."


def publish(kind: str, results: Results) -> None:
    """Keep the results of this kind of markets, and write all that follows from them.

    Whatever interrupts it, each file is the old one or the new one.
    """
    known = {**kept(), kind: results}
    files = {KEPT: json.dumps(known, indent=1, ensure_ascii=False) + "\n", **pages(known)}
    parts = {file: file.with_name(f"{file.name}.part") for file in files}
    for file, part in parts.items():
        part.write_text(files[file], "utf-8")
    for file, part in parts.items():
        part.replace(file)


def kept() -> dict[str, Results]:
    """The results by the kind of markets that they are of: crypto, equity, fx."""
    found: dict[str, Results] = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    return found


def pages(known: dict[str, Results]) -> dict[Path, str]:
    """What the files should say, by file. Only coins are in the table of the bot."""
    coins = known["crypto"]
    tables = blocks(coins)
    for kind in known.keys() - {"crypto"}:
        tables[kind] = "\n".join(signals(known[kind]["signals"], of_regime=False))
    return {
        PAGE: page(PAGE.read_text("utf-8"), tables),
        TABLE: module(TABLE.read_text("utf-8"), coins),
        PICTURE: diagram(coins),
    }


def page(text: str, tables: Mapping[str, str]) -> str:
    """`text` with its tables replaced; each stands between two comments that name it."""
    return re.sub(
        r"(<!-- study: (\w+) -->\n).*?(<!-- end -->)",
        lambda found: f"{found[1]}\n{tables[found[2]]}\n\n{found[3]}",
        text,
        flags=re.DOTALL,
    )


def module(text: str, results: Results) -> str:
    """The module `text` with its table replaced."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}{evidence(results)}{END}{rest.split(END)[1]}"
