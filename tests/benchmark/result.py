"""What was measured, and whether that is what was to be reached."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """One figure of one row; `limit` is the most allowed, or with `at_least` the least.

    `echo` is the same figure of the echo bot, `times_echo` how many times that is the most allowed,
    or the least. Without either, the figure is only told.
    """

    row: str
    what: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False
    echo: float | None = None
    times_echo: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the echo bot's figure it is."""
        return self.value / self.echo if self.echo else None

    @property
    def reached(self) -> bool:
        """Whether all that was asked for holds."""
        pairs = (self.value, self.limit), (self.ratio, self.times_echo)
        return all(self._holds(value, limit) for value, limit in pairs if limit is not None)

    @property
    def target(self) -> str:
        """What is to be reached, in words; empty if nothing is."""
        limits = ((self.times_echo, "× echo"), (self.limit, self.unit))
        sign = "≥" if self.at_least else "≤"
        words = (f"{sign} {limit:g} {unit}" for limit, unit in limits if limit is not None)
        return ", ".join(map(str.rstrip, words))

    @property
    def verdict(self) -> str:
        """The same as `reached`, in words."""
        if not self.target:
            return ""
        return "reached" if self.reached else "not reached"

    def _holds(self, value: float | None, limit: float) -> bool:
        if value is None:
            return False
        return value >= limit if self.at_least else value <= limit


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of `values` do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -int(-share * len(ranked) // 1) - 1)]


def table(results: Sequence[Result]) -> str:
    """`results` as a Markdown table, columns aligned."""
    rows = [("what", "target", "measured", "echo", "ratio", "", "note")]
    for one in results:
        echo = f"{one.echo:.3g} {one.unit}" if one.echo else ""
        ratio = f"{one.ratio:.3g}" if one.ratio else ""
        value = f"{_number(one.value)} {one.unit}".rstrip()
        rows.append((one.what, one.target, value, echo, ratio, one.verdict, one.note))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    return "\n".join([lines[0], f"|{'|'.join('-' * (width + 2) for width in widths)}|", *lines[1:]])


def median(values: Sequence[float]) -> float:
    """The middle one of `values`."""
    return statistics.median(values)


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
