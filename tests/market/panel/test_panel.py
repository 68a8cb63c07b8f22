"""The analysis as text, line by line."""

import math
from dataclasses import replace

import pytest

from engram.core.errors import NoMarketDataError
from engram.market.evidence import Cell, Confidence, Evidence, Period, Regime, Touched
from engram.market.indicators import Levels
from engram.market.outcomes import Signal
from engram.market.panel.panel import block, panel, verdict, without_data
from engram.market.price_range import PriceRange
from engram.market.signals import CANDLES_NEEDED, TooFewCandlesError, analyse
from engram.market.symbols import Request
from tests.series import first, made

CANDLES = made("walk", 999, seed=3, timeframe="4h", scale=650)
ANALYSIS = analyse(CANDLES)
LAST = replace(
    ANALYSIS.snapshot.last,
    close=67_000.0, ema20=66_000.0, ema50=65_000.5, ema200=61_000.0, adx=31.25, rsi=62.34,
    macd=120.5, macd_signal=98.75, atr=540.125, bollinger_lower=64_000.0,
    bollinger_upper=68_000.0, volume_ratio=1.234,
)  # fmt: skip
SNAPSHOT = replace(
    ANALYSIS.snapshot,
    price=67_123.456,
    change_24h=0.0231,
    levels=Levels(66_100.0, None),
    last=LAST,
)
VOTES = {"Trend": 1, "RSI": 1, "Volume": 0}
CELL = Cell(4100, 40, 0.5375, 0.4961, Period(0.51, 0.5), Period(0.505, 0.49))
REGIME = Regime(Signal.BUY, Signal.HOLD)
EVIDENCE = Evidence(REGIME, 24, CELL, Touched(0.607, 0.317))
AHEAD = PriceRange(63_432.1, 71_489.9, 24)


def shown(votes=VOTES, evidence=EVIDENCE, candles=CANDLES, ahead=AHEAD, **snapshot):
    """The lines of the panel with these changes."""
    changed = replace(SNAPSHOT, **snapshot)
    analysis = replace(ANALYSIS, votes=votes, range=ahead, snapshot=changed)
    return panel(analysis, candles, evidence).splitlines()


def test_the_panel_says_everything_that_was_measured():
    """A person would get a verdict without its reasons."""
    assert shown() == [
        "📊 Market Analysis for BTC/USDT · 4h · Binance",
        "",
        "Signal: BUY",
        "Confidence: Medium (such signals came true 54 % of the time, chance is 50 %)",
        "Price: 67,123.46 (+2.31 % in 24 h)",
        "",
        "🎯 Next 24 candles (4 days), 80 %: 63,400 to 71,500 (-5.5 % to +6.5 %)",
        "🛑 1.5 ATR below: 66,313.27 (-1.2 %), touched 61 times in 100; "
        "3 ATR below: 65,503.08 (-2.4 %), 32 in 100",
        "🧭 Daily: BUY · BTC daily: HOLD",
        "🧱 Support 66,100.00 (-1.5 %), resistance none near",
        "",
        "📈 Trend up (ADX 31.2) · RSI 62.3 · ATR 0.80 %",
        "Votes at the last close: +2 of 3 (BUY from +2, SELL from -2)",
        "▲ Trend: close 3.1 % above EMA 50, EMA 50 6.6 % above EMA 200",
        "▲ RSI: 62.3, above 55",
        "• Volume: 1.23 x average, below 1.5",
        "",
        "Last close 2026-11-22 08:00 UTC",
    ]


@pytest.mark.parametrize(
    ("snapshot", "line"),
    [
        ({"change_24h": None}, "Price: 67,123.46"),
        ({"change_24h": -0.5}, "Price: 67,123.46 (-50.00 % in 24 h)"),
        ({"last": replace(LAST, volume_ratio=math.nan)}, "• Volume: nothing traded in 20 candles"),
        ({"levels": Levels(None, None)}, "🧱 Support none near, resistance none near"),
    ],
)
def test_what_is_not_there_is_named(snapshot, line):
    """A person would read nan, None, or a made-up zero."""
    assert line in shown(**snapshot)


