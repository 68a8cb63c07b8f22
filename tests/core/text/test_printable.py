"""What a terminal is given of a text that others wrote."""

import pytest

from engram.core.text.printable import is_blank, one_line, printable, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2J\x9b1m\x07b\tc\rd\n", "a[2J1mb\tcd\n"),
        ("BTC \u202eYUB\u202c \u2066x\u2069", "BTC YUB x"),
        ("one\u2028two\u2029three", "one\ntwo\nthree"),
        ("half \ud83d of one", "half  of one"),
        ("👩\u200d💻 Жук שלום", "👩\u200d💻 Жук שלום"),
    ],
)
def test_a_text_cannot_drive_the_terminal(text, shown):
    """A model server could clear the screen, or show SELL where it says BUY."""
    assert printable(text) == shown


def test_a_line_stays_one():
    """The name of a model could forge a line of the check, or fill the screen."""
    assert one_line("glm\n✅ Telegram: fine\r\u2028\x1b[1Ax\u200b") == "glm ✅ Telegram: fine [1Ax "
    assert one_line("x" * 10_000_000, 20) == "x" * 19 + "…"


def test_what_is_not_shown_can_be_seen_in_the_log():
    """An attack would leave no trace."""
    assert visible("a\x1b\n\u202e\ud83d\u200bb") == "a\\x1b\\x0a\\u202e\\ud83d\\u200bb"


@pytest.mark.parametrize(
    "text", ["", " \n\t", "\u200b\u200d", "\u2060 \ufeff", "\u3164\u2800", "\0"]
)
def test_what_nobody_sees_is_blank(text):
    """Telegram refuses a message without anything to see, and the answer would never come."""
    assert is_blank(text)
    assert not is_blank(f"{text}.")
