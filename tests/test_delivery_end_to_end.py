"""Telegram refuses calls for a while, or replies late: each answer arrives, and not six times."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter

import pytest

from engram.chat.mock_ai import MockAIAnalyzer
from engram.chat.rules import RuleBasedFallback
from engram.core.events import Finished, Progress, Stage, TextDelta
from engram.storage.inbox import Inbox
from engram.storage.store import Store
from engram.telegram import poll
from engram.telegram.access import Access
from engram.telegram.screen import preview
from engram.telegram.sending import bot_api
from tests.conftest import OWNER, make_analyst, make_bot, wait_until
from tests.doubles.lmstudio import Answer, Held
from tests.doubles.lmstudio_behaviours import DEFAULT_TEXT
from tests.machine_speed import LONG, ends, exit_code, slowness
from tests.test_crash import is_final, unfinished

CODES = (400, 401, 404, 409, 413, 420)
FIRST_CHAT = 3000
REFUSED = 8.0
PANEL = "📊 Market Analysis for "
# What people write, and what the last message on screen begins with then.
ASKED = {"/help": "What I can do", "hello": DEFAULT_TEXT, "/analyze BTC 4h": "🤖 AI Analysis"}


@pytest.fixture
def telegram(twice_edited_telegram):
    """Telegram; what an edit has done whose reply was lost, the bot does once more."""
    return twice_edited_telegram


def test_what_telegram_refuses_for_some_seconds_arrives_afterwards(
    bot, telegram, lmstudio, exchange, market, measured
):
    """Whoever asks in a bad moment of Telegram's would be left without an answer for good."""
    chats = {
        FIRST_CHAT + number: (code, text)
        for number, (code, text) in enumerate((c, t) for c in CODES for t in ASKED)
    }
    allowed = ", ".join(map(str, chats))
    running = bot(after=market, telegram_keys=f"allowed_chat_ids = {allowed}\nper_second = 1000")
    began = time.monotonic()
    for chat, (code, text) in chats.items():
        telegram.fail_for(REFUSED, "*", code, chat_id=chat)
        telegram.say(chat, text)
    wait_until(lambda: not telegram.pending and not unfinished(running), 60)
    took = time.monotonic() - began
    measured(f"{len(chats)} chats refused for {REFUSED:g} s", f"all answered after {took:.1f} s")
    for chat, (_, text) in chats.items():
        panels = [PANEL] if text.startswith("/analyze") else []
        check_screen(telegram, chat, [*panels, ASKED[text]])
    assert "Traceback" not in running.log


def check_screen(telegram, chat, beginnings):
    """There is nothing on screen but messages that begin like these."""
    shown = telegram.texts(chat)
    assert len(shown) == len(beginnings), telegram.transcript(chat)
    for text, beginning in zip(shown, beginnings, strict=True):
        assert text.startswith(beginning), telegram.transcript(chat)


@pytest.mark.parametrize("status", [401, 404])
def test_a_token_that_is_revoked_for_a_while_costs_nobody_an_answer(
    bot, telegram, lmstudio, status, measured
):
    """A slip in @BotFather would cost all answers of that time, or silence the bot for good."""
    chats = range(FIRST_CHAT, FIRST_CHAT + 8)
    allowed = ", ".join(map(str, chats))
    running = bot(telegram_keys=f"allowed_chat_ids = {allowed}\nper_second = 1000")
    goes_on = threading.Event()
    lmstudio.behave(Held(Answer(), {("message.delta", 3): goes_on}))
    for chat in chats:
        telegram.say(chat, "hello")
    telegram.wait_for(lambda: all(telegram.texts(chat) for chat in chats))
    telegram.revoke(status)
    revoked = time.monotonic()
    goes_on.set()
    wait_until(lambda: calls_since(telegram, revoked)["getMe"] >= 3, 30)
    calls = calls_since(telegram, revoked)
    telegram.accept()
    accepted = time.monotonic()
    telegram.say(OWNER, "/help")
    wait_until(lambda: not telegram.pending and not unfinished(running), 60)
    measured(f"token revoked ({status})", f"{calls}; {time.monotonic() - accepted:.1f} s after it")
    for chat in chats:
        assert [is_final(shown) for shown in telegram.screen(chat)] == [True]
    check_screen(telegram, OWNER, ["What I can do"])
    # Each answer at most once, and then all of them wait for getMe.
    assert sum(calls[name] for name in ("sendMessage", "editMessageText")) <= 2 * len(chats)


