"""Replies, and the commands behind their buttons."""

import pytest

from engram.chat.commands import Press, known
from engram.chat.texts import BUTTON_BYTES
from engram.watch.arming.reply import again, disarm, put_away, unwatch, with_cross


def test_a_cross_has_its_command_for_those_without_buttons():
    """In the terminal nobody could take anything back."""
    reply = with_cross("Armed", disarm(3))
    assert reply.command == reply.buttons[0][0].command == "/disarm 3"


@pytest.mark.parametrize("command_of", [disarm, put_away, again, unwatch])
def test_buttons_may_be_pressed(command_of):
    """Telegram would refuse the message, or the bot would not know its own button."""
    command = command_of(10**12)
    assert len(command.encode()) <= BUTTON_BYTES
    assert known(command).press is not Press.NEVER
