"""The watchlist as it is read on a phone: a row a market, in a block of code; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engram.core.formats import format_price
from engram.market.candles import duration
from engram.watch.watchlist.quotes import Quote

# So many characters of a fixed width stand beside each other on a small phone.
WIDTH = 32
# A symbol and a price have at most so many characters.
LONGEST_NAME, LONGEST_PRICE = 15, 10
# Of so many digits a price is read in millions, and from here on without cents.
_MILLIONS_FROM, _NO_CENTS_FROM = 1e9, 10_000.0
_NO_DECIMALS_FROM = 99.95  # percent
MARKS = {"BUY": "▲", "SELL": "▼", "HOLD": "▬"}
UNJUDGED = "?"
LEGEND = "▲ BUY  ▼ SELL  ▬ HOLD"
LEGEND_UNJUDGED = "  ? not judged yet"
HEAD_PRICE, HEAD_CHANGE, WAITING, NO_PRICE, NO_CHANGE = "price", "24h%", "…", "no price", "new"
INDENT = "  "


@dataclass(frozen=True, slots=True)
class Row:
    """A watched market: its price if one has come, and the signal for each watched timeframe.

    A signal is BUY, SELL or HOLD, or "" where the last close is not judged yet.
    """

    exchange: str
    symbol: str
    signals: Mapping[str, str]
    quote: Quote | None = None


def table(rows: Sequence[Row]) -> str:
    """The rows below each other, with a column for each timeframe, as Markdown.

    Where that would be wider than a phone, the signals stand in a line of their own.
    """
    frames = sorted({frame for row in rows for frame in row.signals}, key=_seconds)
    quote = _usual_quote(rows)
    names = [_cut(row.symbol.removesuffix(f"/{quote}")) for row in rows]
    cells = [(name, *_figures(row.quote)) for name, row in zip(names, rows, strict=True)]
    head = (quote, HEAD_PRICE, HEAD_CHANGE)
    widths = [max(len(cell[i]) for cell in (head, *cells)) for i in range(3)]
    marks = [[_mark(row, frame).center(len(frame)) for frame in frames] for row in rows]
    lines = [" ".join(_aligned(cell, widths)) for cell in (head, *cells)]
    ends = [" ".join(one) for one in (frames, *marks)]
    if max(map(len, lines)) + 1 + len(ends[0]) <= WIDTH:
        shown = [f"{line} {end}" for line, end in zip(lines, ends, strict=True)]
    else:
        named = [_named(row, frames) for row in rows]
        pairs = zip(lines[1:], named, strict=True)
        shown = [lines[0], *(line for pair in pairs for line in pair)]
    body = "\n".join(line.rstrip() for line in shown)
    is_open = any(not signal for row in rows for signal in row.signals.values())
    return f"```\n{body}\n```\n{LEGEND}{LEGEND_UNJUDGED if is_open else ''}"


def short_price(price: float) -> str:
    """`price` in few characters: 101,235 · 1,234.56 · 0.00000123 · 1.235e-8 · 1,650M."""
    if price >= _MILLIONS_FROM:
        return f"{price / 1e6:,.0f}M"
    text = f"{price:,.0f}" if price >= _NO_CENTS_FROM else format_price(price)
    return text if len(text) <= LONGEST_PRICE else f"{price:.3e}".replace("e-0", "e-")


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _figures(quote: Quote | None) -> tuple[str, str]:
    if quote is None:
        return WAITING, ""
    if quote.price is None:
        return NO_PRICE, ""
    if quote.change is None:
        return short_price(quote.price), NO_CHANGE
    percent = 100 * quote.change
    decimals = 0 if abs(percent) >= _NO_DECIMALS_FROM else 1
    # -0.04 % is no fall: + 0.0 takes the sign from a zero.
    return short_price(quote.price), f"{round(percent, decimals) + 0.0:+.{decimals}f}"


def _aligned(cell: tuple[str, ...], widths: Sequence[int]) -> tuple[str, str, str]:
    name, price, change = cell
    return name.ljust(widths[0]), price.rjust(widths[1]), change.rjust(widths[2])


def _mark(row: Row, frame: str) -> str:
    signal = row.signals.get(frame)
    return "" if signal is None else MARKS.get(signal, UNJUDGED)


def _named(row: Row, frames: Sequence[str]) -> str:
    """The signals in a line of their own: "15m ▲  4h ▬"."""
    return INDENT + "  ".join(f"{one} {_mark(row, one)}" for one in frames if one in row.signals)


def _usual_quote(rows: Sequence[Row]) -> str:
    """What most of the markets are priced in, which then need not stand in each row."""
    quotes = [row.symbol.partition("/")[2] for row in rows]
    return max(dict.fromkeys(quotes), key=quotes.count, default="")


def _seconds(timeframe: str) -> tuple[float, str]:
    return duration(timeframe) or 0.0, timeframe
