"""Where a market can be watched, and looks at exchanges by the names that config.ini gives them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from engram.config.settings import ExchangeSettings, MarketSettings
from engram.core.errors import DelistedError, ExchangeError, NoMarketDataError, UnknownMarketError
from engram.market.feed import Feed, Venue
from engram.market.source.candle_source import CandleSource
from engram.market.symbols import Request
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.memory import Memory
from tests.doubles.tape import Tape
from tests.machine_speed import LONG, ends

BTC = Request("BTC", "USDT", "1h")
# The beginning of a minute.
MINUTE = 1_795_339_800
NOW = MINUTE + 30.0


@pytest.fixture
def clock() -> SimpleNamespace:
    """This machine's clock, which stands still until a test turns it."""
    return SimpleNamespace(now=NOW)


@pytest.fixture
def double(clock: SimpleNamespace) -> Iterator[ExchangeDouble]:
    """The exchanges, whose clock is fifty hours ahead of this machine's."""
    with ExchangeDouble() as double:
        double.now = lambda: clock.now + 180_000
        double.tapes["BTC/USDT"] = Tape([(MINUTE, 100.0)])
        yield double
    assert not double.errors


@pytest.fixture
def source_of(double: ExchangeDouble, clock: SimpleNamespace) -> Callable[..., CandleSource]:
    """Makes a source of the exchanges in a text."""

    def make(exchanges: str = "binance kraken") -> CandleSource:
        names = tuple(exchanges.split())
        settings = dict.fromkeys(names, ExchangeSettings(api_url=double.url))
        now = lambda: clock.now  # noqa: E731
        return CandleSource(MarketSettings(exchange=names), settings, Memory(), LONG, now)

    return make


@pytest.fixture
def source(source_of: Callable[..., CandleSource]) -> CandleSource:
    """Binance, then Kraken."""
    return source_of()


@pytest.fixture
def feed(source: CandleSource) -> Feed:
    """What is watched on both."""
    return Feed(source)


def klines(double: ExchangeDouble) -> int:
    """How often Binance was asked for candles."""
    return double.count("klines")


def test_a_place_by_the_clock_of_the_exchange(feed: Feed, double: ExchangeDouble) -> None:
    """With a clock that is wrong an alert would see wicks from before it was armed."""
    candle = (MINUTE + 180_000) * 1000
    assert feed.venue(BTC, LONG) == Venue("binance", "Binance", "BTC/USDT", 100.0, candle, "1m")
    assert double.asked[-1][1]["interval"] == "1m"


def test_candles_that_are_there_need_no_request(
    feed: Feed, source: CandleSource, double: ExchangeDouble
) -> None:
    """An alert below a panel would wait for an exchange that has just been asked."""
    source.candles(BTC)
    before = klines(double)
    found = feed.venue(Request("BTC", "USDT", "4h"), LONG)
    assert (found.exchange, found.price, found.candle) == ("binance", 100.0, _minute(double))
    assert klines(double) == before


