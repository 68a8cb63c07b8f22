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
from engram.market.candle_source import CandleSource
from engram.market.candles import Candles
from engram.market.symbols import Request
from tests.doubles.exchange import ExchangeDouble, candles
from tests.machine_speed import LONG, IdleClock, ends, slowness

BTC = Request("BTC", "USDT", "1h")
HOUR = 3600
# Half past an hour, so that the candle that is open then closes in 30 minutes.
NOW = 1_795_339_800.0


class Memory(dict[str, str]):
    """A market cache."""

    def put(self, key: str, value: str) -> None:
        """Keeps `value`."""
        self[key] = value


@pytest.fixture(autouse=True, scope="module")
def _ccxt() -> None:
    """Import it before any deadline runs: that takes half a second, on a busy machine more."""
    import ccxt  # noqa: F401


@pytest.fixture
def clock() -> SimpleNamespace:
    """A clock of this machine that stands still until a test turns it."""
    return SimpleNamespace(now=NOW)


@pytest.fixture
def double(clock: SimpleNamespace) -> Iterator[ExchangeDouble]:
    """Binance and Kraken; a bug in the double fails the test."""
    with ExchangeDouble() as double:
        double.now = lambda: clock.now
        yield double
    assert not double.errors


@pytest.fixture
def open_market(double: ExchangeDouble, clock: SimpleNamespace) -> Callable[..., CandleSource]:
    """Makes a `Market` that asks the double."""

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
    double: ExchangeDouble, open_market: Callable[..., CandleSource]
) -> None:
    """Wrong columns would make every signal wrong; the candle still open must not be in them."""
    double.shape = "walk"
    found = open_market().candles(BTC)
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
    open_market: Callable[..., CandleSource], asked: Request, symbol: str, exchange: str
) -> None:
    """A coin that only the second exchange has, or only in USD, would be unknown to the person."""
    found = open_market().candles(asked)
    assert (found.symbol, found.exchange, found.timeframe) == (symbol, exchange, "1h")


@pytest.mark.parametrize(
    ("asked", "nearest", "text"),
    [
        (Request("BTX", "USDT", "1h"), ("BTC/USDT",), "I found no BTX/USDT on Binance or Kraken. "
         "Did you mean BTC/USDT?"),
        (Request("BTC", "TRY", "1h"), ("BTC/USDT", "BTC/EUR", "BTC/USD"), "I found no BTC/TRY on "
         "Binance or Kraken. Did you mean BTC/USDT, BTC/EUR or BTC/USD?"),
        (Request("QQQQ", "USDT", "1h"), (), "I found no QQQQ/USDT on Binance or Kraken."),
    ],
    ids=str,
)  # fmt: skip
def test_unknown_symbol_names_the_nearest(
    open_market: Callable[..., CandleSource], asked: Request, nearest: tuple[str, ...], text: str
) -> None:
    """A typing error would leave the person without a hint."""
    with pytest.raises(UnknownMarketError) as caught:
        open_market().candles(asked)
    assert (caught.value.nearest, str(caught.value)) == (nearest, text)


@pytest.mark.parametrize(
    ("timeframe", "nearest"),
    [("7m", ("3m", "5m", "15m")), ("9h", ("6h", "8h", "12h")), ("2M", ("3d", "1w", "1M"))],
)
def test_unknown_timeframe_names_the_nearest(
    double: ExchangeDouble,
    open_market: Callable[..., CandleSource],
    timeframe: str,
    nearest: tuple[str, ...],
) -> None:
    """`/analyze BTC 7m` must not end in an error, nor cost a request."""
    with pytest.raises(UnknownMarketError) as caught:
        open_market("binance").candles(Request("BTC", "USDT", timeframe))
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
    open_market: Callable[..., CandleSource],
    idle_clock: IdleClock,
    how: str,
) -> None:
    """An exchange in trouble would cost the person the answer, or more than the time for it."""
    double.fail("klines", how, times=None)
    deadline = time_for(how, 2.0)
    market = open_market(deadline=deadline)
    market.preload()
    began = time.monotonic()
    assert market.candles(BTC).exchange == "Kraken"
    assert time.monotonic() - began < deadline
    assert idle_clock.since(began) < 5


