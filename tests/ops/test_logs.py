"""The log file: what is in it, and what never is."""

import gc
import io
import logging
import sys
import threading
from pathlib import Path

import pytest

from engram.core.masking.masking import Masking
from engram.ops import logs

TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz0123"
SECRET = "lm-secret"


@pytest.fixture
def printed(monkeypatch):
    """Return a function that reads what is in the terminal; to be asked for before `written`."""
    terminal = io.StringIO()
    monkeypatch.setattr(sys, "stdout", terminal)
    return terminal.getvalue


@pytest.fixture
def written(tmp_path):
    """Set the logs up and return a function that reads the file."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    telebot = logging.getLogger("TeleBot")
    telebot_level = telebot.level
    file = tmp_path / "logs" / "bot.log"
    logs.setup("DEBUG", file, Masking([SECRET, ""]), terminal=True)
    yield lambda: file.read_text(encoding="utf-8")
    logging.captureWarnings(capture=False)
    logging.raiseExceptions = True
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = before
    root.setLevel(level)
    telebot.setLevel(telebot_level)


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"GET /bot{TOKEN}/getMe HTTP/1.1",
        f"/bot{TOKEN.replace(':', '%3A')}/",
        "Authorization: Bearer abcdef",
        "{'Authorization': 'Bearer abcdef'}",
        "x-api-key: abcdef",
        "proxy http://me:abcdef@host:1",
    ],
)
@pytest.mark.parametrize("name", ["engram.chat.chain", "urllib3.connectionpool", "TeleBot"])
def test_secrets_are_masked_in_every_log(printed, written, name, text):
    """A log sent to somebody for help would hand over the bot."""
    logging.getLogger(name).debug("before %s after", text)
    logging.getLogger(name).info("before %s after", text)
    for output in (written(), printed()):
        for part in (SECRET, TOKEN.partition(":")[2], "abcdef"):
            assert part not in output
        assert "***" in output


def test_secrets_are_masked_in_tracebacks(printed, written):
    """An exception of a library names the address, and in it the token."""
    try:
        raise ValueError(f"https://api.telegram.org/bot{TOKEN}/getMe\n2026-01-01 INFO forged")
    except ValueError:
        logging.getLogger("x").exception("it failed")
    assert TOKEN not in written()
    assert "Traceback" in written()
    assert "\n2026-01-01 INFO forged" not in written()
    assert printed() == "it failed\n"


def test_what_a_library_says_of_its_fonts_is_not_said(printed, written):
    """At the first chart people would wonder what a font manager is."""
    logging.getLogger("matplotlib.font_manager").info("generated new fontManager")
    assert printed() == written() == ""


def test_control_characters_are_made_visible(written):
    """A stranger could forge log lines, or drive the owner's terminal, by writing to the bot."""
    logging.getLogger("x").info("one\n2026 ERROR forged \x1b[31m red \u2028")
    (line,) = [line for line in written().splitlines() if "forged" in line]
    assert "one\\x0a2026" in line
    assert "\\x1b[31m" in line


def test_each_line_has_time_level_module_and_thread(written):
    """Nobody could follow one question among many."""
    logging.getLogger("engram.chat.chain").warning("hello")
    line = written().splitlines()[-1]
    assert "WARNING engram.chat.chain [MainThread] hello" in line


def test_without_a_writable_file_the_bot_still_runs(tmp_path, capsys):
    """A full or read-only disk would keep the bot from starting."""
    (tmp_path / "logs").write_text("a file where a folder should be")
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    telebot = logging.getLogger("TeleBot")
    telebot_level = telebot.level
    logs.setup("INFO", tmp_path / "logs" / "bot.log", Masking(), terminal=True)
    logging.raiseExceptions = True
    root.handlers[:] = before
    root.setLevel(level)
    telebot.setLevel(telebot_level)
    assert "running without a log file" in capsys.readouterr().out


def test_what_cannot_be_written_is_not_printed_instead(written, capsys, monkeypatch):
    """On a full disk each line would be a traceback in the terminal, with the secrets in it."""
    (handler,) = [one for one in logging.getLogger().handlers if hasattr(one, "maxBytes")]
    gone = io.StringIO()
    gone.close()
    with monkeypatch.context() as patched:
        patched.setattr(handler, "stream", gone)
        logging.getLogger("engram").debug("the token is %s", SECRET)
    assert capsys.readouterr().err == ""


def test_the_level_can_change(written):
    """Whoever looks for a fault would have to restart the bot, and the fault be gone."""
    log = logging.getLogger("engram.level")
    for level in ("ERROR", "DEBUG"):
        logs.set_level(level)
        log.debug("said at %s", level)
    assert "said at DEBUG" in written()
    assert "said at ERROR" not in written()


