"""Telegram's updates as a process meets them: odd numbers, and those that a crash leaves."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time

import pytest

from engram.chat import texts
from engram.storage.inbox import Arrived, Inbox
from engram.storage.store import Store
from engram.telegram.incoming import identity
from engram.telegram.texts import TOO_OLD
from tests.conftest import OWNER, wait_until
from tests.doubles.lmstudio import Answer, Hang
from tests.doubles.telegram import TOKEN
from tests.machine_speed import exit_code

STRANGER = 700_001
# So many messages at once would be answered for minutes, one by one.
MANY = 100
# What is sent without a word.
VOICE, PICTURE = "", "(a picture)"


def kill(running):
    """End the process as a power cut would."""
    running.process.kill()
    exit_code(running.process, 10)


def polls(telegram):
    """How often the bot has asked for updates."""
    with telegram.lock:
        return sum(call.method == "getUpdates" for call in telegram.calls)


def answered(telegram, count):
    """Wait until so many answers are on the owner's screen, and no question is open."""
    is_answer = lambda one: "Powered by" in one.text  # noqa: E731
    wait_until(lambda: sum(map(is_answer, telegram.screen(OWNER))) == count, 30)


@pytest.mark.parametrize("first", [1, 800_000_001])
def test_when_telegram_numbers_anew_people_are_answered_on(bot, telegram, lmstudio, first):
    """After a quiet week the bot would answer one message, then be deaf until a restart."""
    lmstudio.behave(Answer("All well."))
    running = bot()
    for count in (1, 2):
        telegram.say(OWNER, f"before {count}")
        answered(telegram, count)
    telegram.wait_for(lambda: telegram._polling and not telegram.pending)
    telegram.renumber(first)
    before, began = polls(telegram), time.monotonic()
    for count in (3, 4, 5):
        telegram.say(OWNER, f"after {count}")
        answered(telegram, count)
    assert polls(telegram) - before <= 8 + (time.monotonic() - began)
    telegram.wait_for(lambda: telegram._polling and not telegram.pending)
    is_done(running)
    kill(running)
    telegram.renumber(first)
    running.start()
    for count in (6, 7, 8):
        telegram.say(OWNER, f"again {count}")
        answered(telegram, count)
    asked = [str(chat.body["input"]) for chat in lmstudio.chats]
    assert len(asked) == len(set(asked)) == 8


def test_what_is_received_twice_around_a_crash_is_answered_once(bot, telegram, lmstudio):
    """A crash before the poll that acknowledges would answer twice what has a number of its own."""
    lmstudio.behave(Answer("All well."))
    running = bot()
    telegram.say(OWNER, "first of its number")
    answered(telegram, 1)
    telegram.wait_for(lambda: telegram._polling and not telegram.pending)
    telegram.renumber(800_000_001)
    telegram.polls = "repeat"
    telegram.say(OWNER, "second of its number")
    answered(telegram, 2)
    kill(running)
    running.start()
    telegram.say(OWNER, "last")
    answered(telegram, 3)
    assert len(lmstudio.chats) == 3


@pytest.mark.parametrize("behaviour", ["repeat", "empty"])
def test_no_server_can_make_the_poll_spin(bot, telegram, lmstudio, measured, behaviour):
    """A processor would be busy for nothing, and a stranger told the same a thousand times."""
    lmstudio.behave(Answer("All well."))
    bot()
    telegram.say(OWNER, "hello")
    answered(telegram, 1)
    telegram.polls = behaviour
    telegram.say(STRANGER, "/start 00000000")
    telegram.say(OWNER, "/help")
    before, began = polls(telegram), time.monotonic()
    wait_until(lambda: time.monotonic() - began > 5, 30)
    count, seconds = polls(telegram) - before, time.monotonic() - began
    measured(f"{behaviour}: polls in {seconds:.0f} s", str(count))
    assert count < 2 * seconds
    telegram.polls = ""
    telegram.say(OWNER, "last")
    answered(telegram, 2)
    assert len(telegram.screen(STRANGER)) == 1
    assert len(telegram.screen(OWNER)) == 3


