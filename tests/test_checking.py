"""What `--check` prints, and with which exit code it ends."""

import pytest

from engram.checking import run_check
from engram.config.load import load
from engram.core.masking.masking import Masking
from engram.terminal.printer import Printer
from tests.doubles.telegram import TOKEN


@pytest.fixture
def checked(telegram, lmstudio, tmp_path, capsys):
    """Checks what a configuration asks for; returns the exit code and what was printed."""

    def check(token, name="config.ini"):
        file = tmp_path / "config.ini"
        file.write_text(
            f"[telegram]\napi_url = {telegram.url}\n[market]\nexchange =\n"
            f"[lmstudio]\nurl = {lmstudio.url}\n"
        )
        settings = load(file, {"TELEGRAM_BOT_TOKEN": token})
        code = run_check(settings, tmp_path / name, Printer(Masking()))
        return code, capsys.readouterr().out

    return check


@pytest.mark.parametrize(
    ("token", "code", "said"),
    [(TOKEN, 0, "✅ Telegram: @engram_test_bot"), ("", 1, "❌ Telegram: no TELEGRAM_BOT_TOKEN")],
)
def test_a_script_can_tell_whether_the_bot_can_run(checked, tmp_path, token, code, said):
    """A service would be started that ends at once, and whoever updates it not be warned."""
    found, printed = checked(token)
    assert found == code
    assert said in printed
    assert "✅ LM Studio: " in printed
    assert not list(tmp_path.glob("engram.db-*")), "a copy of engram.db would lack what is there"


@pytest.mark.parametrize(("name", "is_missing"), [("config.ini", False), ("other.ini", True)])
def test_a_configuration_that_is_not_there_is_said_to_be_missing(checked, name, is_missing):
    """Whoever edits a file in another folder would look for the mistake in it for long."""
    _, printed = checked(TOKEN, name)
    assert printed.startswith("✅ Configuration: ")
    assert (f"{name} (no such file: all keys have their defaults)" in printed) == is_missing
