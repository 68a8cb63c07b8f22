"""What answers each command."""

from engram.chat.commands import COMMANDS, Need
from engram.chat.handlers.table import HANDLERS, STANDS_ALONE


def test_each_command_has_what_answers_it():
    """A person would choose a command from the menu, and the last resort would answer."""
    assert list(HANDLERS) == list(COMMANDS)


def test_only_what_needs_a_market_may_mean_the_one_that_was_spoken_of():
    """A command that needs none would wait until the questions before it are read."""
    assert all(COMMANDS[name].needs is Need.MARKET for name in STANDS_ALONE)
