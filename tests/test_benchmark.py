"""The benchmark itself, as a person starts it; what it measures is told, never asserted."""

import json
import sys

from tests.benchmark.result import Result, table
from tests.conftest import ROOT
from tests.machine_speed import completed


def test_a_row_is_measured_printed_and_kept(tmp_path):
    """Nobody would notice that the figures in the documents can no longer be measured."""
    kept = tmp_path / "figures.json"
    command = [sys.executable, "-m", "tests.benchmark", "--quick", "--rows", "answer"]
    done = completed([*command, "--json", str(kept)], 50, cwd=ROOT)
    assert done.returncode in (0, 1), done.stderr
    assert "| message to final answer, model answers at once" in done.stdout
    (row,) = json.loads(kept.read_text())["rows"]
    assert (row["row"], row["unit"]) == ("answer", "ms")
    assert row["value"] > 0
    assert row["ratio"] == row["value"] / row["echo"]


def test_what_is_not_reached_says_so():
    """A slow bot would pass for a fast one."""
    fast = Result("answer", "fast", 7.5, "ms", 25, echo=2.0, times_echo=4)
    slow = Result("answer", "beside a faster echo", 7.5, "ms", 25, echo=1.5, times_echo=4)
    late = Result("status", "too late", 51, "ms", 50)
    few = Result("crowd", "too few", 149, "/s", 150, at_least=True)
    assert [one.reached for one in (fast, slow, late, few)] == [True, False, False, False]
    assert [line.count(" not reached ") for line in table([fast, slow]).splitlines()] == [
        0,
        0,
        0,
        1,
    ]
