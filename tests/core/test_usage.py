"""What an answer cost."""

from engram.core.usage import Usage


def test_the_cost_of_an_answer_is_said_in_words():
    """The owner would not see in the log what the answers cost."""
    assert str(Usage(12, 3)) == "12 tokens read, 3 written"
    assert str(Usage()) == "tokens not counted"