@pytest.mark.covered
@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        ([Hang()], ""),
        (
            [
                Answer("First. " * 5, delay_between=0.3),
                Answer("Second. " * 100, delay_between=0.1),
            ],
            "Second. ",
        ),
    ],
    ids=["while it waits", "during its answer"],
)
def test_an_edit_of_a_waiting_question_outlives_a_crash(bot, telegram, lmstudio, answers, shown):
    """The words before the edit would be answered."""
    lmstudio.behave(*answers)
    running = bot()
    telegram.say(OWNER, "first question")
    lmstudio.wait_for(lambda: lmstudio.chats)
    second = telegram.say(OWNER, "old words")
    telegram.edit_said(OWNER, second, "new words")
    wait_until(lambda: telegram.pending == 0, 10)
    if shown:
        telegram.wait_for_text(OWNER, shown)
    kill(running)
    lmstudio.behave(Answer("All well."))
    running.start()
    answered(telegram, 2)
    asked = [str(chat.body["input"]) for chat in lmstudio.chats]
    assert not any("old words" in one for one in asked)
    assert any("new words" in one for one in asked)


def test_a_server_that_redirects_is_named_and_not_followed(launcher, telegram, lmstudio):
    """The bot would hand its token to whoever stands there, or be silent and say nothing."""
    lmstudio.behave(Answer("All well."))
    telegram.redirects_to = lmstudio.url
    started = launcher(
        f"[telegram]\napi_url = {telegram.url}\n[lmstudio]\nurl = {lmstudio.url}\n"
        "[market]\nexchange =\n",
        f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n",
    ).start()
    started.wait_for(f"the Bot API server redirects to {lmstudio.url}, where Engram does not")
    telegram.redirects_to = ""
    telegram.say(OWNER, "hello")
    answered(telegram, 1)
    telegram.redirects_to = lmstudio.url
    telegram.say(OWNER, "wakes the poll in progress")
    wait_until(lambda: started.output.count("does not follow") == 2, 20)
    telegram.redirects_to = ""
    answered(telegram, 2)
    assert TOKEN.partition(":")[2] not in started.output + started.log
    assert not any(TOKEN in request.path for request in lmstudio.requests)


def kept(running, sql):
    """What the store holds."""
    with contextlib.closing(sqlite3.connect(running.folder / "engram.db", timeout=10)) as db:
        return db.execute(sql).fetchall()


def wait_for_sent(running, count):
    """Wait until so many answers are known to be sent: after a kill before that they come again."""
    wait_until(lambda: len(kept(running, "SELECT 1 FROM inbox WHERE state = 'sent'")) == count, 20)


def is_done(running):
    """Wait until nothing waits for an answer."""
    wait_until(lambda: kept(running, "SELECT 1 FROM inbox WHERE state <> 'sent'") == [], 30)


def test_a_model_that_was_chosen_before_a_crash_is_not_chosen_again(bot, telegram, lmstudio):
    """The choice that somebody made later would be undone by a restart."""
    running = bot()
    first, second = (one["key"] for one in lmstudio.models[:2])
    telegram.say(OWNER, "/models")
    listed = telegram.wait_for_text(OWNER, "model").message_id
    telegram.fail_raw("sendMessage", "hang", chat_id=OWNER)
    telegram.say(OWNER, f"/models {first}")
    wait_until(lambda: kept(running, "SELECT model FROM chats") == [(first,)], 20)
    telegram.press(OWNER, listed, f"/models {second}")
    wait_until(lambda: kept(running, "SELECT model FROM chats") == [(second,)], 20)
    wait_for_sent(running, 2)
    kill(running)
    running.start()
    is_done(running)
    assert kept(running, "SELECT model FROM chats") == [(second,)]
    assert len(telegram.screen(OWNER)) == 2


def test_a_conversation_that_was_forgotten_before_a_crash_is_not_forgotten_again(
    bot, telegram, lmstudio
):
    """What was said since then would be forgotten with it."""
    lmstudio.behave(Answer("All well."))
    running = bot()
    telegram.say(OWNER, "first")
    answered(telegram, 1)
    telegram.fail_raw("sendMessage", "hang", chat_id=OWNER)
    telegram.say(OWNER, "/new")
    wait_until(lambda: kept(running, "SELECT * FROM turns") == [], 20)
    telegram.say(OWNER, "second")
    answered(telegram, 2)
    wait_for_sent(running, 2)
    kill(running)
    running.start()
    is_done(running)
    assert kept(running, "SELECT question FROM turns") == [("second",)]
    telegram.wait_for_text(OWNER, texts.FORGOTTEN)
    assert len(telegram.screen(OWNER)) == 3


