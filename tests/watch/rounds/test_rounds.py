"""Everything that is armed is looked at, for as long as it is."""

import subprocess
import sys
import threading

import pytest

from engram.storage.watch.armed import Place
from engram.watch.rounds.rounds import DELISTED, LOOK_FOR, TELL, Rounds
from tests.doubles.tape import Tape
from tests.machine_speed import ends, within
from tests.watch.rounds.conftest import BTC, DAY, HOUR, MINUTE, Bot

TWO = DAY + 2 * HOUR
KRAKEN = Place("kraken", "BTC/USD", "1m")


@pytest.fixture
def rounds(bot):
    """Rounds that end with the test."""
    rounds = Rounds(bot.parts)
    yield rounds
    rounds.stop()


def soon(check):
    """Whether it is so, soon."""

    def wait(_: float) -> bool:
        return bool(check())

    return within(15.0, wait)


def looked(bot, place=BTC, minutes=1):
    """Let minutes pass, each until all alerts there were looked at."""
    for _ in range(minutes):
        now = bot.clock.now()
        assert soon(lambda now=now: all(
            one.looked_at >= now for one in bot.tables.alerts.at(place)
        ))  # fmt: skip
        bot.clock.advance(MINUTE)


def test_an_alert_fires_without_anybody_asking(bot, rounds):
    """A trader would have to look at the price after all."""
    bot.alert("price > 110")
    rounds.start()
    bot.clock.advance(1)
    looked(bot, minutes=3)
    bot.exchange.tapes["BTC/USDT"].trade(bot.clock.now() + 20, 111.0)
    bot.clock.advance(MINUTE)
    assert soon(bot.texts)


def test_the_age_of_the_last_look_is_known(bot, rounds):
    """No alarm would ring while nothing is looked at."""
    assert rounds.ages == {}
    bot.alert("price > 110")
    rounds.start()
    assert soon(lambda: rounds.ages == {"binance": 0.0})
    bot.exchange.fail("klines", "503", times=None)
    bot.clock.advance(10 * MINUTE)
    assert soon(lambda: rounds.ages["binance"] >= 10 * MINUTE)
    bot.exchange.heal()
    assert soon(lambda: bot.clock.advance(LOOK_FOR) or rounds.ages["binance"] < 5 * MINUTE)


def test_nobody_is_asked_while_nothing_is_armed(bot, rounds):
    """A bot without alerts would send requests to exchanges all day."""
    asked = []
    rounds.start(lambda: asked.append(1) is None)
    assert soon(lambda: bot.clock.advance(LOOK_FOR) or len(asked) > 3)
    assert bot.exchange.asked == []


def test_nothing_is_imported_while_nothing_is_armed():
    """A bot on a small machine would pay 45 MB for alerts that nobody has."""
    code = (
        "import sys, engram.watch.rounds.rounds;"
        "print(*(name for name in ('ccxt', 'numpy', 'talib', 'matplotlib') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_an_exchange_that_hangs_holds_up_no_other(tmp_path, clock, exchange, bot):
    """Who has alerts at one exchange would miss them because of another one."""
    both = Bot(bot.store, clock, exchange, ("kraken", "binance"))
    exchange.tapes["BTC/USD"] = Tape([(DAY, 100.0)])
    both.alert("price > 110", KRAKEN)
    both.alert("price > 110")
    exchange.fail("OHLC", "hang", times=None)
    rounds = Rounds(both.parts)
    rounds.start()
    looked(both, minutes=4)
    assert exchange.count("OHLC") <= 2
    exchange.tapes["BTC/USDT"].trade(clock.now() + 10, 111.0)
    clock.advance(MINUTE)
    assert soon(both.texts)
    rounds.stop()


def test_who_may_not_look_does_not(bot, rounds):
    """A terminal would look beside the bot, and both would tell."""
    allowed, asked = [], []
    bot.alert("price > 110")
    rounds.start(lambda: asked.append(1) or bool(allowed))
    assert soon(lambda: bot.clock.advance(LOOK_FOR) or len(asked) > 3)
    assert bot.exchange.asked == []
    allowed.append(1)
    assert soon(lambda: bot.clock.advance(LOOK_FOR) or bot.exchange.count("klines"))


def test_what_cannot_be_watched_is_told_and_then_that_it_works(bot, rounds):
    """An outage of an exchange would look like a quiet day."""
    bot.alert("price > 110")
    bot.exchange.fail("klines", "503", times=None)
    rounds.start()
    assert soon(lambda: bot.exchange.count("klines"))

    def told():
        bot.clock.advance(TELL / 2)
        return bot.tables.outbox.depth

    assert soon(told)
    assert bot.texts()[0].startswith("⚠️ I cannot watch Binance: Binance could not answer.")
    bot.exchange.heal()
    assert soon(told)
    assert bot.texts() == ["✅ I can watch Binance again, and have looked at the time between."]


def test_a_delisted_market_is_asked_for_each_hour(bot, rounds):
    """A market that comes back would never be looked at again, or be asked for each minute."""
    bot.alert("price > 110")
    rounds.start()
    looked(bot)
    bot.exchange.delist("BTC/USDT")

    def told():
        bot.clock.advance(TELL)
        return bot.tables.outbox.depth

    assert soon(told)
    assert "does not list BTC/USDT any more" in bot.texts()[0]
    asked = bot.exchange.count("klines")
    for _ in range(20):
        bot.clock.advance(TELL)
    assert bot.exchange.count("klines") == asked
    bot.exchange.relist("BTC/USDT")
    bot.exchange.tapes["BTC/USDT"].trade(bot.clock.now() + 30, 111.0)
    bot.clock.advance(DELISTED)
    assert soon(lambda: bot.tables.outbox.depth)
    assert "111.00 on Binance at " in bot.texts()[0]


def test_a_frozen_market_is_told_and_looked_at_further(bot, rounds):
    """Nobody would know why nothing happens, or that something does again."""
    bot.alert("price > 110")
    rounds.start()
    looked(bot)
    bot.exchange.freeze("BTC/USDT")

    def told():
        bot.clock.advance(MINUTE / 2)
        return bot.tables.outbox.depth or threading.Event().wait(0.05)

    assert soon(told)
    assert "Binance has sent nothing new of it for 15 minutes" in bot.texts()[0]
    bot.exchange.thaw("BTC/USDT")
    assert soon(told)
    assert bot.texts()[0].startswith("✅ I can watch BTC/USDT on Binance again")


def test_a_bug_is_no_end_of_looking(bot, rounds):
    """One surprise would silence all alerts until a restart, without a word."""
    bot.alert("price > 110")
    rounds.start()
    looked(bot)
    kept, bot.tables.digests = bot.tables.digests, None
    bot.exchange.tapes["BTC/USDT"].trade(bot.clock.now() + 1, 111.0)

    def told():
        bot.clock.advance(MINUTE / 2)
        return bot.tables.outbox.depth or threading.Event().wait(0.05)

    assert soon(told)
    assert "Binance sent what I could not judge" in bot.texts()[0]
    bot.tables.digests = kept
    assert soon(lambda: told() and bot.tables.alerts.armed() == [])


def test_it_stops_at_once(bot, rounds):
    """Ctrl-C would wait for an exchange."""
    bot.alert("price > 110")
    bot.exchange.fail("klines", "hang", times=None)
    rounds.start()
    assert soon(lambda: bot.exchange.count("klines"))
    threads = [one for one in threading.enumerate() if one.name == "watch"]
    rounds.stop()
    assert all(ends(one, 5.0) for one in threads)