@pytest.mark.parametrize(
    ("direction", "lines"),
    [
        (-1, ["Signal: SELL", "📈 Trend down (ADX 31.2) · RSI 62.3 · ATR 0.80 %",
              "Votes at the last close: -2 of 2 (BUY from +2, SELL from -2)"]),
        (0, ["Signal: HOLD", "📈 No clear direction (ADX 31.2) · RSI 62.3 · ATR 0.80 %",
             "Votes at the last close: 0 of 2 (BUY from +2, SELL from -2)"]),
    ],
)  # fmt: skip
def test_the_votes_carry_the_signal(direction, lines):
    """The signal would contradict the votes beneath it."""
    found = shown(dict.fromkeys(("Trend", "RSI"), direction))
    assert all(line in found for line in lines)
    assert any(line.startswith(f"{'▼' if direction else '•'} Trend: ") for line in found)


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        (1, "⚠️ 1 candle is missing: figures skip the gap"),
        (7, "⚠️ 7 candles are missing: figures skip the gap"),
    ],
)
def test_gaps_in_the_data_are_told(missing, line):
    """A person would take figures from incomplete data for complete ones."""
    assert line in shown(candles=replace(CANDLES, missing=missing))
    assert not any("missing" in other for other in shown())


@pytest.mark.parametrize(
    ("evidence", "line"),
    [
        (
            EVIDENCE,
            "Confidence: Medium (such signals came true 54 % of the time, chance is 50 %)",
        ),
        (Evidence(REGIME, 12), "Confidence: Low (signals over 12 candles were not studied)"),
        (Evidence(REGIME, 1), "Confidence: Low (signals over 1 candle were not studied)"),
    ],
)
def test_what_the_confidence_rests_on_is_told(evidence, line):
    """A person would size a position by a word."""
    assert line in shown(evidence=evidence)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"timeframe": "2h"}, "on 2h"),
        ({"symbol": "ETH/BTC"}, "on markets such as ETH/BTC"),
        ({"symbol": "EUR/USDT"}, "on markets such as EUR/USDT"),
    ],
)
def test_what_was_not_studied_is_said(changes, what):
    """Coins' figures would be told of a currency, or those of hours of a week."""
    line = f"Confidence: Low (signals {what} were not studied)"
    evidence = Evidence(REGIME, 24)
    assert line in shown(evidence=evidence, candles=replace(CANDLES, **changes))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"timeframe": "1d"}, "🧭 BTC daily: HOLD"),
        ({"timeframe": "1w"}, "🧭 BTC daily: HOLD"),
        ({"timeframe": "4h"}, "🧭 Daily: BUY · BTC daily: HOLD"),
    ],
)
def test_the_higher_timeframe_is_higher(changes, line):
    """A daily analysis would be set beside itself as if it were a second opinion."""
    assert line in shown(candles=replace(CANDLES, **changes))


def test_a_daily_signal_that_did_not_come_is_not_made_up():
    """A person would take a missing signal for a HOLD."""
    evidence = Evidence(Regime(), 24)
    assert "🧭 Daily: not known · BTC daily: not known" in shown(evidence=evidence)


@pytest.mark.parametrize(
    ("timeframe", "horizon", "takes"),
    [
        ("15m", 24, "24 candles (6 hours)"), ("1h", 24, "24 candles (1 day)"),
        ("1h", 1, "1 candle (1 hour)"), ("15m", 3, "3 candles (45 minutes)"),
        ("1d", 24, "24 candles (24 days)"), ("1w", 24, "24 candles (24 weeks)"),
    ],
)  # fmt: skip
def test_how_long_it_takes_is_told(timeframe, horizon, takes):
    """A person would have to work out when 24 candles of 15 minutes are over."""
    candles, ahead = replace(CANDLES, timeframe=timeframe), replace(AHEAD, horizon=horizon)
    assert any(f"Next {takes}, 80 %: " in line for line in shown(candles=candles, ahead=ahead))


