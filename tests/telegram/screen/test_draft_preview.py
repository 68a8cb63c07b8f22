"""An answer under way as a draft."""

import pytest

from engram.core.events import Finished, Progress, Stage, TextDelta
from engram.storage.store import Store
from engram.telegram.bot_api import BotApi
from engram.telegram.egress import Egress
from engram.telegram.refusals import UndeliverableError
from engram.telegram.screen import draft_preview
from engram.telegram.screen.draft_preview import REFRESH, DraftPreview
from engram.telegram.screen.live import LiveMessage
from engram.telegram.screen.painter import Painter
from engram.telegram.screen.text_messages import Destination
from tests.doubles.telegram import TOKEN

CHAT, GROUP = 5, -100


class Clock:
    """A clock that is set by hand, in place of the module `time`."""

    now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(draft_preview, "time", made)
    return made


@pytest.fixture
def egress(telegram):
    """The way to the double."""
    telegram.say(CHAT, "hello")
    telegram.say(GROUP, "hello")
    return Egress(BotApi(TOKEN, telegram.url), Store(None))


def test_a_draft_is_refreshed_before_it_vanishes(egress, telegram, clock):
    """After half a minute of thinking nothing would be on screen any more."""
    draft = DraftPreview(egress, CHAT)
    assert draft.show("💭", egress.deliver) == REFRESH < 30
    clock.now += REFRESH - 1
    assert draft.show("💭", egress.deliver) == pytest.approx(1)
    assert len(telegram.drafts) == 1
    clock.now += 1
    assert draft.show("💭", egress.deliver) == REFRESH
    assert len(telegram.drafts) == 2


def test_new_text_is_shown_at_once_in_the_same_draft(egress, telegram, clock):
    """The text would jump instead of growing."""
    draft = DraftPreview(egress, CHAT)
    for text in ("one", "one two"):
        draft.show(text, egress.deliver)
    assert [shown.text for shown in telegram.drafts] == ["one", "one two"]
    assert len({shown.draft_id for shown in telegram.drafts}) == 1


def test_two_answers_have_two_drafts(egress, telegram):
    """One answer would overwrite the other."""
    for _ in range(2):
        DraftPreview(egress, CHAT).show("hi", egress.deliver)
    assert len({shown.draft_id for shown in telegram.drafts}) == 2


def test_a_draft_can_be_stopped(egress, telegram):
    """Telegram would show no stop button."""
    DraftPreview(egress, CHAT).show("hi", egress.deliver)
    (call,) = [call for call in telegram.calls if call.method == "sendMessageDraft"]
    assert str(call.params["can_stop"]).lower() == "true"


def test_where_there_are_no_drafts_that_is_said(egress, telegram):
    """Nothing would be on screen in such a chat until the end."""
    with pytest.raises(UndeliverableError, match="TEXTDRAFT_PEER_INVALID"):
        DraftPreview(egress, GROUP).show("hi", egress.deliver)
    telegram.violations.clear()


class Record:
    panel, messages = None, ()

    def shown(self, panel, messages):
        self.messages = messages

    def sending(self):
        pass


@pytest.mark.parametrize(
    "place",
    [Destination(CHAT), Destination(GROUP), Destination(CHAT, topic=3)],
    ids=["refused", "group", "topic"],
)
def test_messages_take_the_place_of_drafts_that_are_refused(egress, telegram, place):
    """A person would see nothing until the end, because their Telegram knows no drafts."""
    telegram.say(place.chat_id, "hi", thread_id=place.topic)
    telegram.fail("sendMessageDraft", 400, "Bad Request: TEXTDRAFT_PEER_INVALID")

    def events():
        yield Progress(Stage.THINKING)
        yield TextDelta("half")
        telegram.wait_for_text(place.chat_id, "half")
        yield Finished("whole", "lmstudio")

    LiveMessage(egress, Painter(), place, "draft", Record()).show(events())
    (shown,) = telegram.screen(place.chat_id)
    assert (shown.text, shown.edits) == ("whole", 1)