def test_the_file_is_rotated(written, monkeypatch):
    """A busy bot would fill the disk."""
    (handler,) = [one for one in logging.getLogger().handlers if hasattr(one, "maxBytes")]
    assert handler.maxBytes * (handler.backupCount + 1) < 10_000_000


@pytest.fixture
def at_once(monkeypatch):
    """Have the log file looked at for each record."""
    monkeypatch.setattr(logs, "LOOK", 0.0)
    monkeypatch.setattr(logs.LogFile, "_look_at", 0.0)


def test_a_file_that_is_full_is_set_aside(at_once, monkeypatch, written, tmp_path):
    """A busy bot would fill the disk, or lose what it wrote before."""
    monkeypatch.setattr(logging.getLogger().handlers[0], "maxBytes", 1000)
    for number in range(20):
        logging.getLogger("x").info("record %d of %s", number, SECRET)
    files = sorted(one.name for one in (tmp_path / "logs").iterdir())
    assert files == ["bot.log", "bot.log.1"]
    assert "record 19 of ***" in written()


@pytest.mark.parametrize("take_away", [Path.unlink, lambda file: file.rename(f"{file}.old")])
@pytest.mark.skipif(sys.platform == "win32", reason="keeps files that are in use")
def test_a_file_that_was_taken_away_begins_anew(at_once, written, tmp_path, take_away):
    """Whoever deletes a log, or has it rotated, would have none until the next start."""
    logging.getLogger("x").info("before")
    take_away(tmp_path / "logs" / "bot.log")
    logging.getLogger("x").info("after")
    assert "after" in written()
    assert "before" not in written()


def test_what_is_said_is_read_once_for_the_file_and_the_terminal(printed, written):
    """Each answer would take longer, the more so the more of them there are at once."""

    class Said:
        times = 0

        def __str__(self):
            self.times += 1
            return f"said for the {self.times}. time"

    logging.getLogger("x").info("%s", Said())
    assert written().endswith("said for the 1. time\n")
    assert printed() == "said for the 1. time\n"


def test_a_record_has_an_end(written):
    """A single line would push out all that happened before."""
    logging.getLogger("x").warning("begin %s end", "x" * 8_500_000)
    (line,) = [line for line in written().splitlines() if "begin" in line]
    assert len(line) < logs.LONGEST + 200
    assert line.endswith("… (8,500,010 characters)")


def test_a_traceback_has_an_end(written):
    """An exception that carries a whole answer would fill the file."""
    try:
        raise ValueError("x" * 1_000_000)
    except ValueError:
        logging.getLogger("x").exception("it failed")
    assert len(written()) < logs.LONGEST_TRACEBACK + 2000


def test_the_direction_of_writing_cannot_be_turned_in_the_log(written):
    """A line would show something else than it says."""
    logging.getLogger("x").info("SELL \u202eYUB\u2066")
    assert "SELL \\u202eYUB\\u2066" in written()


class Crash(Exception):
    """What nobody catches."""


def in_a_thread():
    """Crash in a thread."""

    def crash():
        raise Crash(f"key {SECRET} \x1b[2J")

    thread = threading.Thread(target=crash, name="x")
    thread.start()
    thread.join()


def while_it_is_deleted():
    """Crash where Python can only ignore it."""

    class Gone:
        def __del__(self):
            raise Crash(f"key {SECRET} \x1b[2J")

    Gone()
    gc.collect()


def in_the_main_thread():
    """Crash as the interpreter's last resort sees it."""
    try:
        raise Crash(f"key {SECRET} \x1b[2J")
    except Crash:
        sys.excepthook(*sys.exc_info())


@pytest.mark.parametrize("crash", [in_a_thread, while_it_is_deleted, in_the_main_thread])
def test_a_crash_that_nobody_catches_tells_no_secret(capsys, crash):
    """A traceback on stderr would hand over a key."""
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    with logs.masked_crashes(Masking([SECRET])):
        crash()
    said = capsys.readouterr().err
    assert "Crash: key *** \\x1b[2J" in said
    assert SECRET not in said
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


def test_an_exit_of_a_thread_is_no_crash(capsys):
    """Each end of the bot would print a traceback."""
    with logs.masked_crashes(Masking()):
        thread = threading.Thread(target=sys.exit)
        thread.start()
        thread.join()
    assert capsys.readouterr().err == ""


def test_a_crash_ends_the_process_with_a_failure(capsys):
    """A service manager would not start it again."""
    with pytest.raises(SystemExit, match="1"), logs.masked_crashes(Masking()):
        raise Crash("x")
    assert "Crash: x" in capsys.readouterr().err
