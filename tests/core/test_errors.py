"""Errors named by what to do."""

import pytest

from engram.core import errors


@pytest.mark.parametrize(
    ("error", "base"),
    [
        (errors.UnavailableError, errors.GiveUpError),
        (errors.GiveUpError, errors.ResponderError),
        (errors.TryAgainError, errors.ResponderError),
        (errors.ResponderError, errors.EngramError),
        (errors.ConfigError, errors.EngramError),
    ],
)
def test_each_error_is_handled_with_its_kind(error, base):
    """A failure would be taken for another and retried, or not."""
    assert issubclass(error, base)


def test_try_again_carries_the_wait_that_was_asked_for():
    """A busy server would be asked again too early."""
    assert errors.TryAgainError("busy", retry_after=7).retry_after == 7


def test_a_config_error_reads_one_sentence_a_line():
    """The terminal would show a list in brackets."""
    assert str(errors.ConfigError(["a", "b"])) == "a\nb"
