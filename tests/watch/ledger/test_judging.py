"""What becomes of signals once their horizon has ended."""

import threading

import pytest

from engram.config.settings import ExchangeSettings, MarketSettings
from engram.core.lru import LRUCache
from engram.market.exchanges.looks import Rows
from engram.market.feed import Feed
from engram.market.source.candle_source import CandleSource
from engram.storage.store import Store
from engram.storage.watch.ledger_table import JUDGED, OPEN, UNKNOWN, LedgerTable
from engram.watch.ledger.judging import AGAIN, AWAY, LAG, REQUESTS, Judging, Outcome, outcome_of
from tests.conftest import wait_until
from tests.doubles.exchange import ExchangeDouble
from tests.machine_speed import LONG, ends
from tests.watch.ledger.conftest import HOUR, NOW, kept, row

# What the market does: the close of each hour from NOW on.
CLOSES = {0: 100.0, 1: 101.0, 2: 102.0, 3: 103.0, 4: 99.5, 5: 98.0, 6: 98.0, 7: 120.0, 8: 99.0}
BTC = ("BTC/USDT", "1h")


def candles(closes=CLOSES):
    """A candle for each, named by the hour in which it closes."""
    opened = {hour: (NOW + (hour - 1) * HOUR) * 1000 for hour in closes}
    return [[opened[hour], price, price, price, price, 1.0] for hour, price in closes.items()]


class Scripted(dict):
    """The candles of a market, as far as they have opened by the exchange's clock."""

    def __init__(self, exchange, closes=CLOSES):
        super().__init__()
        self.exchange, self.closes = exchange, closes

    def get(self, key, default=None):
        now = self.exchange.now() * 1000
        return [one for one in candles(self.closes) if one[0] <= now] if key == BTC else default


@pytest.fixture
def exchange(clock):
    with ExchangeDouble() as double:
        double.now = clock.now
        double.series = Scripted(double)
        yield double


@pytest.fixture
def judging_on(exchange, clock, store, table):
    """Makes a judge on these exchanges of config.ini."""

    def make(*names):
        settings = dict.fromkeys(names, ExchangeSettings(api_url=exchange.url))
        source = CandleSource(
            MarketSettings(exchange=names), settings, LRUCache(10), LONG, clock.now
        )
        return Judging(table, Feed(source, clock.monotonic), store, clock)

    return make


@pytest.fixture
def judging(judging_on):
    return judging_on("binance")


def states(table):
    return [one.state for one in kept(table)]


def asked(exchange):
    return exchange.count("klines")


def test_a_scripted_series_gives_the_exact_table(judging, table, exchange, clock):
    """/record would count signals as right that were wrong."""
    table.add(
        row(0, "BUY"), row(0, "SELL", "glm"), row(0, "HOLD", "qwen"), row(1, "BUY", price=101.0),
        row(2, "HOLD", price=97.5), row(2, "HOLD", "glm", price=97.0), row(3, "SELL", price=103.0),
        row(5, "BUY"),
    )  # fmt: skip
    clock.at = NOW + 8 * HOUR + LAG
    judging.look()
    found = {(one.candle, one.source): one for one in kept(table)}
    came = {
        (round((one.candle / 1000 - NOW) / HOUR) + 1, one.source): (
            one.signal, one.state, one.judged_price, one.came_true
        )
        for one in found.values()
    }  # fmt: skip
    assert came == {
        (0, "rules"): ("BUY", JUDGED, 99.5, 0),
        (0, "glm"): ("SELL", JUDGED, 99.5, 1),
        (0, "qwen"): ("HOLD", JUDGED, 99.5, 1),
        (1, "rules"): ("BUY", JUDGED, 98.0, 0),
        (2, "rules"): ("HOLD", JUDGED, 98.0, 1),
        (2, "glm"): ("HOLD", JUDGED, 98.0, 0),
        (3, "rules"): ("SELL", JUDGED, 120.0, 0),
        (5, "rules"): ("BUY", OPEN, None, None),
    }
    assert asked(exchange) == 1
    assert {one.judged_at for one in found.values()} == {clock.at, None}


