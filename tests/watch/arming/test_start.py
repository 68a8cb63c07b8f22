"""From where something that is armed begins."""

import pytest

from engram.core.clock import Clock
from engram.market.analyst import Analyst
from engram.market.feed import Feed
from engram.market.symbols import Request
from engram.watch.arming.start import CannotStartError, Starts
from engram.watch.conditions import Condition
from engram.watch.latest import Latest
from tests.conftest import make_source
from tests.doubles.exchange import candles
from tests.watch.arming.desk_stand import Stand
from tests.watch.conftest import NOW

BTC = Request("BTC", "USDT", "4h")


@pytest.fixture
def stand(exchange, tmp_path):
    return Stand.at(exchange, tmp_path / "engram.db")


def starts_by(source, latest):
    return Starts(Feed(source), Analyst(source, "USDT", "4h", 24), Clock(), latest)


@pytest.fixture
def starts(stand):
    return starts_by(make_source(stand.exchange), stand.latest)


def test_the_price_is_known_from_then_on(stand, starts):
    """A list would show no price before the first look."""
    starts.market(BTC)
    assert stand.latest.of("binance", "BTC/USDT").price == 90.0


def test_candles_are_asked_for_once_and_only_if_needed(stand, starts):
    """Arming ten alerts of a market again would ask the exchange twenty times."""
    market = starts.market(BTC)
    market.start(Condition("price", ">", 100.0))
    assert stand.exchange.count("klines/4h") == 0
    market.start(Condition("rsi", ">", 99.0))
    market.start(Condition("adx", ">", 99.0))
    market.signal()
    assert stand.exchange.count("klines/4h") == 1


def test_what_an_analysis_has_left_is_not_asked_for_again(exchange):
    """Who arms an alert below a panel would wait for an exchange that hangs by now."""
    # Far from the end of a minute, in which nobody would know which minute it is.
    exchange.now = lambda: NOW
    source = make_source(exchange)
    source.candles(BTC)
    exchange.fail("klines", "451", times=None)
    market = starts_by(source, Latest()).market(BTC)
    assert not market.start(Condition("rsi", "<", 1.0)).holds


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition("rsi", "<", 1.0), "at the last close the RSI was "),
        (Condition("macd", ">", 1e9), "at the last close the MACD histogram was "),
        (Condition("volume", ">", 900.0), " times its average; "),
        (Condition("close", ">", other="ema50"), ", its EMA 50 "),
        (Condition("signal", "changes"), "at the last close the signal was "),
        (Condition("price", ">", 100.0), "BTC/USDT costs 90.00 on Binance"),
    ],
)
def test_it_is_said_how_the_subject_stands(starts, condition, words):
    """Who reads that it is so already would not know by how much."""
    assert words in starts.market(BTC).start(condition).words


@pytest.mark.parametrize("subject", ["rsi", "adx", "macd", "volume"])
def test_it_is_true_or_not_by_the_last_closed_candle(starts, subject):
    """An alert would be armed while it is true, or refused while it is not."""
    market = starts.market(BTC)
    halves = [market.start(Condition(subject, one, 50.0)).holds for one in (">", "<")]
    assert sorted(halves) == [False, True]


def test_too_few_candles_are_said(stand, starts):
    """A person would read of an error."""
    stand.exchange.series["BTC/USDT", "4h"] = candles(50, "walk", "4h")
    with pytest.raises(CannotStartError, match="too short a history of BTC/USDT"):
        starts.market(BTC).signal()


def test_candles_that_do_not_come_are_said(stand, starts):
    """A person would read that nothing happened at all."""
    market = starts.market(BTC)
    stand.exchange.fail("klines", "451", times=None)
    with pytest.raises(CannotStartError, match=r"no candles .* Binance refused requests from here"):
        market.start(Condition("rsi", ">", 1.0))


def test_a_market_that_is_not_listed_is_said(starts):
    """A typing error would look like an outage."""
    with pytest.raises(CannotStartError, match="found no BTCC/USDT"):
        starts.market(Request("BTCC", "USDT", "4h"))
