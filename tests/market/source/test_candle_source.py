"""Candles through two exchange doubles: real sockets, real ccxt, a clock that tests can turn."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from engram.config.settings import ExchangeSettings, MarketSettings
from engram.core.errors import (
    MarketError,
    NoMarketDataError,
    UnknownMarketError,
)
from engram.market.candles import Candles
from engram.market.source.candle_source import CandleSource
from engram.market.symbols import Request
from tests.doubles.exchange import ExchangeDouble, candles
from tests.doubles.memory import Memory
from tests.machine_speed import LONG, IdleClock, ends, slowness

BTC = Request("BTC", "USDT", "1h")
HOUR = 3600
# Half past an hour, so that the candle that is open then closes in 30 minutes.
NOW = 1_795_339_800.0


@pytest.fixture
def clock() -> SimpleNamespace:
    """This machine's clock, which stands still until a test turns it."""
    return SimpleNamespace(now=NOW)


@pytest.fixture
def double(clock: SimpleNamespace) -> Iterator[ExchangeDouble]:
    """Binance and Kraken; a bug in the double fails the test."""
    with ExchangeDouble() as double:
        double.now = lambda: clock.now
        yield double
    assert not double.errors


@pytest.fixture
def open_source(double: ExchangeDouble, clock: SimpleNamespace) -> Callable[..., CandleSource]:
    """Makes a `CandleSource` that asks the double."""

    def make(
        exchange: str = "binance kraken",
        deadline: float = LONG,
        cache: Memory | None = None,
        **own: str,
    ) -> CandleSource:
        settings = ExchangeSettings(**{"api_url": double.url, **own})
        names = tuple(exchange.split())
        return CandleSource(
            MarketSettings(exchange=names),
            dict.fromkeys(names, settings),
            Memory() if cache is None else cache,
            deadline,
            lambda: clock.now,
        )

    return make


def test_columns_are_the_closed_candles_of_the_exchange(
    double: ExchangeDouble, open_source: Callable[..., CandleSource]
) -> None:
    """Wrong columns would make every signal wrong; the candle still open must not be in them."""
    double.shape = "walk"
    found = open_source().candles(BTC)
    rows = double.rows("BTC/USDT", "1h")
    assert (found.symbol, found.exchange, found.timeframe) == ("BTC/USDT", "Binance", "1h")
    assert found.time.tolist() == [row[0] for row in rows[:-1]]
    columns = (found.open, found.high, found.low, found.close, found.volume)
    for i, column in enumerate(columns, start=1):
        assert column.tolist() == pytest.approx([row[i] for row in rows[:-1]])
        assert column.flags.c_contiguous
    assert found.price == pytest.approx(rows[-1][4])
    assert found.time[-1] / 1000 + HOUR <= NOW
    assert found.missing == 0


@pytest.mark.parametrize(
    ("asked", "symbol", "exchange"),
    [
        (Request("BTC", "USDT", "1h"), "BTC/USDT", "Binance"),
        (Request("BTC", "USD", "1h"), "BTC/USD", "Kraken"),
        (Request("BTC", "EUR", "1h"), "BTC/EUR", "Binance"),
        (Request("XMR", "USDT", "1h"), "XMR/USD", "Kraken"),
        (Request("XRP", "USDT", "1h"), "XRP/USDC", "Binance"),
        (Request("USDT", "USDT", "1h"), "USDT/USD", "Kraken"),
        (Request("BTC", "USDT", "60m"), "BTC/USDT", "Binance"),
    ],
    ids=str,
)
def test_next_exchange_and_other_dollars(
    open_source: Callable[..., CandleSource], asked: Request, symbol: str, exchange: str
) -> None:
    """A coin that only the second exchange has, or only in USD, would be unknown to the person."""
    found = open_source().candles(asked)
    assert (found.symbol, found.exchange, found.timeframe) == (symbol, exchange, "1h")


