"""What an answer cost."""

import pytest

from engram.core.usage import Usage


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        (Usage(12, 3), "12 tokens read, 3 written"),
        (Usage(), "tokens not counted"),
        (Usage(first_token=0.304), "tokens not counted, the first after 0.30 s"),
        (
            Usage(798, 160, 90, 41.3, 0.35, 12.04, 700, 4096),
            "798 tokens read (700 from its cache), 160 written (90 of them thoughts), "
            "41 tokens/s, the first after 0.35 s, loaded in 12.0 s",
        ),
    ],
)
def test_the_cost_of_an_answer_is_said_in_words(usage, words):
    """The owner would not see in the log what the answers cost."""
    assert str(usage) == words
