"""Everything that is sent to Telegram."""

import json
import math
import threading
import time
from functools import partial
from types import SimpleNamespace

import pytest

from engram.core.listener import Listener
from engram.core.waits import finished, wait
from engram.storage.store import Store
from engram.telegram.sending import egress as egress_module
from engram.telegram.sending import turns
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.calls import Call
from engram.telegram.sending.egress import Egress
from engram.telegram.sending.refusals import (
    SENDS,
    NotNowError,
    Tries,
    UnconfirmedError,
    UndeliverableError,
)
from engram.telegram.sending.turns import Urgency
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.machine_speed import ends, slowness, within

CHAT, OTHER, GROUP = 5, 6, -100


def make(telegram, store=None, **options):
    return Egress(BotApi(TOKEN, telegram.url), store or Store(None), **options)


@pytest.fixture
def egress(telegram, monkeypatch):
    """An egress to the double that notes how long it would wait, and does not."""
    made = make(telegram)
    made.waits = []

    def noted(woken, until):
        if woken is made._contact.stopped:
            made.waits.append(round(until - time.monotonic()))
            return
        yield from wait(woken, until)

    monkeypatch.setattr(egress_module, "wait", noted)
    telegram.say(CHAT, "hello")
    return made


def send(egress, text="hi", chat=CHAT):
    finished(egress.deliver(chat, lambda: egress.bot.send_message(chat, text)))


def preview(egress, text="hi", chat=CHAT, reserve=1):
    egress.preview(chat, lambda: egress.bot.send_message(chat, text), reserve)


@pytest.mark.parametrize(
    ("trouble", "waits"),
    [
        (lambda double: double.fail("sendMessage", 500, times=3), [1, 2, 4]),
        (lambda double: double.fail_raw("sendMessage", "html502", times=2), [1, 2]),
        (lambda double: double.fail_raw("sendMessage", "reset"), [1]),
    ],
)
def test_passing_faults_are_outlasted(egress, telegram, trouble, waits):
    """An answer would be lost when Telegram has a bad moment."""
    trouble(telegram)
    send(egress)
    assert len(telegram.screen(CHAT)) == 1
    assert egress.waits[: len(waits)] == waits


def test_a_pause_is_kept_to_the_end_and_holds_up_no_other_chat(telegram):
    """Telegram would prolong the pause each time; the double counts what is sent during it."""
    for chat in (CHAT, OTHER):
        telegram.say(chat, "hello")
    pause = math.ceil(2 * slowness())
    telegram.fail("sendMessage", 429, retry_after=pause, chat_id=CHAT)
    paused = threading.Event()

    class Pauses(Listener):
        def paused(self, seconds):
            paused.set()

    egress = make(telegram, listener=Pauses())
    waiting = threading.Thread(target=send, args=[egress])
    waiting.start()
    assert within(5, paused.wait)
    with pytest.raises(NotNowError):
        preview(egress)
    egress.calls.best_effort(CHAT, lambda: egress.bot.send_chat_action(CHAT, "typing"), Call.ACTION)
    send(egress, chat=OTHER)
    # The pause is in seconds of the clock: by now the machine may be idle.
    assert ends(waiting, pause + 5)
    first, other, second = [call for call in telegram.calls if call.method == "sendMessage"]
    assert second.at - first.at >= pause
    assert other.chat_id == OTHER
    assert telegram.chat_actions(CHAT) == []


def test_a_pause_outlives_the_process(telegram):
    """A restarted bot would ignore the pause and send at once."""
    store = Store(None)
    telegram.say(CHAT, "hello")
    telegram.fail("sendMessage", 429, retry_after=30)
    began = time.monotonic()
    with pytest.raises(NotNowError):
        preview(make(telegram, store))
    left = make(telegram, store).turns.pause_left(CHAT)
    assert left + time.monotonic() - began > 28
    assert left <= 30
    assert make(telegram, store).turns.pause_left(OTHER) <= 0


@pytest.mark.parametrize(
    ("kept", "longest"),
    [
        ("[1", 0),
        ('"soon"', 0),
        ("[NaN, NaN]", 0),
        ("[1e300, [], 3]", 0),
        # A clock that was six hours ahead, or was set back since then.
        ([21_630, 30], 30),
        ([-1, 30], 0),
        ([1e9, math.inf], 86_400),
        # As earlier versions kept it.
        (21_630, 3600),
        (-1, 0),
    ],
)
def test_a_kept_pause_is_no_longer_than_it_was(telegram, kept, longest):
    """A clock that was wrong for a moment would silence a chat for hours."""
    store, now, key = Store(None), time.time(), f"telegram/pauses/{CHAT}"
    if isinstance(kept, list):
        kept = json.dumps([now + kept[0], kept[1]])
    elif isinstance(kept, int):
        key, kept = (
            "telegram/pauses",
            json.dumps({CHAT: now + kept, "all": now + 9, "--7": now + 9}),
        )
    store.put(key, kept)
    left = make(telegram, store).turns.pause_left(CHAT)
    assert longest - 20 < left <= longest or left <= 0 == longest