@pytest.mark.parametrize(
    ("asked", "nearest", "text"),
    [
        (Request("BTX", "USDT", "1h"), ("BTC/USDT",), "I found no BTX/USDT on Binance or Kraken. "
         "Did you mean BTC/USDT?"),
        (Request("BTC", "TRY", "1h"), ("BTC/USDT", "BTC/EUR", "BTC/USD"), "I found no BTC/TRY on "
         "Binance or Kraken. Did you mean BTC/USDT, BTC/EUR or BTC/USD?"),
        (Request("QQQQ", "USDT", "1h"), (), "I found no QQQQ/USDT on Binance or Kraken. "
         "Please name it by its ticker, like BTC or BTC/USDT."),
    ],
    ids=str,
)  # fmt: skip
def test_unknown_symbol_names_the_nearest(
    open_source: Callable[..., CandleSource], asked: Request, nearest: tuple[str, ...], text: str
) -> None:
    """A typo would leave the person without a hint."""
    with pytest.raises(UnknownMarketError) as caught:
        open_source().candles(asked)
    assert (caught.value.nearest, str(caught.value)) == (nearest, text)


@pytest.mark.parametrize(
    ("timeframe", "nearest"),
    [("7m", ("3m", "5m", "15m")), ("9h", ("6h", "8h", "12h")), ("2M", ("3d", "1w", "1M"))],
)
def test_unknown_timeframe_names_the_nearest(
    double: ExchangeDouble,
    open_source: Callable[..., CandleSource],
    timeframe: str,
    nearest: tuple[str, ...],
) -> None:
    """`/analyze BTC 7m` would end in an error, or cost a request."""
    with pytest.raises(UnknownMarketError) as caught:
        open_source("binance").candles(Request("BTC", "USDT", timeframe))
    assert caught.value.nearest == nearest
    assert double.asked == []


FAILURES = {
    "451": "refused requests from here",
    "403": "refused requests from here",
    "418": "asked for a pause",
    "429": "asked for a pause",
    "500": "could not answer",
    "503": "could not answer",
    "404": "could not answer",
    "html": "sent nothing usable",
    "broken": "sent nothing usable",
    "empty": "sent no usable candles",
    "junk": "sent no usable candles",
    "nan": "sent no usable candles",
    "null": "sent no usable candles",
    "reset": "could not be reached",
    "hang": "did not answer in time",
    "drip": "did not answer in time",
    "drip_head": "did not answer in time",
    "huge": "sent nothing usable",
}


def time_for(how: str, seconds: float) -> float:
    """`seconds` on an idle machine for an exchange that does not answer in time, else plenty."""
    return seconds * slowness() if "did not" in FAILURES[how] else LONG


@pytest.mark.parametrize("how", FAILURES)
def test_failing_candles_come_from_the_next_exchange(
    double: ExchangeDouble,
    open_source: Callable[..., CandleSource],
    idle_clock: IdleClock,
    how: str,
) -> None:
    """An exchange in trouble would cost the person the answer, or more than the time for it."""
    double.fail("klines", how, times=None)
    deadline = time_for(how, 2.0)
    source = open_source(deadline=deadline)
    source.preload()
    began = time.monotonic()
    assert source.candles(BTC).exchange == "Kraken"
    assert time.monotonic() - began < deadline
    assert idle_clock.since(began) < 5


@pytest.mark.parametrize("how", FAILURES)
def test_failing_lists_of_markets(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], how: str
) -> None:
    """A coin would be called unknown because the first exchange could not send its list."""
    double.fail("exchangeInfo", how, times=None)
    source = open_source(deadline=time_for(how, 2.0))
    assert source.candles(BTC).exchange == "Kraken"
    with pytest.raises(
        NoMarketDataError, match=r"^Binance .* and Kraken had no market FOO/USDT\.$"
    ):
        source.candles(Request("FOO", "USDT", "1h"))


