"""`python3 -m tests.benchmark`: runs the rows, prints them as a table, and keeps them as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

from tests.benchmark import answers, load, siege, start, stream, watching
from tests.benchmark.effort import Effort
from tests.benchmark.result import Result, table

ROWS: dict[str, Callable[[Effort], Iterator[Result]]] = {
    "start": start.start,
    "idle": start.idle,
    "warm": start.warm,
    "answer": answers.answer,
    "down": answers.down,
    "black_hole": answers.black_hole,
    "first_text": stream.first_text,
    "stream": stream.stream,
    "crowd": load.crowd,
    "help": answers.helped,
    "prompt": answers.prompt,
    "status": load.status,
    "siege": siege.siege,
    "kill": load.kill,
    "panel": answers.panel,
    "alerts": watching.alerts,
    "watchlist": watching.watchlist,
    "growth": start.growth,
}


def main() -> int:
    """Run what is asked for; 1 when a target is not reached, or a row cannot be measured."""
    options = _parser().parse_args()
    effort = Effort.quick() if options.quick else Effort()
    if options.runs:
        effort = replace(effort, runs=options.runs)
    busy, results, broken = os.getloadavg()[0], [], False
    for name in options.rows or ROWS:
        try:
            for one in ROWS[name](effort):
                print(f"{one.what}: {one.value:.3g} {one.unit}", file=sys.stderr, flush=True)
                results.append(one)
        except AssertionError as err:
            # Whoever waits a quarter of an hour wants to see the other rows.
            print(f"{name} cannot be measured: {err}", file=sys.stderr, flush=True)
            broken = True
    machine = (
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; "
        f"load average {busy:.1f} at the start and {os.getloadavg()[0]:.1f} at the end"
    )
    print(f"{machine}\n\n{table(results)}")
    if options.json:
        kept = [{**asdict(one), "ratio": one.ratio, "reached": one.reached} for one in results]
        text = json.dumps({"machine": machine, "effort": asdict(effort), "rows": kept}, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0 if not broken and all(one.reached for one in results) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.benchmark", description=__doc__)
    parser.add_argument("--rows", nargs="+", choices=ROWS, metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--runs", type=int, help="how often each row is run; the median counts")
    parser.add_argument("--quick", action="store_true", help="only see that everything works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures in FILE")
    return parser


if __name__ == "__main__":
    sys.exit(main())
