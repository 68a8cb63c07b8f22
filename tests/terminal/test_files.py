"""Charts and texts as files."""

import re

from engram.core.events import TextFile
from engram.terminal.files import save_chart, save_text

SYMBOL = "BTC/USDT"


def test_a_chart_is_written_into_a_file_of_its_markets_name(tmp_path):
    """A person could not tell the charts in the folder apart."""
    line = save_chart(SYMBOL, lambda: b"PNG", tmp_path / "charts")
    (file,) = (tmp_path / "charts").iterdir()
    assert re.fullmatch(r"BTC-USDT-\d{8}-\d{6}\.png", file.name)
    assert file.read_bytes() == b"PNG"
    assert line == f"🖼  Chart: {file}"


def test_without_a_folder_or_a_chart_nothing_is_written(tmp_path):
    """Charts would litter the disk, or an empty file would look like one."""
    assert save_chart(SYMBOL, lambda: b"PNG", None) == ""
    assert save_chart(SYMBOL, lambda: None, tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    """A person would look for a chart that is nowhere, or lose the answer with it."""
    (tmp_path / "file").write_text("in the way")
    line = save_chart(SYMBOL, lambda: b"PNG", tmp_path / "file")
    assert re.match(r"⚠️  BTC-USDT-\d{8}-\d{6}\.png cannot be written to ", line)
    assert f" cannot be written to {tmp_path / 'file'} (" in line
    assert line.endswith("); name another --charts")


def test_a_text_is_written_without_what_is_secret(tmp_path):
    """A token that a model's name holds would lie on the disk for everybody."""
    file = TextFile("ledger.csv", "a,token\n")
    line = save_text(file, tmp_path, lambda text: text.replace("token", "•••••"))
    (written,) = tmp_path.iterdir()
    assert re.fullmatch(r"ledger-\d{8}-\d{6}\.csv", written.name)
    assert written.read_text() == "a,•••••\n"
    assert line == f"📎  File: {written}"


def test_without_a_folder_a_text_is_printed():
    """In a pipe nobody would get the file."""
    assert save_text(TextFile("a.csv", "a,b\n1,2\n"), None, str.upper) == "A,B\n1,2"
