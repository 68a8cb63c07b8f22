"""The log file: what is in it, and what never is."""

import io
import logging

import pytest

from engram.core.masking.masking import Masking
from engram.ops import logs

TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz0123"
SECRET = "lm-secret"


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
def test_secrets_are_masked_in_every_log(written, capsys, name, text):
    """A log sent to somebody for help would hand over the bot."""
    logging.getLogger(name).debug("before %s after", text)
    logging.getLogger(name).info("before %s after", text)
    output = written() + capsys.readouterr().out
    for part in (SECRET, TOKEN.partition(":")[2], "abcdef"):
        assert part not in output
    assert "before" in output
    assert "***" in output


def test_secrets_are_masked_in_tracebacks(written, capsys):
    """An exception of a library names the address, and in it the token."""
    try:
        raise ValueError(f"https://api.telegram.org/bot{TOKEN}/getMe\n2026-01-01 INFO forged")
    except ValueError:
        logging.getLogger("x").exception("it failed")
    assert TOKEN not in written()
    assert "Traceback" in written()
    assert "\n2026-01-01 INFO forged" not in written()
    assert "Traceback" not in capsys.readouterr().out


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


def test_the_file_is_rotated(written, monkeypatch):
    """A busy bot would fill the disk."""
    (handler,) = [one for one in logging.getLogger().handlers if hasattr(one, "maxBytes")]
    assert handler.maxBytes * (handler.backupCount + 1) < 10_000_000
