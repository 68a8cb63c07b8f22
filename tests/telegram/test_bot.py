"""How the bot takes updates, and from whom; with the double, without a process of its own."""

import shutil
import sqlite3
import threading
import time
from contextlib import closing

import pytest
import requests
from telebot import apihelper

from engram.core.events import Finished
from engram.core.waits import Wakeup
from engram.llm.waiting_line import WaitingLine
from engram.storage import opening
from engram.storage.inbox import Arrived, Inbox
from engram.storage.store import Store
from engram.telegram import poll as poll_module
from engram.telegram.access import Access
from engram.telegram.bot import INSTANT_THREADS, MARKET_THREADS, THREADS
from engram.telegram.poll import WrongTokenError
from engram.telegram.sending.egress import MENU
from engram.telegram.texts import UNREADABLE
from tests.conftest import make_bot, wait_until
from tests.machine_speed import LONG, within
from tests.telegram.bench import GROUP, OWNER, STRANGER, Gate


def test_a_slow_answer_delays_neither_commands_nor_other_chats(run, telegram):
    """One long question would silence the bot for everybody."""
    gate = Gate()
    run(gate)
    telegram.say(OWNER, "slow")
    telegram.wait_for(lambda: telegram.chat_actions(OWNER))
    telegram.say(OWNER, "later")
    telegram.say(OWNER, "/help")
    telegram.say(GROUP, "/analyze BTC", chat_type="supergroup")
    telegram.wait_for_text(OWNER, "What I can do")
    telegram.wait_for_text(GROUP, "Market Analysis for BTC/USDT · 4h")
    gate.open.set()
    telegram.wait_for_text(OWNER, "echo later")
    texts = [shown.text.split("\n")[0] for shown in telegram.screen(OWNER)]
    assert texts == ["What I can do:", "echo slow", "echo later"]


def test_an_answer_does_not_wait_for_the_disk_and_telegram_does(
    run, telegram, tmp_path, monkeypatch
):
    """Each answer would come as much later as the disk takes, or a power cut could lose one."""
    kept = threading.Event()
    monkeypatch.setattr(opening, "WRITE_THROUGH", lambda _: within(30, kept.wait))
    run(Gate(), store=Store(tmp_path / "engram.db"))
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")
    assert telegram.pending == 1
    kept.set()
    telegram.wait_for(lambda: not telegram.pending)


def test_a_power_cut_loses_nothing_that_telegram_has_forgotten(
    run, telegram, tmp_path, monkeypatch
):
    """Somebody would wait for ever for the answer to what nobody has any more."""
    path, disk = tmp_path / "engram.db", []
    get_updates, forgotten, lost = apihelper.get_updates, [], []

    def keep(_log_file):
        disk.append(tmp_path / f"disk{len(disk)}")
        disk[-1].mkdir()
        for ending in ("", "-wal"):
            shutil.copy(f"{path}{ending}", disk[-1])

    def poll(token, offset, **rest):
        if offset:
            forgotten.append(offset - 1)
            with closing(sqlite3.connect(disk[-1] / path.name)) as db:
                found = db.execute("SELECT count(*) FROM inbox WHERE number = ?", (offset - 1,))
                lost.extend([] if found.fetchone() == (1,) else [offset - 1])
        return get_updates(token, offset, **rest)

    monkeypatch.setattr(opening, "WRITE_THROUGH", keep)
    monkeypatch.setattr(apihelper, "get_updates", poll)
    run(Gate(), store=Store(path))
    for text in ("one", "two", "three"):
        telegram.say(OWNER, text)
        telegram.wait_for_text(OWNER, f"echo {text}")
        telegram.wait_for(lambda: not telegram.pending)
    assert len(set(forgotten)) == 3
    assert lost == []