def test_a_typing_error_is_found_also_while_one_exchange_is_away(
    double: ExchangeDouble, open_source: Callable[..., CandleSource]
) -> None:
    """A model would write at length about a coin that does not exist."""
    double.fail("exchangeInfo", "503", times=None)
    with pytest.raises(UnknownMarketError, match=r"no BTCC/USDT on Kraken\. Did you mean BTC"):
        open_source().candles(Request("BTCC", "USDT", "1h"))


@pytest.mark.parametrize("how", FAILURES)
def test_both_failing_is_told_in_words(
    double: ExchangeDouble,
    open_source: Callable[..., CandleSource],
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    """A person would read technical text, and the owner the same line for every question."""
    source = open_source("binance", deadline=time_for(how, 0.3))
    source.preload()
    double.fail("klines", how, times=None)
    for _ in range(3):
        with pytest.raises(NoMarketDataError) as caught:
            source.candles(BTC)
        assert str(caught.value) == f"Binance {FAILURES[how]}."
    lines = [r.getMessage() for r in caplog.records if r.name.startswith("engram")]
    assert len(lines) == 1
    assert lines[0].startswith(f"Binance {FAILURES[how]} (")
    double.heal()


@pytest.mark.parametrize(
    ("how", "text"),
    [("refused", "could not answer"), ("empty", "sent no usable candles"), ("429", "asked")],
)
def test_kraken_in_trouble(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], how: str, text: str
) -> None:
    """Kraken reports errors with status 200: they would pass for data."""
    double.fail("OHLC", how)
    with pytest.raises(NoMarketDataError, match=text):
        open_source("kraken").candles(BTC)


def test_both_unreachable_share_a_sentence(
    double: ExchangeDouble, open_source: Callable[..., CandleSource]
) -> None:
    """A person whose machine is offline would read a list of failures."""
    double.stop()
    with pytest.raises(NoMarketDataError) as caught:
        open_source().candles(BTC)
    assert str(caught.value) == "Binance and Kraken could not be reached."


def test_recovers_after_the_pause(
    double: ExchangeDouble,
    open_source: Callable[..., CandleSource],
    clock: SimpleNamespace,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One bad minute would end market data for good, or every request after it would be slow."""
    caplog.set_level(logging.INFO)
    source = open_source("binance")
    double.stop()
    with pytest.raises(NoMarketDataError):
        source.candles(BTC)
    double.start()
    with pytest.raises(NoMarketDataError):
        source.candles(BTC)
    assert double.asked == []
    clock.now += 21
    assert source.candles(BTC).exchange == "Binance"
    assert "Binance answers again" in caplog.messages


def test_a_market_that_hangs_holds_up_no_other(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """For most of a minute nobody would be told anything of an exchange that answers."""
    source = open_source("binance", deadline=time_for("hang", 0.3))
    source.preload()
    double.fail("klines/ETHUSDT", "hang", times=None)
    for asked in (1, 1):
        with pytest.raises(NoMarketDataError, match="did not answer in time"):
            source.candles(Request("ETH", "USDT", "1h"))
        assert double.count("klines/ETHUSDT") == asked
        clock.now += 0.1
    assert source.candles(BTC).exchange == "Binance"
    # That it answers for others makes nobody wait for this one.
    with pytest.raises(NoMarketDataError, match="did not answer in time"):
        source.candles(Request("ETH", "USDT", "1h"))
    assert double.count("klines/ETHUSDT") == 1


def test_an_exchange_where_two_markets_fail_is_left_alone(
    double: ExchangeDouble, open_source: Callable[..., CandleSource]
) -> None:
    """While an exchange is away each question would wait for it in vain."""
    source = open_source("binance")
    source.preload()
    double.fail("klines", "503", times=None)
    for base in ("ETH", "SOL", "BTC"):
        with pytest.raises(NoMarketDataError, match="could not answer"):
            source.candles(Request(base, "USDT", "1h"))
    assert double.count("klines") == 2


@pytest.mark.parametrize("status", ["418", "429", "503"])
def test_retry_after_is_honoured(
    double: ExchangeDouble,
    open_source: Callable[..., CandleSource],
    clock: SimpleNamespace,
    status: str,
) -> None:
    """Asked again too early, Binance would ban the person's address for days."""
    source = open_source("binance")
    source.preload()
    double.fail("klines", status, retry_after=120)
    for wait, asked in ((0, 1), (119, 1), (2, 2)):
        clock.now += wait
        try:
            source.candles(BTC)
        except NoMarketDataError:
            assert asked == 1
        assert double.count("klines") == asked


def test_waits_never_add_up_beyond_the_deadline(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], idle_clock: IdleClock
) -> None:
    """Two dead exchanges would keep the person waiting for both timeouts, in every request."""
    for endpoint in ("exchangeInfo", "AssetPairs"):
        double.fail(endpoint, "hang", times=None)
    source = open_source(deadline=1.0)
    began = time.monotonic()
    with pytest.raises(NoMarketDataError, match=r"^Binance and Kraken did not answer in time"):
        source.candles(BTC)
    assert idle_clock.since(began) < 1.7
    # For a while nobody is asked, and so waited for, any more.
    asked = len(double.asked)
    with pytest.raises(NoMarketDataError):
        source.candles(BTC)
    assert len(double.asked) == asked