@pytest.mark.parametrize(("chat", "count", "pace"), [(CHAT, 5, 2.39), (GROUP, 4, 3.99)])
def test_what_is_delivered_keeps_to_the_limits_of_a_chat(idle_clock, chat, count, pace):
    """Telegram would refuse this message, and later all of them."""
    with TelegramDouble(enforce_flood=True) as telegram:
        telegram.say(chat, "hello")
        egress, began = make(telegram), time.monotonic()
        for number in range(count):
            send(egress, f"{number}", chat)
        times = [shown.sent_at for shown in telegram.screen(chat)]
        assert [shown.text for shown in telegram.screen(chat)] == [f"{n}" for n in range(count)]
        assert idle_clock.between(times[0], times[2]) < 1
        assert times[-1] - began >= pace
        assert telegram.violations == []


def test_all_chats_together_keep_to_the_limit(telegram):
    """Fifty people who ask at once would silence the bot."""
    egress, times = make(telegram), []
    threads = [
        threading.Thread(
            target=finished,
            args=[egress.deliver(chat, lambda: times.append(time.monotonic()))],
        )
        for chat in range(1, 41)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        assert ends(thread, 10)
    assert len(times) == 40
    assert sorted(times)[30] - began >= 0.99


def test_a_preview_leaves_one_for_the_final_answer(telegram, monkeypatch, idle_clock):
    """A complete answer would have to wait behind its own previews."""
    telegram.say(CHAT, "hello")
    # However long the previews take: none of them may be sent because time has passed.
    monkeypatch.setattr(turns, "time", SimpleNamespace(monotonic=lambda: 100.0))
    egress = make(telegram)
    preview(egress)
    preview(egress)
    with pytest.raises(NotNowError) as caught:
        preview(egress)
    assert not caught.value.turn.granted
    assert egress.awaited(CHAT, Urgency.PREVIEW)
    began = time.monotonic()
    send(egress)
    assert idle_clock.since(began) < 1
    assert len(telegram.screen(CHAT)) == 3


def test_a_preview_whose_chat_is_paused_since_its_turn_came_waits(telegram):
    """Telegram would lengthen the pause for it, and the answer would come later."""
    telegram.say(CHAT, "hello")
    egress = make(telegram)
    turn = egress.turns.ask(CHAT, Urgency.PREVIEW)
    assert turn.granted
    egress.turns.pause(CHAT, 30)
    with pytest.raises(NotNowError) as caught:
        egress.preview(CHAT, lambda: egress.bot.send_message(CHAT, "hi"), turn=turn)
    assert not caught.value.turn.granted
    assert telegram.screen(CHAT) == []


def test_a_preview_that_fails_is_not_repeated(telegram):
    """A newer preview says more; the person would read an old one."""
    telegram.say(CHAT, "hello")
    telegram.fail("sendMessage", 500)
    egress = make(telegram)
    with pytest.raises(NotNowError):
        preview(egress)
    assert telegram.screen(CHAT) == []
    assert len([call for call in telegram.calls if call.method == "sendMessage"]) == 1


@pytest.mark.parametrize(
    ("code", "description"),
    [(403, "Forbidden: bot was blocked by the user"), (400, "Bad Request: chat not found")],
)
def test_what_no_repetition_mends_is_given_up(egress, telegram, code, description):
    """The bot would try forever to reach somebody who left."""
    telegram.fail("sendMessage", code, description)
    with pytest.raises(UndeliverableError, match=description) as caught:
        send(egress)
    assert caught.value.code == code
    assert egress.waits == []


def test_what_is_on_screen_already_is_delivered(egress, telegram):
    """A repeated edit would count as a failure."""
    telegram.fail("editMessageText", 400, "Bad Request: message is not modified: ...")
    send(egress)
    number = telegram.screen(CHAT)[0].message_id
    finished(egress.deliver(CHAT, lambda: egress.bot.edit_message_text("hi", CHAT, number)))
    assert telegram.screen(CHAT)[0].edits == 0


def test_stopping_ends_all_waiting(telegram):
    """Ctrl-C would take as long as Telegram is unreachable."""
    made = make(telegram)
    telegram.say(CHAT, "hello")
    telegram.fail("sendMessage", 500, times=100)
    made.stop()
    with pytest.raises(UndeliverableError, match="stopping"):
        send(made)
    with pytest.raises(UndeliverableError, match="stopping"):
        preview(made)


def test_stopping_lets_arrive_what_is_on_its_way(telegram):
    """An answer would be sent a second time after the restart."""
    telegram.say(CHAT, "hello")
    egress, entered, leave = make(telegram), threading.Event(), threading.Event()

    def slow():
        entered.set()
        within(5, leave.wait)
        return egress.bot.send_message(CHAT, "hi")

    sending = threading.Thread(target=finished, args=[egress.deliver(CHAT, slow)])
    sending.start()
    assert within(5, entered.wait)
    threading.Timer(0.1, leave.set).start()
    egress.stop(seconds=5)
    assert len(telegram.screen(CHAT)) == 1
    assert ends(sending, 5)


def test_after_the_end_nothing_is_sent_and_nothing_waits(telegram):
    """A bot that is stopping would keep both processors busy with nothing."""
    egress = make(telegram)
    egress.turns.assume_spent(CHAT)
    waiting = egress.deliver(CHAT, telegram.calls.append)
    assert not next(waiting).woken.is_set()
    egress.stop()
    for send_now in (lambda: next(waiting), lambda: preview(egress), lambda: send(egress)):
        with pytest.raises(UndeliverableError, match="stopping"):
            send_now()
    assert telegram.calls == []


def test_what_is_sent_to_a_group_that_got_another_id_arrives_there(telegram):
    """An answer in progress would be refused for good, and a pause be forgotten on the way."""
    store = Store(None)
    egress = make(telegram, store)
    telegram.say(-77, "hi")
    telegram.upgrade(-77, -1001, tells=False)
    finished(egress.deliver(-77, lambda: egress.bot.send_message(egress.moves.now(-77), "one")))
    assert [shown.text for shown in telegram.screen(-1001)] == ["one"]
    telegram.fail("sendMessage", 429, retry_after=60, chat_id=-1001)
    with pytest.raises(NotNowError):
        egress.preview(-77, lambda: egress.bot.send_message(egress.moves.now(-77), "two"), 0)
    for chat in (-77, -1001):
        assert egress.turns.pause_left(chat) > 30
        assert make(telegram, store).turns.pause_left(chat) > 30


def message(egress, text="hi"):
    """Deliver a message that may not be there three times."""
    send = partial(egress.bot.send_message, CHAT, text)
    finished(egress.deliver(CHAT, send, tries=Tries(sends=SENDS)))


def test_a_message_whose_reply_was_lost_is_sent_again_once_telegram_answers(egress, telegram):
    """The second copy would be spent on a connection that is broken, and the answer be lost."""
    telegram.fail_raw("sendMessage", "reset")
    telegram.fail_raw("getMe", "reset", times=2)
    message(egress)
    assert telegram.texts(CHAT) == ["hi"]
    methods = [call.method for call in telegram.calls]
    assert methods == ["sendMessage", "getMe", "getMe", "getMe", "sendMessage"]


def test_a_message_is_sent_no_third_time(egress, telegram):
    """A person would read one answer six times."""
    telegram.fail_raw("sendMessage", "reply_lost", times=math.inf)
    with pytest.raises(UnconfirmedError):
        message(egress)
    assert telegram.texts(CHAT) == ["hi", "hi"]


def test_without_a_connection_a_message_is_tried_until_there_is_one(egress, telegram):
    """A night without a network would cost the answer."""
    telegram.down()
    tries = [0]

    def send():
        tries[0] += 1
        if tries[0] == 5:
            telegram.up()
        egress.bot.send_message(CHAT, "hi")

    finished(egress.deliver(CHAT, send, tries=Tries(sends=SENDS)))
    assert egress.waits == [1, 2, 4, 8]
    assert telegram.texts(CHAT) == ["hi"]


@pytest.mark.parametrize("code", [400, 404, 409, 413, 420])
def test_a_refusal_that_may_pass_is_outlasted(egress, telegram, code):
    """Whoever asks in a bad moment would get no answer."""
    telegram.fail("sendMessage", code, times=3)
    send(egress)
    assert telegram.texts(CHAT) == ["hi"]
    assert egress.waits == [1, 2, 4]


def test_nothing_is_sent_while_the_token_is_refused(telegram):
    """Each answer would be given up after ten minutes of an owner's mistake."""
    telegram.say(CHAT, "hello")
    egress = make(telegram)
    telegram.revoke()
    sending = threading.Thread(target=send, args=[egress])
    sending.start()
    telegram.wait_for(lambda: [call for call in telegram.calls if call.method == "getMe"])
    with pytest.raises(NotNowError):
        preview(egress, reserve=0)
    telegram.wait_for(lambda: len([c for c in telegram.calls if c.method == "getMe"]) >= 2)
    assert len([call for call in telegram.calls if call.method == "sendMessage"]) == 1
    telegram.accept()
    assert ends(sending, 20)
    assert telegram.texts(CHAT) == ["hi"]