def test_nothing_is_judged_by_an_open_candle(judging, table, exchange, clock):
    """A signal would be judged by a price in the middle of its last candle."""
    table.add(row(0))
    clock.at = NOW + 4 * HOUR + LAG
    exchange.now = lambda: clock.at - LAG - 60
    judging.look()
    assert states(table) == [OPEN]
    exchange.now = clock.now
    judging.look()
    assert (states(table), asked(exchange)) == ([OPEN], 1)
    clock.at += AGAIN
    judging.look()
    assert [one.judged_price for one in kept(table)] == [99.5]


@pytest.mark.parametrize(
    ("absent", "state", "price"),
    [
        ((4,), JUDGED, 103.0),
        ((3, 4), JUDGED, 98.0),
        ((3, 4, 5), UNKNOWN, None),
        ((4, 5, 6, 7, 8), JUDGED, 103.0),
        ((3, 4, 5, 6, 7, 8), UNKNOWN, None),
    ],
)
def test_where_its_candle_is_absent_the_next_one_counts_or_nothing(
    judging, table, exchange, clock, absent, state, price
):
    """A halted market would count as a hit or as a miss, or be asked for forever."""
    exchange.series.closes = {h: p for h, p in CLOSES.items() if h not in absent}
    table.add(row(0))
    clock.at = NOW + 4 * HOUR + LAG
    judging.look()
    assert states(table) == [OPEN]
    clock.at = NOW + 8 * HOUR + LAG
    judging.look()
    assert [(one.state, one.judged_price) for one in kept(table)] == [(state, price)]


def test_a_delisted_market_is_unknown(judging, table, exchange, clock):
    """Coins that died would be left out of the table only by waiting forever."""
    table.add(row(0), row(1))
    clock.at = NOW + 4 * HOUR + LAG
    exchange.symbols = ["ETH/USDT"]
    judging.look()
    assert states(table) == [UNKNOWN, OPEN]


@pytest.mark.parametrize("names", [("binance",), ("kraken",)], ids=["away", "not in config.ini"])
def test_an_exchange_that_is_away_is_waited_for(judging_on, table, exchange, clock, names):
    """A night without the exchange would leave its signals unknown, or it would be for ever."""
    if "binance" in names:
        exchange.fail("klines", "503", times=None)
        exchange.fail("exchangeInfo", "503", times=None)
    table.add(row(0))
    for days, state in ((0, OPEN), (29, OPEN), (31, UNKNOWN)):
        clock.at = NOW + days * 86_400 + 4 * HOUR + LAG
        # A restart forgets no day.
        judging_on(*names).look()
        assert states(table) == [state]


def test_it_is_judged_once_the_exchange_is_back(judging, table, store, exchange, clock):
    """The outage of a month would be counted on from one before it."""
    exchange.fail("klines", "503", times=None)
    table.add(row(0))
    clock.at = NOW + 4 * HOUR + LAG
    judging.look()
    exchange.heal()
    clock.at += AWAY - 60
    judging.look()
    assert states(table) == [JUDGED]
    assert store.get("ledger/away") == "{}"


def test_an_exchange_that_fails_is_asked_again_with_pauses(judging, table, exchange, clock):
    """An exchange in trouble would be asked once a minute for each market."""
    exchange.fail("klines", "503", times=None)
    table.add(row(0))
    clock.at = NOW + 4 * HOUR + LAG
    judging.look()
    before = asked(exchange)
    judging.look()
    assert asked(exchange) == before
    clock.at += AGAIN
    judging.look()
    assert asked(exchange) > before


def test_an_exchange_in_trouble_is_not_asked_for_each_market(judging, table, exchange, clock):
    """A hundred markets of one exchange would each be waited for before any other is judged."""
    symbols = [f"{one}/USDT" for one in ("AAA", "ABB", "ACC", "ADD", "BTC", "SOL", "DOGE")]
    exchange.symbols = symbols
    exchange.fail("klines", "503", times=None)
    table.add(*(row(0, symbol=symbol) for symbol in symbols))
    clock.at = NOW + 4 * HOUR + LAG
    judging.look()
    assert len({query["symbol"] for name, query in exchange.asked if "klines" in name}) <= 3