@pytest.mark.parametrize("how", FAILURES)
def test_failing_lists_of_markets(
    double: ExchangeDouble, open_market: Callable[..., CandleSource], how: str
) -> None:
    """Without a list of markets the symbol is not unknown: the next exchange has to be asked."""
    double.fail("exchangeInfo", how, times=None)
    market = open_market(deadline=time_for(how, 2.0))
    assert market.candles(BTC).exchange == "Kraken"
    with pytest.raises(
        NoMarketDataError, match=r"^Binance .* and Kraken had no market FOO/USDT\.$"
    ):
        market.candles(Request("FOO", "USDT", "1h"))


def test_a_typing_error_is_found_also_while_one_exchange_is_away(
    double: ExchangeDouble, open_market: Callable[..., CandleSource]
) -> None:
    """A model would write at length about a coin that does not exist."""
    double.fail("exchangeInfo", "503", times=None)
    with pytest.raises(UnknownMarketError, match=r"no BTCC/USDT on Kraken\. Did you mean BTC"):
        open_market().candles(Request("BTCC", "USDT", "1h"))


@pytest.mark.parametrize("how", FAILURES)
def test_both_failing_is_told_in_words(
    double: ExchangeDouble,
    open_market: Callable[..., CandleSource],
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    """With no data at all the person reads why, and no technical text; the owner finds one line."""
    market = open_market("binance", deadline=time_for(how, 0.3))
    market.preload()
    double.fail("klines", how, times=None)
    for _ in range(3):
        with pytest.raises(NoMarketDataError) as caught:
            market.candles(BTC)
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
    double: ExchangeDouble, open_market: Callable[..., CandleSource], how: str, text: str
) -> None:
    """Kraken reports errors with status 200; they must not pass for data."""
    double.fail("OHLC", how)
    with pytest.raises(NoMarketDataError, match=text):
        open_market("kraken").candles(BTC)


def test_both_unreachable_share_a_sentence(
    double: ExchangeDouble, open_market: Callable[..., CandleSource]
) -> None:
    """A machine without network must be told so in one plain sentence."""
    double.stop()
    with pytest.raises(NoMarketDataError) as caught:
        open_market().candles(BTC)
    assert str(caught.value) == "Binance and Kraken could not be reached."


