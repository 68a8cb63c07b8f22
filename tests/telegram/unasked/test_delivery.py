"""What nobody asked for, on its way to Telegram."""

import sqlite3
import threading
from functools import partial

import pytest

from engram.core.events import Button
from engram.core.waits import finished
from engram.storage.outbox import ALERT, DIGEST, TERMINAL, WATCH, Outbox, Outgoing, adding
from engram.storage.store import Store
from engram.storage.watch.armed import DELIVERED
from engram.telegram.unasked import delivery as module
from tests.conftest import OWNER, make_bot, wait_until
from tests.doubles.telegram import TelegramDouble
from tests.machine_speed import ends, within
from tests.telegram.unasked.conftest import ANN, BEN, DAY, GROUP, sent


def test_what_is_to_be_said_arrives_with_its_buttons(unasked, telegram):
    """Somebody would wait for an alert that has fired, or could do nothing with it."""
    alert = unasked.arm()
    unasked.fire(alert)
    telegram.wait_for_text(ANN, "BTC above 100")
    wait_until(lambda: unasked.tables.alerts.numbered(alert.number).state == DELIVERED, 10)
    (shown,) = telegram.screen(ANN)
    messages = "SELECT messages FROM outbox"
    assert unasked.store.value(messages, default="") == f"[{shown.message_id}]"
    unasked.add("ETH", buttons=((Button("🔁", "/again 7"), Button("✖", "/disarm 7")),))
    telegram.wait_for_text(ANN, "ETH")
    assert telegram.screen(ANN)[-1].buttons == [("🔁", "/again 7"), ("✖", "/disarm 7")]
    wait_until(lambda: unasked.heard.kinds == [ALERT, ALERT], 10)
    wait_until(lambda: unasked.outbox.depth == 0, 10)


def test_each_chat_is_told_in_order(unasked, telegram):
    """Somebody would read that an exchange is back before that it was away."""
    for number in range(5):
        for chat in (ANN, BEN):
            unasked.add(f"{number}", chat)
    for chat in (ANN, BEN):
        telegram.wait_for(lambda chat=chat: len(telegram.texts(chat)) == 5, timeout=30)
        assert telegram.texts(chat) == ["0", "1", "2", "3", "4"]


def test_a_group_that_got_another_id_is_told_there(unasked, telegram):
    """A group that grows would lose all its alerts."""
    telegram.upgrade(GROUP, -1001, tells=False)
    for number in range(2):
        unasked.add(f"BTC {number}", GROUP)
    telegram.wait_for(lambda: telegram.texts(-1001) == ["BTC 0", "BTC 1"], timeout=30)
    unasked.store.write("UPDATE outbox SET chat = ?", str(GROUP))
    unasked.store.write(
        "INSERT INTO outbox (at, chat, kind, text) VALUES (1, '-100', 'alert', 'late')"
    )
    unasked.outbox.arrived.set()
    telegram.wait_for_text(-1001, "late")


@pytest.mark.parametrize("code", [400, 409, 413, 420])
def test_any_other_refusal_is_tried_for_ten_minutes(make, telegram, rests, caplog, code):
    """One message that Telegram refuses would hold up all that follow, or be lost at once."""
    unasked = make()
    alert = unasked.arm()
    telegram.fail("sendMessage", code, times=3)
    unasked.delivery.start()
    unasked.fire(alert, "arrives")
    telegram.wait_for_text(ANN, "arrives")
    assert rests == [1, 2, 4]
    telegram.fail("sendMessage", code, times=10_000, chat_id=ANN)
    refused = unasked.arm(update="message/2")
    unasked.fire(refused, "refused")
    wait_until(lambda: unasked.tables.alerts.numbered(refused.number).state == "failed", 30)
    assert "can never arrive" in caplog.text
    assert sum(rests[3:]) >= 600
    telegram._scripts.clear()
    unasked.add("next")
    telegram.wait_for_text(ANN, "next")
    assert telegram.texts(ANN) == ["arrives", "next"]


@pytest.mark.parametrize("code", [401, 404])
def test_nothing_is_sent_while_the_token_is_refused(unasked, telegram, code):
    """An alert would be given up because the owner mistyped a token."""
    telegram.revoke(code)
    for number in range(3):
        unasked.add(f"{number}", ANN)
        unasked.add(f"{number}", BEN)
    telegram.wait_for(lambda: sent(telegram, "getMe") >= 2, timeout=30)
    assert sent(telegram) <= 2
    telegram.accept()
    for chat in (ANN, BEN):
        telegram.wait_for(lambda chat=chat: telegram.texts(chat) == ["0", "1", "2"], timeout=60)


def test_an_outage_of_telegram_delays_and_loses_nothing(make, telegram, rests):
    """An alert that fires during an outage would be lost."""
    unasked = make()
    telegram.down()
    unasked.delivery.start()
    for number in range(3):
        unasked.add(f"{number}")
    wait_until(lambda: len(rests) > 3, 30)
    telegram.up()
    telegram.wait_for(lambda: telegram.texts(ANN) == ["0", "1", "2"], timeout=30)


