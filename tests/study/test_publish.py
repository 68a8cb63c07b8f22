"""The documents and the bot tell what the study found, and nothing else."""

import re

import pytest

from engram.market.evidence import Regime, find, touched
from engram.market.outcomes import Signal
from tests.study import publish
from tests.study.publish import PAGE, PICTURE, TABLE, kept, module, page, pages
from tests.study.results import is_enough
from tests.study.tables import blocks


@pytest.mark.parametrize("file", [PAGE, TABLE, PICTURE], ids=lambda file: file.name)
def test_what_is_told_is_what_was_found(file):
    """A figure would be told that nobody has measured: run the study with --write."""
    assert pages(kept())[file] == file.read_text("utf-8")


def test_every_table_of_the_study_is_in_the_page():
    """A trader would not see half of what was found."""
    named = re.findall(r"<!-- study: (\w+) -->", PAGE.read_text("utf-8"))
    assert sorted(named) == sorted([*blocks(kept()["crypto"]), "equity", "fx"])


def test_the_bot_reads_every_cell_as_it_was_written():
    """A column that is read as another one would give labels to the wrong signals."""
    rows = [row for row in kept()["crypto"]["signals"] if is_enough(row)]
    assert len(rows) > 100
    for row in rows:
        own, btc = (None if name == "*" else Signal(name) for name in (row["own"], row["btc"]))
        cell = find(row["timeframe"], Signal(row["signal"]), Regime(own, btc))
        assert (cell.cases, cell.months) == (row["cases"], row["months"])
        assert (cell.rate, cell.chance) == (row["true"][0], row["chance"])
        for period, name in ((cell.early, "early"), (cell.late, "late")):
            assert period.low == row[name]["true"][1]
            assert period.chance == row[name]["chance"]


def test_the_bot_reads_every_stop_as_it_was_written():
    """A distance that was touched 27 times in 100 would be told with 28, or for the other side."""
    for row in kept()["crypto"]["stops"]:
        for side, signal in (("below", Signal.BUY), ("below", Signal.HOLD), ("above", Signal.SELL)):
            found = touched(row["timeframe"], signal)
            assert row["timeframe"] == "all" or found == tuple(far[0] for far in row[side])


def test_what_is_told_by_few_cases_is_not_in_the_bot():
    """How often six cases touched a stop would be told as what is to be expected."""
    known = kept()
    for row in known["crypto"]["signals"]:
        if row["timeframe"] == "1d":
            row["cases"] = 6
    text = pages(known)[TABLE]
    assert "4h below " in text
    assert "1d below " not in text


@pytest.mark.parametrize("changed", ["cases", "months"])
def test_a_figure_that_differs_is_seen(changed):
    """The comparison above could not fail."""
    known = kept()
    known["crypto"]["signals"][0][changed] += 1
    assert pages(known)[TABLE] != TABLE.read_text("utf-8")


@pytest.fixture
def before(tmp_path, monkeypatch):
    """What all files say that the study writes; it writes into copies of them."""
    for name in ("KEPT", "PAGE", "TABLE", "PICTURE"):
        file = getattr(publish, name)
        copy = tmp_path / file.name
        copy.write_bytes(file.read_bytes())
        monkeypatch.setattr(publish, name, copy)
    return texts(tmp_path)


def texts(folder):
    """What the files of a folder say."""
    return {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.is_file()}


@pytest.mark.parametrize("name", ["KEPT", "PAGE", "TABLE", "PICTURE"])
def test_what_cannot_be_written_whole_is_not_written_at_all(before, tmp_path, name):
    """A full disk would leave half a module, and no bot would start."""
    file = getattr(publish, name)
    file.with_name(f"{file.name}.part").mkdir()
    known = kept()
    known["crypto"]["signals"][0]["cases"] += 1
    with pytest.raises(OSError, match="part"):
        publish.publish("crypto", known["crypto"])
    now = texts(tmp_path)
    assert {name: now[name] for name in before} == before


def test_writing_leaves_everything_else_as_it_is(before, tmp_path):
    """The words around the tables would be lost."""
    known = kept()
    publish.publish("equity", known["equity"])
    assert texts(tmp_path) == before
    text = "a\n<!-- study: labels -->\nold\n<!-- end -->\nb\n"
    assert page(text, {"labels": "new"}) == (
        "a\n<!-- study: labels -->\n\nnew\n\n<!-- end -->\nb\n"
    )
    assert module(before[TABLE.name], known["crypto"]) == before[TABLE.name]
