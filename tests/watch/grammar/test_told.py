"""Whether a sentence asks to be told something."""

import pytest

from engram.watch.grammar.told import told


def when(text):
    """The words that say when somebody wants to be told, or None."""
    found = told(text)
    return text[found.start : found.end].strip(" ,") if found else None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tell me when x", "x"),
        ("hey, could you please tell me when x", "x"),
        ("i'd like you to wake me up as soon as x", "x"),
        ("set an alert for x", "x"),
        ("x? tell me", None),
        ("x? alert me", "x?"),
        ("add x alert at y", "x alert at y"),
        ("alert when x", "x"),
        ("tell me when x drops 5% from here", "x drops 5% from here"),
        ("let me know when x here please", "x"),
        ("i want an x alert when y", "x alert when y"),
        ("i want to set an alert for x", "x"),
        ("when x, ping me please and thank you", "x"),
        ("keep an eye on x and tell me when y", "x and tell me when y"),
        ("when x, please let me know", "x"),
        ("so tired. when x can you tell me? thanks", "x"),
        ("good night, wake me if x", "x"),
        ("don't forget to tell me when x", "x"),
        ("how do you tell me when x", None),
        ("don't tell me when x", None),
        ("he told me when x", None),
        ('what is "tell me when x"', None),
        ("tell me about x", None),
        ("tell me a joke", None),
        ("", None),
    ],
)
def test_only_a_request_says_when(text, said):
    """A question would arm an alert, or a request would be answered with talk."""
    assert when(text) == said


@pytest.mark.parametrize(
    ("text", "is_question"),
    [
        ("tell me when x was invented", True),
        ("tell me when x crossed 100k", True),
        ("tell me when x has crossed 100k", False),
        ("tell me when x will hit 100k", True),
        ("tell me when is x going to hit 100k", True),
        ("tell me if x is a good buy", True),
        ("tell me when x looks good", False),
        ("tell me if x is a buy", True),
        ("tell me if x turns to buy", False),
        ("let me know when x, thank you", False),
        ("let me know if i should buy x", True),
        ("wake me if you see x", True),
        ("wake me when x will hit 100k", False),
        ("tell me when x hits 100k", False),
    ],
)
def test_questions_are_about_what_was_or_what_is_known(text, is_question):
    """Whoever asks when Bitcoin was invented would be asked for a condition."""
    assert told(text).is_a_question(text) is is_question


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("tomorrow, tell me when x", True),
        ("remind me to sell x when y", True),
        ("alert me every time x", True),
        ("oh no, tell me when x", False),
        ("alert me whenever x", False),
    ],
)
def test_it_is_seen_that_more_is_wanted(text, more):
    """An alert for tomorrow would fire today."""
    assert told(text).says_more is more
