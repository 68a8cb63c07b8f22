"""The poll loop, and what Telegram and the network do to it."""

import contextlib
import socket
import threading
import time

import pytest

from engram.core.listener import Listener
from engram.storage.store import Store
from engram.telegram import poll as poll_module
from engram.telegram.poll import Poll, WrongTokenError
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.egress import Egress
from tests.doubles.telegram import TOKEN
from tests.machine_speed import ends, within

CHAT = 5
REACHED = "Telegram is reached again"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No waiting between two attempts."""
    monkeypatch.setattr(poll_module, "LONGEST_WAIT", 0.01)


class Refusals(Listener):
    """Counts the calls that nobody answered."""

    def __init__(self, refused):
        self.refused = refused

    def called(self, method, status):
        if status == 0:
            self.refused.release()


class Polling:
    """A poll loop in a thread; `found` are the texts that it brought, in order."""

    def __init__(self, url):
        self.refused = threading.Semaphore(0)
        self.egress = Egress(BotApi(TOKEN, url, Refusals(self.refused)), Store(None))
        self.poll = Poll(self.egress.api)
        self.found = []
        self.error = None
        self.grown = threading.Condition()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        try:
            for updates in self.poll.updates():
                with self.grown:
                    self.found += [update["message"]["text"] for update in updates]
                    self.grown.notify_all()
        except WrongTokenError as err:
            self.error = err

    def wait_for(self, text):
        def look(moment):
            with self.grown:
                return self.grown.wait_for(lambda: text in self.found, moment)

        # A poll that failed meanwhile waits for seconds of the clock before the next one.
        assert within(40, look), self.found


@pytest.fixture
def idle(telegram):
    """A poll loop on the double that does not run."""
    made = Polling(telegram.url)
    yield made
    made.poll.stop()
    made.egress.api.reconnect()


@pytest.fixture
def polling(telegram, idle, caplog):
    """A poll loop on the double that runs and has brought its first message."""
    caplog.set_level("INFO")
    made = idle
    made.thread.start()
    telegram.say(CHAT, "first")
    made.wait_for("first")
    yield made
    made.poll.stop()
    telegram.stop()
    made.egress.api.reconnect()
    assert ends(made.thread, 5)


def polls(telegram):
    """How often it was asked for updates."""
    return sum(call.method == "getUpdates" for call in telegram.calls)


def is_waiting(telegram):
    """Wait until a poll waits for an update, and all that came before are acknowledged."""
    telegram.wait_for(lambda: telegram._polling and not telegram.pending, 10)


def outlast(telegram, polling, count):
    """Wait until the trouble was met `count` times and a message after it has arrived."""
    before = polls(telegram)
    telegram.say(CHAT, "wakes the poll in progress")
    telegram.wait_for(lambda: polls(telegram) >= before + count)
    telegram.say(CHAT, "after it")
    polling.wait_for("after it")


@pytest.mark.parametrize(
    ("trouble", "line"),
    [
        (lambda double: double.fail_raw("getUpdates", "html502", times=5), "no proper answer"),
        (lambda double: double.fail("getUpdates", 500, times=5), "no proper answer from Telegram"),
        (lambda double: double.fail("getUpdates", 409, times=5), "another process polls"),
        (lambda double: double.fail("getUpdates", 401, times=5), "the bot token was revoked"),
        (lambda double: double.fail_raw("getUpdates", "reset", times=5), "cannot be reached"),
    ],
    ids=["502 page", "500", "409", "revoked", "reset"],
)  # fmt: skip
def test_each_trouble_is_logged_once_and_outlasted(polling, telegram, caplog, trouble, line):
    """The bot would need a restart after every bad night, and its log would be full."""
    trouble(telegram)
    outlast(telegram, polling, 5)
    assert caplog.text.count(line) == 1
    assert caplog.text.count(REACHED) == 1
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1


def test_a_trouble_that_changes_is_logged_again(polling, telegram, caplog):
    """The owner would look for a cause that no longer exists."""
    telegram.fail("getUpdates", 500, times=2)
    telegram.fail("getUpdates", 409, times=2)
    outlast(telegram, polling, 4)
    warnings = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert ["(500)" in warnings[0], "(409)" in warnings[1]] == [True, True]
    assert (len(warnings), caplog.text.count(REACHED)) == (2, 1)


def test_telegram_that_is_away_is_waited_for(polling, telegram, caplog):
    """After a night without network the bot would need a restart."""
    telegram.down()
    for _ in range(4):
        assert within(10, lambda moment: polling.refused.acquire(timeout=moment))
    telegram.up()
    telegram.say(CHAT, "back")
    polling.wait_for("back")
    assert caplog.text.count("Telegram cannot be reached (ConnectionError)") == 1
    assert caplog.text.count(REACHED) == 1


def test_a_name_that_cannot_be_resolved_is_waited_for(polling, telegram, caplog, monkeypatch):
    """A router that starts slowly would end the bot."""
    real, failures = socket.getaddrinfo, iter(range(3))

    def resolve(*arguments, **options):
        if next(failures, None) is not None:
            raise socket.gaierror(-3, "Temporary failure in name resolution")
        return real(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    polling.egress.api.reconnect()
    telegram.say(CHAT, "back")
    polling.wait_for("back")
    assert caplog.text.count("Telegram cannot be reached (ConnectionError)") == 1


def test_what_was_asked_for_ahead_is_brought_first_and_once(telegram, idle):
    """What people said while the bot was loading would be lost, or answered twice."""
    telegram.say(CHAT, "early")
    idle.poll.begin()
    telegram.wait_for(lambda: polls(telegram), 10)
    idle.thread.start()
    idle.wait_for("early")
    telegram.say(CHAT, "late")
    idle.wait_for("late")
    assert idle.found == ["early", "late"]


def test_who_the_bot_is_is_asked_for_once(telegram, idle):
    """A bot far away from Telegram would be slow to start."""
    idle.poll.begin()
    assert idle.poll.me().id == int(TOKEN.partition(":")[0])
    assert [call.method for call in telegram.calls].count("getMe") == 1


def test_a_wrong_token_that_was_met_ahead_ends_the_bot(telegram, idle):
    """It would wait for messages for ever, and nobody would learn why none comes."""
    telegram.fail("getUpdates", 401)
    telegram.fail("getMe", 401)
    idle.poll.begin()
    idle.run()
    assert isinstance(idle.error, WrongTokenError)
    with pytest.raises(WrongTokenError):
        idle.poll.me()


def test_what_came_is_answered_before_more_is_asked_for(telegram, idle, monkeypatch):
    """The poll would compute while the answer does, which would come a twentieth later."""
    waits, wait, here = [], idle.poll._stopped.wait, threading.current_thread()

    def waiting(seconds):
        if threading.current_thread() is not here:
            return wait(seconds)
        waits.append(seconds)
        return False

    monkeypatch.setattr(idle.poll._stopped, "wait", waiting)
    updates = idle.poll.updates()
    for text in ("one", "two"):
        telegram.say(CHAT, text)
        assert [update["message"]["text"] for update in next(updates)] == [text]
    assert waits == [poll_module.HEAD_START]


def test_telegram_says_how_long_to_wait(telegram, idle, monkeypatch):
    """Telegram prolongs the pause each time it is asked during it."""
    poll, waits = idle.poll, []
    monkeypatch.setattr(poll._stopped, "wait", waits.append)
    telegram.fail("getMe", 429, retry_after=7, times=2)
    assert poll.retry(poll.api.bot.get_me).id == int(TOKEN.partition(":")[0])
    assert waits == [7, 7]


def test_a_poll_that_never_returns_is_hung_up(polling, telegram, caplog, monkeypatch):
    """The bot would be deaf until somebody restarts it."""
    monkeypatch.setattr(poll_module, "SILENCE", 0.4)
    # The watchdog of this one begins with the short silence.
    threading.Thread(target=polling.poll._watch, daemon=True).start()
    telegram.fail_raw("getUpdates", "hang")
    telegram.say(CHAT, "wakes the poll in progress")
    polling.wait_for("wakes the poll in progress")
    telegram.say(CHAT, "after it")
    polling.wait_for("after it")
    assert "no answer from Telegram for 0.4 s: reconnecting" in caplog.text


def test_the_watchdog_is_silent_about_what_is_known(idle, caplog, monkeypatch):
    """An hour without a network would fill the log, or pass for an hour in which all is well."""
    monkeypatch.setattr(poll_module, "SILENCE", 0.02)
    poll, renewed = idle.poll, threading.Semaphore(0)
    monkeypatch.setattr(poll.api, "reconnect", renewed.release)
    poll._trouble = "Telegram cannot be reached"
    heard_at = poll.answered_at
    watching = threading.Thread(target=poll._watch, daemon=True)
    watching.start()
    for _ in range(3):
        assert within(5, lambda moment: renewed.acquire(timeout=moment))
    poll.stop()
    assert ends(watching, 5)
    assert caplog.text == ""
    assert poll.answered_at == heard_at


@pytest.mark.parametrize("code", [401, 404])
def test_a_token_that_was_never_right_ends_the_loop(telegram, idle, code):
    """The bot would seem to be running, and answer nobody."""
    telegram.fail("getUpdates", code)
    idle.run()
    assert "@BotFather" in str(idle.error)


def test_what_was_taken_is_acknowledged_by_the_next_poll_only(telegram, idle):
    """A message that arrives just before a crash would be lost."""
    telegram.say(CHAT, "hi")
    updates = idle.poll.updates()
    assert [one["message"]["text"] for one in next(updates)] == ["hi"]
    assert telegram.pending == 1
    telegram.say(CHAT, "again")
    assert [one["message"]["text"] for one in next(updates)] == ["again"]
    assert telegram.pending == 1


@pytest.mark.parametrize("first", [100_000_001, 800_000_000 - 2_000_000, 1])
def test_numbers_that_fall_are_followed(polling, telegram, first):
    """After a week of silence the bot would answer one message, and be deaf from then on."""
    is_waiting(telegram)
    telegram.renumber(first)
    for text in ("second", "third"):
        telegram.say(CHAT, text)
        polling.wait_for(text)
    is_waiting(telegram)
    assert polls(telegram) <= 6


@pytest.mark.parametrize("first", [1, 799_999_000])
def test_another_server_with_lower_numbers_is_heard_at_once(polling, telegram, first):
    """It would take an offset of the old server's for a number of its own, and forget all below."""
    telegram.down()
    assert within(10, lambda moment: polling.refused.acquire(timeout=moment))
    telegram.renumber(first)
    telegram.up()
    telegram.say(CHAT, "here")
    polling.wait_for("here")