def test_what_grew_old_while_telegram_was_away_becomes_one_line(make, telegram, rests):
    """After a week's outage somebody would read seven digests, or lose an alert."""
    unasked = make()
    unasked.add("alert", kind=ALERT, name="an alert")
    unasked.add("monday", kind=DIGEST, name="digest of Monday")
    unasked.clock.at += DAY + 1
    unasked.add("tuesday", kind=DIGEST, name="digest of Tuesday")
    unasked.add("change", kind=WATCH, name="BTC/USDT 4h")
    telegram.down()
    unasked.delivery.start()
    wait_until(lambda: len(rests) > 1, 30)
    telegram.up()
    telegram.wait_for(lambda: len(telegram.texts(ANN)) == 4, timeout=30)
    line = "🕐 I could not reach you in time with: digest of Monday."
    assert telegram.texts(ANN) == ["alert", "tuesday", "change", line]


def test_what_grows_old_on_its_way_is_told_no_more(unasked, telegram):
    """A digest would arrive in the week after, because it was tried when Telegram went."""
    telegram.revoke()
    unasked.add("wednesday", kind=DIGEST, name="digest of Wednesday")
    telegram.wait_for(lambda: sent(telegram, "getMe"))
    unasked.clock.at += DAY + 1
    telegram.accept()
    telegram.wait_for_text(ANN, "digest of Wednesday", timeout=60)
    assert len(telegram.texts(ANN)) == 1


def test_a_pause_of_telegram_holds_up_that_chat_alone(unasked, telegram):
    """One chat's limit would keep all alerts of all others."""
    telegram.fail("sendMessage", 429, retry_after=3, chat_id=ANN)
    unasked.add("for Ann")
    telegram.wait_for(lambda: telegram.has_failed(ANN))
    unasked.add("for Ben", BEN)
    telegram.wait_for_text(BEN, "for Ben")
    assert telegram.texts(ANN) == []
    telegram.wait_for_text(ANN, "for Ann", timeout=30)
    assert telegram.violations == []


def test_alerts_that_fire_at_once_meet_no_limit_and_delay_no_answer(make):
    """Telegram would silence the bot at the moment at which everybody's alerts fire."""
    with TelegramDouble(enforce_flood=True) as telegram:
        chats = range(1001, 1101)
        for chat in (ANN, *chats):
            telegram.say(chat, "/start")
        unasked = make(telegram=telegram, allowed=chats)
        unasked.delivery.start()
        before = threading.active_count()
        for number in range(3):
            for chat in chats:
                said = Outgoing(str(chat), ALERT, f"{number}")
                unasked.tables.write(adding(said, unasked.clock.now()))
        answer = partial(unasked.egress.bot.send_message, ANN, "the answer")
        finished(unasked.egress.deliver(ANN, answer))
        assert unasked.outbox.depth > len(chats)
        most = 0
        while unasked.outbox.depth:
            most = max(most, threading.active_count())
            within(0.2, threading.Event().wait)
        assert all(telegram.texts(chat) == ["0", "1", "2"] for chat in chats)
        assert telegram.violations == []
        # The double's threads are counted, too: one for each connection.
        assert most - before <= 4 * module.THREADS + 2


def test_the_owner_is_told_what_happens(unasked, telegram):
    """An owner would not hear that the disk is full."""
    unasked.delivery.tell_owner("⚠️ The disk is nearly full.")
    telegram.wait_for_text(ANN, "⚠️ The disk is nearly full.")
    assert telegram.texts(BEN) == []


def test_what_cannot_be_kept_is_sent_all_the_same(unasked, telegram):
    """On a full disk the owner would not hear of it, and an alert would be lost."""
    unasked.store.close()
    unasked.delivery.tell_owner("⚠️ The disk is full.")
    telegram.wait_for_text(ANN, "⚠️ The disk is full.")
    unasked.delivery.direct(Outgoing(str(ANN), ALERT, "BTC above 100"))
    for_ben = Outgoing(str(BEN), ALERT, "for Ben")
    unasked.delivery.direct(for_ben)
    telegram.wait_for_text(BEN, "for Ben")
    telegram.wait_for(lambda: len(telegram.texts(ANN)) == 2)
    wait_until(lambda: not any(unasked.delivery._unwritten.values()), 10)
    assert not unasked.delivery.waits(for_ben)


