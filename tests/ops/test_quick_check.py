"""`--check --quick`: whether the bot that runs here hears Telegram."""

import os

import pytest

from engram.app import main
from engram.core.errors import StoreError
from engram.core.masking.masking import Masking
from engram.ops.quick_check import HEARD_AT, quick_check
from engram.storage.examine import MAGIC
from engram.storage.store import Store
from engram.terminal.printer import Printer
from tests.storage.files import contents

NOW = 1_780_000_000.0


@pytest.fixture(autouse=True)
def _stays(monkeypatch):
    """The command would end this process, in which threads of other tests may run."""
    monkeypatch.setattr("engram.app._end", lambda _code: None)


@pytest.fixture
def checked(tmp_path, capsys):
    """Looks at the store in a folder; returns the exit code and what was printed."""

    def check():
        code = quick_check(tmp_path / "engram.db", Printer(Masking()), NOW)
        return code, capsys.readouterr().out.strip()

    return check


@pytest.fixture
def running(tmp_path):
    """The store of a bot that runs."""
    made = Store(tmp_path / "engram.db", alone=True)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("noted", "code", "said"),
    [
        (f"{NOW - 12:.0f}", 0, "✅ The bot heard from Telegram 12 s ago"),
        (f"{NOW - 119:.0f}", 0, "✅ The bot heard from Telegram 1 min 59 s ago"),
        (f"{NOW + 1:.0f}", 0, "✅ The bot heard from Telegram 0 s ago"),
        (f"{NOW - 120:.0f}", 1, "❌ The bot heard from Telegram last at 2026-05-28 20:24 UTC, and"),
        (
            f"{NOW + 3600:.0f}",
            1,
            "❌ The bot heard from Telegram last at 2026-05-28 21:26 UTC, and",
        ),
        ("", 1, "❌ The bot has not heard from Telegram yet"),
        ("9" * 400, 1, "❌ The bot has not heard from Telegram yet"),
    ],
)
def test_what_the_bot_noted_last_decides(running, checked, noted, code, said):
    """A bot that is deaf would pass for one that works, or the other way round."""
    if noted:
        running.put(HEARD_AT, noted)
    found, printed = checked()
    assert found == code
    assert printed.startswith(said)


def test_a_look_changes_nothing(tmp_path, running, checked):
    """Looking at a bot each minute would wear its disk, or stand in its way."""
    running.put(HEARD_AT, f"{NOW:.0f}")

    def lasting():
        # In the other one, which is memory, SQLite notes who reads.
        return {name: held for name, held in contents(tmp_path).items() if "-shm" not in name}

    before = lasting()
    assert checked()[0] == 0
    assert lasting() == before
    running.put("telegram/owner", "5")
    assert running.get("telegram/owner") == "5"


def test_where_no_bot_runs_no_file_is_made(tmp_path, checked, capsys):
    """A look from the wrong folder would leave an empty store and a log behind."""
    assert main(["--check", "--quick"], home=tmp_path) == 1
    said = f"❌ No bot works with {tmp_path / 'engram.db'}: it does not run, or its log says why it"
    assert capsys.readouterr().out.startswith(said)
    assert contents(tmp_path) == {}
    store = Store(tmp_path / "engram.db", alone=True)
    store.put(HEARD_AT, f"{NOW:.0f}")
    store.close()
    before = contents(tmp_path)
    code, printed = checked()
    assert (code, printed.startswith("❌ No bot works with ")) == (1, True)
    assert contents(tmp_path) == before


@pytest.mark.skipif(os.name == "nt", reason="a file that is open stays there")
def test_no_store_is_made_in_the_place_of_one_that_is_gone(tmp_path, running, checked):
    """A look as root would leave a store that the bot cannot open."""
    for one in tmp_path.glob("engram.db*"):
        if one.suffix != ".lock":
            one.unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        checked()
    assert [*contents(tmp_path)] == ["engram.db.lock"]


def a_pipe(file):
    """To open it would last for ever."""
    os.mkfifo(file)


def a_folder_as_lock(file):
    """Of somebody who copied files the wrong way."""
    lock = file.with_name("engram.db.lock")
    lock.unlink()
    lock.mkdir()


UNREADABLE = {
    "a text": (
        lambda file: file.write_bytes(b"no database" * 1000),
        "there is another file in its",
    ),
    "a folder": (lambda file: file.mkdir(), "it is a folder, and no file"),
    "a pipe": (a_pipe, "it is a pipe or a device, and no file"),
    "damaged": (lambda file: file.write_bytes(MAGIC + b"x" * 5000), "file is not a database"),
    "a lock that is none": (a_folder_as_lock, "its lock engram.db.lock is something else"),
}


@pytest.mark.skipif(os.name == "nt", reason="a file that is open stays there")
@pytest.mark.parametrize(("put", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_store_that_cannot_be_read_is_a_sentence(tmp_path, running, capsys, put, why):
    """Whoever looks why a container is called unhealthy would wait, or find a traceback."""
    for name in ("engram.db", "engram.db-wal"):
        (tmp_path / name).unlink()
    put(tmp_path / "engram.db")
    assert main(["--check", "--quick"], home=tmp_path) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"❌ {tmp_path / 'engram.db'} cannot be read: {why}")


def test_a_name_that_no_file_can_have_is_a_sentence(tmp_path):
    """A slip in config.ini would be answered with a traceback."""
    with pytest.raises(StoreError, match=r"cannot be read: .*null"):
        quick_check(tmp_path / "a\0b.db", Printer(Masking()), NOW)
