"""The benchmark itself, as a person starts it; what it measures is told, never asserted."""

import json
import sys

import pytest

from tests.benchmark.processes import Process
from tests.benchmark.result import Result, table
from tests.conftest import ROOT
from tests.machine_speed import completed


@pytest.mark.skipif(sys.platform != "linux", reason="processor time by a clock of Linux")
def test_a_row_is_measured_printed_and_kept(tmp_path):
    """Nobody would notice that the figures in the documents can no longer be measured."""
    kept = tmp_path / "figures.json"
    command = [sys.executable, "-m", "tests.benchmark", "--quick", "--rows", "answer"]
    done = completed([*command, "--json", str(kept)], 50, cwd=ROOT)
    assert done.returncode in (0, 1), done.stderr
    assert "| message to final answer, model answers at once" in done.stdout
    wall, processor = json.loads(kept.read_text())["rows"]
    assert (wall["row"], wall["unit"]) == ("answer", "ms")
    assert wall["value"] > 0
    assert wall["ratio"] == wall["value"] / wall["echo"]
    assert processor["what"] == f"{wall['what']}, processor time"
    assert processor["echo"] > 0


def test_what_is_not_reached_says_so():
    """A slow bot would pass for a fast one."""
    fast = Result("answer", "fast", 7.5, "ms", 25, echo=2.0, times_echo=4)
    slow = Result("answer", "beside a faster echo", 7.5, "ms", 25, echo=1.5, times_echo=4)
    alone = Result("answer", "beside no echo", 7.5, "ms", times_echo=4)
    late = Result("status", "too late", 51, "ms", 50)
    many = Result("crowd", "enough", 160, "/s", at_least=True, echo=1000, times_echo=0.16)
    few = Result("crowd", "too few", 159, "/s", at_least=True, echo=1000, times_echo=0.16)
    told = Result("crowd", "only told", 7.5, "ms", echo=2.0)
    results = [fast, slow, alone, late, many, few, told]
    assert [one.verdict for one in results] == [
        *("reached", "not reached", "not reached", "not reached", "reached", "not reached", "")
    ]
    lines = table([fast, few]).splitlines()
    assert "| ≤ 4 × echo, ≤ 25 ms |" in lines[2]
    assert "| ≥ 0.16 × echo " in lines[3]


def test_what_a_shell_has_set_is_not_measured(monkeypatch):
    """A bot that may keep no compiled files, or that coverage watches, would pass for slow."""
    shell = {"PYTHONDONTWRITEBYTECODE", "COVERAGE_PROCESS_START", "HTTP_PROXY"}
    for name in shell:
        monkeypatch.setenv(name, "set")
    told = "import os; print(*os.environ)"
    with Process("-c", told, environment={"GIVEN": "too"}, heard=True) as process:
        names = set(process.line().split())
    assert {"GIVEN", "PATH"} <= names
    assert not names & shell
