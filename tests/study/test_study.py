"""The study as a whole: over random walks, and as a person runs it."""

import os
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