@pytest.mark.parametrize(
    ("price", "low", "high", "shown_as"),
    [
        (67_123.456, 63_432.1, 71_489.9, "63,400 to 71,500"),
        (67_123.456, 66_987.6, 67_255.5, "66,988 to 67,256"),
        (1.2345, 1.1987, 1.2789, "1.199 to 1.279"),
        (0.00001234, 0.0000112, 0.0000139, "0.00001120 to 0.00001390"),
        (100.0, 99.99999999, 100.00000001, "100.00 to 100.00"),
        (98_765_432.0, 91_234_567.0, 105_432_109.0, "91,200,000 to 105,400,000"),
    ],
)
def test_the_range_is_as_exact_as_it_is_known(price, low, high, shown_as):
    """Cents would pretend that the next four days are known to the cent."""
    (line,) = [line for line in shown(ahead=PriceRange(low, high, 24), price=price) if "🎯" in line]
    assert f": {shown_as} (" in line


def test_without_a_range_there_is_no_line_of_it():
    """A market that stands still would be given the range of another one."""
    assert not any("🎯" in line for line in shown(ahead=None))


@pytest.mark.parametrize(
    ("votes", "changes", "line"),
    [
        ({"Trend": -1, "RSI": -1}, {},
         "🛑 1.5 ATR above: 67,933.64 (+1.2 %), touched 61 times in 100; "
         "3 ATR above: 68,743.83 (+2.4 %), 32 in 100"),
        ({"Trend": 0}, {"last": replace(LAST, atr=30_000.0)},
         "🛑 1.5 ATR below: 22,123.46 (-67.0 %), touched 61 times in 100"),
    ],
)  # fmt: skip
def test_the_stop_is_against_the_signal_and_above_zero(votes, changes, line):
    """A stop of a SELL would lie below the price, or a stop below zero."""
    assert line in shown(votes, **changes)


def test_no_stop_is_as_far_as_the_price():
    """A wild coin would get a stop at a price that cannot be."""
    assert not any("🛑" in line for line in shown(last=replace(LAST, atr=70_000.0)))
    assert not any("🛑" in line for line in shown(last=replace(LAST, atr=0.0)))


@pytest.mark.parametrize("seed", range(8))
def test_no_line_contradicts_another(seed):
    """A panel would say "trend up" above "no trend", and a live price would be called a close."""
    candles = made("walk", 1000, seed)
    for count in range(CANDLES_NEEDED, 1000, 101):
        candles_then = first(candles, count)
        found = analyse(candles_then)
        lines = panel(found, candles_then, EVIDENCE).splitlines()
        trend = next(line for line in lines if line.startswith("📈"))
        weak = "weak below" in reason(lines, "Strength")
        assert ("Trend" in trend and "but weak" not in trend) <= (not weak)
        assert ("but weak" in trend) <= weak
        assert not any(
            "trend" in line.removeprefix("📈 Trend").removeprefix("🧭") for line in lines
        )


def reason(lines, name):
    """The reason on the line of the vote `name`."""
    votes = dict(line[2:].split(": ", 1) for line in lines if line[:2] in ("▲ ", "• ", "▼ "))
    return votes[name]


@pytest.mark.parametrize("seed", range(8))
def test_a_reason_agrees_with_its_vote(seed):
    """A vote to buy would be explained by a fall."""
    candles = made("walk", 1000, seed)
    for count in range(CANDLES_NEEDED, 1000, 101):
        candles_then = first(candles, count)
        found = analyse(candles_then)
        lines = panel(found, candles_then, EVIDENCE).splitlines()
        reasons = {rule: (side, reason(lines, rule)) for rule, side in found.votes.items()}
        side, why = reasons["RSI"]
        assert {1: "above 55", 0: "between 45 and 55", -1: "below 45"}[side] in why
        side, why = reasons["MACD"]
        assert {1: "histogram +", 0: "within", -1: "histogram -"}[side] in why
        assert (side != 0) == ("beyond" in why)
        side, why = reasons["Bollinger"]
        assert {1: "below the lower", -1: "above the upper"}.get(side, "") in why
        side, why = reasons["Volume"]
        assert {1: "close +", -1: "close -"}.get(side, "below 1.5") in why
        side, why = reasons["Trend"]
        assert why.count("above" if side > 0 else "below") == {1: 2, 0: 1, -1: 2}[side]


