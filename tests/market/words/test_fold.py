"""Texts as they are compared."""

import pytest

from engram.market.words.fold import MOST_READ, fold, key


@pytest.mark.parametrize(
    ("text", "low"),
    [
        ("BTC", "btc"),
        ("Préço", "preco"),
        ("ＢＴＣ／ＵＳＤＴ", "btc/usdt"),
        ("𝗕𝗧𝗖 ४ ४", "btc 4 4"),
        ("btc™ 🚀", "btc   "),
        ("بیت‌کوین", key("بيتكوين")),
        ("haftalık", "haftalik"),
        ("see https://t.me/btc @eth a@b.co", "see                 " + " " * 12),
    ],
)
def test_what_means_the_same_is_the_same(text, low):
    """A person would not be understood because of an accent or a keyboard."""
    assert fold(text).low == low


def test_what_is_named_to_a_person_is_what_they_wrote():
    """A person would read a word that they have not written."""
    folded = fold("é Über ビット x")
    start = folded.low.index("u")
    assert folded.written(start, start + 4) == "Über"
    assert folded.written(len(folded.low) - 1, len(folded.low)) == "x"
    assert fold("Uber x").written(0, 4) == "Uber"
    assert start in folded.accented


def test_a_long_text_is_read_at_both_ends():
    """A question below a long paste would not be read, or the paste for seconds."""
    folded = fold("btc " + "x" * 100_000 + " eth")
    assert len(folded.low) == MOST_READ
    assert folded.low.startswith("btc ")
    assert folded.low.endswith(" eth")
