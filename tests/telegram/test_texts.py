"""What the Telegram front end says of itself."""

import pytest

from engram.chat.texts import NOTHING_TO_STOP, STOPPING
from engram.telegram import texts


@pytest.mark.parametrize(
    "text", [STOPPING, NOTHING_TO_STOP, texts.UNKNOWN_BUTTON, texts.NOT_YOURS, texts.ONE_AT_A_TIME]
)
def test_what_is_said_to_a_press_is_short_enough(text):
    """Telegram would refuse the answer to a press, and the button seem to do nothing."""
    assert 0 < len(text) <= 200
