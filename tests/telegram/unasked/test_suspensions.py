"""Chats to which nothing can be said."""

import pytest

from engram.storage.watch.armed import SUSPENDED
from tests.conftest import wait_until
from tests.telegram.unasked.conftest import ANN, BEN, DAY, GROUP, sent


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: PEER_ID_INVALID"),
    ],
)
def test_a_chat_that_is_gone_is_suspended_and_told_all_when_it_is_back(
    unasked, telegram, code, why
):
    """Alerts that fired while somebody had blocked the bot would be lost, or be tried for ever."""
    armed = unasked.arm(update="message/1")
    fired = unasked.arm(update="message/2")
    unasked.tables.digests.put_minute(str(ANN), "08:00", 1.0)
    telegram.fail("sendMessage", code, why, times=99, chat_id=ANN)
    unasked.fire(fired, "ETH fired")
    wait_until(lambda: unasked.tables.suspended_chats() == [ANN], 10)
    unasked.add("later")
    unasked.add("for Ben", BEN)
    telegram.wait_for_text(BEN, "for Ben")
    assert sent(telegram, chat=ANN) == 1
    assert unasked.tables.alerts.armed() == []
    assert unasked.tables.digests.wanted() == []
    telegram._scripts.clear()
    unasked.clock.at += 40 * DAY
    unasked.delivery.answered(str(ANN))
    telegram.wait_for(lambda: len(telegram.texts(ANN)) == 3, timeout=30)
    first, second, listed = telegram.screen(ANN)
    assert (first.text, second.text) == ("ETH fired", "later")
    assert "🔔 BTC/USDT rises above 100.00\n🗞 the digest at 08:00\n" in listed.text
    assert listed.buttons == [("🔁 Arm all anew", "/resume")]
    assert unasked.tables.alerts.of_chat(str(ANN), SUSPENDED) == [
        unasked.tables.alerts.numbered(armed.number)
    ]
    unasked.delivery.answered(str(ANN))
    unasked.add("the last")
    telegram.wait_for(lambda: telegram.texts(ANN)[3:] == ["the last"], timeout=30)


def test_a_chat_that_is_taken_out_while_the_bot_runs_is_suspended(unasked, telegram):
    """What somebody armed who may not speak any more would go on being told."""
    unasked.arm(BEN)
    unasked.access.configure([GROUP], [ANN])
    unasked.delivery.suspend_strangers()
    assert unasked.tables.suspended_chats() == [BEN]
    # Something was asked before.
    unasked.arm(BEN, "message/2")
    unasked.delivery.answered(str(BEN))
    assert unasked.tables.suspended_chats() == [BEN]
    assert unasked.tables.alerts.armed() == []
    unasked.access.configure([GROUP, BEN], [ANN])
    unasked.delivery.answered(str(BEN))
    telegram.wait_for_text(BEN, "🔔 BTC/USDT rises above 100.00")


def test_a_chat_that_is_suspended_stays_so_over_a_restart(make, telegram):
    """Telegram would be asked again and again for somebody who has blocked the bot."""
    first = make()
    first.add()
    first.tables.suspend(str(ANN))
    first.end()
    second = make()
    second.delivery.start()
    second.add("for Ben", BEN)
    telegram.wait_for_text(BEN, "for Ben")
    assert telegram.texts(ANN) == []
    second.delivery.answered(str(ANN))
    telegram.wait_for_text(ANN, "BTC above 100")


def test_who_is_not_allowed_any_more_is_told_nothing(make, telegram):
    """Somebody whom the owner has taken out of config.ini would be told of markets for ever."""
    first = make()
    first.arm(BEN)
    first.add("before", BEN)
    first.end()
    second = make(allowed=())
    second.delivery.start()
    assert second.tables.alerts.armed() == []
    second.add("for Ann")
    telegram.wait_for_text(ANN, "for Ann")
    assert telegram.texts(BEN) == []
    second.end()
    third = make()
    third.delivery.start()
    third.delivery.answered(str(BEN))
    telegram.wait_for(lambda: len(telegram.texts(BEN)) == 2)
    assert telegram.texts(BEN)[0] == "before"
    assert "BTC/USDT rises above 100.00" in telegram.texts(BEN)[1]


def test_a_group_that_is_suspended_stays_so_under_its_other_id(unasked, telegram):
    """A group that had removed the bot and grew would never be told what it missed."""
    unasked.arm(GROUP)
    telegram.fail("sendMessage", 403, times=99, chat_id=GROUP)
    unasked.add("missed", GROUP)
    wait_until(lambda: unasked.tables.suspended_chats() == [GROUP], 10)
    unasked.store.moves.move(GROUP, -1001)
    telegram.say(-1001, "hi")
    unasked.outbox.arrived.set()
    unasked.add("for Ann")
    telegram.wait_for_text(ANN, "for Ann")
    assert telegram.texts(-1001) == []
    unasked.delivery.answered("-1001")
    telegram.wait_for(lambda: len(telegram.texts(-1001)) == 2, timeout=30)
    assert telegram.texts(-1001)[0] == "missed"
    assert unasked.tables.suspended_chats() == []