def calls_since(telegram, began):
    """How often each method was called since then."""
    with telegram.lock:
        return Counter(call.method for call in telegram.calls if call.at > began)


class Writer:
    """A responder that shows something at once, and writes its answer `after` some seconds."""

    name, base_url, available = "writer", "", True

    def __init__(self, after):
        self.after = after

    def respond(self, question):
        yield Progress(Stage.THINKING)
        yield TextDelta("Some")
        threading.Event().wait(self.after)
        yield Finished(f"Some text for {question.text}", "lmstudio")


@pytest.fixture
def timeout(monkeypatch):
    """The timeout of calls to Telegram, short enough for a test; in seconds."""
    # On a machine that is slower still the replies are slow of themselves, which is tried here.
    seconds = 0.4 * min(slowness(), 3.0)
    monkeypatch.setattr(bot_api, "TIMEOUT", seconds)
    monkeypatch.setattr(bot_api, "TIMEOUTS", {"sendPhoto": 3 * seconds})
    monkeypatch.setattr(poll, "LONGEST_WAIT", 0.2)
    monkeypatch.setattr(preview, "PREVIEW_AFTER", 0.0)
    return seconds


@pytest.fixture
def run(telegram, exchange, tmp_path, timeout):
    """Start a bot whose model takes some time, and tell when all that was asked is answered."""
    store = Store(tmp_path / "engram.db")
    stops = []

    def start(after=0.0):
        bot = make_bot(
            telegram,
            *(Writer(after), MockAIAnalyzer(make_analyst()), RuleBasedFallback()),
            access=Access([OWNER], [OWNER], store),
            store=store,
            exchange=exchange,
            per_second=1000,
        )
        bot.connect()
        polling = threading.Thread(target=bot.poll, daemon=True)
        polling.start()
        stops.append((bot, polling))
        return lambda: not telegram.pending and not Inbox(store).depth

    yield start
    for bot, _ in stops:
        bot.stop()
    telegram.stop()
    assert all(ends(polling, 5) for _, polling in stops)
    store.close()


@pytest.mark.parametrize(
    ("text", "answer", "times"),
    [
        ("/help", "What I can do", 1.2),
        ("hi", "Some text for hi", 1.2),
        ("hi", "Some text for hi", 5.0),
        ("/analyze BTC 4h", "🤖 AI", 1.2),
        pytest.param("/help", "What I can do", 5.0, marks=pytest.mark.long),
        pytest.param("/analyze BTC 4h", "🤖 AI", 5.0, marks=pytest.mark.long),
    ],
)
def test_replies_that_are_slow_for_all_calls_double_one_message_and_no_more(
    run, telegram, timeout, measured, text, answer, times
):
    """People would read the same answer again and again for as long as Telegram is slow."""
    is_done = run()
    telegram.latency = times * timeout
    began = time.monotonic()
    telegram.say(OWNER, text)
    wait_until(is_done, 60 + 20 * times * timeout)
    took = (time.monotonic() - began) / timeout
    copies = sum(one.startswith(answer) for one in telegram.texts(OWNER))
    measured(
        f"{text}, replies after {times:g} timeouts",
        f"{copies} copies, {len(telegram.texts(OWNER))} messages, done after {took:.0f} timeouts",
    )
    assert 1 <= copies <= 2, telegram.transcript(OWNER)
    # By now it is known how slow Telegram is.
    telegram.say(OWNER, text)
    wait_until(is_done, 60 + 20 * times * timeout)
    assert sum(one.startswith(answer) for one in telegram.texts(OWNER)) == copies + 1


@pytest.mark.parametrize(("text", "answer"), [("/help", "What I can do"), ("hi", "Some text for")])
def test_a_reply_that_is_none_of_telegrams_costs_nobody_an_answer(run, telegram, text, answer):
    """A proxy or a server of one's own would leave a question open until the next start."""
    is_done = run()
    for method in ("sendMessage", "editMessageText"):
        telegram.fail_raw(method, "odd", times=2, chat_id=OWNER)
    telegram.say(OWNER, text)
    wait_until(is_done, 60)
    assert 1 <= sum(one.startswith(answer) for one in telegram.texts(OWNER)) <= 2


