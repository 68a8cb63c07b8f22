"""The study as a whole: over random walks, and as a person runs it."""

import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from engram.market.evidence import Cell, Confidence, Period
from tests.conftest import ROOT
from tests.study import walks
from tests.study.candle_files import Folder
from tests.study.results import is_enough, results
from tests.study.study import study
from tests.study.tables import blocks
from tests.study.walk import UNKNOWN


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three walks over a year and a half."""
    path = tmp_path_factory.mktemp("candles")
    walks.write(path, 3, "2020-01-01", "2021-06-30")
    return path


@pytest.fixture(scope="module")
def cases(folder):
    """The cases of these walks."""
    return study(Folder.of(folder), 2)


def test_all_series_are_walked_over_with_their_days(cases):
    """Cases would be counted twice, or without the daily signals of their time."""
    for frame, candles, stride in (("4h", 3276, 6), ("1d", 546, 3)):
        for market in range(3):
            mine = cases[(cases["timeframe"] == frame) & (cases["market"] == market)]
            assert len(mine) == pytest.approx((candles - 200 - 24) / stride, abs=1)
            assert (np.diff(mine["time"]) > 0).all()
    assert (cases["own"][cases["timeframe"] == "1d"] == UNKNOWN).all()
    late = cases[(cases["timeframe"] == "4h") & (cases["month"] > 608)]
    assert not (late["own"] == UNKNOWN).any()
    bitcoin = late[late["market"] == 0]
    assert (bitcoin["own"] == bitcoin["btc"]).all()
    assert (late["own"] != late["btc"]).any()


def run(*arguments):
    """`python -m tests.study` as a process."""
    command = [sys.executable, "-m", "tests.study", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_person_sees_progress_and_the_same_tables_again(folder, cases):
    """Whoever waits for minutes would not know how far it is, and nobody could repeat the study."""
    done = run(folder, "--processes", 1)
    assert done.returncode == 0, done.stderr
    assert "3 of 3 markets, " in done.stderr
    for name, lines in blocks(results(cases, Folder.of(folder).markets)).items():
        assert f"\n{name}\n\n{lines}\n" in done.stdout


@pytest.mark.parametrize(
    ("names", "arguments", "says"),
    [
        ([], [], "has no candles: no file such as crypto-BTC_USDT-4h.npz"),
        (["equity-spy-1d.npz", "notes.txt"], [], "has no candles"),
        ([], ["--processes", "0"], "must be at least 1"),
        ([], ["--download", "--exchange", "nosuch"], "ccxt knows no such exchange"),
    ],
)
def test_what_cannot_be_studied_is_said(tmp_path, names, arguments, says):
    """A person would read a traceback."""
    for name in names:
        (tmp_path / name).write_bytes(b"")
    done = run(tmp_path, *arguments)
    assert done.returncode != 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """So many walks that nobody waits for all of them."""
    path = tmp_path_factory.mktemp("many")
    walks.write(path, 40, "2020-01-01", "2021-06-30")
    return path


@pytest.mark.parametrize(
    ("how", "whom", "after", "code"),
    [
        (signal.SIGINT, "all", 0, 130),  # Ctrl-C in a terminal
        (signal.SIGINT, "all", 1, 130),
        (signal.SIGINT, "one", 1, 130),
        (signal.SIGTERM, "one", 1, -signal.SIGTERM),
        (signal.SIGKILL, "one", 1, -signal.SIGKILL),
    ],
)
def test_an_interruption_ends_it_with_all_its_processes(many, how, whom, after, code):
    """Whoever presses Ctrl-C would read tracebacks, and the machine would go on for minutes."""
    command = [sys.executable, "-m", "tests.study", str(many), "--processes", "2"]
    running = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    told = [running.stderr.readline() for _ in range(1 + after)]
    assert told[0].startswith("Markets to walk over: 40")
    (os.killpg if whom == "all" else os.kill)(running.pid, how)
    # The pipes end with the last process that has them.
    out, err = running.communicate()
    assert running.returncode == code
    assert out == ""
    assert "Traceback" not in err
    assert err.endswith("\nStopped.\n") == (code == 130)


def test_a_process_that_dies_is_told(many):
    """Where the memory is full, a person would wait for ever."""
    command = [sys.executable, "-c", DYING, str(many)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "This failed: A process in the process pool was terminated abruptly" in done.stderr
    assert "Traceback" not in done.stderr


# The study, of which a process is killed as the system does that has no memory left.
DYING = """
import multiprocessing, os, signal, sys
from tests.study import __main__ as main
def told(line):
    main_told(line)
    if line.startswith("1 of"):
        os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
if __name__ == "__main__":
    main_told, main.told = main.told, told
    sys.argv[1:] = [sys.argv[1], "--processes", "2"]
    sys.exit(main.main())
"""


@pytest.mark.parametrize(
    ("removed", "says"),
    [
        ("crypto-BTC_USDT-1d.npz", "There is no BTC/USDT on 1d or 1h"),
        ("crypto-BTC_USDT-*.npz", "There is no BTC/USDT on 1d or 1h"),
        ("crypto-WALK*-1d.npz", None),
    ],
)
def test_series_may_be_missing(folder, tmp_path, removed, says):
    """Whoever has no candles of Bitcoin would read a traceback."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    for file in tmp_path.glob(removed):
        file.unlink()
    done = run(tmp_path, "--processes", 1)
    assert done.returncode == 0, done.stderr
    assert (says is None) == ("There is no BTC/USDT" not in done.stderr)
    assert says is None or says in done.stderr
    assert "| 4h BUY | " in done.stdout


def test_all_damaged_files_are_named_before_the_work(folder, tmp_path):
    """A person would mend one file, wait for minutes, and read of the next."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    names = ("crypto-BTC_USDT-4h.npz", "crypto-WALK2_USDT-1d.npz")
    for name in names:
        (tmp_path / name).write_bytes(b"half")
    done = run(tmp_path)
    assert done.returncode == 1
    assert all(
        f"{tmp_path / name} cannot be read: File is not a zip" in done.stderr for name in names
    )
    assert done.stderr.endswith("Mend or remove these files.\n")
    assert "Traceback" not in done.stderr


@pytest.mark.long
def test_nothing_is_found_in_random_walks(tmp_path):
    """Luck would earn a label, and people would size positions by it."""
    walks.write(tmp_path, 200, "2018-01-01", "2023-01-01")
    folder = Folder.of(tmp_path)
    found = results(study(folder, os.cpu_count() or 1, {"4h": 24}), folder.markets)
    cells = [label(row) for row in found["signals"] if is_enough(row)]
    assert len(cells) >= 20
    assert cells.count(Confidence.HIGH) == 0
    assert cells.count(Confidence.MEDIUM) <= 0.05 * len(cells)


def label(row):
    """What the bot would say of a row."""
    periods = [Period(row[name]["true"][1], row[name]["chance"]) for name in ("early", "late")]
    return Cell(row["cases"], row["months"], row["true"][0], row["chance"], *periods).confidence
