"""What is printed beside the log."""

import io
import sys

import pytest

from engram.core.masking.masking import Masking
from engram.terminal.printer import Printer

KEY = "sk-lm-aB3dE9fG:hJ2kL5mN8pQ1rS4tU7vW"


@pytest.fixture
def printer():
    """One that knows a secret."""
    return Printer(Masking([KEY]))


def test_lines_are_lines_without_secrets(printer, capsys):
    """A server could forge a line, and a mistake in the configuration show a key."""
    printer.lines(["⚠️  LM Studio: x\n✅ Telegram: y \x1b[2J", f"key {KEY}"])
    printer.lines(["wrong"], to=sys.stderr)
    done = capsys.readouterr()
    assert done.out == "⚠️  LM Studio: x ✅ Telegram: y [2J\nkey ***\n"
    assert done.err == "wrong\n"


def test_what_cannot_be_printed_ends_nothing(printer):
    """A bot that was started by `ssh` would end with the connection."""

    class Gone(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

    printer.say("one", "two", to=Gone())
    with pytest.raises(BrokenPipeError):
        printer.lines(["one"], to=Gone())


def test_a_text_keeps_its_lines(printer, capsys):
    """An answer would be one long line."""
    printer.text(f"a\n\u202eb {KEY}")
    assert capsys.readouterr().out == f"a\nb {'•' * len(KEY)}\n"