@pytest.mark.parametrize("method", ["sendMessage", "*"])
def test_a_chat_whose_replies_never_come_gets_two_copies_at_most(run, telegram, measured, method):
    """One answer would fill a screen, or hold up all that is asked afterwards."""
    is_done = run()
    telegram.fail_raw(method, "reply_lost", math.inf, chat_id=OWNER)
    telegram.say(OWNER, "/help")
    wait_until(is_done, 60)
    copies = Counter(telegram.texts(OWNER))
    measured(
        f"no reply to {method} ever", f"{ {text[:20]: count for text, count in copies.items()} }"
    )
    assert all(count <= 2 for count in copies.values()), telegram.transcript(OWNER)
    assert len([text for text in copies if text.startswith("What I can do")]) == 1


def test_a_server_that_hangs_for_a_while_costs_no_answer(run, telegram, timeout):
    """After two tries that came to nothing the answer would count as told."""
    is_done = run()
    telegram.fail_raw("*", "hang", math.inf, seconds=8 * timeout)
    telegram.say(OWNER, "/help")
    wait_until(is_done, 60)
    check_screen(telegram, OWNER, ["What I can do"])


def test_whoever_is_not_confirmed_is_told_so(run, telegram, monkeypatch):
    """An answer that was not taken would be missing, and nobody would know."""
    monkeypatch.setattr(preview, "PREVIEW_AFTER", LONG)
    is_done = run()
    telegram.fail_raw("sendMessage", "reset", 2, chat_id=OWNER)
    telegram.say(OWNER, "/help")
    wait_until(is_done, 60)
    (shown,) = telegram.texts(OWNER)
    assert "ask again" in shown


def test_a_reply_that_was_lost_before_the_answer_was_made_is_mended_by_the_next_preview(
    run, telegram
):
    """Whoever waits for a slow model would see nothing until the end."""
    is_done = run(after=3.0)
    telegram.fail_raw("sendMessage", "reset", chat_id=OWNER)
    telegram.say(OWNER, "hi")
    assert telegram.wait_for_text(OWNER, "Some").text.startswith("Some")
    assert not is_done()
    wait_until(is_done, 30)
    check_screen(telegram, OWNER, ["Some text for hi"])


def test_previews_go_on_after_a_refusal_that_passes(run, telegram):
    """Whoever waits for a slow model would see nothing more until the end."""
    is_done = run(after=4.0)
    telegram.fail("sendMessage", 409, chat_id=OWNER)
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "Some")
    assert not is_done()
    wait_until(is_done, 30)
    check_screen(telegram, OWNER, ["Some text for hi"])


def test_a_kill_while_a_reply_is_awaited_costs_one_copy_and_no_answer(bot, telegram):
    """A restart in a slow moment would lose the answer, or send it over and over."""
    running = bot()
    telegram.slow_down("sendMessage", 60.0, chat_id=OWNER)
    telegram.say(OWNER, "/help")
    telegram.wait_for_text(OWNER, "What I can do")
    running.process.kill()
    exit_code(running.process, 10)
    running.start()
    wait_until(lambda: not telegram.pending and not unfinished(running), 30)
    check_screen(telegram, OWNER, ["What I can do"] * 2)


def test_a_group_that_takes_no_photos_has_its_panel_at_once(run, telegram):
    """Whoever asks in such a group would wait ten minutes for the analysis."""
    is_done = run()
    why = "Bad Request: not enough rights to send photos to the chat"
    telegram.fail("sendPhoto", 400, why, times=math.inf, chat_id=OWNER)
    telegram.fail("editMessageMedia", 400, why, times=math.inf, chat_id=OWNER)
    began = time.monotonic()
    telegram.say(OWNER, "/analyze BTC 4h")
    telegram.wait_for_text(OWNER, PANEL)
    assert time.monotonic() - began < 10 * slowness()
    wait_until(is_done, 30)
    check_screen(telegram, OWNER, [PANEL, "🤖 AI Analysis"])