def test_many_signals_of_a_market_take_few_requests(judging, table, exchange, clock):
    """After a month away the exchange would be asked once for each signal."""
    count = 500
    exchange.series.closes = {hour: 100.0 + hour for hour in range(count + 10)}
    exchange.page = 300
    table.add(*(row(hour) for hour in range(count)))
    clock.at = NOW + (count + 5) * HOUR + LAG
    judging.look()
    assert [one.judged_price for one in kept(table)] == [104.0 + hour for hour in range(count)]
    assert asked(exchange) <= 3


def test_an_exchange_with_small_pages_is_asked_on_in_the_next_round(
    judging, table, exchange, clock
):
    """An exchange that sends few candles at once would be asked a hundred times on end."""
    exchange.series.closes = {hour: 100.0 + hour for hour in range(70)}
    exchange.page = 10
    table.add(*(row(hour) for hour in range(60)))
    clock.at = NOW + 65 * HOUR + LAG
    judging.look()
    assert (asked(exchange), set(states(table))) == (REQUESTS, {OPEN, JUDGED})
    clock.at += AGAIN
    judging.look()
    assert set(states(table)) == {JUDGED}


def test_a_market_that_cannot_be_read_keeps_no_other_waiting(judging, table, store, clock):
    """One damaged row would stop all judging."""
    table.add(row(0), row(0, symbol="AAA/USDT", exchange="aaa", confidence="Low"))
    store.write("UPDATE ledger SET timeframe = 'xx' WHERE symbol = 'AAA/USDT'")
    clock.at = NOW + 4 * HOUR + LAG
    judging.look()
    assert sorted(states(table)) == [JUDGED, OPEN]


def test_a_hold_without_a_typical_move_is_unknown(judging, table, clock):
    """A HOLD would count as wrong because nothing is known to judge it by."""
    table.add(row(0, "HOLD", typical=None))
    clock.at = NOW + 4 * HOUR + LAG
    judging.look()
    assert states(table) == [UNKNOWN]


def test_it_goes_on_until_it_is_stopped(judging, table, clock):
    """Nothing would ever be judged, or two processes would ask for the same."""
    table.add(row(0))
    clock.at = NOW + 4 * HOUR + LAG
    may = []

    def may_look():
        may.append(states(table))
        if len(may) == 2:
            raise OSError("no such folder")
        return len(may) > 3

    judging.start(may_look)
    wait_until(lambda: states(table) == [JUDGED], 10)
    judging.stop()
    (thread,) = (one for one in threading.enumerate() if one.name == "ledger")
    assert ends(thread, 10)
    assert may[:4] == [[OPEN]] * 4


def test_once_it_is_stopped_nobody_is_asked(judging, table, exchange, clock):
    """The bot would ask exchanges while it ends."""
    table.add(row(0))
    clock.at = NOW + 4 * HOUR + LAG
    judging.stop()
    judging.look()
    assert (states(table), asked(exchange)) == ([OPEN], 0)


@pytest.mark.parametrize(
    ("now", "outcome"),
    [(NOW + 4 * HOUR - 1, None), (NOW + 4 * HOUR, Outcome(99.5))],
)
def test_a_candle_counts_once_it_has_closed(now, outcome):
    """The same row would be judged by another price, depending on when one looks."""
    rows = Rows(tuple(tuple(one) for one in candles()[:5]), now)
    since = int((NOW + 2 * HOUR) * 1000)
    assert outcome_of(row(0), rows, now, since) == outcome


def test_what_an_exchange_did_not_send_is_not_absent():
    """With a small page all later signals would be unknown."""
    rows = Rows(tuple(tuple(one) for one in candles()[:3]), NOW + 99 * HOUR)
    since = int((NOW - HOUR) * 1000)
    assert outcome_of(row(4), rows, NOW + 99 * HOUR, since) is None


def test_without_the_exchanges_clock_a_candle_is_waited_for(table, clock):
    """A clock that is an hour ahead would judge by the open candle."""
    store = Store(None)
    table = LedgerTable(store)
    table.add(row(0))

    class Undated:
        def rows(self, *_):
            return Rows(tuple(tuple(one) for one in candles()), None)

    judging = Judging(table, Undated(), store, clock)
    clock.at = NOW + 4 * HOUR + LAG
    judging.look()
    assert states(table) == [OPEN]
    clock.at = NOW + 5 * HOUR + LAG
    judging.look()
    assert states(table) == [JUDGED]
