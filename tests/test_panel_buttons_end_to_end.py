"""The buttons below a panel that arm an alert, or watch its market; `launcher.py` as a process."""

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer, Hang


@pytest.fixture
def panel(bot, telegram, lmstudio, exchange, market):
    """A panel with a level on either side, while the model writes for ever."""
    exchange.shape = "waves"
    lmstudio.behave(Answer("Calm."), Hang())
    bot(after=market)
    telegram.say(OWNER, "/analyze BTC 4h")
    telegram.wait_for_text(OWNER, "Calm.")
    return telegram.wait_for_text(OWNER, "📊 Market Analysis for BTC/USDT")


def test_a_press_arms_what_it_shows_and_leaves_the_panel(panel, telegram):
    """A person would lose the panel to a line of text, or be told of another price."""
    buttons = dict(panel.buttons)
    bells = [label for label in buttons if "🔔" in label]
    assert bells
    for label in bells:
        side, level = label.split()[1:]
        assert level in panel.caption
        said = f"BTC/USDT {'falls below' if side == 'S' else 'rises above'} {level}."
        telegram.press(OWNER, panel.message_id, buttons[label])
        armed = telegram.wait_for_text(OWNER, f"🔔 Armed: {said}")
        assert armed.message_id != panel.message_id
    telegram.press(OWNER, panel.message_id, buttons["👁"])
    telegram.wait_for_text(OWNER, "👁 BTC/USDT (4h, Binance) is watched.")
    telegram.press(OWNER, panel.message_id, buttons[bells[0]])
    telegram.wait_for_text(OWNER, "🔔 Already armed:")
    (same,) = [one for one in telegram.screen(OWNER) if one.message_id == panel.message_id]
    assert (same.caption, same.buttons) == (panel.caption, panel.buttons)
