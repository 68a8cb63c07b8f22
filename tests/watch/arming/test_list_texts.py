"""The words of the list of what is armed."""

import pytest

from engram.watch.arming import list_texts as texts


@pytest.mark.parametrize(
    ("count", "words"),
    [((0, 0), []), ((1, 0), ["1 alert."]), ((2, 1), ["2 alerts and 1 watched market."])],
)
def test_what_is_suspended_is_counted(count, words):
    """A person would not know how much they are missing."""
    found = texts.suspended(*count)
    assert len(found) == len(words)
    assert all(f"{word} /resume" in one for word, one in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("age", "pause", "is_old"), [(299, 0, False), (301, 0, True), (3600, 3600, False)]
)
def test_old_looks_are_pointed_out(age, pause, is_old):
    """A person would not see that nobody looks, or be told so while all is well."""
    assert texts.looked(age, pause).startswith("⚠️") is is_old


def test_one_alert_is_one():
    """A list would say "1 alerts"."""
    assert texts.title(1, 1, 1) == "🔔 1 alert armed"
    assert texts.title(11, 2, 2) == "🔔 11 alerts armed, page 2 of 2"