def test_an_answer_asks_little_of_the_store(run, telegram, tmp_path):
    """Of fifty people who ask at once each would wait for all that is noted of the others."""
    store, done = Store(tmp_path / "engram.db"), []
    run(Gate(), store=store)
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")
    wait_until(lambda: Inbox(store).depth == 0, 10)
    for db in (store._opened.writer, store._opened.reader):
        db.set_trace_callback(done.append)
    telegram.say(OWNER, "and now")
    telegram.wait_for_text(OWNER, "echo and now")
    wait_until(lambda: any("state = 'sent'" in one for one in done), 10)
    # What is to be said unasked is looked for all the time.
    asked = [one for one in done if "outbox" not in one]
    reads = [one for one in asked if one.startswith(("SELECT", "WITH"))]
    assert len(reads) <= 9
    assert len(asked) - len(reads) <= 11


def test_a_size_waits_for_no_model(run, telegram, exchange):
    """A person would wait for minutes for a division, behind a model that they did not ask."""
    gate = Gate()
    run(gate, exchange=exchange)
    telegram.say(OWNER, "slow")
    telegram.wait_for(lambda: telegram.chat_actions(OWNER))
    telegram.say(OWNER, "/analyze ETH 1h")
    telegram.say(OWNER, "/size 10000 2%")
    telegram.say(OWNER, "/size 10000 1% SOL")
    telegram.wait_for_text(OWNER, "Position size for SOL/USDT (4h, Binance)")
    texts = [shown.text for shown in telegram.screen(OWNER)]
    assert not any("ETH" in text or "slow" in text for text in texts)
    gate.open.set()
    # It names no market: it means the one of the question before it, whenever that is read.
    shown = telegram.wait_for_text(OWNER, "risk 2 %")
    assert "Position size for ETH/USDT (1h, Binance)" in shown.text


def test_a_size_means_the_panel_on_screen_while_a_model_still_writes(run, telegram, exchange):
    """A person would get the size of another market, or wait until the model is done."""
    gate = Gate()
    run(gate, exchange=exchange)

    def respond(_question):
        within(10, gate.open.wait)
        yield Finished("late", "mock")

    gate.respond = respond
    telegram.say(OWNER, "/analyze ETH 4h")
    telegram.wait_for_text(OWNER, "Market Analysis for ETH/USDT")
    telegram.say(OWNER, "/size 10000 1%")
    telegram.wait_for_text(OWNER, "Position size for ETH/USDT (4h, Binance)")
    assert not any("late" in (one.text or one.caption) for one in telegram.screen(OWNER))
    gate.open.set()
    telegram.wait_for_text(OWNER, "late")


def test_exchanges_that_hang_hold_up_sizes_and_nothing_else(run, telegram, exchange):
    """Everybody's /status and questions would wait until an exchange has given up."""
    chats = range(100, 110 + 2 * MARKET_THREADS)
    access = Access([OWNER, *chats], [OWNER], Store(None))
    analyst = run(Gate(), access=access, exchange=exchange).bot._runner._assistant._parts.analyst
    answers, look = threading.Event(), analyst.look

    def hang(topic, **options):
        if topic.requests:
            within(30, answers.wait)
        return look(topic, **options)

    analyst.look = hang
    for chat in chats:
        telegram.say(chat, "/size 10000 1% ETH")
    wait_until(lambda: [1 for chat in chats if telegram.screen(chat)], 10)
    telegram.say(OWNER, "/status")
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "Waiting messages")
    telegram.wait_for_text(OWNER, "echo hi")
    assert not answers.is_set()
    answers.set()
    for chat in chats:
        telegram.wait_for_text(chat, "Position size")


def test_a_menu_that_telegram_refuses_costs_only_the_menu(run, telegram, caplog):
    """A bot would not start because its commands cannot be listed."""
    caplog.set_level("INFO")
    telegram.fail("setMyCommands", 400, "Bad Request: BOT_COMMAND_INVALID")
    run(Gate())
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")
    wait_until(lambda: "BOT_COMMAND_INVALID" in caplog.text, 5)


def test_a_menu_that_telegram_limits_holds_up_no_answer(run, telegram):
    """After a few restarts in a row Telegram limits the menu: everybody would wait for that."""
    telegram.fail("setMyCommands", 429, retry_after=600)
    running = run(Gate())
    wait_until(lambda: running.bot._egress.turns.pause_left(MENU) > 0, 10)
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")