def test_an_answer_that_was_stopped_before_a_crash_is_not_begun_again(bot, telegram, lmstudio):
    """What somebody stopped would come all the same after a restart."""
    lmstudio.behave(Answer("Bitcoin is calm. " * 400, delay_between=0.1))
    running = bot()
    telegram.say(OWNER, "tell me")
    telegram.wait_for_text(OWNER, "Bitcoin is calm")
    telegram.fail_raw("editMessageText", "hang", times=50, chat_id=OWNER)
    telegram.say(OWNER, "/stop")
    telegram.wait_for_text(OWNER, texts.STOPPING)
    wait_until(lambda: kept(running, "SELECT 1 FROM inbox WHERE state = 'sent'"), 20)
    kill(running)
    for script in telegram._scripts:
        script.times = 0
    running.start()
    is_done(running)
    (answer, _) = telegram.screen(OWNER)
    assert answer.text.endswith(texts.STOPPED)
    assert len(lmstudio.chats) == 1


@pytest.mark.covered
def test_a_stop_that_a_crash_left_ends_what_was_asked_before_it_and_nothing_else(
    bot, telegram, lmstudio
):
    """The answer that somebody waits for would end, and the one that was stopped go on."""
    lmstudio.behave(Answer("Bitcoin is calm. " * 400, delay_between=0.1))
    running = bot()
    telegram.say(OWNER, "before")
    telegram.wait_for_text(OWNER, "Bitcoin is calm")
    kill(running)
    store = Store(running.folder / "engram.db")
    telegram.say(OWNER, "/stop")
    telegram.say(OWNER, "after")
    Inbox(store).receive([Arrived(one, identity(one)) for one in telegram._updates[-2:]])
    store.close()
    lmstudio.behave(Answer("All well.", delay_first=1.0))
    running.start()
    answered(telegram, 1)
    is_done(running)
    stopped, *others = [one.text for one in telegram.screen(OWNER)]
    assert stopped == texts.STOPPED
    assert sorted(one.split("\n")[0] for one in others) == ["All well.", texts.STOPPING]


@pytest.mark.parametrize("said", ["/start {code}", "{code}"])
def test_whoever_paired_before_a_crash_is_told_once_and_asks_nothing(
    launcher, telegram, lmstudio, said
):
    """The owner would look at an empty chat, or a model be asked what the code means."""
    started = launcher(
        f"[telegram]\napi_url = {telegram.url}\n[lmstudio]\nurl = {lmstudio.url}\n"
        "[market]\nexchange =\n",
        f"TELEGRAM_BOT_TOKEN={TOKEN}\n",
    ).start()
    started.wait_for("Bot is running and listening for messages...")
    (code,) = re.findall(r"start=(\w+)", started.output)
    telegram.polls = "repeat"
    telegram.fail_raw("sendMessage", "hang", chat_id=OWNER)
    telegram.say(OWNER, said.format(code=code))
    wait_until(lambda: kept(started, "SELECT 1 FROM kept WHERE key = 'telegram/owner'"), 20)
    kill(started)
    started.lines.clear()
    started.start()
    telegram.wait_for_text(OWNER, "You own this bot now")
    is_done(started)
    telegram.say(OWNER, "hello")
    answered(telegram, 1)
    assert len(telegram.screen(OWNER)) == 2
    assert len(lmstudio.chats) == 1
    assert "🔑" not in started.output


@pytest.mark.covered
def test_no_number_of_strangers_keeps_the_owner_out(launcher, telegram, lmstudio, measured):
    """Five wrong codes of anybody's would shut the owner out until the next start."""
    started = launcher(
        f"[telegram]\napi_url = {telegram.url}\nper_second = 1000\n"
        f"[lmstudio]\nurl = {lmstudio.url}\n[market]\nexchange =\n",
        f"TELEGRAM_BOT_TOKEN={TOKEN}\n",
    ).start()
    started.wait_for("Bot is running and listening for messages...")
    (code,) = re.findall(r"start=(\w+)", started.output)
    began = time.monotonic()
    for attempt in range(6):
        for stranger in range(STRANGER, STRANGER + 100):
            telegram.say(stranger, f"/start {attempt:016}")
    telegram.say(OWNER, code)
    telegram.wait_for_text(OWNER, "You own this bot now")
    measured("600 wrong codes of 100 strangers", f"taken in {time.monotonic() - began:.1f} s")
    telegram.say(OWNER, "/help")
    telegram.wait_for_text(OWNER, "What I can do")
    assert started.log.count("paired with chat") == 1


DAYS = 86_400.0


def set_clock(running, seconds):
    """The machine's clock is ahead by so many seconds."""
    running.skewed = True
    (running.folder / "clock").write_text(str(seconds), "utf-8")


