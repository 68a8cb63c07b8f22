"""What is said about the future: how often such signals came true, the range, and the stop."""

from collections.abc import Callable
from functools import partial

from engram.core.formats import format_percent, format_price
from engram.market.candles import DAY, Candles, counted, duration
from engram.market.evidence import ATRS, HORIZON, Evidence, Regime, is_studied
from engram.market.price_range import SHARE
from engram.market.signals import Analysis

_LENGTHS = ((7 * DAY, "week"), (DAY, "day"), (3600.0, "hour"), (60.0, "minute"))


def verdict_lines(analysis: Analysis, candles: Candles, evidence: Evidence) -> tuple[str, str]:
    """The signal, and the confidence with the figures behind it."""
    confidence, cell = evidence.confidence.value, evidence.cell
    if cell:
        true, chance = format_percent(cell.rate), format_percent(cell.chance)
        why = f"such signals came true {true} of the time, chance is {chance}"
    else:
        why = f"signals {_not_studied(candles, evidence.horizon)} were not studied"
    return f"Signal: {analysis.signal.value}", f"Confidence: {confidence} ({why})"


def _not_studied(candles: Candles, horizon: int) -> str:
    if not is_studied(candles.symbol):
        return f"on markets such as {candles.symbol}"
    return f"on {candles.timeframe}" if horizon == HORIZON else f"over {counted(horizon)}"


def range_lines(analysis: Analysis, candles: Candles) -> tuple[str, ...]:
    """How long the next candles take, and where the price will be then."""
    found, price = analysis.range, analysis.snapshot.price
    if found is None:
        return ()
    low, high = found.written(price)
    far = f"{away(price, found.low, 1)} to {away(price, found.high, 1)}"
    takes = _duration(found.horizon * (duration(candles.timeframe) or 0.0))
    share = format_percent(SHARE)
    return (f"🎯 Next {counted(found.horizon)} ({takes}), {share}: {low} to {high} ({far})",)


def _duration(seconds: float) -> str:
    """How long it takes, in the longest unit that needs no fraction: "4 days"."""
    for length, unit in _LENGTHS:
        count, rest = divmod(seconds, length)
        if count and not rest:
            return f"{count:.0f} {unit}{'s' if count > 1 else ''}"
    return f"{seconds:.0f} s"


def stop_lines(
    analysis: Analysis, evidence: Evidence, written: Callable[[float], str] | None = None
) -> tuple[str, ...]:
    """How far 1.5 and 3 ATR are, against the signal, and how often they were touched.

    The levels are `written` so, by default as the price is.
    """
    s = analysis.snapshot
    written = written or partial(format_price, like=s.price)
    side, sign = ("above", 1) if analysis.signal.stops_above else ("below", -1)
    parts: list[str] = []
    for multiple, touched in zip(ATRS, evidence.touched or (None, None), strict=True):
        level = s.price + sign * multiple * s.last.atr
        if not 0 < level != s.price:
            continue
        shown, far = written(level), away(s.price, level, 1)
        part = f"{multiple:g} ATR {side}: {shown} ({far})"
        if touched is not None:
            often = f"{100 * touched:.0f}"
            part += f", touched {often} times in 100" if not parts else f", {often} in 100"
        parts.append(part)
    return (f"🛑 {'; '.join(parts)}",) if parts else ()


def daily_lines(regime: Regime, candles: Candles) -> tuple[str, ...]:
    """The daily signals beside a shorter timeframe; beside a longer one only Bitcoin's."""
    own, btc = (signal.value if signal else "not known" for signal in regime)
    if (duration(candles.timeframe) or 0.0) < DAY:
        return (f"🧭 Daily: {own} · BTC daily: {btc}",)
    return (f"🧭 BTC daily: {btc}",)


def away(price: float, level: float, decimals: int) -> str:
    """How far `level` is from `price`: "-1.4 %"."""
    return format_percent(level / price - 1, decimals, signed=True)