def test_a_hung_call_holds_up_no_other_symbol(
    double: ExchangeDouble, open_source: Callable[..., CandleSource]
) -> None:
    """One request that hangs would stop the analyses of everybody else."""
    source = open_source("binance", deadline=0.5 * slowness())
    source.preload()
    double.fail("klines", "hang")
    with ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(source.candles, BTC)
        double.wait_for(lambda: double.count("klines"))
        assert source.candles(Request("ETH", "USDT", "1h")).symbol == "ETH/USDT"
        assert not stuck.done()
        assert isinstance(stuck.exception(), NoMarketDataError)


@pytest.mark.parametrize("how", ["hang", "drip", "drip_head"])
def test_threads_that_hang_end(
    double: ExchangeDouble,
    open_source: Callable[..., CandleSource],
    clock: SimpleNamespace,
    how: str,
) -> None:
    """A server that never finishes would collect threads until the bot dies."""
    source = open_source("binance", deadline=0.1)
    source.preload()
    double.fail("klines", how, times=None)
    for _ in range(9):
        clock.now += 60
        with pytest.raises(NoMarketDataError):
            source.candles(BTC)
    for thread in threading.enumerate():
        if thread.name == "ask-binance":
            assert ends(thread, 2)


@pytest.mark.parametrize("fails", [False, True])
def test_ten_at_once_are_one_request(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], fails: bool
) -> None:
    """Ten people asking for BTC would use up the exchange's limit ten times as fast."""
    source = open_source("binance")
    source.preload()
    double.delay = 0.3 * slowness()
    if fails:
        double.fail("klines", "empty", times=None)

    def ask(_: int) -> Candles | str:
        try:
            return source.candles(BTC)
        except MarketError as err:
            return str(err)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, range(10)))
    assert double.count("klines") == 1
    if fails:
        assert set(answers) == {"Binance sent no usable candles."}
    else:
        assert all(answer is answers[0] for answer in answers)


