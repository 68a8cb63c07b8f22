"""Looks at one exchange: what they bring, what they keep, and what counts as delisted."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from engram.config.settings import ExchangeSettings
from engram.core.errors import DelistedError, ExchangeError
from engram.market.exchanges import ccxt_client, lines
from engram.market.exchanges.exchange import Exchange
from engram.market.exchanges.looks import LIST_AGE, Looks, Rows, Ticker
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.memory import Memory
from tests.doubles.tape import Tape
from tests.machine_speed import LONG, IdleClock, ends, slowness, within

BTC = "BTC/USDT"
# The beginning of a minute.
MINUTE = 1_795_339_800
NOW = MINUTE + 30.0


@pytest.fixture
def clock() -> SimpleNamespace:
    """The clock of this machine and of the exchange, which stands still until a test turns it."""
    return SimpleNamespace(now=NOW)


@pytest.fixture
def double(clock: SimpleNamespace) -> Iterator[ExchangeDouble]:
    """The exchanges; a request that is none of theirs fails the test."""
    with ExchangeDouble() as double:
        double.now = lambda: clock.now
        double.tapes[BTC] = Tape([(MINUTE - 120, 100.0)])
        yield double
    assert not double.errors


def exchange_of(double: ExchangeDouble, clock: SimpleNamespace, id_: str = "binance") -> Exchange:
    """An exchange that asks the double."""
    settings = ExchangeSettings(api_url=double.url)
    return Exchange(id_, settings, Memory(), lambda: clock.now)


@pytest.fixture
def exchange(double: ExchangeDouble, clock: SimpleNamespace) -> Exchange:
    """Binance."""
    return exchange_of(double, clock)


@pytest.fixture
def looks(exchange: Exchange, clock: SimpleNamespace) -> Looks:
    """Looks at Binance."""
    return Looks(exchange, lambda: clock.now)


def soon(seconds: float = LONG) -> float:
    """A point in time."""
    return time.monotonic() + seconds


def rows(looks: Looks, since: float, limit: int = 1000, symbol: str = BTC) -> Rows:
    """Minutes of `symbol` from that time on, in seconds."""
    return looks.rows(symbol, "1m", int(since * 1000), limit, soon())


def asking() -> int:
    """How many calls have a thread."""
    return sum(one.name == "ask-binance" for one in threading.enumerate())


def until(is_so: Callable[[], object], seconds: float) -> bool:
    """Whether it is so within that time."""
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(is_so())


def test_the_minutes_since_a_time_with_the_open_one(looks: Looks, double: ExchangeDouble) -> None:
    """A wick between two looks would be overlooked, or the time of an alert be another."""
    double.tapes[BTC].trade(MINUTE - 30, 140.0)
    double.tapes[BTC].trade(MINUTE - 29, 101.0)
    found = rows(looks, MINUTE - 60)
    assert found.rows == (
        ((MINUTE - 60) * 1000, 100.0, 140.0, 100.0, 101.0, 2.0),
        (MINUTE * 1000, 101.0, 101.0, 101.0, 101.0, 0.0),
    )
    assert found.server_time == pytest.approx(NOW, abs=1)
    assert double.asked[-1][1]["startTime"] == f"{(MINUTE - 60) * 1000}"


def test_what_has_not_begun_has_no_candles(looks: Looks) -> None:
    """An exchange that is a moment behind would count as one that fails."""
    assert rows(looks, MINUTE + 60).rows == ()


@pytest.mark.parametrize("limit", [5, 1000, 2000])
def test_at_most_so_many_as_the_exchange_sends(
    looks: Looks, double: ExchangeDouble, limit: int
) -> None:
    """A request for more would be refused, in the middle of making up for an absence."""
    double.tapes[BTC] = Tape([(MINUTE - 200_000, 100.0)])
    found = rows(looks, MINUTE - 180_000, limit)
    assert len(found.rows) == min(limit, 1000)
    assert found.rows[0][0] == (MINUTE - 180_000) * 1000


@pytest.mark.parametrize("id_", ["kraken", "upbit", "bithumb"])
def test_other_exchanges_understand_since_when(
    double: ExchangeDouble, clock: SimpleNamespace, id_: str
) -> None:
    """Where candles are asked for in another way, minutes would be missing after an absence."""
    double.tapes[BTC] = Tape([(MINUTE - 600 * 60, 100.0)])
    looks = Looks(exchange_of(double, clock, id_), lambda: clock.now)
    found = rows(looks, MINUTE - 300 * 60, 100)
    assert [row[0] for row in found.rows[:2]] == [
        (MINUTE - 300 * 60) * 1000,
        (MINUTE - 299 * 60) * 1000,
    ]
    newest = rows(looks, MINUTE - 60, 5)
    assert [row[0] for row in newest.rows] == [(MINUTE - 60) * 1000, MINUTE * 1000]


def test_the_clock_of_this_machine_has_no_say(
    double: ExchangeDouble, clock: SimpleNamespace
) -> None:
    """With a clock that is hours behind, each candle would be one from the future."""
    late = SimpleNamespace(now=NOW - 7200)
    looks = Looks(exchange_of(double, late), lambda: 0.0)
    assert rows(looks, MINUTE).rows[-1][0] == MINUTE * 1000
    double.dated = False
    assert rows(looks, MINUTE).server_time is None
    assert rows(looks, MINUTE).rows[-1][0] == MINUTE * 1000


@pytest.mark.parametrize("how", ["junk", "null", "nan", "html", "broken", "503", "429", "reset"])
def test_a_failure_is_told_in_words(looks: Looks, double: ExchangeDouble, how: str) -> None:
    """One answer that is no answer would end the rounds, or a price be made up of it."""
    assert rows(looks, MINUTE).rows
    double.fail("klines", how, times=3)
    with pytest.raises(ExchangeError) as caught:
        rows(looks, MINUTE)
    assert not isinstance(caught.value, DelistedError)


def test_what_ccxt_cannot_read_is_no_lack_of_candles(looks: Looks, double: ExchangeDouble) -> None:
    """An alert would seem to be looked at, and never fire."""
    double.fail("klines", "junk")
    with pytest.raises(ExchangeError, match="sent no usable candles"):
        rows(looks, MINUTE)
    assert double.count("klines") == 2


@pytest.mark.parametrize(("how", "why"), [("empty", "sent no usable price"), ("null", "sent no")])
def test_a_ticker_without_a_price(looks: Looks, double: ExchangeDouble, how: str, why: str) -> None:
    """A market would seem to move, or to be worth nothing."""
    double.fail("ticker", how)
    with pytest.raises(ExchangeError, match=why):
        looks.ticker(BTC, soon())


def test_an_exchange_without_tickers(double: ExchangeDouble, clock: SimpleNamespace) -> None:
    """Its markets would seem to be in trouble, for a reason that no person can read."""
    store = Memory()
    markets = {BTC: ["BTC-USDT", "BTC", "USDT"]}
    store.put("markets/deepcoin", json.dumps({"at": NOW, "markets": markets}))
    settings = ExchangeSettings(api_url=double.url)
    exchange = Exchange("deepcoin", settings, store, lambda: clock.now)
    with pytest.raises(ExchangeError, match="tells no price beside its candles"):
        Looks(exchange, lambda: clock.now).ticker(BTC, soon())
    assert double.asked == []


def test_a_failed_look_pauses_no_answers(
    looks: Looks, exchange: Exchange, double: ExchangeDouble
) -> None:
    """People would be told of an outage because of something that nobody waits for."""
    exchange.markets(soon())
    double.fail("klines", "503")
    with pytest.raises(ExchangeError, match="could not answer"):
        rows(looks, MINUTE)
    with pytest.raises(ExchangeError, match="could not answer"):
        rows(looks, MINUTE)
    assert exchange.candles(BTC, "1h", 5, soon()).price == 100.0


def test_one_broken_market_holds_up_no_other(looks: Looks, double: ExchangeDouble) -> None:
    """All alerts at an exchange would stand still because of one market that it cannot serve."""
    rows(looks, MINUTE)
    double.fail("klines/ETHUSDT", "503", times=None)
    for _ in range(2):
        with pytest.raises(ExchangeError, match="could not answer"):
            rows(looks, MINUTE, symbol="ETH/USDT")
        assert rows(looks, MINUTE).rows
    double.fail("klines", "503", times=None)
    for symbol in ("ETH/USDT", "SOL/USDT", "BTC/USDT", "DOGE/USDT"):
        with pytest.raises(ExchangeError, match="could not answer"):
            rows(looks, MINUTE, symbol=symbol)
    # Where two fail one after the other, the exchange is left alone; ETH is left alone already.
    asked = [double.count(f"klines/{id_}") for id_ in ("SOLUSDT", "BTCUSDT", "DOGEUSDT")]
    assert asked == [1, 4, 0]


def test_a_look_that_hangs_ends_in_time_with_its_thread(
    looks: Looks, double: ExchangeDouble, idle_clock: IdleClock
) -> None:
    """A thread would be lost each minute for as long as an exchange hangs."""
    rows(looks, MINUTE)
    double.fail("klines", "hang")
    began = time.monotonic()
    with pytest.raises(ExchangeError, match="did not answer in time"):
        looks.rows(BTC, "1m", MINUTE * 1000, 5, soon(0.3))
    assert idle_clock.since(began) < 5
    assert within(10, lambda seconds: until(lambda: not asking(), seconds))


def test_the_connection_is_kept(looks: Looks, double: ExchangeDouble) -> None:
    """A look would cost a new connection and a new ccxt object, five times its processor time."""
    for _ in range(5):
        rows(looks, MINUTE)
    assert double.connections <= 2


@pytest.mark.parametrize("name", ["time", "monotonic"])
def test_a_connection_that_was_idle_for_long_is_not_trusted(
    looks: Looks, double: ExchangeDouble, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """After a sleep of the machine each look would wait in vain, and the next for minutes."""
    rows(looks, MINUTE)
    before, now = double.connections, getattr(time, name)
    with monkeypatch.context() as patch:
        patch.setattr(lines, "time", SimpleNamespace(**{**vars(time), name: lambda: now() + 60}))
        rows(looks, MINUTE)
        rows(looks, MINUTE)
    assert double.connections == before + 1


def test_a_kept_connection_that_the_server_closed_is_no_failure(
    looks: Looks, double: ExchangeDouble
) -> None:
    """An exchange that closes idle connections after a minute would fail at each look."""
    rows(looks, MINUTE)
    double.fail("klines", "reset")
    assert rows(looks, MINUTE).rows
    double.stop()
    double.start()
    assert rows(looks, MINUTE).rows


def test_two_requests_keep_the_pace(looks: Looks, exchange: Exchange) -> None:
    """A round over many markets would take the room from the answers, or end in a ban."""
    rows(looks, MINUTE)
    began = time.monotonic()
    for _ in range(3):
        rows(looks, MINUTE)
    assert time.monotonic() - began >= 2 * 2 * exchange.profile.rate_limit


def test_an_exchange_is_not_blamed_for_the_wait_of_looks_for_each_other(
    double: ExchangeDouble, clock: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    """Beside a digest, looks would end as if the exchange were away, and pause for minutes."""
    looks = Looks(exchange_of(double, clock, "kraken"), lambda: clock.now)
    rows(looks, MINUTE)
    found: list[object] = []

    def look() -> None:
        # Kraken's looks are two seconds apart.
        found.append(looks.rows(BTC, "1m", MINUTE * 1000, 5, soon(1.5 * slowness())))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        assert ends(one, 60)
    assert (len(found), caplog.messages) == (4, [])


def test_what_looks_hold_is_told_without_a_pause(
    looks: Looks, double: ExchangeDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks that hang for a minute would keep the others from beginning for eight more."""
    monkeypatch.setattr(ccxt_client, "QUEUE", 0.05)
    rows(looks, MINUTE)
    double.fail("klines", "held", times=2)
    threads = [threading.Thread(target=rows, args=[looks, MINUTE]) for _ in range(2)]
    for one in threads:
        one.start()
    double.wait_for(lambda: double.count("klines") == 3)
    with pytest.raises(ExchangeError, match="did not answer in time"):
        looks.rows(BTC, "1m", MINUTE * 1000, 5, soon(0.01))
    double.let_go.set()
    for one in threads:
        assert ends(one, 30)
    assert rows(looks, MINUTE).rows


