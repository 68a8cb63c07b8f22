"""`--ask "/analyze BTC 4h"` as a process: what it prints, against a calculation of its own.

Nothing of Engram's or TA-Lib's is used to calculate here, and the exchange's clock stands still.
"""

import math
import re
from itertools import pairwise
from statistics import fmean, pstdev

import pytest

from tests import reference
from tests.conftest import clean_environment, launcher_command
from tests.doubles.exchange import ExchangeDouble, candles
from tests.machine_speed import completed

# Half past nine on 2026-11-22, UTC: the candle of 08:00 is open.
NOW = 1_795_339_800.0
HORIZON = 24


def asked(folder, exchange, names="binance"):
    """What a person sees who asks for BTC on 4h while LM Studio is not there."""
    config = folder / "config.ini"
    sections = "".join(f"[{name}]\napi_url = {exchange.url}\n" for name in names.split(", "))
    config.write_text(
        f"[lmstudio]\nurl = http://127.0.0.1:9\n[market]\nexchange = {names}\n{sections}"
    )
    # Beside other work the days might come too late, and be missing from the panel.
    question = ("--ask", "/analyze BTC 4h", "--config", str(config))
    command = launcher_command(*question, patient=True, awaiting=True)
    done = completed(command, 50, env=clean_environment())
    assert (done.returncode, done.stderr, exchange.errors) == (0, "", [])
    return done.stdout


# Random walks that end in each of the three signals.
@pytest.fixture(scope="module", params=[1, 9, 13], ids=["SELL", "HOLD", "BUY"])
def run(request, tmp_path_factory):
    """What the exchange has, and what a person sees who asks while LM Studio is not there."""
    rows = candles(1000, "walk", "4h", NOW, seed=request.param)
    with ExchangeDouble() as exchange:
        exchange.now = lambda: NOW
        exchange.series["BTC/USDT", "4h"] = rows
        output = asked(tmp_path_factory.mktemp("engram"), exchange)
        # And the days of Bitcoin, which are this market's own as well.
        assert exchange.count("klines") == 2
    return rows, output


@pytest.fixture
def rows(run):
    """What the exchange has of the market: [time, open, high, low, close, volume]."""
    return run[0]


@pytest.fixture
def output(run):
    """What is printed."""
    return run[1]


@pytest.fixture
def printed(output):
    """The first number after each of these words."""

    def number(pattern):
        found = re.search(pattern + r" ?([-+]?[\d,.]*\d)", output)
        assert found, f"{pattern} is not in:\n{output}"
        return float(found[1].replace(",", ""))

    return number


def decimals(price):
    """Five significant digits of a price between 10 and 1,000."""
    return 2 if price >= 100 else 3


def padded(values, length):
    """`values` at the end of a list of `length`, None before them."""
    return [None] * (length - len(values)) + values


def columns_of(rows):
    """Every indicator at every closed candle."""
    _, _, high, low, close, volume = (list(column) for column in zip(*rows[:-1], strict=True))
    line, signal = reference.macd(close)
    windows = [close[end - 20 : end] for end in range(20, len(close) + 1)]
    columns = {
        "ema20": reference.ema(close, 20),
        "ema50": reference.ema(close, 50),
        "ema200": reference.ema(close, 200),
        "adx": reference.adx(high, low, close),
        "rsi": reference.rsi(close),
        "macd": line,
        "macd_signal": signal,
        "atr": reference.wilder(reference.true_ranges(high, low, close), 14),
        "upper": [fmean(window) + 2 * pstdev(window) for window in windows],
        "lower": [fmean(window) - 2 * pstdev(window) for window in windows],
        "volume": [
            volume[end - 1] / fmean(volume[end - 20 : end]) for end in range(20, len(close) + 1)
        ],
        "change": [after / before - 1 for before, after in pairwise(close)],
        "close": close,
    }
    return {name: padded(values, len(close)) for name, values in columns.items()}


def votes_at(columns, t):
    """The six votes at candle `t`, as docs/signals.md states them."""
    c = {name: column[t] for name, column in columns.items()}

    def sign(up, down):
        return 1 if up else -1 if down else 0

    trending, histogram = c["adx"] >= 20, c["macd"] - c["macd_signal"]
    return [
        sign(c["close"] > c["ema50"] > c["ema200"], c["close"] < c["ema50"] < c["ema200"]),
        sign(trending and c["ema20"] > c["ema50"], trending and c["ema20"] < c["ema50"]),
        sign(c["rsi"] > 55, c["rsi"] < 45),
        sign(histogram > 0.05 * c["atr"], histogram < -0.05 * c["atr"]),
        sign(not trending and c["close"] < c["lower"], not trending and c["close"] > c["upper"]),
        sign(c["volume"] >= 1.5 and c["change"] > 0, c["volume"] >= 1.5 and c["change"] < 0),
    ]


def signal_of(votes):
    return "BUY" if sum(votes) >= 2 else "SELL" if sum(votes) <= -2 else "HOLD"


def range_of(columns):
    """Both ends of the range: quantiles of moves over roots of ATR, as docs/signals.md has it."""
    close, atr = columns["close"], columns["atr"]
    roots = [wide and (wide / price) ** 0.5 for wide, price in zip(atr, close, strict=True)]
    moves = sorted(
        math.log(later / now) / root
        for now, later, root in zip(close, close[HORIZON:], roots, strict=False)
        if root
    )
    return [close[-1] * math.exp(quantile(moves, share) * roots[-1]) for share in (0.1, 0.9)]


