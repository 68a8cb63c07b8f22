"""What the documents show of a conversation is what the bot says."""

from pathlib import Path

import pytest

from tests.example_conversation import in_telegram, in_the_terminal, steady

PAGE = steady((Path(__file__).parents[1] / "docs" / "conversation.md").read_text("utf-8"))
ADVICE = "run python3 -m tests.example_conversation"


def test_the_page_shows_what_the_terminal_prints():
    """Somebody who decides by the page would get another program."""
    for said in in_the_terminal():
        assert steady(said) in PAGE, ADVICE


def test_the_page_shows_what_stands_in_telegram():
    """Somebody would look for lines that are not there any more."""
    said, bubbles = in_telegram()
    assert f"```\n{steady(said)}\n```" in PAGE, ADVICE
    assert [bubble.photo is not None for bubble in bubbles].count(True) == 1


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("latency 4 ms\nUp for 6 s", "latency 12 ms\nUp for 1 min 6 s"),
        ("half within 0.5 s, 95 % within 0.6 s", "half within 2.1 s, 95 % within 3.0 s"),
        ("charts/BTC-USDT-20261128-200433.png", "charts/BTC-USDT-20261129-090000.png"),
    ],
)
def test_only_times_may_differ(one, another):
    """A wrong figure on the page would pass for one that is another each time."""
    assert steady(one) == steady(another)
    assert steady("Price: 62,342.60 (-1.4 %)") == "Price: 62,342.60 (-1.4 %)"
