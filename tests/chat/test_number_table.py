"""The number check on texts as models write them, and as they write them when they invent.

`numbers.json` was written by somebody who had not read the check; its even texts were looked at
while it was made, its odd ones were not. `numbers_more.json` has other kinds: more languages, code,
lists, sums. `numbers_later.json` was written against both, from the promise alone.
`numbers_panel.json` is about what a panel says of the future, `numbers_course.json` about candles
and levels that are told in percent from the price; both have prompts of their own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engram.chat.number_check import not_in_data

TABLES = Path(__file__).parents[1] / "tables"
TABLE = json.loads((TABLES / "numbers.json").read_text(encoding="utf-8"))
MORE = json.loads((TABLES / "numbers_more.json").read_text(encoding="utf-8"))
LATER = json.loads((TABLES / "numbers_later.json").read_text(encoding="utf-8"))
PANEL = json.loads((TABLES / "numbers_panel.json").read_text(encoding="utf-8"))
COURSE = json.loads((TABLES / "numbers_course.json").read_text(encoding="utf-8"))
GIVEN = TABLE["given"] | PANEL["given"] | COURSE["given"]
FALSE_ALARMS, NAMED = 0.05, 0.8


def score(texts: list[dict[str, Any]]) -> tuple[float, float]:
    """The share of clean texts with a false alarm, and of inventions that are named; printed."""
    clean = alarms = invented = named = 0
    for one in texts:
        odd = not_in_data(one["text"], GIVEN[one["given"]])
        if not one["invented"]:
            clean += 1
            alarms += bool(odd)
        invented += len(one["invented"])
        named += sum(any(number in other for other in odd) for number in one["invented"])
    print(f"false alarms: {alarms} of {clean}, inventions named: {named} of {invented}")
    return alarms / clean, named / invented


@pytest.mark.parametrize(
    "texts",
    [
        TABLE["texts"],
        TABLE["texts"][::2],
        TABLE["texts"][1::2],
        MORE["texts"],
        LATER["texts"],
        PANEL["texts"],
        COURSE["texts"],
    ],
    ids=["all", "even", "odd", "more", "later", "panel", "course"],
)
def test_inventions_are_named_and_little_else(texts):
    """People would learn to overlook the warning, or act on a price that nobody measured."""
    alarms, named = score(texts)
    assert alarms <= FALSE_ALARMS
    assert named >= NAMED
