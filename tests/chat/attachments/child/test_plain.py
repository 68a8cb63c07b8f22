import pytest

from engram.chat.attachments.child.plain import MOST, cut, text_of, tidy
from engram.chat.attachments.child.refusals import RefusedError, Why

TEXT = "Buy the dip: 67 € → 70 €, sagt Jürgen.\nДа."


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"]
)
def test_unicode_is_read_in_any_form(encoding):
    """What a Windows program saved would be full of question marks."""
    text = TEXT if encoding != "utf-16-be" else "Only Latin letters here.\n" * 3
    text = "Long enough to be sure. " * 20 + text
    assert text_of(text.encode(encoding)) == text


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_a_mark_tells_the_order_of_bytes(mark):
    """MetaTrader's reports are in UTF-16."""
    text = "Сделка прибыльна"
    order = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
    assert text_of(mark + text.encode(order)) == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("cp1252", "Der Kurs fällt über Nacht, 67 €."), ("cp1251", "Цена биткоина падает, BTC.")],
)
def test_old_encodings_are_guessed(encoding, text):
    """An old file would be full of boxes."""
    assert text_of(text.encode(encoding)) == text


def test_a_little_damage_costs_a_little():
    """One broken byte in a log would turn every emoji of it into noise."""
    text = text_of("🚀 up\n".encode() * 50 + b"\xff\xfe\n" + "🚀 up\n".encode() * 50)
    assert text.count("🚀") == 100
    assert text.count("\ufffd") == 2


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04" + bytes(range(256)) * 10,
        b"\x7fELF" + bytes(500),
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"MZ\x90\0" * 300,
        b"\xff\xfe" + b"\x00\xd8" * 500,
        b"\1\2\3",
    ],
)
def test_what_is_no_text_is_known_as_such(data):
    """A model would be asked about a thousand boxes."""
    with pytest.raises(RefusedError) as caught:
        text_of(data)
    assert caught.value.why is Why.BINARY


@pytest.mark.parametrize("data", [b" \n\t", b"\xef\xbb\xbf", b"\xff\xfe", b"\r\n\r\n"])
def test_a_text_without_words_is_empty(data):
    """A model would be asked about nothing."""
    with pytest.raises(RefusedError) as caught:
        text_of(data)
    assert caught.value.why is Why.EMPTY


def test_a_log_may_have_colours_and_a_few_zeros():
    """A log would be taken for a program, because a crash has left zeros in it."""
    line = b"\x1b[32mINFO\x1b[0m the order was filled\r\n"
    text = text_of(line * 100 + bytes(10) + line)
    assert text == "INFO the order was filled\n" * 101


def test_lines_end_as_lines_do():
    """A table of an old Mac would be one row."""
    assert tidy("a\r\nb\rc\x0cd\u2028e\x00\ud800") == "a\nb\nc\nd\ne"


def test_a_long_text_is_cut_and_what_is_missing_is_counted():
    """Twenty million characters would be carried to a model that reads ten thousand."""
    assert cut("é" * (MOST + 5)) == ("é".encode() * MOST, 5)
    assert cut("short") == (b"short", 0)
