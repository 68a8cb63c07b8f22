"""What is read of the words that a message refers to."""

import pytest

from engram.telegram.quotation import LONGEST, Quotation, read_quotation

SAID = {"text": "BTC will hit 100k"}


@pytest.mark.parametrize(
    ("message", "words", "is_part"),
    [
        ({}, "", False),
        ({"reply_to_message": SAID}, "BTC will hit 100k", False),
        ({"reply_to_message": SAID, "quote": {"text": "100k"}}, "100k", True),
        ({"reply_to_message": SAID, "quote": {"text": " \n"}}, "BTC will hit 100k", False),
        ({"quote": {"text": "100k"}, "external_reply": {"origin": {}}}, "100k", True),
        ({"external_reply": {"origin": {}}}, "", False),
        ({"reply_to_message": {"photo": [{}], "caption": "the chart"}}, "the chart", False),
        ({"reply_to_message": {"photo": [{}]}}, "", False),
        ({"reply_to_message": {"forum_topic_created": {"name": "BTC"}}}, "", False),
        (
            {"reply_to_message": {"poll": {"question": "Up?", "options": [{"text": "Yes"}, 7]}}},
            "Up?\nYes",
            False,
        ),
        (
            {"external_reply": {"checklist": {"title": "To buy", "tasks": [{"text": "ETH"}]}}},
            "To buy\nETH",
            False,
        ),
        ({"reply_to_message": {"poll": {"question": 7, "options": 7}}}, "", False),
        ({"reply_to_message": "x", "quote": "x", "external_reply": 7}, "", False),
        ({"quote": {"text": 7}, "reply_to_message": {"text": "a\ud83d"}}, "a\ufffd", False),
    ],
)
def test_what_a_message_refers_to(message, words, is_part):
    """The model would not know what "this" is."""
    assert read_quotation(message) == Quotation(words.strip(), is_part)


def test_a_long_quotation_is_cut():
    """Somebody else's words would leave the model no room for the question."""
    words = read_quotation({"reply_to_message": {"text": "word " * 8000}}).words
    assert len(words) == LONGEST
    assert words.endswith("…")
