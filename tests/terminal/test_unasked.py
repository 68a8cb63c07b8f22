"""What is said unasked, in the terminal."""

import sqlite3
from contextlib import closing

import pytest

from engram.core.clock import Clock
from engram.core.events import Button
from engram.core.masking.masking import Masking
from engram.storage.outbox import ALERT, DIGEST, TERMINAL, WATCH, Outbox, Outgoing
from engram.terminal.printer import Printer
from engram.terminal.unasked import Unasked
from tests.conftest import wait_until

NOW = 1_795_339_800.0
SECRET = "123456789:AAEabcdefghijklmnopqrstuvwxyz012345"


@pytest.fixture
def outbox(store):
    return Outbox(store)


@pytest.fixture
def unasked(outbox, tmp_path):
    """Makes what prints, while `may` returns whether it may."""

    def make(may=lambda: True, charts=None):
        return Unasked(outbox, Printer(Masking([SECRET])), Clock(), may, charts)

    return make


def test_what_is_printed_is_delivered(outbox, unasked, capsys):
    """It would be printed again at the next start, or be sent by the bot as well."""
    for text in ("BTC above 100", "ETH below 5"):
        outbox.add(Outgoing(TERMINAL, ALERT, text), NOW)
    outbox.add(Outgoing("7", ALERT, "for a chat in Telegram"), NOW)
    unasked().print_all()
    assert capsys.readouterr().out == "\nBTC above 100\n\nETH below 5\n"
    assert outbox.chats() == ["7"]


def test_what_was_printed_on_a_full_disk_is_noted_later(store, outbox, unasked, capsys):
    """It would be printed again by the next terminal, or be sent by the bot as well."""
    outbox.add(Outgoing(TERMINAL, ALERT, "BTC above 100"), NOW)
    refuse = "CREATE TRIGGER full BEFORE UPDATE ON outbox BEGIN SELECT RAISE(FAIL, 'full'); END"
    store.write(refuse)
    printing = unasked()
    for _ in range(2):
        printing.print_all()
    assert (capsys.readouterr().out, outbox.depth) == ("\nBTC above 100\n", 1)
    store.write("DROP TRIGGER full")
    printing.print_all()
    assert (capsys.readouterr().out, outbox.depth) == ("", 0)


def test_nothing_is_printed_while_a_bot_runs(outbox, unasked, capsys):
    """The owner would read it in a terminal that nobody looks at, and not in Telegram."""
    outbox.add(Outgoing(TERMINAL, ALERT, "BTC above 100"), NOW)
    unasked(may=lambda: False).print_all()
    assert (capsys.readouterr().out, outbox.depth) == ("", 1)


def test_a_picture_is_written_where_charts_go(outbox, unasked, capsys, tmp_path):
    """What a watched market looks like would be lost."""
    said = Outgoing(TERMINAL, WATCH, "BUY, was HOLD", picture=b"PNG", name="BTC/USDT 4h")
    outbox.add(said, NOW)
    unasked(charts=tmp_path / "charts").print_all()
    (file,) = (tmp_path / "charts").iterdir()
    assert (file.read_bytes(), file.name[:12]) == (b"PNG", "BTC-USDT-4h-")
    assert str(file) in capsys.readouterr().out


def test_the_commands_of_its_buttons_are_named(outbox, unasked, capsys):
    """Nobody could arm it anew where there is nothing to press."""
    buttons = ((Button("📊 Analyze", "/open BTC/USDT 4h"), Button("🔁", "/again 1")),)
    outbox.add(Outgoing(TERMINAL, ALERT, "BTC above 100", buttons), NOW)
    unasked().print_all()
    printed = "\nBTC above 100\n📊 Analyze /open BTC/USDT 4h  🔁 /again 1\n"
    assert capsys.readouterr().out == printed


def test_what_cannot_be_noted_is_printed_once(outbox, unasked, capsys, tmp_path):
    """A full disk would fill the screen with the same alert."""
    outbox.add(Outgoing(TERMINAL, ALERT, "BTC above 100"), NOW)
    with closing(sqlite3.connect(tmp_path / "engram.db")) as db, db:
        db.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    printing = unasked()
    for _ in range(2):
        printing.print_all()
    assert capsys.readouterr().out == "\nBTC above 100\n"


def test_no_secret_is_printed(outbox, unasked, capsys):
    """A token in the name of a model would stand in the terminal."""
    outbox.add(Outgoing(TERMINAL, ALERT, f"by {SECRET}"), NOW)
    unasked().print_all()
    assert SECRET not in capsys.readouterr().out


def test_what_comes_later_is_printed_then(outbox, unasked, capfd):
    """An alert would be printed at the next start."""
    unasked().start()
    outbox.add(Outgoing(TERMINAL, ALERT, "BTC above 100"), NOW)
    wait_until(lambda: outbox.depth == 0, 20)
    assert "BTC above 100" in capfd.readouterr().out


def test_a_table_is_printed_as_people_read_it(outbox, unasked, capsys):
    """A digest would stand between marks that only Telegram needs."""
    outbox.add(Outgoing(TERMINAL, DIGEST, "two markets\n```\nBTC 100\n```"), NOW)
    outbox.add(Outgoing(TERMINAL, WATCH, "5*3 + 2*4"), NOW)
    unasked().print_all()
    assert capsys.readouterr().out == "\ntwo markets\nBTC 100\n\n5*3 + 2*4\n"