@pytest.mark.parametrize(
    ("days", "restarts"), [(40, True), (-40, False), (20_000, False), (-20_000, True)]
)
def test_a_clock_that_jumps_closes_no_question_and_forgets_nothing(
    bot, telegram, lmstudio, days, restarts
):
    """Whoever waits would read that Engram was away, and all that was said would be gone."""
    lmstudio.behave(Answer("All well."))
    running = bot()
    telegram.say(OWNER, "remember me")
    answered(telegram, 1)
    is_done(running)
    kill(running)
    set_clock(running, 0)
    running.start()
    lmstudio.behave(Answer("First."), Answer("Second. ", delay_first=1.0), Answer("All well."))
    for text in ("first", "second", "third"):
        telegram.say(OWNER, text)
    telegram.wait_for_text(OWNER, "First.")
    set_clock(running, days * DAYS)
    if restarts:
        kill(running)
        lmstudio.behave(Answer("All well."))
        running.start()
    answered(telegram, 4)
    edited = telegram.say(OWNER, "fourth")
    answered(telegram, 5)
    telegram.edit_said(OWNER, edited, "fifth")
    wait_until(lambda: "fifth" in str(lmstudio.chats[-1].body["input"]), 20)
    is_done(running)
    assert not any(TOO_OLD in one.text for one in telegram.screen(OWNER))
    assert kept(running, "SELECT count(*) FROM turns WHERE question = 'remember me'") == [(1,)]


def test_a_pause_that_was_noted_under_a_wrong_clock_ends_when_it_is_over(bot, telegram, lmstudio):
    """A chat would be silent for the six hours by which the clock was wrong."""
    lmstudio.behave(Answer("All well."))
    running = bot()
    kill(running)
    set_clock(running, 6 * 3600)
    running.start()
    telegram.fail("sendMessage", 429, retry_after=3, chat_id=OWNER)
    telegram.say(OWNER, "hello")
    wait_until(lambda: kept(running, "SELECT 1 FROM kept WHERE key LIKE 'telegram/pauses/%'"), 20)
    kill(running)
    set_clock(running, 0)
    running.start()
    answered(telegram, 1)


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        (["/help"], 8),
        (["/help", "/status", "/start"], 16),
        ([f"/status {number}" for number in range(MANY)], 16),
        ([VOICE], 8),
        ([PICTURE], 16),
        ([f"question {number}" for number in range(MANY)], 16),
    ],
    ids=["one command", "three commands", "many commands", "voice notes", "pictures", "questions"],
)
def test_who_sends_much_at_once_gets_a_few_answers_that_stand_for_all(
    bot, telegram, lmstudio, measured, idle_clock, said, limit
):
    """Many times /help would take the turns of a chat for minutes."""
    are_questions = said[0].startswith("question")
    lmstudio.behave(*[Hang()][:are_questions], Answer("All well."))
    running = bot()
    for number in range(MANY):
        text = said[number % len(said)]
        if text == PICTURE:
            telegram.send_photo(OWNER)
        else:
            telegram.say(OWNER, text, **({"voice": {"file_id": "x"}} if text == VOICE else {}))
    if are_questions:
        # The one that hangs has to be the one that is stopped.
        wait_until(lambda: lmstudio.chats, 20)
    began = time.monotonic()
    telegram.say(OWNER, "/stop")
    stopped = [texts.STOPPING] if are_questions else [texts.NOTHING_TO_STOP]
    # A picture in progress may be stopped, or have its answer by then.
    stopped += [texts.STOPPING] if said == [PICTURE] else []
    telegram.wait_for(lambda: [one for one in telegram.texts(OWNER) if one in stopped])
    what = {VOICE: "a voice note", PICTURE: "a picture"}.get(said[0], said[0])
    measured(f"{MANY} times {what!r}: /stop after", f"{idle_clock.since(began):.1f} s")
    is_done(running)
    assert len(telegram.screen(OWNER)) <= limit
    telegram.say(OWNER, "hello")
    wait_until(lambda: "All well." in (telegram.screen(OWNER)[-1].text or ""), 20)


def test_a_crash_keeps_the_answers_of_much_at_once_few(bot, telegram, lmstudio):
    """Many times /help would be answered one by one after a restart."""
    running = bot()
    telegram.fail_raw("sendMessage", "hang", chat_id=OWNER)
    for _ in range(MANY):
        telegram.say(OWNER, "/help")
    wait_until(lambda: kept(running, "SELECT count(*) FROM inbox") == [(MANY,)], 20)
    kill(running)
    running.start()
    is_done(running)
    assert len(telegram.screen(OWNER)) <= 8