def _minute(double: ExchangeDouble) -> int:
    return int(double.now() // 60 * 60 * 1000)


@pytest.mark.parametrize(
    "turn",
    [
        lambda double, clock: vars(double).update(dated=False, now=lambda: clock.now),
        lambda double, clock: setattr(clock, "now", MINUTE + 59.9),
        lambda double, clock: setattr(clock, "now", MINUTE + 60.1),
    ],
    ids=["no clock of the exchange", "minute about to end", "minute just begun"],
)
def test_where_the_minute_is_not_certain_it_is_asked_for(
    feed: Feed, source: CandleSource, double: ExchangeDouble, clock: SimpleNamespace, turn: Callable
) -> None:
    """An alert would fire on a wick from before it was armed."""
    turn(double, clock)
    source.candles(BTC)
    before = klines(double)
    assert feed.venue(BTC, LONG).candle == _minute(double)
    assert klines(double) == before + 1


@pytest.mark.parametrize("seconds", [31, 3600, -3600])
def test_an_old_price_arms_nothing(
    feed: Feed, source: CandleSource, double: ExchangeDouble, clock: SimpleNamespace, seconds: float
) -> None:
    """After a sleep, or with a clock that was set, hours would count as seconds."""
    source.candles(BTC)
    clock.now += seconds
    before = klines(double)
    assert feed.venue(BTC, LONG).candle == _minute(double)
    assert klines(double) == before + 1


def test_the_first_exchange_that_answers(feed: Feed, double: ExchangeDouble) -> None:
    """While one exchange is away nothing could be armed on the others."""
    double.tapes["BTC/USDT"].trade(MINUTE + 180_010, 101.0)
    double.fail("klines", "503", times=None)
    found = feed.venue(BTC, LONG)
    assert (found.exchange, found.name, found.price) == ("kraken", "Kraken", 101.0)
    assert feed.venue(Request("XMR", "USDT", "1h"), LONG).symbol == "XMR/USD"


def test_the_price_of_another_exchange_is_no_price_here(
    feed: Feed, source: CandleSource, double: ExchangeDouble
) -> None:
    """An alert would be on the exchange that served in an outage, for good."""
    double.fail("klines", "junk")
    assert source.candles(BTC).exchange_id == "kraken"
    assert feed.venue(BTC, LONG).exchange == "binance"


def test_why_there_is_no_place(feed: Feed, double: ExchangeDouble) -> None:
    """The person would not know whether to wait, or what to write instead."""
    with pytest.raises(UnknownMarketError, match="found no BTX/USDT on Binance or Kraken"):
        feed.venue(Request("BTX", "USDT", "1h"), LONG)
    with pytest.raises(UnknownMarketError, match="There are no 7m candles"):
        feed.venue(Request("BTC", "USDT", "7m"), LONG)
    double.fail("klines", "503", times=None)
    double.fail("OHLC", "503", times=None)
    with pytest.raises(NoMarketDataError, match="Binance and Kraken could not answer"):
        feed.venue(BTC, LONG)


def test_stale_prices_arm_nothing(feed: Feed, double: ExchangeDouble) -> None:
    """An alert would be armed on a market whose data are frozen, and measured from an old price."""
    feed.venue(BTC, LONG)
    double.freeze("BTC/USDT")
    double.now = lambda: NOW + 180_000 + 3600
    with pytest.raises(NoMarketDataError, match="sent only old candles"):
        feed.venue(BTC, LONG)


def test_a_hang_of_looks_and_answers_holds_up_no_place(
    feed: Feed, source: CandleSource, double: ExchangeDouble
) -> None:
    """Nobody could arm an alert for minutes after one request that hung."""
    feed.venue(BTC, LONG)
    double.fail("klines", "503", times=2)
    with pytest.raises(ExchangeError):
        feed.rows("binance", "BTC/USDT", "1m", _minute(double), 5, _soon())
    assert source.candles(BTC).exchange_id == "kraken"
    assert feed.venue(BTC, LONG).exchange == "binance"


def _soon() -> float:
    return time.monotonic() + LONG


@pytest.mark.parametrize(("id_", "minute"), [("binance", "1m"), ("mercado", "15m"), ("zaif", "")])
def test_the_shortest_timeframe_from_a_minute_on(
    source_of: Callable[..., CandleSource], id_: str, minute: str
) -> None:
    """Binance would be watched by candles of one second, sixty times the requests."""
    assert Feed(source_of(id_)).minute(id_) == minute


def test_an_exchange_without_minutes(
    feed: Feed, source: CandleSource, double: ExchangeDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its markets could not be watched at all."""
    profile = source.exchanges[0].profile
    longer = {length: name for length, name in profile.timeframes.items() if length >= 300}
    monkeypatch.setitem(
        vars(source.exchanges[0]._client), "profile", type(profile)(profile.name, longer)
    )
    found = feed.venue(BTC, LONG)
    assert (found.minute, found.candle) == ("5m", int(double.now() // 300 * 300 * 1000))
    source.candles(BTC)
    assert feed.venue(BTC, LONG).candle == found.candle
    assert not feed.has("binance", "1m")
    assert feed.has("binance", "60m")


def test_looks_by_the_name_of_the_exchange(feed: Feed, double: ExchangeDouble) -> None:
    """A market would be looked at on another exchange than the one it was armed on."""
    minute = _minute(double)
    for id_ in ("binance", "kraken"):
        found = feed.rows(id_, "BTC/USDT", "1m", minute, 5, _soon())
        assert [row[0] for row in found.rows] == [minute]
        assert feed.ticker(id_, "BTC/USDT", _soon()).price == 100.0
        assert feed.candles(id_, "BTC/USDT", "1h", 100, _soon()).exchange_id == id_
    assert (double.count("OHLC"), double.count("Ticker")) == (2, 1)
    assert feed.listed("binance", "BTC/USDT")
    double.delist("BTC/USDT")
    with pytest.raises(DelistedError):
        feed.rows("binance", "XMR/USDT", "1m", minute, 5, _soon())


def test_candles_that_somebody_waits_for(
    feed: Feed, source: CandleSource, double: ExchangeDouble, clock: SimpleNamespace
) -> None:
    """An alert on candles that are there would wait for an exchange that hangs."""
    there = source.candles(BTC)
    double.fail("klines", "hang", times=None)
    wanted = ("binance", "BTC/USDT", "60m", 1000)
    assert feed.candles(*wanted, _soon(), somebody_waits=True) is there
    for other in (
        ("binance", "BTC/USDT", "4h", 1000),
        ("binance", "BTC/USDT", "1h", 500),
        ("binance", "BTC/USDT", "1h", 2000),
        ("binance", "ETH/USDT", "1h", 1000),
    ):
        with pytest.raises(ExchangeError):
            feed.candles(*other, time.monotonic() + 0.05, somebody_waits=True)
    assert feed.candles("kraken", *wanted[1:], _soon(), somebody_waits=True) is not there
    clock.now += 31
    with pytest.raises(ExchangeError):
        feed.candles(*wanted, time.monotonic() + 0.05, somebody_waits=True)


def test_looks_that_hang_hold_up_nobody_who_waits(feed: Feed, double: ExchangeDouble) -> None:
    """Whoever arms an alert would wait for all markets that are looked at."""
    feed.venue(BTC, LONG)
    double.fail("klines/1m", "held", times=None)
    asks = [
        threading.Thread(
            target=feed.rows, args=["binance", "BTC/USDT", "1m", _minute(double), 5, _soon()]
        )
        for _ in range(3)
    ]
    for one in asks:
        one.start()
    double.wait_for(lambda: double.count("klines/1m") == 3)
    ask = ("binance", "BTC/USDT", "1h", 100, _soon())
    assert len(feed.candles(*ask, somebody_waits=True).close) == 100
    double.let_go.set()
    for one in asks:
        assert ends(one, 30)


def test_who_waits_for_an_exchange_is_counted(feed: Feed, double: ExchangeDouble) -> None:
    """Threads that wait would keep everybody else's answers from beginning."""
    held = feed._source.held
    feed.venue(BTC, LONG)
    for ask in (
        lambda: feed.venue(BTC, LONG),
        lambda: feed.candles(
            "binance", "BTC/USDT", "1h", 9, time.monotonic() + LONG, somebody_waits=True
        ),
        lambda: feed._source.candles(BTC),
    ):
        double.let_go.clear()
        double.fail("klines", "held", times=None)
        asked = double.count("klines")
        asking = threading.Thread(target=ask)
        asking.start()
        double.wait_for(lambda asked=asked: double.count("klines") > asked)
        assert held.threads == 1
        double.let_go.set()
        assert ends(asking, 10)
        assert held.threads == 0


def test_an_exchange_that_was_taken_out(feed: Feed, double: ExchangeDouble) -> None:
    """The rounds would end with a traceback, and nobody be told why an alert is not looked at."""
    asks: list[Callable[[], object]] = [
        lambda: feed.rows("okx", "BTC/USDT", "1m", 0, 5, _soon()),
        lambda: feed.ticker("okx", "BTC/USDT", _soon()),
        lambda: feed.candles("okx", "BTC/USDT", "1h", 5, _soon()),
    ]
    for ask in asks:
        with pytest.raises(ExchangeError, match="is not in config"):
            ask()
    assert feed.exchanges == ("binance", "kraken")
    assert (feed.name("okx"), feed.name("gone")) == ("OKX", "gone")
    assert not feed.has("okx", "1h")
    assert feed.listed("okx", "BTC/USDT") is None


def test_twice_the_pause_that_ccxt_asks_for(feed: Feed) -> None:
    """Looks would take the room that answers need."""
    assert (feed.rate_limit("binance"), feed.rate_limit("kraken")) == (0.1, 2.0)


def test_without_exchanges(source_of: Callable[..., CandleSource]) -> None:
    """A bot without market data would not start."""
    feed = Feed(source_of(""))
    assert feed.exchanges == ()
    with pytest.raises(NoMarketDataError, match="names no exchange"):
        feed.venue(BTC, LONG)