@pytest.mark.parametrize(("id_", "symbol", "at"), [("binance", BTC, NOW), ("kraken", BTC, None)])
def test_a_ticker(
    double: ExchangeDouble, clock: SimpleNamespace, id_: str, symbol: str, at: float | None
) -> None:
    """Whether a market stands still, or its data are frozen, could not be told."""
    double.tapes[symbol].trade(NOW - 1, 123.5)
    looks = Looks(exchange_of(double, clock, id_), lambda: clock.now)
    assert looks.ticker(symbol, soon()) == Ticker(123.5, at)


def test_frozen_data_stay_while_the_clock_goes_on(
    looks: Looks, double: ExchangeDouble, clock: SimpleNamespace
) -> None:
    """Tests of frozen markets would test nothing."""
    before, priced = rows(looks, MINUTE).rows, looks.ticker(BTC, soon())
    double.freeze(BTC)
    clock.now += 600
    assert (rows(looks, MINUTE).rows, looks.ticker(BTC, soon())) == (before, priced)
    double.thaw(BTC)
    assert len(rows(looks, MINUTE).rows) == 11


def test_as_many_closed_candles_as_are_wanted(looks: Looks, double: ExchangeDouble) -> None:
    """What was missed could not be judged with the thousand candles before it."""
    double.tapes[BTC] = Tape([(MINUTE - 200_000_000, 100.0)])
    found = looks.candles(BTC, "1h", 2000, soon())
    assert (len(found.close), found.exchange_id, found.is_dated) == (2000, "binance", True)
    double.asked.clear()
    assert len(looks.candles(symbol=BTC, timeframe="1h", count=999, until=soon()).close) == 999
    assert double.count("klines") == 1


