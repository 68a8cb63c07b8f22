"""The analysis as the text that a person reads, in the terminal and under the chart."""

from collections.abc import Callable
from functools import partial

from engram.core.errors import NoMarketDataError
from engram.core.formats import format_percent, format_price, format_time
from engram.core.text.surrogates import utf16_length
from engram.market.candles import Candles, closing_time, counted
from engram.market.evidence import Confidence, Evidence
from engram.market.indicators import Snapshot
from engram.market.outcomes import Signal
from engram.market.panel.ahead import (
    away,
    daily_lines,
    range_lines,
    stop_lines,
    verdict_lines,
)
from engram.market.panel.votes import trend_now, vote_lines
from engram.market.signals import ACT_FROM, Analysis, TooFewCandlesError
from engram.market.symbols import Request

_NO_REASON = (
    "Without enough candles nothing can be measured, so there is no reason to buy or to sell."
)
# UTF-16 units of the 1,024 that a caption may have; the note below it takes the rest.
ROOM = 940


def panel(analysis: Analysis, candles: Candles, evidence: Evidence, history: str = "") -> str:
    """Plain text of about 20 lines and, with usual symbol names, less than 950 UTF-16 units.

    `history` is what became of such signals here, "" where too few were given. The closing note on
    who wrote the answer is not part of it. Where names and prices are so long that it might not fit
    below a chart, the reasons of the votes are left out.
    """
    text = _panel(analysis, candles, evidence, history)
    if utf16_length(text) <= ROOM:
        return text
    return brief(analysis, candles, evidence, history)


def brief(analysis: Analysis, candles: Candles, evidence: Evidence, history: str = "") -> str:
    """The panel without the reasons of the votes, for where something else has to fit as well."""
    return _panel(analysis, candles, evidence, history, why=False)


def _panel(
    analysis: Analysis, candles: Candles, evidence: Evidence, history: str, *, why: bool = True
) -> str:
    s = analysis.snapshot
    atr = format_percent(s.last.atr / s.price, 2)
    return "\n".join(
        (
            heading(candles.symbol, candles.timeframe, candles.exchange),
            "",
            *verdict_lines(analysis, candles, evidence),
            *history_lines(analysis, history),
            price_line(s),
            "",
            *range_lines(analysis, candles),
            *stop_lines(analysis, evidence),
            *daily_lines(evidence.regime, candles),
            levels_line(s),
            "",
            f"📈 {trend_now(analysis)} · ATR {atr}",
            f"Votes at the last close: {score(analysis)}",
            *vote_lines(analysis, why=why),
            "",
            *gap_lines(candles.missing),
            f"Last close {format_time(closing_time(candles))}",
        )
    )


def block(analysis: Analysis, candles: Candles, evidence: Evidence) -> str:
    """The same in five lines, for a text about several markets."""
    lines = (*verdict_lines(analysis, candles, evidence), price_line(analysis.snapshot))
    title = heading(candles.symbol, candles.timeframe, candles.exchange)
    return "\n".join((title, *lines, *range_lines(analysis, candles)))


def heading(symbol: str, timeframe: str, exchange: str = "") -> str:
    """The first line: which market the figures are of."""
    what = " · ".join(filter(None, (symbol, timeframe, exchange)))
    return f"📊 Market Analysis for {what}"


def without_data(request: Request, err: NoMarketDataError | TooFewCandlesError) -> tuple[str, str]:
    """What stands in the places of panel and block where nothing can be measured, due to `err`."""
    reason = str(err) if isinstance(err, TooFewCandlesError) else f"There is no market data: {err}"
    title, hold = heading(request.symbol, request.timeframe), "Signal: HOLD\nConfidence: Low"
    return f"{title}\n\n{hold}\n\n{reason}\n\n{_NO_REASON}", f"{title}\n{hold}\n{reason}"


def verdict(signal: Signal, confidence: Confidence) -> str:
    """Both in short: "HOLD (Low)"."""
    return f"{signal.value} ({confidence.value})"


def price_line(s: Snapshot) -> str:
    """The price, and how far it has moved in a day."""
    day = ""
    if s.change_24h is not None:
        day = f" ({format_percent(s.change_24h, 2, signed=True)} in 24 h)"
    return f"Price: {format_price(s.price, like=s.price)}{day}"


def levels_line(s: Snapshot, written: Callable[[float], str] | None = None) -> str:
    """Support and resistance, as they are `written`, and how far away they are."""
    written = written or partial(format_price, like=s.price)
    support, resistance = (
        f"{written(level)} ({away(s.price, level, 1)})" if level is not None else "none near"
        for level in (s.levels.support, s.levels.resistance)
    )
    return f"🧱 Support {support}, resistance {resistance}"


def history_lines(analysis: Analysis, history: str) -> tuple[str, ...]:
    """A line with the `history` of the signal, if there is any."""
    return (f"📒 {analysis.signal.value}: {history}",) if history else ()


def gap_lines(missing: int) -> tuple[str, ...]:
    """A line if candles are `missing`."""
    if not missing:
        return ()
    what = f"{counted(missing)} {'is' if missing == 1 else 'are'}"
    return (f"⚠️ {what} missing: figures skip the gap",)


def score(analysis: Analysis) -> str:
    """What the votes add up to, and from where on that is a signal."""
    return f"{total(analysis)} (BUY from +{ACT_FROM}, SELL from -{ACT_FROM})"


def total(analysis: Analysis) -> str:
    """What the votes add up to: "+2 of 6"."""
    return f"{analysis.score:+d}".replace("+0", "0") + f" of {len(analysis.votes)}"