@pytest.mark.parametrize("owned", [True, False])
def test_a_chat_that_takes_nothing_keeps_no_other_from_being_told(run, telegram, owned):
    """One stranger whom Telegram limits would leave the owner-to-be before an empty chat."""
    run(Gate(), access=None if owned else Access([], [], Store(None)))
    for limited in range(STRANGER, STRANGER + INSTANT_THREADS + 1):
        telegram.fail("sendMessage", 429, retry_after=600, chat_id=limited)
        telegram.say(limited, "/start")
        telegram.wait_for(lambda limited=limited: telegram.has_failed(limited))
    telegram.say(77, "/start")
    telegram.wait_for_text(77, "private" if owned else "no owner")


def test_a_message_without_text_gets_a_friendly_line(run, telegram):
    """A voice note would be ignored in silence."""
    run(Gate())
    telegram.say(OWNER, "", voice={"file_id": "x"})
    telegram.wait_for_text(OWNER, UNREADABLE)


def test_the_poll_loop_outlasts_telegrams_failures_and_tells_each_cause_once(run, telegram, caplog):
    """After a night without network the bot would need a restart, and its log would be full."""
    caplog.set_level("INFO")
    telegram.fail("getUpdates", 409, times=3)
    telegram.fail_raw("getUpdates", "html502", times=3)
    run(Gate())
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")
    assert caplog.text.count("another process polls with the same bot token (409)") == 1
    assert caplog.text.count("no proper answer from Telegram (ApiHTTPException)") == 1
    assert caplog.text.count("Telegram is reached again") == 1


@pytest.mark.parametrize("code", [401, 404])
def test_a_wrong_token_is_said_at_the_start(telegram, code):
    """The bot would seem to be running, and answer nobody."""
    telegram.fail("getMe", code)
    with pytest.raises(WrongTokenError, match="BotFather"):
        make_bot(telegram).connect()


def test_a_network_that_is_not_there_yet_is_waited_for(telegram, monkeypatch):
    """On a machine that starts before its network, the bot would not come up."""
    monkeypatch.setattr(poll_module, "LONGEST_WAIT", 0.01)
    bot = make_bot(telegram)
    session = bot._egress.api._session
    real, failures = session.ask, iter([requests.ConnectionError("down")] * 3)

    def send(*arguments, **options):
        for failure in failures:
            raise failure
        return real(*arguments, **options)

    monkeypatch.setattr(session, "ask", send)
    bot.connect()
    assert bot.name == "engram_test_bot"
    telegram.wait_for(lambda: telegram.commands)


def test_too_many_presses_are_turned_away_and_still_answered(run, telegram, exchange):
    """One person who hammers on a button would keep the model busy for hours."""
    gate = Gate()
    run(gate, exchange=exchange)
    telegram.say(OWNER, "hi")
    message = telegram.wait_for_text(OWNER, "echo hi").message_id
    release = threading.Event()

    def respond(question):
        within(10, release.wait)
        yield Finished("late", "mock")

    gate.respond = respond
    for _ in range(8):
        telegram.press(OWNER, message, "/analyze BTC")
    telegram.wait_for(lambda: len(telegram.callback_answers) == 8)
    texts = [answer.get("text", "") for answer in telegram.callback_answers]
    assert sum(text.startswith("One at a time") for text in texts) in (2, 3)
    release.set()


def test_an_edit_that_a_restart_interrupted_is_answered(run, telegram):
    """An edited question would be lost because its first answer is no longer the latest one."""
    store = Store(None)
    first = run(Gate(), store=store)
    question = telegram.say(OWNER, "one")
    telegram.wait_for_text(OWNER, "echo one")
    telegram.say(OWNER, "two")
    telegram.wait_for_text(OWNER, "echo two")
    first.bot.stop()
    edited = {"message_id": question, "chat": {"id": OWNER, "type": "private"}, "text": "one!"}
    Inbox(store).receive([Arrived({"update_id": 1, "edited_message": edited})])
    run(Gate(), store=store)
    telegram.wait_for_text(OWNER, "echo one!")


