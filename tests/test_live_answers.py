"""What is on screen while a model answers: `launcher.py` as a process, with Telegram's limits."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer, Hang, Held
from tests.doubles.telegram import TelegramDouble
from tests.machine_speed import within

GROUP = -100200300
ANN, BEN = 51, 52
CHATS = f"allowed_chat_ids = {GROUP}, {ANN}, {BEN}"


@pytest.fixture
def telegram():
    """Telegram with its limits: a bot that meets one of them fails the test."""
    with TelegramDouble(enforce_flood=True) as double:
        yield double
    assert double.errors == []
    assert double.violations == []


@dataclass
class Stream:
    """A model that says `count` words in bold and plain, `pause` seconds apart; notes when.

    With `may_end` it says the last word when that is set.
    """

    count: int
    pause: float
    may_end: threading.Event | None = None
    # Monotonic time of the first word and of the last one.
    first: float = 0.0
    last: float = 0.0
    gone: threading.Event = field(default_factory=threading.Event)

    def __call__(self, exchange):
        """Answer one request."""
        words = [f"word{n} " if n % 10 else f"\n\n**word{n}** " for n in range(self.count)]
        try:
            exchange.event("chat.start", model_instance_id=exchange.model)
            exchange.event("message.start")
            for word in words:
                exchange.pause(self.pause)
                if self.may_end and word is words[-1]:
                    assert within(30, self.may_end.wait)
                self.first = self.first or time.monotonic()
                exchange.event("message.delta", content=word)
            self.last = time.monotonic()
            exchange.event("message.end")
            exchange.end([{"type": "message", "content": "".join(words)}])
        finally:
            self.gone.set()


def first_text(telegram, chat, word="word0"):
    """When the first text of the model was on screen."""
    return next(
        call.at for call in telegram.calls
        if call.chat_id == chat and word in str(call.params.get("text", "")) and call.status == 200
    )  # fmt: skip


def check_stream(telegram, chat, stream, measured, idle_clock, name):
    """One message at a time, all of the text, in time."""
    patience = 30 + stream.count * stream.pause
    shown = telegram.wait_for_text(chat, "Powered by LMStudio", timeout=patience)
    text = " ".join(message.text for message in telegram.screen(chat))
    assert text.split()[: stream.count] == [f"word{number}" for number in range(stream.count)]
    assert "⏳" not in text
    assert all(not message.buttons for message in telegram.screen(chat))
    begun = idle_clock.between(stream.first, first_text(telegram, chat))
    ended = idle_clock.between(stream.last, shown.edited_at or shown.sent_at)
    measured(f"{name}: first token to first text", f"{begun * 1000:.0f} ms")
    measured(f"{name}: last token to final text", f"{ended * 1000:.0f} ms")
    assert begun < 3
    assert ended < 10


@pytest.mark.parametrize("chat", [OWNER, GROUP], ids=["private", "group"])
@pytest.mark.parametrize(
    "seconds",
    [6, pytest.param(60, marks=pytest.mark.long)],
    ids=["short", "a minute"],
)
def test_an_answer_streams_in_without_a_single_refusal(
    bot, telegram, lmstudio, measured, idle_clock, chat, seconds
):
    """A person would stare at "typing", or Telegram would silence the bot."""
    # A minute of it just fits into the messages that one answer may take.
    stream = Stream(36 * seconds, 1 / 36)
    lmstudio.behave(stream)
    bot(telegram_keys=CHATS)
    telegram.say(chat, "@engram_test_bot tell me")
    telegram.wait_for_text(chat, "word0")
    name = f"{seconds} s in {'a group' if chat < 0 else 'private'}"
    check_stream(telegram, chat, stream, measured, idle_clock, name)
    edits = sum(message.edits for message in telegram.screen(chat))
    lasted = idle_clock.between(stream.first, stream.last)
    assert edits >= (lasted / 4 if chat > 0 else 1)


def test_three_long_answers_at_once(bot, telegram, lmstudio, measured):
    """One answer would hold up the others, or all together meet the limits."""
    streams = {chat: Stream(1500, 0.002) for chat in (OWNER, ANN, BEN)}
    lmstudio.behave(*streams.values())
    bot(telegram_keys=CHATS)
    for chat in streams:
        telegram.say(chat, "a long story, please")
    for chat in streams:
        telegram.wait_for_text(chat, "Powered by LMStudio", timeout=30)
        text = "".join(message.text for message in telegram.screen(chat))
        assert "word1499" in text
        assert 3 <= len(telegram.screen(chat)) <= 5


def test_a_pause_that_telegram_asks_for_is_kept(bot, telegram, lmstudio):
    """Sending into the pause makes it longer, up to hours."""
    refused = threading.Event()
    lmstudio.behave(Stream(120, 1 / 40, refused))
    bot()
    telegram.say(OWNER, "tell me")
    telegram.wait_for_text(OWNER, "word0")
    telegram.fail("editMessageText", 429, retry_after=2)
    telegram.wait_for(lambda: any(call.status == 429 for call in telegram.calls))
    refused.set()
    shown = telegram.wait_for_text(OWNER, "Powered by LMStudio", timeout=20)
    assert "word119" in shown.text
    assert len(telegram.screen(OWNER)) == 1


def test_telegram_is_away_at_the_end(bot, telegram, lmstudio):
    """The answer would be lost, or come twice."""
    is_away = threading.Event()
    stream = Stream(80, 1 / 40, is_away)
    lmstudio.behave(stream)
    bot()
    telegram.say(OWNER, "tell me")
    telegram.wait_for_text(OWNER, "word0")
    telegram.wait_for(lambda: telegram.screen(OWNER)[0].edits)
    telegram.down()
    is_away.set()
    assert within(10, stream.gone.wait)
    time.sleep(5)
    telegram.up()
    shown = telegram.wait_for_text(OWNER, "Powered by LMStudio", timeout=30)
    assert "word79" in shown.text
    assert len(telegram.screen(OWNER)) == 1


def test_a_message_that_is_deleted_meanwhile_is_sent_anew(bot, telegram, lmstudio):
    """The rest of the answer would go nowhere."""
    is_deleted = threading.Event()
    lmstudio.behave(Stream(120, 1 / 40, is_deleted))
    bot()
    telegram.say(OWNER, "tell me")
    telegram.delete(OWNER, telegram.wait_for_text(OWNER, "word0").message_id)
    is_deleted.set()
    shown = telegram.wait_for_text(OWNER, "Powered by LMStudio", timeout=20)
    assert "word119" in shown.text
    assert len(telegram.screen(OWNER)) == 1


@pytest.mark.parametrize("how", ["/stop", "button"])
def test_stop_ends_the_generation_and_keeps_what_is_there(bot, telegram, lmstudio, measured, how):
    """The graphics card would be busy for minutes with what nobody reads."""
    stream = Stream(4000, 1 / 40)
    lmstudio.behave(stream)
    bot()
    telegram.say(OWNER, "tell me")
    message = telegram.wait_for_text(OWNER, "word10").message_id
    asked = time.monotonic()
    if how == "/stop":
        telegram.say(OWNER, "/stop")
    else:
        callback = telegram.press(OWNER, message, "/stop")
    assert within(5, stream.gone.wait)
    measured(
        f"stop by {how}: connection closed after", f"{(time.monotonic() - asked) * 1000:.0f} ms"
    )
    shown = telegram.wait_for_text(OWNER, "⏹ Stopped.")
    telegram.wait_for(
        lambda: any("word10" in m.text and "⏹ Stopped." in m.text for m in telegram.screen(OWNER))
    )
    assert not shown.buttons
    if how == "button":
        telegram.wait_for(
            lambda: any(a["callback_query_id"] == callback for a in telegram.callback_answers)
        )
    lmstudio.behave(Answer("Next."))
    telegram.say(OWNER, "and now?")
    telegram.wait_for_text(OWNER, "Next.")


@pytest.mark.parametrize("text", ["tell me", "/analyze btc", "is btc a buy?"])
def test_a_model_that_says_nothing_shows_how_long_it_is_waited_for(
    bot, telegram, lmstudio, market, text
):
    """A person would look at three dots for a minute, and not know whether anything happens.

    Or at "Fetching market data", and blame the exchange.
    """
    lmstudio.behave(Hang())
    bot(after=market)
    telegram.say(OWNER, text)
    telegram.wait_for(
        lambda: any(
            re.match("💬 Asking the model [1-9][0-9]* s", one.text or "")
            for one in telegram.screen(OWNER)
        )
    )


def test_loading_and_thinking_are_shown_truly(bot, telegram, lmstudio):
    """A person would not know whether to wait."""
    loading, thinking = threading.Event(), threading.Event()
    lmstudio.behave(
        Held(
            Answer("Done.", load=(0.1, 0.4, 1.0), reasoning="hm let me see"),
            {("model_load.progress", 2): loading, ("reasoning.delta", 1): thinking},
        )
    )
    bot()
    telegram.say(OWNER, "tell me")
    telegram.wait_for_text(OWNER, "⏳ Loading model ▓▓▓▓░░░░░░ 40 %")
    loading.set()
    telegram.wait_for(
        lambda: re.match("💭 Thinking… [1-9][0-9]* s", telegram.screen(OWNER)[0].text)
    )
    thinking.set()
    shown = telegram.wait_for_text(OWNER, "Done.")
    assert len(telegram.screen(OWNER)) == 1
    assert "💭" not in shown.text


def test_drafts_are_followed_by_a_message(bot, telegram, lmstudio):
    """The answer would vanish with the draft after half a minute."""
    is_drafted = threading.Event()
    lmstudio.behave(Stream(120, 1 / 40, is_drafted))
    bot(telegram_keys="stream = draft")
    telegram.say(OWNER, "tell me")
    telegram.wait_for(lambda: any("word5" in draft.text for draft in telegram.drafts))
    is_drafted.set()
    shown = telegram.wait_for_text(OWNER, "Powered by LMStudio", timeout=20)
    assert (shown.edits, len(telegram.screen(OWNER))) == (0, 1)
    drafts = [draft for draft in telegram.drafts if draft.chat_id == OWNER]
    assert len({draft.draft_id for draft in drafts}) == 1


def test_without_streaming_there_is_only_the_whole(bot, telegram, lmstudio):
    """Whoever switched it off would see it all the same."""
    lmstudio.behave(Stream(60, 1 / 40))
    bot(telegram_keys="stream = off")
    telegram.say(OWNER, "tell me")
    shown = telegram.wait_for_text(OWNER, "Powered by LMStudio")
    assert (shown.edits, len(telegram.screen(OWNER))) == (0, 1)
    assert telegram.chat_actions(OWNER)


def test_the_panel_comes_first_and_buttons_change_it(bot, telegram, lmstudio, market, measured):
    """Whoever waits for a slow model would see nothing of what is already measured."""
    stream = Stream(80, 1 / 40)
    lmstudio.behave(stream, Answer("Fifteen."))
    running = bot(after=market)
    asked = time.monotonic()
    telegram.say(OWNER, "/analyze BTC 4h")
    panel = telegram.wait_for_text(OWNER, "📊 Market Analysis for BTC/USDT")
    measured(
        "question to panel with chart, first after the start", f"{panel.sent_at - asked:.2f} s"
    )
    assert panel.photo.startswith(b"\x89PNG")
    labels = [label for label, _ in panel.buttons]
    assert labels[:5] == ["15m", "1h", "4h", "1d", "🔄"]
    assert labels[-1] == "👁"
    said = telegram.wait_for_text(OWNER, "Powered by LMStudio", timeout=20)
    assert said.reply_to == panel.message_id
    assert "🤖 AI Analysis for BTC/USDT" in said.text
    callback = telegram.press(OWNER, panel.message_id, dict(panel.buttons)["15m"])
    changed = telegram.wait_for(
        lambda: next(
            (m for m in telegram.screen(OWNER) if "· 15m · Binance" in (m.caption or "")), None
        )
    )
    assert changed.message_id == panel.message_id
    assert changed.photo != panel.photo
    telegram.wait_for(
        lambda: any(a["callback_query_id"] == callback for a in telegram.callback_answers)
    )
    telegram.wait_for_text(OWNER, "Fifteen.")
    asked = time.monotonic()
    telegram.say(ANN, "hi")  # a stranger changes nothing
    telegram.say(OWNER, "/analyze BTC 4h")
    telegram.wait_for(lambda: len([m for m in telegram.screen(OWNER) if m.photo]) == 2)
    newest = [m for m in telegram.screen(OWNER) if m.photo][-1]
    measured("the same within the pace of the answer before", f"{newest.sent_at - asked:.2f} s")
    assert "Traceback" not in running.log


def test_a_panel_without_a_model_says_so_at_once(bot, telegram, lmstudio, market):
    """The note would come late, or the panel twice."""
    lmstudio.stop()
    bot(after=market)
    telegram.say(OWNER, "/analyze BTC 4h")
    panel = telegram.wait_for_text(
        OWNER, "⚠️ Note: Using rule-based analysis (LMStudio unavailable)"
    )
    assert panel.photo
    assert len(telegram.screen(OWNER)) == 1
    lmstudio.start()
