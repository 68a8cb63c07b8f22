"""How the bot takes updates, and from whom; with the double, without a process of its own."""

import threading
import time

import pytest
import requests

from engram.chat.mock_ai import MockAIAnalyzer
from engram.core.events import Finished
from engram.core.waits import Wakeup
from engram.llm.waiting_line import WaitingLine
from engram.storage.inbox import Arrived, Inbox
from engram.storage.store import Store
from engram.telegram import poll as poll_module
from engram.telegram.access import WRONG_CODES, Access
from engram.telegram.bot import INSTANT_THREADS, THREADS, WAITING_PER_STRANGER
from engram.telegram.poll import WrongTokenError
from engram.telegram.sending import courier
from engram.telegram.sending.egress import MENU
from tests.conftest import make_analyst, make_bot, wait_until
from tests.machine_speed import LONG, ends, within

OWNER, GROUP, STRANGER = 5, -100, 6


class Gate:
    """A responder that holds back its answer until the gate is open."""

    name, base_url, available = "gate", "", True

    def __init__(self):
        self.open = threading.Event()

    def respond(self, question):
        if question.text == "slow":
            within(10, self.open.wait)
        yield Finished(f"echo {question.text}", "mock")


class Running:
    """The bot's poll loop in a thread."""

    def __init__(self, telegram, access, store, exchange, *responders):
        mock = MockAIAnalyzer(make_analyst())
        self.bot = make_bot(
            telegram, *responders, mock, access=access, store=store, exchange=exchange
        )
        self.bot.connect()
        self.thread = threading.Thread(target=self.bot.poll, daemon=True)
        self.thread.start()


@pytest.fixture
def run(telegram, monkeypatch):
    """Start a bot that OWNER and GROUP may speak to."""
    monkeypatch.setattr(poll_module, "LONGEST_WAIT", 0.01)
    started = []

    def start(*responders, access=None, store=None, exchange=None):
        store = store or Store(None)
        access = access or Access([OWNER, GROUP], [OWNER], store)
        started.append(Running(telegram, access, store, exchange, *responders))
        return started[-1]

    yield start
    for one in started:
        one.bot.stop()
    telegram.stop()
    for one in started:
        assert ends(one.thread, 5)
        one.bot._egress.api.reconnect()


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
    telegram.wait_for_text(GROUP, "Market Analysis for BTC/USDT (1h)")
    gate.open.set()
    telegram.wait_for_text(OWNER, "echo later")
    texts = [shown.text.split("\n")[0] for shown in telegram.screen(OWNER)]
    assert texts == ["What I can do:", "echo slow", "echo later"]


def test_a_stranger_is_told_once_and_costs_nothing_more(run, telegram):
    """Strangers would use somebody else's computer."""
    run(Gate())
    for number in range(5):
        telegram.say(STRANGER, f"let me in {number}")
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")
    shown = telegram.wait_for_text(STRANGER, "This bot is private")
    assert str(STRANGER) in shown.text
    assert len(telegram.screen(STRANGER)) == 1


def test_in_a_flood_of_strangers_who_is_not_told_now_is_told_later(run, telegram, monkeypatch):
    """Each of thousands would take memory, and be told minutes after they had written."""
    monkeypatch.setattr(courier, "CROWD", 0)
    run(Gate())
    telegram.say(STRANGER, "let me in")
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")
    assert telegram.screen(STRANGER) == []
    monkeypatch.undo()
    telegram.say(STRANGER, "and now?")
    telegram.wait_for_text(STRANGER, "This bot is private")


def test_a_stranger_who_has_blocked_the_bot_costs_one_line(run, telegram, caplog):
    """Whoever blocks it after a first message would fill the log, or stop it for all others."""
    caplog.set_level("INFO")
    run(Gate())
    telegram.say(STRANGER, "hi")
    telegram.block(STRANGER)
    wait_until(lambda: "blocked by the user" in caplog.text, 5)
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")
    assert "Traceback" not in caplog.text


def test_a_menu_that_telegram_refuses_costs_only_the_menu(run, telegram, caplog):
    """A bot would not start because its commands cannot be listed."""
    caplog.set_level("INFO")
    telegram.fail("setMyCommands", 400, "Bad Request: BOT_COMMAND_INVALID")
    run(Gate())
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")
    wait_until(lambda: "BOT_COMMAND_INVALID" in caplog.text, 5)


def test_the_first_chat_with_the_code_owns_the_bot(run, telegram):
    """A bot without TELEGRAM_CHAT_ID could never be used."""
    access = Access([], [], Store(None))
    code = access.pairing_code
    run(Gate(), access=access)
    telegram.say(STRANGER, "/start 00000000")
    telegram.say(STRANGER, "0000000A")
    telegram.wait_for(lambda: len(telegram.screen(STRANGER)) == 2)
    assert all("That is not the code" in shown.text for shown in telegram.screen(STRANGER))
    telegram.say(STRANGER, "hello?")
    telegram.wait_for_text(STRANGER, "no owner yet")
    telegram.say(OWNER, f"/start {code}")
    telegram.wait_for_text(OWNER, "I'm Engram")
    telegram.wait_for_text(OWNER, f"put TELEGRAM_CHAT_ID={OWNER} into .env")
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")