def test_a_stop_button_of_a_draft_stops(run, telegram):
    """Telegram's own stop button would do nothing."""
    gate = Gate()
    running = run(gate)
    telegram.say(OWNER, "slow")
    telegram.wait_for(lambda: telegram.chat_actions(OWNER))
    stopped = threading.Event()
    stop = running.bot._runner.answers.stop
    running.bot._runner.answers.stop = lambda incoming: (stop(incoming), stopped.set())
    telegram.send_update({"stopped_message_generation": {"chat": {"id": OWNER}}})
    assert within(5, stopped.wait)
    gate.open.set()
    telegram.wait_for_text(OWNER, "⏹ Stopped.")


def test_chats_in_a_pause_hold_up_no_others_commands(run, telegram):
    """Eight chats that Telegram limits would stop /status and /stop for everybody."""
    paused = range(100, 120)
    turns = run(Gate(), access=Access([OWNER, *paused], [OWNER], Store(None))).bot._egress.turns
    for chat in paused:
        telegram.fail("sendMessage", 429, retry_after=600, chat_id=chat)
        telegram.say(chat, "/help")
        wait_until(lambda chat=chat: turns.pause_left(chat) > 0, 10)
        telegram.say(chat, "hi")
    telegram.say(OWNER, "/status")
    telegram.wait_for_text(OWNER, "Waiting messages")
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")


class Line:
    """A responder with the line of a model server that works on one question at a time."""

    name, base_url, available = "line", "", True

    def __init__(self):
        self.line = WaitingLine(1)
        self.release = threading.Event()

    def respond(self, question):
        woken = Wakeup()
        ticket = self.line.join(woken.set)
        try:
            yield from self.line.wait(ticket, woken, question.stop, time.monotonic() + LONG)
            within(30, self.release.wait)
            yield Finished(f"echo {question.text}", "mock")
        finally:
            self.line.leave(ticket)


def test_everybody_who_waits_sees_their_place_and_costs_no_thread(run, telegram):
    """More chats than there are threads would have nothing on screen, however long they wait."""
    chats, model = range(100, 140), Line()
    run(model, access=Access([OWNER, *chats], [OWNER], Store(None)))
    before = threading.active_count()
    for chat in chats:
        telegram.say(chat, "hi")
    for chat in chats:
        telegram.wait_for(lambda chat=chat: telegram.screen(chat))
    shown = [telegram.screen(chat)[0].text for chat in chats]
    assert sum("in line" in text for text in shown) == len(chats) - 1
    assert threading.active_count() - before <= THREADS + INSTANT_THREADS + 20
    model.release.set()
    for chat in chats:
        telegram.wait_for_text(chat, "echo hi")


def test_a_question_behind_another_one_sees_its_place(run, telegram):
    """Whoever asks three things at once would not know that all of them were heard."""
    gate = Gate()
    run(gate)
    telegram.say(OWNER, "slow")
    telegram.wait_for_text(OWNER, "💬 Asking the model")
    telegram.say(OWNER, "second")
    telegram.wait_for_text(OWNER, "One answer comes before")
    telegram.say(OWNER, "third")
    telegram.wait_for_text(OWNER, "2 answers come before")
    gate.open.set()
    telegram.wait_for_text(OWNER, "echo third")
    texts = [shown.text.split("\n")[0] for shown in telegram.screen(OWNER)]
    assert texts == ["echo slow", "echo second", "echo third"]


def test_every_press_has_a_sign_however_many_come(run, telegram, exchange):
    """The buttons of all other chats would be dead while thirty people wait for a model."""
    chats, model = range(100, 120), Line()
    run(model, access=Access([OWNER, *chats], [OWNER], Store(None)), exchange=exchange)
    for chat in chats:
        message = telegram.say(chat, "hello")
        telegram.press(chat, message, "/open BTC 1h")
    for chat in chats:
        telegram.wait_for_text(chat, "Market Analysis for BTC/USDT · 1h · Binance", timeout=60)
    model.release.set()