def test_a_timeframe_that_the_exchange_lacks(looks: Looks, double: ExchangeDouble) -> None:
    """The log would have a traceback in place of the reason."""
    for ask in (
        lambda: looks.rows(BTC, "7m", 0, 5, soon()),
        lambda: looks.candles(BTC, "7m", 5, soon()),
    ):
        with pytest.raises(ExchangeError, match="has no 7m candles"):
            ask()
    assert double.asked == []


class TestDelisted:
    """A market counts as delisted only if the exchange says so now."""

    def test_what_was_never_listed(self, looks: Looks, double: ExchangeDouble) -> None:
        """Each minute would ask for the list again, or for candles that cannot be there."""
        for _ in range(3):
            with pytest.raises(DelistedError, match="does not list GONE/USDT any more"):
                rows(looks, MINUTE, symbol="GONE/USDT")
        assert (double.count("exchangeInfo"), double.count("klines")) == (1, 0)

    def test_an_old_list_decides_nothing(
        self, looks: Looks, double: ExchangeDouble, clock: SimpleNamespace
    ) -> None:
        """A market that was listed an hour ago could not be watched until tomorrow."""
        double.delist(BTC)
        with pytest.raises(DelistedError):
            rows(looks, MINUTE)
        assert looks.lists(BTC) is False
        double.relist(BTC)
        clock.now += LIST_AGE
        assert looks.lists(BTC) is None
        assert rows(looks, MINUTE).rows
        assert looks.lists(BTC) is True

    def test_a_refusal_alone_decides_nothing(
        self, looks: Looks, double: ExchangeDouble, clock: SimpleNamespace
    ) -> None:
        """One wrong answer would end an alert for an hour."""
        rows(looks, MINUTE)
        clock.now += LIST_AGE
        double.fail("klines", "unlisted")
        assert rows(looks, MINUTE).rows
        double.fail("klines", "unlisted", times=2)
        with pytest.raises(ExchangeError, match="refused to tell") as caught:
            rows(looks, MINUTE)
        assert not isinstance(caught.value, DelistedError)

    def test_delisted_while_running(
        self, looks: Looks, double: ExchangeDouble, clock: SimpleNamespace
    ) -> None:
        """People would be told of an outage, day after day."""
        rows(looks, MINUTE)
        double.delist(BTC)
        clock.now += LIST_AGE
        with pytest.raises(DelistedError, match="does not list BTC/USDT any more"):
            rows(looks, MINUTE)
        with pytest.raises(DelistedError):
            looks.candles(BTC, "1h", 5, soon())
        with pytest.raises(DelistedError):
            looks.ticker(BTC, soon())
        assert rows(looks, MINUTE, symbol="ETH/USDT").rows

    def test_a_halted_market_whose_candles_stand_still(
        self, looks: Looks, double: ExchangeDouble, clock: SimpleNamespace
    ) -> None:
        """It would count as frozen until tomorrow, when a new list of markets comes."""
        rows(looks, MINUTE)
        double.delist(BTC, halted=True)
        clock.now += LIST_AGE
        rows(looks, MINUTE)
        double.wait_for(lambda: double.count("exchangeInfo") == 2)

        def is_delisted(seconds: float) -> bool:
            return until(lambda: looks.lists(BTC) is False, seconds)

        assert within(10, is_delisted)
        with pytest.raises(DelistedError):
            rows(looks, MINUTE)

    def test_a_list_that_is_slow_is_waited_for_and_no_longer(
        self, looks: Looks, double: ExchangeDouble, clock: SimpleNamespace
    ) -> None:
        """A look would never end, or call off an alert because of a slow list."""
        rows(looks, MINUTE)
        clock.now += LIST_AGE
        double.fail("exchangeInfo", "held")
        with pytest.raises(ExchangeError, match="did not send its list of markets in time"):
            looks.rows("NEW/USDT", "1m", MINUTE * 1000, 5, soon(0.05))
        double.symbols = ("BTC/USDT", "NEW/USDT")
        double.let_go.set()
        assert rows(looks, MINUTE, symbol="NEW/USDT").rows

    def test_without_a_new_list_it_is_not_known(
        self, looks: Looks, exchange: Exchange, double: ExchangeDouble, clock: SimpleNamespace
    ) -> None:
        """An alert would be called off because an exchange is in trouble."""
        rows(looks, MINUTE)
        double.delist(BTC)
        double.fail("exchangeInfo", "503", times=None)
        clock.now += LIST_AGE
        for _ in range(2):
            with pytest.raises(ExchangeError, match="could not answer") as caught:
                rows(looks, MINUTE)
            assert not isinstance(caught.value, DelistedError)
        # Whoever has a list can go on with it.
        assert rows(looks, MINUTE, symbol="ETH/USDT").rows
        assert exchange.candles("ETH/USDT", "1h", 5, soon()).price
        assert double.count("exchangeInfo") == 2
