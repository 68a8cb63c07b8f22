"""What `--backup` and `--restore` print, and with which exit code they end."""

import pytest

from engram import keeping
from engram.config.load import load
from engram.core.clock import Clock
from engram.core.masking.masking import Masking
from engram.keeping import run_backup, run_restore
from engram.storage.inbox import Arrived, Inbox
from engram.storage.store import Store
from engram.terminal.printer import Printer
from tests.conftest import OWNER


@pytest.fixture
def settings(tmp_path):
    """Those of a bot that has worked."""
    (tmp_path / "config.ini").write_text("[storage]\npath = mine.db\n")
    store = Store(tmp_path / "mine.db")
    store.put("telegram/owner", str(OWNER))
    Inbox(store).receive([Arrived({"update_id": 1})])
    store.close()
    return load(tmp_path / "config.ini")


def test_what_was_kept_and_what_comes_of_it_is_said(settings, tmp_path, capsys):
    """Nobody would know what is in the backup, what is not, and where the other store is."""
    printer, file = Printer(Masking()), tmp_path / "b.db"
    assert run_backup(settings, file, printer) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"✅ Backup: {file}, ")
    assert "armed alerts: 0; " in said
    assert "config.ini and .env are not in it" in said
    assert run_restore(settings, file, printer, Clock()) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"✅ Restored: {tmp_path / 'mine.db'} is as it was at ")
    assert "questions that were open then: 1; " in said
    assert f"   What was there until now: {tmp_path / 'mine.db.replaced-'}" in said
    assert run_backup(settings, file, printer) == 0
    (tmp_path / "mine.db").unlink()
    assert run_restore(settings, file, printer, Clock()) == 0
    said = capsys.readouterr().out
    assert "What was there" not in said
    assert "Dropped" not in said


@pytest.mark.parametrize("name", ["back_up", "restore"])
@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_what_is_interrupted_does_not_look_done(settings, tmp_path, capsys, monkeypatch, name, end):
    """A script would go on to delete what it believes to be kept."""

    def interrupted(*_):
        raise end

    monkeypatch.setattr(keeping, name, interrupted)
    what = settings, tmp_path / "b.db", Printer(Masking())
    code = run_backup(*what) if name == "back_up" else run_restore(*what, Clock())
    assert code == 130
    assert capsys.readouterr().err.startswith("❌ Interrupted: ")
