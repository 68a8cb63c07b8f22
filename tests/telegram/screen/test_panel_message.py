"""The message with the rules' panel."""

import pytest

from engram.core.events import Button
from engram.core.waits import finished
from engram.storage.store import Store
from engram.telegram.incoming import Destination
from engram.telegram.screen.messenger import Messenger
from engram.telegram.screen.panel_message import PanelMessage
from engram.telegram.screen.render import Page
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.egress import Egress
from engram.telegram.sending.refusals import UndeliverableError
from tests.doubles.telegram import TOKEN

CHAT = 5
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
OTHER_PNG = PNG + b"2"
BUTTONS = ((Button("4h", "/analyze BTC 4h"),),)


@pytest.fixture
def make(telegram):
    """Make a panel; its id is added to `told` whenever it changes."""
    telegram.say(CHAT, "/analyze BTC")
    egress = Egress(BotApi(TOKEN, telegram.url), Store(None))
    egress._wait = lambda _seconds: None

    def panel(known=None):
        messenger = Messenger(egress, Destination(CHAT))
        made = PanelMessage(messenger, lambda: made.told.append(made.message_id), known)
        made.told = []
        return made

    return panel


def on_screen(telegram):
    return [(shown.photo, shown.caption or shown.text) for shown in telegram.screen(CHAT)]


@pytest.mark.parametrize("chart", [PNG, None])
def test_a_panel_is_a_picture_if_there_is_one(make, telegram, chart):
    """A fault in drawing would cost the figures."""
    panel = make()
    finished(panel.show(Page("Signal: BUY", buttons=BUTTONS, chart=chart)))
    assert panel.rest == []
    assert on_screen(telegram) == [(chart, "Signal: BUY")]
    assert telegram.screen(CHAT)[0].buttons == [("4h", "/analyze BTC 4h")]
    assert panel.told == [telegram.screen(CHAT)[0].message_id]


@pytest.mark.parametrize("chart", [PNG, None])
def test_a_known_panel_is_changed_in_its_place(make, telegram, chart):
    """Each press on a button would leave one more chart in the chat."""
    first = make()
    finished(first.show(Page("1h", buttons=BUTTONS, chart=chart)))
    second = make(first.message_id)
    finished(second.show(Page("4h", buttons=BUTTONS, chart=chart and OTHER_PNG)))
    assert on_screen(telegram) == [(chart and OTHER_PNG, "4h")]
    assert second.told == []


def test_a_text_on_screen_becomes_a_picture(make, telegram):
    """The progress that was shown before would stay above the chart."""
    first = make()
    finished(first.show(Page("📊 Fetching market data", chart=None)))
    finished(make(first.message_id).show(Page("1h", buttons=BUTTONS, chart=PNG)))
    assert on_screen(telegram) == [(PNG, "1h")]


def test_a_picture_that_cannot_be_drawn_again_goes(make, telegram):
    """The chart would be of another timeframe than the figures, or there would be two panels."""
    first = make()
    finished(first.show(Page("1h", buttons=BUTTONS, chart=PNG)))
    second = make(first.message_id)
    finished(second.show(Page("4h", buttons=BUTTONS, chart=None)))
    finished(second.complete("4h\n\nnote"))
    assert on_screen(telegram) == [(None, "4h\n\nnote")]
    # Telegram does not tell beforehand whether a message is a picture.
    assert "there is no text in the message to edit" in telegram.violations.pop()


def test_a_panel_that_was_deleted_is_sent_again(make, telegram):
    """A press on another device would show nothing."""
    first = make()
    finished(first.show(Page("1h", buttons=BUTTONS, chart=PNG)))
    telegram.delete(CHAT, first.message_id)
    second = make(first.message_id)
    finished(second.show(Page("4h", buttons=BUTTONS, chart=OTHER_PNG)))
    assert on_screen(telegram) == [(OTHER_PNG, "4h")]
    assert second.told == [second.message_id] != [first.message_id]


def test_the_same_panel_once_more_is_fine(make, telegram):
    """Refreshing a quiet market would be an error."""
    panel = make()
    finished(panel.show(Page("1h", buttons=BUTTONS, chart=PNG)))
    finished(panel.complete("1h"))
    assert telegram.screen(CHAT)[0].edits == 0
    finished(make(panel.message_id).show(Page("1h", buttons=BUTTONS, chart=PNG)))
    assert len(telegram.screen(CHAT)) == 1


@pytest.mark.parametrize(("chart", "lines"), [(PNG, 150), (None, 600)])
def test_what_is_too_long_for_one_message_comes_back(make, telegram, chart, lines):
    """Telegram would refuse the panel, or the end of it would be missing."""
    text = "\n".join(f"level {number:04}" for number in range(lines))
    panel = make()
    finished(panel.show(Page(text, chart=chart)))
    rest = panel.rest
    shown = on_screen(telegram)[0][1]
    assert "\n".join([shown, *(page.text for page in rest)]) == text
    finished(panel.complete(text))
    assert panel.rest == rest


def test_a_chat_that_is_gone_is_not_tried_again(make, telegram):
    """The bot would try forever to reach somebody who left."""
    telegram.block(CHAT)
    with pytest.raises(UndeliverableError):
        finished(make().show(Page("1h", chart=PNG)))
    with pytest.raises(UndeliverableError):
        finished(make(4711).show(Page("1h", chart=PNG)))


def test_a_panel_that_nobody_confirms_is_there_twice_at_most_and_said_to_be_open(
    make, telegram, rests
):
    """A chart would fill the screen, or the commentary wait behind it for ever."""
    telegram.fail_raw("sendPhoto", "reply_lost", times=9)
    panel = make()
    finished(panel.show(Page("1h", chart=PNG)))
    assert on_screen(telegram) == [(PNG, "1h")] * 2
    assert (panel.is_unconfirmed, panel.message_id) == (True, None)
