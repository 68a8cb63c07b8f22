"""The watchlist as it is read on a phone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.watch.watchlist.quotes import Quote
from engram.watch.watchlist.table import LEGEND, WIDTH, Row, short_price, table


def row(symbol, price=None, change=None, missing="", **signals):
    quote = Quote(price, change, missing=missing) if price or missing else None
    names = {name.lstrip("t"): signal for name, signal in signals.items()}
    return Row("binance", symbol, names, quote)


def test_a_row_a_market_and_a_column_a_timeframe():
    """A person would have to open each market to see how it stands."""
    rows = [
        row("BTC/USDT", 101_234.6, 0.0123, t4h="BUY", t1d="HOLD"),
        row("ETH/USDT", 3021.44, -0.0312, t4h="SELL"),
        row("SOL/USDT", 152.3, -0.0004, t1d="BUY"),
        row("ETH/BTC", 0.02984, 1.5, t4h=""),
        row("NEW/USDT", 1.5, None, t4h="HOLD"),
        row("DOGE/USDT", missing="could not be reached", t4h="HOLD"),
        row("XRP/USDT", t4h="HOLD"),
    ]
    assert table(rows) == (
        "```\n"
        "USDT       price 24h% 4h 1d\n"
        "BTC      101,235 +1.2 ▲  ▬\n"
        "ETH     3,021.44 -3.1 ▼\n"
        "SOL       152.30 +0.0    ▲\n"
        "ETH/BTC  0.02984 +150 ?\n"
        "NEW         1.50  new ▬\n"
        "DOGE    no price      ▬\n"
        "XRP            …      ▬\n"
        "```\n"
        f"{LEGEND}  ? not judged yet"
    )


def test_four_timeframes_stand_side_by_side():
    """A person who watches four timeframes would have to read the table line by line."""
    signals = {"t15m": "BUY", "t1h": "SELL", "t4h": "HOLD", "t1d": "BUY"}
    rows = [row("BTC/USDT", 101_234.6, 0.0123, **signals), row("DOGE/USDT", 0.2, 0.1, t4h="BUY")]
    assert table(rows).splitlines()[1:4] == [
        "USDT   price  24h% 15m 1h 4h 1d",
        "BTC  101,235  +1.2  ▲  ▼  ▬  ▲",
        "DOGE    0.20 +10.0        ▲",
    ]


def test_what_is_too_wide_goes_into_a_line_of_its_own():
    """A phone would break the lines, and nobody would know which sign belongs to what."""
    signals = {"t15m": "BUY", "t1h": "SELL", "t4h": "HOLD", "t1d": ""}
    rows = [row("1000000MOG/USDT", 0.00001234, -0.5, **signals), row("BTC/USDT", 1.0, 0, t4h="BUY")]
    assert table(rows) == (
        "```\n"
        "USDT            price  24h%\n"
        "1000000MOG 0.00001234 -50.0\n"
        "  15m ▲  1h ▼  4h ▬  1d ?\n"
        "BTC              1.00  +0.0\n"
        "  4h ▲\n"
        "```\n"
        f"{LEGEND}  ? not judged yet"
    )


@pytest.mark.parametrize(
    ("price", "text"),
    [(101_234.6, "101,235"), (9_999.994, "9,999.99"), (0.00000123, "0.00000123"),
     (0.0000000123456, "1.235e-8"), (1_650_000_000, "1,650M"), (10_000, "10,000")],
)  # fmt: skip
def test_prices_are_short(price, text):
    """Cents of a Bitcoin would make the table too wide."""
    assert short_price(price) == text


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "BTC/USDT",
                    "PEPE/USDT",
                    "1000SATS/USDT",
                    "WORLDLIBERTYFINANCIAL/USDT",
                    "ETH/BTC",
                    "BTC/IDR",
                ]
            ),
            st.floats(1e-8, 1e10),
            st.one_of(st.none(), st.floats(-0.99, 50)),
            st.dictionaries(
                st.sampled_from(["t1m", "t15m", "t1h", "t4h", "t12h", "t1d", "t1w", "t1M"]),
                st.sampled_from(["BUY", "SELL", "HOLD", ""]),
                min_size=1,
                max_size=4,
            ),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_no_line_is_wider_than_a_phone(rows):
    """The lines of some market or other would break."""
    shown = table([row(symbol, price, move, **signals) for symbol, price, move, signals in rows])
    _, *lines, _, _ = shown.splitlines()
    assert max(map(len, lines)) <= WIDTH