def test_wrong_codes_of_a_stranger_keep_the_owner_from_nothing(run, telegram):
    """Any stranger could close the bot for its owner, or use up its messages with wrong codes."""
    access = Access([], [], Store(None))
    code = access.pairing_code
    run(Gate(), access=access)
    for _ in range(WRONG_CODES + 20):
        telegram.say(STRANGER, "00000000")
    telegram.wait_for_text(STRANGER, "in a minute")
    telegram.say(STRANGER, code)
    telegram.say(OWNER, "00000000")
    telegram.wait_for_text(OWNER, "That is not the code")
    telegram.say(OWNER, code)
    telegram.wait_for_text(OWNER, "You own this bot now")
    assert len(telegram.screen(OWNER)) == 2
    assert len(telegram.screen(STRANGER)) == WRONG_CODES + 1


def test_before_there_is_an_owner_start_is_answered_each_time_and_a_flood_of_it_costs_little(
    run, telegram
):
    """The owner-to-be would look at an empty chat, or a stranger would keep the bot busy."""
    access = Access([], [], Store(None))
    running = run(Gate(), access=access)
    for count in range(1, 4):
        telegram.say(STRANGER, "/start")
        telegram.wait_for(lambda count=count: len(telegram.screen(STRANGER)) == count)
    telegram.fail_raw("sendMessage", "hang", chat_id=STRANGER)
    for _ in range(WAITING_PER_STRANGER + 30):
        telegram.say(STRANGER, "/start")
    telegram.say(OWNER, access.pairing_code)
    telegram.wait_for_text(OWNER, "I'm Engram")
    assert running.bot._courier.waiting(STRANGER) <= WAITING_PER_STRANGER
    assert len(telegram.screen(STRANGER)) == 3


def test_a_menu_that_telegram_limits_holds_up_no_answer(run, telegram):
    """After a few restarts in a row Telegram limits the menu: everybody would wait for that."""
    telegram.fail("setMyCommands", 429, retry_after=600)
    running = run(Gate())
    wait_until(lambda: running.bot._egress._turns.pause_left(MENU) > 0, 10)
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
    """A photo would be ignored in silence."""
    run(Gate())
    telegram.say(OWNER, "", photo=[{"file_id": "x"}])
    telegram.wait_for_text(OWNER, "I can read text only")


def test_a_group_is_answered_only_when_it_asks(run, telegram):
    """The bot would talk into every conversation."""
    run(Gate())
    telegram.say(GROUP, "hello all", chat_type="supergroup")
    telegram.say(GROUP, "@engram_test_bot hello", chat_type="supergroup")
    telegram.wait_for_text(GROUP, "echo hello")
    assert len(telegram.screen(GROUP)) == 1


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


@pytest.mark.parametrize(
    "odd", [{}, {"message": "x"}, {"poll": {}}, {"message": {"chat": {"id": OWNER}}}]
)
def test_an_odd_update_does_not_stop_the_bot(run, telegram, odd):
    """One message of a new kind would silence the bot for everybody."""
    run(Gate())
    telegram.send_update(odd)
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")


def test_a_bug_in_taking_an_update_costs_only_that_one(run, telegram, monkeypatch, caplog):
    """One message would come again and again, and stop the bot forever."""
    running = run(Gate())
    monkeypatch.setattr(running.bot._access, "allows", lambda chat: {OWNER: True}[chat])
    telegram.say(STRANGER, "hi")
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "echo hi")
    assert "cannot be handled: skipped" in caplog.text


def test_a_message_that_comes_under_two_numbers_leaves_nothing_in_the_inbox(run, telegram):
    """It would be answered again after each start, forever."""
    gate, store = Gate(), Store(None)
    run(gate, store=store)
    telegram.say(OWNER, "slow")
    telegram.wait_for(lambda: telegram.chat_actions(OWNER))
    number = telegram.say(OWNER, "again")
    telegram.send_update({"message": telegram._api.chats[OWNER].messages[number]})
    telegram.say(OWNER, "/help")
    telegram.wait_for_text(OWNER, "What I can do")
    gate.open.set()
    telegram.wait_for(lambda: len(telegram.screen(OWNER)) == 4)
    wait_until(lambda: Inbox(store).depth == 0, 5)


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
    real, failures = session.post, iter([requests.ConnectionError("down")] * 3)

    def post(*arguments, **options):
        for failure in failures:
            raise failure
        return real(*arguments, **options)

    monkeypatch.setattr(session, "post", post)
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
    stop = running.bot._runner.stop
    running.bot._runner.stop = lambda incoming: (stop(incoming), stopped.set())
    telegram.send_update({"stopped_message_generation": {"chat": {"id": OWNER}}})
    assert within(5, stopped.wait)
    gate.open.set()
    telegram.wait_for_text(OWNER, "⏹ Stopped.")


def test_chats_in_a_pause_hold_up_no_others_commands(run, telegram):
    """Eight chats that Telegram limits would stop /status and /stop for everybody."""
    paused = range(100, 120)
    turns = run(Gate(), access=Access([OWNER, *paused], [OWNER], Store(None))).bot._egress._turns
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
    telegram.wait_for_text(OWNER, "…")
    telegram.say(OWNER, "second")
    telegram.wait_for_text(OWNER, "1st in line")
    telegram.say(OWNER, "third")
    telegram.wait_for_text(OWNER, "2nd in line")
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
        telegram.wait_for_text(chat, "Market Analysis for BTC/USDT (1h, Binance)", timeout=60)
    model.release.set()