def test_kept_until_the_candle_closes(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """A signal would be that of the last hour, or every question would cost a request."""
    source = open_source("binance")
    first = source.candles(BTC)
    assert source.candles(BTC) is first
    clock.now = NOW + 29 * 60
    assert source.candles(BTC).time is first.time
    assert [query["limit"] for name, query in double.asked if name == "klines"] == ["1000", "2"]
    clock.now = NOW + 30 * 60 + 2
    second = source.candles(BTC)
    assert second.time[-1] == first.time[-1] + HOUR * 1000
    assert [query["limit"] for name, query in double.asked if name == "klines"][2:] == ["1000"]


AGES = [(29, False, False), (31, False, True), (1, True, False), (3, True, True)]


@pytest.mark.parametrize(("age", "fresh", "renewed"), AGES)
def test_price_is_renewed(
    double: ExchangeDouble,
    open_source: Callable[..., CandleSource],
    clock: SimpleNamespace,
    age: int,
    fresh: bool,
    renewed: bool,
) -> None:
    """On a daily chart the price would be up to a day old; the refresh button would do nothing."""
    source = open_source("binance")
    old = source.candles(BTC)
    double.series["BTC/USDT", "1h"] = [*candles(5, "flat", end=NOW)]
    clock.now += age
    new = source.candles(BTC, fresh=fresh)
    assert new.price == (100.0 if renewed else old.price)
    assert new.open_candle
    assert new.open_candle.close == pytest.approx(new.price)
    assert new.priced_at == pytest.approx(clock.now if renewed else NOW, rel=0, abs=1)
    assert new.close is old.close


def test_a_clock_that_is_set_back_keeps_no_old_price(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """For hours each answer would have the price of the moment at which the clock was set."""
    source = open_source("binance")
    source.candles(BTC)
    double.series["BTC/USDT", "1h"] = [*candles(500, "flat", end=NOW - 7200)]
    clock.now -= 7200
    assert source.candles(BTC).price == 100.0


def test_a_price_of_the_next_candle_brings_the_closed_one(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """Where two clocks differ, the chart would show a hole where no candle is missing."""
    source = open_source("binance")
    old = source.candles(BTC)
    clock.now = NOW + 29 * 60
    double.now = lambda: clock.now + 90
    new = source.candles(BTC)
    assert new.time[-1] == old.time[-1] + HOUR * 1000
    assert new.open_candle
    assert new.open_candle.time == new.time[-1] + HOUR * 1000


def test_price_outlives_a_short_failure_only(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """A hiccup would cost the analysis, or an old price would be called the current one."""
    source = open_source()
    old = source.candles(BTC)
    double.fail("klines", "503", times=None)
    clock.now += 60
    assert source.candles(BTC) is old
    clock.now += 300
    assert source.candles(BTC).exchange == "Kraken"


def test_a_price_that_hangs_leaves_time_for_the_next_exchange(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """An exchange that hangs would use up the time that the next one needs."""
    source = open_source(deadline=3.0 * slowness())
    source.candles(BTC)
    double.fail("klines", "hang", times=None)
    clock.now += 301
    assert source.candles(BTC).exchange == "Kraken"


def test_cache_is_bounded(double: ExchangeDouble, open_source: Callable[..., CandleSource]) -> None:
    """A bot that is asked for every coin would grow for ever."""
    double.symbols = [f"C{i}/USDT" for i in range(70)]
    double.length = 5
    source = open_source("binance")
    for i in [*range(70), *range(69, 5, -1), 0]:
        source.candles(Request(f"C{i}", "USDT", "1h"))
    assert double.count("klines") == 71


@pytest.mark.parametrize("hours", [-5, 0, 5])
def test_wrong_clock_of_this_machine(
    double: ExchangeDouble,
    open_source: Callable[..., CandleSource],
    clock: SimpleNamespace,
    hours: int,
) -> None:
    """A laptop clock that is off would turn the open candle into a closed one."""
    double.now = lambda: NOW
    clock.now = NOW + hours * HOUR
    source = open_source("binance")
    found = source.candles(BTC)
    assert found.time[-1] == double.rows("BTC/USDT", "1h")[-2][0]
    clock.now += 29 * 60
    assert source.candles(BTC).time is found.time


def test_exchange_without_a_clock(
    double: ExchangeDouble, open_source: Callable[..., CandleSource]
) -> None:
    """A mirror that sends no Date would have its open candle taken for a closed one."""
    double.dated = False
    assert open_source("binance").candles(BTC).time[-1] == double.rows("BTC/USDT", "1h")[-2][0]


def test_list_of_markets_survives_a_restart_for_a_day(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """The first analysis after each start would be the slow one."""
    cache = Memory()
    open_source("binance", cache=cache).preload()
    assert len(json.loads(cache["markets/binance"])["markets"]) == len(double.symbols)
    open_source("binance", cache=cache).candles(BTC)
    assert double.count("exchangeInfo") == 1
    clock.now += 25 * HOUR
    double.symbols = [*double.symbols, "NEW/USDT"]
    source = open_source("binance", cache=cache)
    source.preload()
    assert source.candles(Request("NEW", "USDT", "1h")).symbol == "NEW/USDT"
    assert double.count("exchangeInfo") == 2


def test_list_of_yesterday_serves_while_the_new_one_fails(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """BTC would be unknown for as long as the list of markets cannot be renewed."""
    source = open_source("binance")
    source.preload()
    clock.now += 25 * HOUR
    double.fail("exchangeInfo", "hang", times=None)
    assert source.candles(BTC).symbol == "BTC/USDT"


@pytest.mark.parametrize(
    "saved",
    [
        "",
        "{",
        "[]",
        '{"at": 1}',
        '{"at": null, "markets": {}}',
        '{"at": 1795339800, "markets": {}}',
        '{"at": 1795339800, "markets": {"BTC/USDT": 7}}',
        '{"at": 1795339800, "markets": {"BTC/USDT": ["BTCUSDT"]}}',
    ],
)
def test_broken_cache_is_loaded_anew(open_source: Callable[..., CandleSource], saved: str) -> None:
    """A damaged store would switch market data off."""
    source = open_source("binance", cache=Memory({"markets/binance": saved}))
    assert source.candles(BTC).symbol == "BTC/USDT"


def test_a_market_that_is_gone(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """A coin that was delisted since its last analysis would end in a traceback."""
    source = open_source("binance")
    source.candles(BTC)
    double.symbols = ["ETH/USDT"]
    clock.now += 25 * HOUR
    source.preload()
    with pytest.raises(UnknownMarketError):
        source.candles(BTC)


def test_preload_sends_one_request_to_each(
    double: ExchangeDouble, open_source: Callable[..., CandleSource]
) -> None:
    """Loading futures, currencies and fees as well would triple the time of the first answer."""
    open_source().preload()
    assert sorted(name for name, _ in double.asked) == ["AssetPairs", "exchangeInfo"]


def test_proxy_is_used(double: ExchangeDouble, open_source: Callable[..., CandleSource]) -> None:
    """A person whose country blocks the exchange could not reach it through a proxy."""
    source = open_source("binance", api_url="http://api.binance.test", proxy=double.url)
    with pytest.raises(NoMarketDataError):
        source.candles(BTC)
    asked, _ = double.asked[0]
    assert asked == "http://api.binance.test/api/v3/exchangeInfo"


def test_disabled_says_so() -> None:
    """A person who chose to have no market data would read an error."""
    source = CandleSource(MarketSettings(exchange=()), {}, Memory())
    source.preload()
    assert not source.enabled
    with pytest.raises(NoMarketDataError, match="names no exchange"):
        source.candles(BTC)


def test_unknown_exchange_is_skipped(
    open_source: Callable[..., CandleSource], caplog: pytest.LogCaptureFixture
) -> None:
    """A misspelt exchange would take the other one down with it."""
    source = open_source("binanze kraken")
    source.preload()
    assert source.candles(BTC).exchange == "Kraken"
    assert 'did you mean "binance"?' in caplog.text
    with pytest.raises(NoMarketDataError, match="names none that ccxt knows"):
        open_source("binanze").candles(BTC)


def test_heavy_libraries_wait_until_they_are_needed() -> None:
    """A bot without market data would still pay 60 MB for it."""
    program = (
        "import sys; from engram.config.settings import MarketSettings;"
        "from engram.market.source.candle_source import CandleSource;"
        "m = CandleSource(MarketSettings(exchange=()), {}, {}); m.preload(); m.enabled;"
        "print([name for name in ('ccxt', 'numpy', 'talib') if name in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("page", [100, 200, 300, 500, 720])
def test_small_pages_are_joined(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], page: int
) -> None:
    """Where an exchange sends few candles at once there would be no signal, or a poor record."""
    double.page, double.shape = page, "walk"
    found = open_source("binance").candles(BTC)
    rows = double.rows("BTC/USDT", "1h")
    assert found.time.tolist() == [row[0] for row in rows[:-1]]
    assert found.close.tolist() == pytest.approx([row[4] for row in rows[:-1]])
    assert (found.missing, found.complete) == (0, True)
    assert double.count("klines") == -(-1000 // page)


@pytest.mark.parametrize("exchange", ["upbit", "bithumb"])
@pytest.mark.parametrize("timeframe", ["1h", "4h"])
def test_exchanges_with_pages_of_200(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], exchange: str, timeframe: str
) -> None:
    """People in Korea would have no record of a signal, and hardly a signal."""
    double.shape = "walk"
    found = open_source(exchange).candles(Request("BTC", "USDT", timeframe))
    rows = double.rows("BTC/USDT", timeframe)
    assert found.time.tolist() == [row[0] for row in rows[:-1]]
    assert double.count("candles") == 5


@pytest.mark.parametrize(("length", "asked"), [(5, 1), (99, 1), (300, 3), (399, 3), (400, 3)])
def test_pages_end_where_the_market_begins(
    double: ExchangeDouble, open_source: Callable[..., CandleSource], length: int, asked: int
) -> None:
    """A new coin would be asked for in vain again and again, or lose candles."""
    double.page, double.length = 200, length
    found = open_source("binance").candles(BTC)
    assert (len(found.close), found.complete) == (length - 1, True)
    assert double.count("klines") == asked


def test_kraken_is_not_asked_for_what_it_does_not_have(
    double: ExchangeDouble, open_source: Callable[..., CandleSource]
) -> None:
    """Each analysis would wait a second for a page that cannot bring anything."""
    found = open_source("kraken").candles(BTC)
    assert (len(found.close), found.complete) == (719, True)
    assert double.count("OHLC") == 1


def test_pages_respect_the_pace_of_the_exchange(
    double: ExchangeDouble, open_source: Callable[..., CandleSource]
) -> None:
    """Five requests at once would have the address banned."""
    began = time.monotonic()
    open_source("upbit").candles(BTC)
    # ccxt's rateLimit of Upbit is 50 ms.
    assert time.monotonic() - began >= 4 * 0.05


@pytest.mark.parametrize("how", ["hang", "429", "503", "reset"])
def test_what_came_is_used_when_the_rest_does_not_come(
    double: ExchangeDouble,
    open_source: Callable[..., CandleSource],
    clock: SimpleNamespace,
    how: str,
) -> None:
    """One page that fails would cost those that have come, and with them the answer."""
    double.page = 300
    source = open_source("binance", deadline=1.5 * slowness())
    source.preload()
    answer, pages = double._answer, []

    def fail_third(endpoint: str, query: dict[str, str]) -> object:
        pages.append(query)
        if len(pages) == 2:
            double.fail("klines", how)
        return answer(endpoint, query)

    double._answer = fail_third  # type: ignore[method-assign]
    found = source.candles(BTC)
    assert len(found.close) == 599
    # Asked again soon, and then it has them all.
    clock.now += 700
    assert len(source.candles(BTC).close) == 999


def test_no_page_is_begun_that_cannot_come_in_time(
    double: ExchangeDouble, open_source: Callable[..., CandleSource]
) -> None:
    """A slow exchange would miss the deadline each time, and be left alone for it."""
    double.page = 100
    # A page takes almost half of the time or more, and half as much again is allowed for the next:
    # there is none, and the slower the machine becomes the less is there time for one.
    page = slowness()
    source = open_source("binance", deadline=2.2 * page)
    source.preload()
    double.delay = page
    found = source.candles(BTC)
    assert not found.complete
    assert 99 <= len(found.close) < 999
    assert double.count("klines") == (len(found.close) + 1) / 100


def test_a_short_history_is_looked_for_elsewhere(
    double: ExchangeDouble, open_source: Callable[..., CandleSource]
) -> None:
    """A coin that the first exchange has just listed would get no signal for a week."""
    double.series["BTC/USDT", "1h"] = candles(50, "flat", end=NOW)
    double.series["BTC/USD", "1h"] = candles(400, "flat", end=NOW)
    found = open_source().candles(BTC)
    assert (found.symbol, found.exchange, len(found.close)) == ("BTC/USD", "Kraken", 399)


@pytest.mark.parametrize(
    ("here", "there", "longest"), [(50, 30, "BTC/USDT"), (30, 50, "BTC/USD"), (30, 0, "BTC/USDT")]
)
def test_the_longest_history_is_taken_if_none_suffices(
    double: ExchangeDouble,
    open_source: Callable[..., CandleSource],
    here: int,
    there: int,
    longest: str,
) -> None:
    """The reason would speak of the shorter history, or of the exchange that is away."""
    double.series["BTC/USDT", "1h"] = candles(here, "flat", end=NOW)
    double.series["BTC/USD", "1h"] = candles(there, "flat", end=NOW)
    if not there:
        double.fail("OHLC", "503", times=None)
    found = open_source().candles(BTC)
    assert (found.symbol, len(found.close)) == (longest, max(here, there) - 1)


def test_another_coin_with_the_same_ticker_is_not_taken_for_it(
    double: ExchangeDouble, open_source: Callable[..., CandleSource]
) -> None:
    """A new coin would be answered with the figures of an older one that is called the same."""
    double.series["BTC/USDT", "1h"] = candles(50, "flat", end=NOW)
    double.series["BTC/USD", "1h"] = [
        [row[0], *(price * 1.2 for price in row[1:5]), row[5]]
        for row in candles(400, "flat", end=NOW)
    ]
    found = open_source().candles(BTC)
    assert (found.symbol, len(found.close)) == ("BTC/USDT", 49)


def test_after_an_outage_another_exchange_is_asked(
    double: ExchangeDouble, open_source: Callable[..., CandleSource]
) -> None:
    """For a week after an outage of an exchange nobody would get a signal."""
    rows = candles(1000, "flat", end=NOW)
    double.series["BTC/USDT", "1h"] = [*rows[:800], *rows[830:]]
    double.series["BTC/USD", "1h"] = rows
    assert open_source().candles(BTC).exchange == "Kraken"
    found = open_source("binance").candles(BTC)
    assert found.pause == (rows[800][0] / 1000, rows[830][0] / 1000)
    assert len(found.close) == 169


def test_imports_do_not_use_up_the_time_of_the_exchange(double: ExchangeDouble) -> None:
    """On a slow machine the first analysis would find no data, and the exchange be left alone."""
    program = f"""
import builtins, sys, time
from engram.config.settings import ExchangeSettings, MarketSettings
from engram.market.source.candle_source import CandleSource
from engram.market.symbols import Request
deadline = {1.0 * slowness()}
real = builtins.__import__
def slow(name, *rest, **more):
    if name in ("ccxt", "numpy") and name not in sys.modules:
        time.sleep(deadline)
    return real(name, *rest, **more)
builtins.__import__ = slow
class Memory(dict):
    put = dict.__setitem__
settings = ExchangeSettings(api_url={double.url!r})
market = MarketSettings(exchange=("binance",))
source = CandleSource(market, {{"binance": settings}}, Memory(), deadline, lambda: {NOW})
print(len(source.candles(Request("BTC", "USDT", "1h")).close))
"""
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("999", "")