def test_recovers_after_the_pause(
    double: ExchangeDouble,
    open_market: Callable[..., CandleSource],
    clock: SimpleNamespace,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One bad minute would switch market data off for good, or each request would pay for it."""
    caplog.set_level(logging.INFO)
    market = open_market("binance")
    double.stop()
    with pytest.raises(NoMarketDataError):
        market.candles(BTC)
    double.start()
    with pytest.raises(NoMarketDataError):
        market.candles(BTC)
    assert double.asked == []
    clock.now += 21
    assert market.candles(BTC).exchange == "Binance"
    assert "Binance answers again" in caplog.messages


@pytest.mark.parametrize("status", ["418", "429", "503"])
def test_retry_after_is_honoured(
    double: ExchangeDouble,
    open_market: Callable[..., CandleSource],
    clock: SimpleNamespace,
    status: str,
) -> None:
    """Asking Binance again before it says so gets the person's address banned for days."""
    market = open_market("binance")
    market.preload()
    double.fail("klines", status, retry_after=120)
    for wait, asked in ((0, 1), (119, 1), (2, 2)):
        clock.now += wait
        try:
            market.candles(BTC)
        except NoMarketDataError:
            assert asked == 1
        assert double.count("klines") == asked


def test_waits_never_add_up_beyond_the_deadline(
    double: ExchangeDouble, open_market: Callable[..., CandleSource], idle_clock: IdleClock
) -> None:
    """Two dead exchanges would keep the person waiting for both time-outs, in every request."""
    for endpoint in ("exchangeInfo", "AssetPairs"):
        double.fail(endpoint, "hang", times=None)
    market = open_market(deadline=0.5)
    began = time.monotonic()
    with pytest.raises(NoMarketDataError, match=r"^Binance and Kraken did not answer in time"):
        market.candles(BTC)
    assert idle_clock.since(began) < 0.7
    began = time.monotonic()
    with pytest.raises(NoMarketDataError):
        market.candles(BTC)
    assert idle_clock.since(began) < 0.05


def test_a_hung_call_holds_up_no_other_symbol(
    double: ExchangeDouble, open_market: Callable[..., CandleSource]
) -> None:
    """One stuck request would stop the analyses of everybody else."""
    market = open_market("binance", deadline=0.5 * slowness())
    market.preload()
    double.fail("klines", "hang")
    with ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(market.candles, BTC)
        double.wait_for(lambda: double.count("klines"))
        assert market.candles(Request("ETH", "USDT", "1h")).symbol == "ETH/USDT"
        assert not stuck.done()
        assert isinstance(stuck.exception(), NoMarketDataError)


@pytest.mark.parametrize("how", ["hang", "drip", "drip_head"])
def test_threads_that_hang_end(
    double: ExchangeDouble,
    open_market: Callable[..., CandleSource],
    clock: SimpleNamespace,
    how: str,
) -> None:
    """A server that never finishes would collect threads until the bot dies."""
    market = open_market("binance", deadline=0.1)
    market.preload()
    double.fail("klines", how, times=None)
    for _ in range(9):
        clock.now += 60
        with pytest.raises(NoMarketDataError):
            market.candles(BTC)
    for thread in threading.enumerate():
        if thread.name == "ask-binance":
            assert ends(thread, 2)


@pytest.mark.parametrize("fails", [False, True])
def test_ten_at_once_are_one_request(
    double: ExchangeDouble, open_market: Callable[..., CandleSource], fails: bool
) -> None:
    """Ten people asking for BTC would use up the exchange's limit ten times as fast."""
    market = open_market("binance")
    market.preload()
    double.delay = 0.3 * slowness()
    if fails:
        double.fail("klines", "empty", times=None)

    def ask(_: int) -> Candles | str:
        try:
            return market.candles(BTC)
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
    double: ExchangeDouble, open_market: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """Old columns after the close mean a signal of the last hour; new ones before it are waste."""
    market = open_market("binance")
    first = market.candles(BTC)
    assert market.candles(BTC) is first
    clock.now = NOW + 29 * 60
    assert market.candles(BTC).time is first.time
    assert [query["limit"] for name, query in double.asked if name == "klines"] == ["1000", "2"]
    clock.now = NOW + 30 * 60 + 2
    second = market.candles(BTC)
    assert second.time[-1] == first.time[-1] + HOUR * 1000
    assert [query["limit"] for name, query in double.asked if name == "klines"][2:] == ["1000"]


AGES = [(29, False, False), (31, False, True), (1, True, False), (3, True, True)]


@pytest.mark.parametrize(("age", "fresh", "renewed"), AGES)
def test_price_is_renewed(
    double: ExchangeDouble,
    open_market: Callable[..., CandleSource],
    clock: SimpleNamespace,
    age: int,
    fresh: bool,
    renewed: bool,
) -> None:
    """On a daily chart the price would be up to a day old; the refresh button would do nothing."""
    market = open_market("binance")
    old = market.candles(BTC)
    double.series["BTC/USDT", "1h"] = [*candles(5, "flat", end=NOW)]
    clock.now += age
    new = market.candles(BTC, fresh=fresh)
    assert new.price == (100.0 if renewed else old.price)
    assert new.priced_at == pytest.approx(clock.now if renewed else NOW, rel=0, abs=1)
    assert new.close is old.close


def test_price_outlives_a_short_failure_only(
    double: ExchangeDouble, open_market: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """A hiccup would cost the analysis; after a long one an old price is not current."""
    market = open_market()
    old = market.candles(BTC)
    double.fail("klines", "503", times=None)
    clock.now += 60
    assert market.candles(BTC) is old
    clock.now += 300
    assert market.candles(BTC).exchange == "Kraken"


def test_a_price_that_hangs_leaves_time_for_the_next_exchange(
    double: ExchangeDouble, open_market: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """A hang of the first exchange would use up the time that the second one needs."""
    market = open_market(deadline=3.0 * slowness())
    market.candles(BTC)
    double.fail("klines", "hang", times=None)
    clock.now += 301
    assert market.candles(BTC).exchange == "Kraken"


def test_cache_is_bounded(double: ExchangeDouble, open_market: Callable[..., CandleSource]) -> None:
    """A bot that is asked for every coin would grow for ever."""
    double.symbols = [f"C{i}/USDT" for i in range(70)]
    double.length = 5
    market = open_market("binance")
    for i in [*range(70), *range(69, 5, -1), 0]:
        market.candles(Request(f"C{i}", "USDT", "1h"))
    assert double.count("klines") == 71


@pytest.mark.parametrize("hours", [-5, 0, 5])
def test_wrong_clock_of_this_machine(
    double: ExchangeDouble,
    open_market: Callable[..., CandleSource],
    clock: SimpleNamespace,
    hours: int,
) -> None:
    """A laptop clock that is off would turn the open candle into a closed one."""
    double.now = lambda: NOW
    clock.now = NOW + hours * HOUR
    market = open_market("binance")
    found = market.candles(BTC)
    assert found.time[-1] == double.rows("BTC/USDT", "1h")[-2][0]
    clock.now += 29 * 60
    assert market.candles(BTC).time is found.time


def test_exchange_without_a_clock(
    double: ExchangeDouble, open_market: Callable[..., CandleSource]
) -> None:
    """A mirror that sends no Date must not be taken for one whose candles are all closed."""
    double.dated = False
    assert open_market("binance").candles(BTC).time[-1] == double.rows("BTC/USDT", "1h")[-2][0]


def test_list_of_markets_survives_a_restart_for_a_day(
    double: ExchangeDouble, open_market: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """The first analysis after each start would be the slow one."""
    cache = Memory()
    open_market("binance", cache=cache).preload()
    assert len(json.loads(cache["markets/binance"])["markets"]) == len(double.symbols)
    open_market("binance", cache=cache).candles(BTC)
    assert double.count("exchangeInfo") == 1
    clock.now += 25 * HOUR
    double.symbols = [*double.symbols, "NEW/USDT"]
    market = open_market("binance", cache=cache)
    market.preload()
    assert market.candles(Request("NEW", "USDT", "1h")).symbol == "NEW/USDT"
    assert double.count("exchangeInfo") == 2


def test_list_of_yesterday_serves_while_the_new_one_fails(
    double: ExchangeDouble, open_market: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """A list that cannot be renewed today is still good enough to find BTC in."""
    market = open_market("binance")
    market.preload()
    clock.now += 25 * HOUR
    double.fail("exchangeInfo", "hang", times=None)
    assert market.candles(BTC).symbol == "BTC/USDT"


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
def test_broken_cache_is_loaded_anew(open_market: Callable[..., CandleSource], saved: str) -> None:
    """A damaged store would switch market data off."""
    market = open_market("binance", cache=Memory({"markets/binance": saved}))
    assert market.candles(BTC).symbol == "BTC/USDT"


def test_a_market_that_is_gone(
    double: ExchangeDouble, open_market: Callable[..., CandleSource], clock: SimpleNamespace
) -> None:
    """A coin that was delisted since its last analysis would end in a traceback."""
    market = open_market("binance")
    market.candles(BTC)
    double.symbols = ["ETH/USDT"]
    clock.now += 25 * HOUR
    market.preload()
    with pytest.raises(UnknownMarketError):
        market.candles(BTC)


def test_preload_sends_one_request_to_each(
    double: ExchangeDouble, open_market: Callable[..., CandleSource]
) -> None:
    """Loading futures, currencies and fees as well would triple the time of the first answer."""
    open_market().preload()
    assert sorted(name for name, _ in double.asked) == ["AssetPairs", "exchangeInfo"]


def test_proxy_is_used(double: ExchangeDouble, open_market: Callable[..., CandleSource]) -> None:
    """Who is blocked by his country could not reach the exchange through his proxy."""
    market = open_market("binance", api_url="http://api.binance.test", proxy=double.url)
    with pytest.raises(NoMarketDataError):
        market.candles(BTC)
    asked, _ = double.asked[0]
    assert asked == "http://api.binance.test/api/v3/exchangeInfo"


def test_disabled_says_so() -> None:
    """`exchange =` is a choice, not an error: the answer says what follows from it."""
    market = CandleSource(MarketSettings(exchange=()), {}, Memory())
    market.preload()
    assert not market.enabled
    with pytest.raises(NoMarketDataError, match="switched off"):
        market.candles(BTC)


def test_unknown_exchange_is_skipped(
    open_market: Callable[..., CandleSource], caplog: pytest.LogCaptureFixture
) -> None:
    """A misspelt exchange would take the other one down with it."""
    market = open_market("binanze kraken")
    market.preload()
    assert market.candles(BTC).exchange == "Kraken"
    assert 'did you mean "binance"?' in caplog.text
    with pytest.raises(NoMarketDataError, match="None of the configured exchanges"):
        open_market("binanze").candles(BTC)


def test_heavy_libraries_wait_until_they_are_needed() -> None:
    """Who switches market data off would still pay 60 MB for it."""
    program = (
        "import sys; from engram.config.settings import MarketSettings;"
        "from engram.market.candle_source import CandleSource;"
        "m = CandleSource(MarketSettings(exchange=()), {}, {}); m.preload(); m.enabled;"
        "print([name for name in ('ccxt', 'numpy', 'talib') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == "[]"
