"""Alerts while time does what it likes, with `launcher.py` as a process.

The exchange has a clock of its own, which is always right; that of the bot jumps.
"""

from __future__ import annotations

import signal
import sys

import pytest

from tests.conftest import OWNER
from tests.test_hard_times import no_file_grows
from tests.world import COINS, HOUR, MINUTE, World

resource = pytest.importorskip("resource", reason="Windows stops and limits no process like this")
pytestmark = pytest.mark.unpaced


@pytest.fixture
def world(tmp_path, telegram, exchange, launcher):
    """All of it; nothing runs yet."""
    return World(tmp_path, telegram, exchange, launcher)


def test_no_wick_is_overlooked_however_long_nobody_looked(world):
    """Somebody would sleep through what they asked to be woken for."""
    world.start()
    # What was there before is nothing to be told of, also in the minute of arming.
    world.wick("BTC", world.now() - 2, 200.0)
    for coin in COINS:
        world.arm(f"{coin} > 110")
    world.look()
    assert world.fired() == []
    # Between two looks.
    when = world.wick("BTC", world.minute() + 25, 120.0)
    world.wait_for_fired(120, when)
    # While the exchange is away.
    world.exchange.fail("klines", "503", times=None)
    when = world.wick("ETH", world.minute() + 65, 121.0)
    world.wait_until(world.now() + 8 * MINUTE)
    world.exchange.heal()
    world.wait_for_fired(121, when, is_away=True)
    # While the bot is dead, for three hours.
    world.look()
    world.bot.stop(signal.SIGKILL)
    when = world.wick("SOL", world.minute() + 1.5 * HOUR, 122.0)
    # Somebody tries another exchange meanwhile.
    world.configure("kraken")
    world.start()
    world.wait_for_notice("⚠️ I cannot watch Binance: Binance is not in config.ini any more")
    assert "is not in config.ini any more" in world.telegram.answer_to(OWNER, "/alerts", "SOL").text
    world.bot.stop()
    world.skip(hours=3)
    world.configure("binance")
    world.start()
    world.wait_for_fired(122, when, is_away=True)
    world.wait_for_notice("✅ I can watch Binance again")
    # While it is stopped, for longer than a request for minutes reaches.
    world.look()
    world.bot.process.send_signal(signal.SIGSTOP)
    when = world.wick("DOGE", world.minute() + 7 * HOUR, 123.0)
    world.skip(hours=26)
    world.bot.process.send_signal(signal.SIGCONT)
    world.wait_for_fired(123, when, is_away=True)
    world.look()
    assert len(world.fired()) == 4
    assert world.bot.stop() == 0
    assert "Traceback" not in world.bot.output


def test_clocks_that_jump_neither_lose_nor_double_anything(world):
    """A digest or an alert would come twice, or never, or tell of what was before it was armed."""
    say, digests = world.telegram.answer_to, world.digests
    world.start()
    say(OWNER, "/timezone Europe/Berlin", "Berlin")
    say(OWNER, "/digest 02:30", "each day at 02:30 in Berlin")
    world.arm("BTC > 110")
    world.reach("26 01:30")
    world.wait(lambda: digests() == ["🗞 Digest · Fri 26 Mar 02:30 in Berlin"])
    # Somebody sets the clock back: half past two comes again.
    world.clock.jump(hours=-3)
    world.wick("ETH", world.now() - 1, 200.0)
    world.arm("ETH > 110")
    when = world.wick("BTC", world.minute() + 20, 120.0)
    world.wait_for_fired(120, when)
    world.reach("26 04:30")
    # And ahead, by more than it was wrong before.
    world.clock.jump(hours=8)
    world.wick("SOL", world.now() - 1, 200.0)
    world.arm("SOL > 110")
    when = world.wick("ETH", world.minute() + 20, 121.0)
    world.wait_for_fired(121, when)
    world.clock.set(world.now())
    # A place where half past two of the same day is still to come.
    say(OWNER, "/timezone America/New_York", "America/New_York")
    world.reach("26 06:30")
    say(OWNER, "/timezone Europe/Berlin", "Berlin")
    assert len(digests()) == 1
    # The machine sleeps through the next one.
    when = world.wick("SOL", world.minute() + 7 * HOUR, 122.0)
    world.sleep(hours=22)
    world.wait_for_fired(122, when, is_away=True)
    world.wait(lambda: len(digests()) == 2)
    # The night without a half past two.
    world.arm("DOGE > 110")
    world.reach("28 01:00")
    world.wait(lambda: len(digests()) == 3)
    assert digests()[-1] == "🗞 Digest · Sun 28 Mar 03:00 in Berlin"
    world.look()
    assert len(world.fired()) == 3
    assert len(digests()) == 3
    assert world.bot.stop() == 0
    assert "Traceback" not in world.bot.output


def test_what_cannot_be_watched_is_told_once_and_so_is_its_return(world):
    """Somebody would rely on alerts that nobody looks at, or read the same warning each hour."""
    exchange = world.exchange
    world.start()
    for coin in COINS:
        world.arm(f"{coin} > 110")
    # What the exchange lists was asked an hour ago: with a new list it would be doubted for longer.
    world.skip(hours=1)
    world.look()
    # One market stands still, one is not listed any more, and the rest goes on.
    exchange.freeze("ETH/USDT")
    exchange.delist("SOL/USDT")
    world.wait_for_notice("⚠️ I cannot watch SOL/USDT on Binance: Binance does not list")
    world.wait_for_notice("⚠️ I cannot watch ETH/USDT on Binance: Binance has sent nothing new")
    exchange.thaw("ETH/USDT")
    world.wait_for_notice("✅ I can watch ETH/USDT on Binance again")
    # The exchange is away, also after a restart.
    exchange.fail("klines", "503", times=None)
    world.wait_for_notice("⚠️ I cannot watch Binance: Binance ")
    when = world.wick("BTC", world.minute() + 30, 120.0)
    world.bot.stop(signal.SIGKILL)
    world.start()
    world.wait_until(world.now() + 20 * MINUTE)
    assert len(world.notices()) == 4, world.notices()
    exchange.heal()
    world.wait_for_fired(120, when, is_away=True)
    world.wait_for_notice("✅ I can watch Binance again")


@pytest.mark.skipif(sys.platform != "linux", reason="others limit no other process")
def test_what_fires_while_the_disk_is_full_is_told_once(world):
    """Somebody would not be woken because of a log file, or be woken again each minute."""
    world.start()
    for coin in COINS[:2]:
        world.arm(f"{coin} > 110")
    world.look()
    process = world.bot.process
    no_file_grows(process.pid, 0)
    world.wick("BTC", world.minute() + 20, 120.0)
    world.wait(lambda: world.fired())
    world.wait_until(world.now() + HOUR)
    assert len(world.fired()) == 1
    no_file_grows(process.pid, resource.RLIM_INFINITY)
    world.wait(lambda: world.rows("SELECT 1 FROM alerts WHERE state = 'delivered'"))
    # The disk has room again before Telegram is there again, and the bot dies before that.
    no_file_grows(process.pid, 0)
    world.telegram.down()
    when = world.wick("ETH", world.minute() + 20, 121.0)
    world.wait_until(world.now() + 5 * MINUTE)
    no_file_grows(process.pid, resource.RLIM_INFINITY)
    world.wait_until(world.now() + 5 * MINUTE)
    world.bot.stop(signal.SIGKILL)
    world.telegram.up()
    world.start()
    world.seen = 1
    world.wait_for_fired(121, when, is_away=True)
