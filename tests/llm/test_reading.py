"""What the events of all model servers have in common."""

import pytest

from engram.llm.reading import LONGEST_NAME, model_name, seconds, speed


@pytest.mark.parametrize(
    ("told", "as_speed", "as_seconds"),
    [
        (43.7, 43.7, 43.7),
        (41, 41.0, 41.0),
        (0.001, 0.0, 0.001),
        (9_999, 9_999.0, 9_999.0),
        (10**6, 0.0, 0.0),
        (-1, 0.0, 0.0),
        (10**400, 0.0, 0.0),
        (float("nan"), 0.0, 0.0),
        (float("inf"), 0.0, 0.0),
        (True, 0.0, 0.0),
        ("41", 0.0, 0.0),
        (None, 0.0, 0.0),
        ([], 0.0, 0.0),
    ],
)
def test_a_figure_that_cannot_be_one_is_none(told, as_speed, as_seconds):
    """A person would read of a model that writes for ever, or an infinity of words."""
    assert (speed(told), seconds(told)) == (as_speed, as_seconds)


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("zai-org/glm-4.7-flash@q4_k_m", "zai-org/glm-4.7-flash@q4_k_m"),
        ("größtes Ü", "größtes Ü"),
        ("half an emoji \ud83d", ""),
        ("red\x1b[31m", "red\x1b[31m"),
        ("x" * (LONGEST_NAME + 1), ""),
        (7, ""),
        (None, ""),
    ],
)
def test_what_cannot_be_named_is_no_model(told, read):
    """One such entry would leave the owner without the list of all models."""
    assert model_name(told) == read
