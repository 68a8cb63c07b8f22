"""The reliability diagram of docs/signals.md: what was stated, against what came true, as SVG.

See J. Broecker and L. Smith, Weather and Forecasting 22 (2007): on the diagonal a statement can be
believed.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.study.results import Results, in_both

LOW, HIGH = 0.2, 0.8  # of both axes
LEFT, TOP, SIDE = 80, 64, 480
MARKS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
STYLE = """
    text { font: 14px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif }
    text { fill: #59636e }
    .title { font-weight: 600; font-size: 16px; fill: #1f2328 }
    .middle { text-anchor: middle }
    .end { text-anchor: end }
    .ground { fill: #ffffff }
    .grid { stroke: #d1d9e0 }
    .believed { stroke: #818b98; stroke-dasharray: 6 5; stroke-width: 2 }
    .old { fill: #cf222e; stroke: #cf222e }
    .now { fill: #0969da; stroke: #0969da; fill-opacity: .75 }
    .ends { stroke-width: 2; fill: none }
    @media (prefers-color-scheme: dark) {
      text { fill: #9198a1 }
      .title { fill: #f0f6fc }
      .ground { fill: #0d1117 }
      .grid { stroke: #3d444d }
      .believed { stroke: #656c76 }
      .old { fill: #ff7b72; stroke: #ff7b72 }
      .now { fill: #58a6ff; stroke: #58a6ff }
    }
"""


def diagram(results: Results) -> str:
    """The picture as a file of its own, for light and dark pages."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + SIDE + 30} '
            f'{TOP + SIDE + 120}" role="img" aria-labelledby="title desc">',
            "  <!-- Drawn by python3 -m tests.study. -->",
            '  <title id="title">What was stated, and what came true</title>',
            '  <desc id="desc">The old hit rates lie on a flat line: whatever was stated, about '
            "half came true. The frequencies of the study scatter near a half.</desc>",
            f"  <style>{STYLE}  </style>",
            f'  <rect class="ground" width="{LEFT + SIDE + 30}" height="{TOP + SIDE + 120}"/>',
            f'  <text class="title" x="{LEFT}" y="32">What was stated, and what came true</text>',
            *axes(),
            *now(results),
            *old(results),
            *legend(),
            "</svg>",
            "",
        ]
    )


def across(share: float) -> float:
    """Where a share is on the horizontal axis; at its end if it is beyond."""
    return LEFT + SIDE * (min(max(share, LOW), HIGH) - LOW) / (HIGH - LOW)


def up(share: float) -> float:
    """Where a share is on the vertical axis; at its end if it is beyond."""
    return TOP + SIDE * (HIGH - min(max(share, LOW), HIGH)) / (HIGH - LOW)


def axes() -> Iterator[str]:
    """Grid, names and diagonal."""
    for mark in MARKS:
        x, y, name = across(mark), up(mark), f"{100 * mark:.0f} %"
        yield f'  <path class="grid" d="M{x:.1f} {TOP}V{TOP + SIDE}M{LEFT} {y:.1f}H{LEFT + SIDE}"/>'
        yield f'  <text class="middle" x="{x:.1f}" y="{TOP + SIDE + 22}">{name}</text>'
        yield f'  <text class="end" x="{LEFT - 8}" y="{y + 5:.1f}">{name}</text>'
    low, high = f"{across(LOW):.1f} {up(LOW):.1f}", f"{across(HIGH):.1f} {up(HIGH):.1f}"
    yield f'  <path class="believed" d="M{low}L{high}"/>'
    yield f'  <text x="{LEFT}" y="{TOP - 12}">came true</text>'
    yield f'  <text class="end" x="{LEFT + SIDE}" y="{TOP + SIDE + 46}">stated</text>'


def old(results: Results) -> Iterator[str]:
    """What the first edition stated of BUY and SELL, with 90 % intervals."""
    bins = results["stated"]["bins"]
    line = "L".join(f"{across(one['stated']):.1f} {up(one['true'][0]):.1f}" for one in bins)
    yield f'  <path class="old ends" d="M{line}"/>'
    for one in bins:
        x, (value, low, high) = across(one["stated"]), one["true"]
        yield f'  <path class="old ends" d="M{x:.1f} {up(low):.1f}V{up(high):.1f}"/>'
        yield f'  <circle class="old" cx="{x:.1f}" cy="{up(value):.1f}" r="5"/>'


def now(results: Results) -> Iterator[str]:
    """Each cell: how often it came true to 2020, and how often after."""
    for row in results["signals"]:
        if in_both(row):
            before, after = row["early"]["true"][0], row["late"]["true"][0]
            x, y = across(before), up(after)
            size = 2 + min(row["cases"], 20_000) ** 0.5 / 28
            yield f'  <circle class="now" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"/>'


def legend() -> Iterator[str]:
    """What the marks are."""
    y = TOP + SIDE + 72
    was, are = "the old hit rates of BUY and SELL, with 90 % intervals", "frequencies of the study"
    yield f'  <circle class="old" cx="{LEFT + 6}" cy="{y - 5}" r="5"/>'
    yield f'  <text x="{LEFT + 20}" y="{y}">{was}</text>'
    yield f'  <circle class="now" cx="{LEFT + 6}" cy="{y + 21}" r="5"/>'
    are = f"{are}: to 2020 (stated), 2021–22 (came true)"
    yield f'  <text x="{LEFT + 20}" y="{y + 26}">{are}</text>'
