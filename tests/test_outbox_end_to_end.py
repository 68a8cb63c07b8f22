"""Killed while something that nobody asked for is on its way: it arrives, and not three times."""

import signal

import pytest

from engram.storage.outbox import ALERT, DIGEST, Outbox, Outgoing
from engram.storage.store import Store
from engram.storage.watch.tables import WatchTables
from tests.conftest import OWNER, wait_until
from tests.watch.arming.desk_stand import set_price

NOW = 1_795_339_800.0


@pytest.fixture
def outbox(tmp_path):
    """The outbox of the bot's store, for another process such as a terminal's."""
    store = Store(tmp_path / "engram.db")
    yield Outbox(store)
    store.close()


def count(telegram, text):
    """How often the text is on the owner's screen."""
    return telegram.texts(OWNER).count(text)


@pytest.mark.parametrize("kind", [ALERT, DIGEST])
def test_killed_between_sending_and_the_reply(bot, telegram, outbox, kind):
    """An alert would be lost in that moment, or come again after each restart."""
    running = bot()
    telegram.say(OWNER, "/start")
    telegram.wait_for_text(OWNER, "I'm Engram")
    telegram.slow_down("sendMessage", late=600, chat_id=OWNER)
    outbox.add(Outgoing(str(OWNER), kind, "BTC above 100", name="today's"), 4 * NOW)
    telegram.wait_for(lambda: count(telegram, "BTC above 100") == 1, timeout=60)
    assert outbox.next(str(OWNER)).was_begun
    for _ in range(2):
        running.stop(signal.SIGKILL)
        running.start()
        wait_until(lambda: outbox.depth == 0, 60)
    telegram.say(OWNER, "/help")
    telegram.wait_for_text(OWNER, "What I can do")
    assert count(telegram, "BTC above 100") == 2


def test_killed_while_telegram_takes_nothing(bot, telegram, outbox):
    """An alert that fires during an outage would be lost with the process, or come twice."""
    running = bot()
    telegram.say(OWNER, "/start")
    telegram.wait_for_text(OWNER, "I'm Engram")
    telegram.fail("sendMessage", 500, times=999)
    for number in range(3):
        outbox.add(Outgoing(str(OWNER), ALERT, f"alert {number}"), NOW)
    wait_until(lambda: outbox.next(str(OWNER)).was_begun, 60)
    running.stop(signal.SIGKILL)
    telegram._scripts.clear()
    running.start()
    wait_until(lambda: outbox.depth == 0, 60)
    assert telegram.texts(OWNER)[1:] == ["alert 0", "alert 1", "alert 2"]


@pytest.mark.covered
def test_who_blocked_the_bot_arms_all_anew_with_one_press(bot, telegram, outbox, exchange, market):
    """Somebody who comes back would believe that alerts are armed which nobody looks at."""
    set_price(exchange, 90.0)
    bot(after=market)
    telegram.answer_to(OWNER, "/alert BTC > 100", "🔔 Armed")
    telegram.answer_to(OWNER, "/digest 08:00", "08:00")
    tables = WatchTables(outbox._store, outbox)
    telegram.block(OWNER)
    outbox.add(Outgoing(str(OWNER), ALERT, "an alert that fired"), NOW)
    wait_until(lambda: not tables.alerts.armed(), 60)
    assert tables.digests.wanted() == []
    telegram.answer_to(OWNER, "/help", "What I can do")
    listed = telegram.wait_for_text(OWNER, "⏸ For a while I could not write to this chat")
    fired, last = telegram.texts(OWNER)[-2:]
    assert (fired, last) == ("an alert that fired", listed.text)
    assert "🔔 BTC/USDT rises above 100.00\n🗞 the digest at 08:00\n" in listed.text
    telegram.press(OWNER, listed.message_id, dict(listed.buttons)["🔁 Arm all anew"])
    telegram.wait_for_text(OWNER, "🔁 Armed anew:")
    assert [one.condition for one in tables.alerts.armed()] == ["price > 100"]
    assert [one.minute for one in tables.digests.wanted()] == ["08:00"]