@pytest.mark.parametrize("is_stopped", [False, True])
def test_what_has_arrived_is_not_sent_again_where_that_cannot_be_noted(
    unasked, telegram, is_stopped
):
    """On a full disk one alert would come again and again, for ever, or after the next start."""
    unasked.store.write(
        "CREATE TRIGGER full BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    for number in range(3):
        unasked.add(f"{number}")
    telegram.wait_for(lambda: len(telegram.texts(ANN)) == 3)
    wait_until(lambda: sum(map(len, unasked.delivery._unnoted.values())) == 3, 10)
    unasked.store.write("DROP TRIGGER full")
    if is_stopped:
        unasked.delivery.stop()
        assert unasked.outbox.depth == 0
    unasked.outbox.arrived.set()
    wait_until(lambda: unasked.outbox.depth == 0, 10)
    assert telegram.texts(ANN) == ["0", "1", "2"]


def test_what_is_for_the_terminal_waits_for_an_owner(make, telegram):
    """What was armed in the terminal would be told to nobody, or to somebody else."""
    unasked = make(owners=(), allowed=())
    unasked.delivery.start()
    unasked.add("armed in the terminal", TERMINAL)
    unasked.delivery.tell_owner("⚠️ The store is damaged.")
    unasked.clock.at += 120
    assert telegram.screen(ANN) == []
    unasked.access.pair(ANN, unasked.access.pairing_code)
    unasked.delivery.answered(str(ANN))
    telegram.wait_for(lambda: len(telegram.texts(ANN)) == 2)
    terminal, notice = telegram.texts(ANN)
    assert terminal == "armed in the terminal"
    assert notice.startswith("⚠️ The store is damaged.\n🕐 Written 2")


def test_stopping_is_immediate_and_leaves_the_rest_in_the_outbox(make, telegram):
    """Ctrl-C would take as long as Telegram is away, or lose what was to be told."""
    unasked = make()
    telegram.fail("sendMessage", 500, times=999)
    unasked.delivery.start()
    unasked.add()
    telegram.wait_for(lambda: sent(telegram) >= 1)
    unasked.end()
    again = Store(unasked.path)
    assert Outbox(again).depth == 1
    again.close()


def test_the_owner_is_told_after_the_first_message(telegram):
    """A notice from before the first /start would stand in the log alone."""
    bot = make_bot(telegram)
    bot.connect()
    bot._delivery.tell_owner("⚠️ The store is damaged.")
    wait_until(lambda: bot._delivery._suspensions.holds(OWNER), 10)
    # Telegram lets no bot begin a chat.
    (refused,) = telegram.violations
    assert "chat not found" in refused
    telegram.violations.clear()
    polling = threading.Thread(target=bot.poll, daemon=True)
    polling.start()
    telegram.say(OWNER, "/start")
    telegram.wait_for(lambda: len(telegram.texts(OWNER)) == 2)
    first, notice = telegram.texts(OWNER)
    assert "I'm Engram" in first
    assert notice == "⚠️ The store is damaged."
    bot.stop()
    telegram.stop()
    assert ends(polling, 10)


def test_who_has_blocked_the_bot_again_is_not_told_that_it_can_be_reached(telegram):
    """An old question that is answered after a restart would count as a sign of life."""
    bot = make_bot(telegram)
    bot.connect()
    telegram.say(OWNER, "/start")
    bot._delivery._suspensions.begin(OWNER)
    telegram.fail("*", 403, times=99, chat_id=OWNER)
    polling = threading.Thread(target=bot.poll, daemon=True)
    polling.start()
    wait_until(lambda: bot._inbox.depth == 0 and sent(telegram), 20)
    assert bot._delivery._suspensions.holds(OWNER)
    bot.stop()
    telegram.stop()
    assert ends(polling, 10)


def test_a_message_that_cannot_even_be_tried_holds_nothing_up(unasked, telegram, monkeypatch):
    """One odd message would be the last one that the chat gets."""
    send = module.UnaskedMessage.send

    def odd(self, messenger, egress):
        if self.kind == WATCH:
            raise ValueError("odd")
        return send(self, messenger, egress)

    monkeypatch.setattr(module.UnaskedMessage, "send", odd)
    unasked.add("odd", kind=WATCH)
    unasked.add("next")
    telegram.wait_for_text(ANN, "next")
    unasked.add("and the one after it")
    telegram.wait_for_text(ANN, "and the one after it")
    wait_until(lambda: unasked.outbox.depth == 1, 10)


def test_a_store_that_another_process_has_locked_doubles_nothing(unasked, telegram):
    """While somebody copies the file, each alert would come again and again."""
    other = sqlite3.connect(unasked.path, isolation_level=None)
    for number in range(3):
        unasked.add(f"{number}", BEN)
    telegram.wait_for_text(BEN, "0")
    other.execute("BEGIN IMMEDIATE")
    unasked.delivery.tell_owner("⚠️ The model server is gone.")
    telegram.wait_for_text(ANN, "⚠️ The model server is gone.")
    telegram.wait_for(lambda: len(telegram.texts(BEN)) == 3)
    for _ in range(3):
        unasked.outbox.arrived.set()
        wait_until(lambda: not unasked.outbox.arrived.is_set(), 20)
    other.execute("ROLLBACK")
    other.close()
    wait_until(lambda: unasked.outbox.depth == 0, 20)
    assert telegram.texts(BEN) == ["0", "1", "2"]
    assert len(telegram.texts(ANN)) == 1