def quantile(ordered, share):
    """Between the two values that are nearest."""
    place = share * (len(ordered) - 1)
    lower = int(place)
    upper = min(lower + 1, len(ordered) - 1)
    return ordered[lower] + (place - lower) * (ordered[upper] - ordered[lower])


def test_every_number_of_the_panel_is_confirmed(printed, rows):
    """A person would act on a figure that is not what it is called."""
    columns = columns_of(rows)
    last = {name: column[-1] for name, column in columns.items()}
    price = rows[-1][4]
    fine = decimals(price)
    # Half past nine of the day before: the candle that closed at 08:00 is the nearest.
    (day_ago,) = [row[4] for row in rows if row[0] / 1000 + 4 * 3600 == NOW - 25.5 * 3600]
    side = 1 if signal_of(votes_at(columns, -1)) == "SELL" else -1
    low, high = range_of(columns)
    width = 1 - math.floor(math.log10(high - low))
    for pattern, value, digits in (
        ("Price:", price, fine),
        (r"Price: \S+ \(", 100 * (price / day_ago - 1), 2),
        (r"4 days\), 80 %:", low, width),
        (r"80 %: \S+ to", high, width),
        (r"80 %: \S+ to \S+ \(", 100 * (low / price - 1), 1),
        (r"% to", 100 * (high / price - 1), 1),
        (r"1\.5 ATR \w+:", price + side * 1.5 * last["atr"], fine),
        (r"1\.5 ATR \w+: \S+ \(", 100 * side * 1.5 * last["atr"] / price, 1),
        (r"3 ATR \w+:", price + side * 3 * last["atr"], fine),
        (r"\(ADX", last["adx"], 1),
        (r"RSI:", last["rsi"], 1),
        ("· ATR", 100 * last["atr"] / price, 2),
        ("histogram", (last["macd"] - last["macd_signal"]) / last["atr"], 3),
        ("Volume:", last["volume"], 2),
    ):
        assert printed(pattern) == pytest.approx(value, rel=0, abs=0.5001 * 10**-digits), pattern


def test_support_and_resistance_are_confirmed(printed, rows):
    """Levels would be shown at which the market has not turned."""
    price, shown = rows[-1][4], rows[-121:-1]
    highs, lows = [row[2] for row in shown], [row[3] for row in shown]
    inner = range(3, len(shown) - 3)
    tops = [highs[t] for t in inner if highs[t] == max(highs[t - 3 : t + 4])]
    bottoms = [lows[t] for t in inner if lows[t] == min(lows[t - 3 : t + 4])]
    support = max(level for level in bottoms if level < price)
    resistance = min(level for level in tops if level > price)
    half = 0.5001 * 10 ** -decimals(price)
    assert printed("Support") == pytest.approx(support, rel=0, abs=half)
    assert printed("resistance") == pytest.approx(resistance, rel=0, abs=half)


def test_signal_and_votes_are_confirmed(output, printed, rows):
    """The signal would not follow from its votes."""
    votes = votes_at(columns_of(rows), -1)
    marks = {"▲": 1, "•": 0, "▼": -1}
    names = ("Trend", "Strength", "RSI", "MACD", "Bollinger", "Volume")
    shown = [marks[mark] for name in names for mark in re.findall(f"([▲•▼]) {name}:", output)]
    assert shown == votes
    assert printed("Votes at the last close:") == sum(votes)
    assert f"\nSignal: {signal_of(votes)}\n" in output


def test_source_and_time_are_named(output, exchange):
    """A person could not tell where the numbers are from, or how old they are."""
    assert "📊 Market Analysis for BTC/USDT" in output
    assert "\nLast close 2026-11-22 08:00 UTC\n" in output
    assert "(LMStudio unavailable)" in output


@pytest.fixture
def still(exchange):
    """The exchange, whose clock stands still."""
    exchange.now = lambda: NOW
    return exchange


# Bithumb sends no days, with which the confidence and the lines about them go.
@pytest.mark.parametrize(
    ("name", "pages", "daily"),
    [("upbit", 10, ()), ("bithumb", 5, ("Confidence: ", "🧭 Daily: "))],
)
def test_the_answer_is_the_same_where_pages_are_small(still, tmp_path, name, pages, daily):
    """The same market would have another signal and range on an exchange with small pages."""
    still.shape = "walk"
    whole = asked(tmp_path, still, "binance")
    paged = asked(tmp_path, still, name).replace(name.capitalize(), "Binance")
    assert "🧭 Daily: SELL · BTC daily: SELL" in whole
    assert ("🧭 Daily: not known · BTC daily: not known" in paged) == bool(daily)

    def same(output):
        return [line for line in output.splitlines() if not line.startswith(daily)]

    assert same(paged) == same(whole)
    assert still.count("candles") == pages


def test_after_an_outage_the_answer_says_so(still, tmp_path):
    """A person would read that Bitcoin has too short a history."""
    still.outage = (800, 30)
    output = asked(tmp_path, still)
    began, ended = ("2026-10-20 04:00 UTC", "2026-10-25 04:00 UTC")
    assert f"Binance has no candles of BTC/USDT from {began} to {ended}: the 169 since" in output
    assert "Signal: HOLD" in output


def test_after_an_outage_the_next_exchange_is_asked(still, tmp_path):
    """With a second exchange at hand there would be no signal for weeks."""
    rows = still.rows("BTC/USDT", "4h")
    still.series["BTC/USDT", "4h"] = [*rows[:800], *rows[830:]]
    output = asked(tmp_path, still, "binance, kraken")
    assert " · 4h · Kraken\n" in output
