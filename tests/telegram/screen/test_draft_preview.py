"""A preview of an answer as a draft."""

import pytest

from engram.core.events import Finished, Progress, Stage, TextDelta
from engram.core.waits import finished
from engram.storage.store import Store
from engram.telegram.incoming import Destination
from engram.telegram.screen.draft_preview import REFRESH, DraftPreview
from engram.telegram.screen.live import LiveMessage
from engram.telegram.screen.messenger import Messenger
from engram.telegram.screen.painter import Painter
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.egress import Egress
from engram.telegram.sending.refusals import UndeliverableError
from tests.doubles.telegram import TOKEN
from tests.telegram.screen.conftest import a_job

CHAT, GROUP = 5, -100


@pytest.fixture
def egress(telegram):
    """An egress to the double."""
    telegram.say(CHAT, "hello")
    telegram.say(GROUP, "hello")
    return Egress(BotApi(TOKEN, telegram.url), Store(None))


def draft_in(egress, chat=CHAT):
    return DraftPreview(Messenger(egress, Destination(chat)))


def show(egress, draft, text="hi", chat=CHAT):
    def via(send, _tries):
        egress.preview(chat, send, reserve=0)
        yield from ()

    return draft.show(text, via)


def test_a_draft_is_refreshed_before_it_vanishes(egress, telegram, clock):
    """After half a minute of thinking nothing would be on screen any more."""
    draft = draft_in(egress)
    assert show(egress, draft, "💭") == REFRESH < 30
    clock.now += REFRESH - 1
    assert show(egress, draft, "💭") == pytest.approx(1)
    assert len(telegram.drafts) == 1
    clock.now += 1
    assert show(egress, draft, "💭") == REFRESH
    assert len(telegram.drafts) == 2


def test_new_text_is_shown_at_once_in_the_same_draft(egress, telegram, clock):
    """The text would jump instead of growing."""
    draft = draft_in(egress)
    for text in ("one", "one two"):
        show(egress, draft, text)
    assert [shown.text for shown in telegram.drafts] == ["one", "one two"]
    assert len({shown.draft_id for shown in telegram.drafts}) == 1


def test_two_answers_have_two_drafts(egress, telegram):
    """One answer would overwrite the other."""
    for _ in range(2):
        show(egress, draft_in(egress))
    assert len({shown.draft_id for shown in telegram.drafts}) == 2


def test_a_draft_can_be_stopped(egress, telegram):
    """Telegram would show no stop button."""
    show(egress, draft_in(egress))
    (call,) = [call for call in telegram.calls if call.method == "sendMessageDraft"]
    assert str(call.params["can_stop"]).lower() == "true"


def test_where_there_are_no_drafts_that_is_said(egress, telegram):
    """Nothing would be on screen in such a chat until the end."""
    with pytest.raises(UndeliverableError, match="TEXTDRAFT_PEER_INVALID"):
        show(egress, draft_in(egress, GROUP), chat=GROUP)
    telegram.violations.clear()


@pytest.mark.parametrize(
    ("chat", "topic"),
    [(CHAT, None), (GROUP, None), (CHAT, 3)],
    ids=["refused", "group", "topic"],
)
def test_messages_take_the_place_of_drafts_that_are_refused(egress, telegram, chat, topic):
    """A person would see nothing until the end, because their Telegram knows no drafts."""
    asked = telegram.say(chat, "hi", thread_id=topic)
    telegram.fail("sendMessageDraft", 400, "Bad Request: TEXTDRAFT_PEER_INVALID")

    def events():
        yield Progress(Stage.THINKING)
        yield TextDelta("half")
        telegram.wait_for_text(chat, "half")
        yield Finished("whole", "lmstudio")

    finished(LiveMessage(egress, Painter(), a_job(chat, asked, topic), "draft").show(events()))
    (shown,) = telegram.screen(chat)
    assert (shown.text, shown.edits) == ("whole", 1)
