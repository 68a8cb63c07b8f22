"""What is shown of an answer while it is made."""

import threading

import pytest

from engram.core.events import Finished, Panel, Progress, Stage, TextDelta
from engram.core.waits import finished
from engram.storage.store import Store
from engram.telegram.screen import preview
from engram.telegram.screen.live import LiveMessage
from engram.telegram.screen.painter import Painter
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.egress import Egress
from tests.doubles.telegram import TOKEN
from tests.machine_speed import LONG, within
from tests.telegram.screen.conftest import a_job, show

CHAT, OTHER, GROUP = 5, 6, -100


def test_typing_ends_with_the_answer(egress, telegram):
    """Telegram would show "typing" forever below an answer that is complete."""
    telegram.say(CHAT, "hi")
    live = show(egress, a_job(CHAT), Finished("hi", "mock"))
    assert live._preview._show_typing() is None
    assert telegram.chat_actions(CHAT) == []


class Calendar:
    """A painter that only notes when something is due."""

    def __init__(self):
        self.seconds = []

    def soon(self, _paint, seconds):
        self.seconds.append(seconds)


@pytest.mark.parametrize("silence", ["GATHERING", "FIRST_WORDS"])
def test_the_first_text_is_settled_whatever_wakes_the_painter(
    egress, telegram, monkeypatch, silence
):
    """An answer that comes at once would be sent in parts and then edited; a slow one come late."""
    telegram.say(CHAT, "hi")
    monkeypatch.setattr(preview, silence, LONG)
    monkeypatch.setattr(preview, "SLOW", LONG if silence == "GATHERING" else 0.0)
    calendar = Calendar()
    live = LiveMessage(egress, calendar, a_job(CHAT), "edit")
    for event in (Progress(Stage.READING, 0.5), TextDelta("all"), TextDelta(" at once")):
        finished(live._take(event))
    assert LONG - 10 < live._preview._paint() <= LONG
    assert telegram.texts(CHAT) == []
    at_first, *later = calendar.seconds
    assert at_first <= preview.PREVIEW_AFTER
    assert all(LONG - 10 < seconds <= LONG for seconds in later)


def test_a_preview_that_has_to_wait_is_not_tried_with_every_word(egress, monkeypatch):
    """A long answer would keep the processor busy with previews that nobody may see."""
    monkeypatch.setattr(preview, "GATHERING", 0.0)
    calendar = Calendar()
    live = LiveMessage(egress, calendar, a_job(CHAT), "edit")
    egress.turns.assume_spent(CHAT)
    finished(live._take(TextDelta("one ")))
    assert live._preview._paint() is None
    finished(live._take(TextDelta("two")))
    assert calendar.seconds == [0]
    assert within(10, live._preview._turn.woken.wait)
    assert calendar.seconds == [0, 0]


def test_the_first_text_waits_for_no_turn_of_the_progress_before_it(egress, telegram, monkeypatch):
    """The first words of a slow model would be a second late, though they may be sent."""
    telegram.say(CHAT, "hi")
    for name in ("PREVIEW_AFTER", "GATHERING", "FIRST_WORDS"):
        monkeypatch.setattr(preview, name, 0.0)
    calendar = Calendar()
    live = LiveMessage(egress, calendar, a_job(CHAT), "edit")
    finished(live._take(Progress(Stage.READING, 0.5)))
    assert live._preview._paint() is None
    assert live._preview._turn is None
    finished(live._take(Progress(Stage.LOADING)))
    assert live._preview._paint() is None
    assert telegram.texts(CHAT) == ["📖 Reading the prompt 50 %"]
    tried = len(calendar.seconds)
    finished(live._take(TextDelta("the first")))
    assert len(calendar.seconds) > tried
    live._preview._paint()
    assert telegram.texts(CHAT) == ["the first"]


class Unhurried(Egress):
    """An egress whose pauses end when a test wants them to."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.is_paused, self.may_go_on = threading.Event(), threading.Event()

    def deliver(self, chat, send, *more):
        if chat == CHAT:
            self.is_paused.set()
            assert within(30, self.may_go_on.wait)
        yield from super().deliver(chat, send, *more)


@pytest.mark.parametrize(
    "events",
    [
        [Finished("hi", "mock")],
        [Panel("BTC/USDT", "4h", "p", lambda: None), Finished("hi", "mock")],
    ],
    ids=["end", "panel"],
)
def test_a_chat_in_a_pause_takes_no_painter_from_others(telegram, events):
    """Eight chats that Telegram pauses would stop the previews of all others."""
    egress, painter = Unhurried(BotApi(TOKEN, telegram.url), Store(None)), Painter(threads=1)
    for chat in (CHAT, OTHER):
        telegram.say(chat, "hi")
    paused = LiveMessage(egress, painter, a_job(CHAT), "edit")
    steps = paused.show(event for event in events)
    waits = threading.Thread(target=finished, args=[steps], daemon=True)
    waits.start()
    assert within(10, egress.is_paused.wait)
    painter.soon(paused._preview._paint, 0)

    def others():
        yield TextDelta("growing")
        assert telegram.wait_for_text(OTHER, "growing")
        yield Finished("grown", "mock")

    finished(LiveMessage(egress, painter, a_job(OTHER), "edit").show(others()))
    egress.may_go_on.set()
    waits.join(10)
    assert telegram.wait_for_text(CHAT, "hi")


def test_a_preview_shows_no_marks_that_wait_for_their_counterpart(egress, telegram):
    """Asterisks would flash in each answer that streams in."""
    telegram.say(CHAT, "hi")

    def events():
        yield TextDelta("**")
        telegram.wait_for_text(CHAT, "💬 Asking the model")
        yield TextDelta("Entry: 64,000 and `5*3")
        growing = telegram.wait_for_text(CHAT, "Entry: 64,000 and 5*3")
        assert [one["type"] for one in growing.entities] == ["bold", "code"]
        yield Finished("**Entry: 64,000** and `5*3`", "lmstudio", markdown=True)

    finished(LiveMessage(egress, Painter(), a_job(CHAT), "edit").show(events()))
    (shown,) = telegram.screen(CHAT)
    assert shown.text == "Entry: 64,000 and 5*3"