@pytest.mark.parametrize("behaviour", ["repeat", "empty"])
def test_a_poll_that_brings_nothing_new_at_once_is_paced(polling, telegram, behaviour):
    """A server without long polls, or one that takes no offset, would keep a processor busy."""
    telegram.say(CHAT, "second")
    polling.wait_for("second")
    telegram.polls = behaviour
    telegram.say(CHAT, "wakes the poll in progress")
    before, began = polls(telegram), time.monotonic()
    telegram.wait_for(lambda: polls(telegram) >= before + 10)
    assert time.monotonic() - began > 2.5
    telegram.polls = ""
    telegram.say(CHAT, "last")
    polling.wait_for("last")
    assert len(polling.found) == len(set(polling.found)) == 4


@pytest.mark.parametrize(
    "numbers",
    [
        [7, 3, 9, 1, 8],
        [900_000_000, 5, 900_000_001, 6, 2**31 - 1, 7],
        [-3, 12, 2**33, 2**51, 13],
        [0, -1, 1],
        [9, 8, 7, 6],
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_no_order_of_numbers_loses_a_message_or_spins(polling, telegram, numbers, at_once):
    """Whoever numbers updates badly would decide whom the bot hears."""
    is_waiting(telegram)
    telegram.renumber(1)
    with telegram.lock if at_once else contextlib.nullcontext():
        for number in numbers:
            message = {"message_id": 50, "chat": {"id": CHAT}, "text": str(number)}
            telegram.send_update({"update_id": number, "message": message})
            if not at_once:
                polling.wait_for(str(number))
                count = polls(telegram)
                telegram.wait_for(lambda count=count: telegram._polling or polls(telegram) > count)
    for number in numbers:
        polling.wait_for(str(number))
    began, before = time.monotonic(), polls(telegram)
    telegram.say(CHAT, "last")
    polling.wait_for("last")
    assert polls(telegram) - before <= 3 + 10 * (time.monotonic() - began)
    assert len(polling.found) == len(set(polling.found))


def test_a_number_that_comes_again_with_another_message_is_another_update(polling, telegram):
    """A message would be taken for one of last week."""
    for text in ("second", "third"):
        is_waiting(telegram)
        telegram.renumber(800_000_001)
        telegram.say(CHAT, text)
        polling.wait_for(text)


@pytest.mark.parametrize("odd", [True, 7, "text", {"a": 1}, None])
def test_an_answer_that_is_no_list_is_a_passing_fault(idle, monkeypatch, odd):
    """A proxy in between would end the bot."""
    answers = [odd, [odd, {"update_id": True}, {"update_id": 3}]]
    get_updates = lambda *_arguments, **_options: answers.pop(0)  # noqa: E731
    monkeypatch.setattr(poll_module.apihelper, "get_updates", get_updates)
    assert next(idle.poll.updates()) == [{"update_id": 3}]