def test_a_market_that_stands_still_says_so_in_every_vote():
    """A dead market would be given reasons, or divide by its ATR of 0."""
    candles = made("flat")
    lines = panel(analyse(candles), candles, EVIDENCE).splitlines()
    votes = [line for line in lines if line.startswith("• ")]
    assert len(votes) == 6
    assert all(line.endswith(": no vote, close unchanged for 14 candles") for line in votes)


@pytest.mark.parametrize(
    ("err", "reason"),
    [
        (NoMarketDataError("Binance could not be reached."),
         "There is no market data: Binance could not be reached."),
        (TooFewCandlesError(made(count=49)), "Binance has too short a history of BTC/USDT: "
         "49 candles are too few for a signal, it needs 200."),
        (TooFewCandlesError(replace(made(count=49), pause=(1_795_000_000.0, 1_795_120_000.0))),
         "Binance has no candles of BTC/USDT from 2026-11-18 11:06 UTC to 2026-11-19 20:26 UTC: "
         "the 49 since then are too few for a signal, it needs 200."),
        (TooFewCandlesError(replace(made(count=49), complete=False)),
         "Binance sent only 49 candles of BTC/USDT in time: too few for a signal, it needs 200."),
    ],
    ids=["unreachable", "new", "outage", "slow"],
)  # fmt: skip
def test_without_data_the_reason_stands_in_the_panels_place(err, reason):
    """A person would read an error, or a signal out of thin air."""
    whole, block = without_data(Request("BTC", "USDT", "4h"), err)
    heading, hold = "📊 Market Analysis for BTC/USDT · 4h", ["Signal: HOLD", "Confidence: Low"]
    assert whole.splitlines()[:7] == [heading, "", *hold, "", reason, ""]
    assert block.splitlines() == [heading, *hold, reason]


def test_a_block_has_what_a_comparison_needs():
    """A person who compares four coins would scroll through four whole panels."""
    analysis = replace(ANALYSIS, votes=VOTES, snapshot=SNAPSHOT, range=AHEAD)
    assert block(analysis, CANDLES, EVIDENCE).splitlines() == [
        "📊 Market Analysis for BTC/USDT · 4h · Binance",
        "Signal: BUY",
        "Confidence: Medium (such signals came true 54 % of the time, chance is 50 %)",
        "Price: 67,123.46 (+2.31 % in 24 h)",
        "🎯 Next 24 candles (4 days), 80 %: 63,400 to 71,500 (-5.5 % to +6.5 %)",
    ]


def test_the_verdict_is_signal_and_confidence():
    """Below a model's answer a person could not see at a glance what the rules say."""
    assert verdict(Signal.SELL, Confidence.MEDIUM) == "SELL (Medium)"


@pytest.mark.parametrize("scale", [1e-8, 1e-4, 1.0, 650.0, 1e9])
@pytest.mark.parametrize("shape", ["walk", "flat", "rising"])
def test_it_fits_below_a_chart(shape, scale):
    """Telegram cuts a caption at 1,024 units: the last votes would be in another message."""
    candles = made(shape, 999, scale=scale)
    text = panel(analyse(candles), candles, EVIDENCE)
    assert len(text.encode("utf-16-le")) // 2 <= 1024


def test_reasons_give_way_where_names_are_long():
    """The votes on a market with a very long name would be in another message."""
    candles = made("walk", 999, scale=1e-8)
    assert "Trend: close" in panel(analyse(candles), candles, EVIDENCE)
    long = replace(candles, symbol="1000SATS/FDUSD", exchange="Coinbase International " * 9)
    text = panel(analyse(long), long, EVIDENCE)
    assert "Last close" in text
    assert len(text.encode("utf-16-le")) // 2 <= 1024
    assert "Trend\n" in text
