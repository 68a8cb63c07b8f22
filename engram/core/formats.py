"""How prices, amounts, percentages and times are written for a person."""

import difflib
import math
from collections.abc import Iterable
from datetime import datetime

_DIGITS = 5
_WHOLE_CENTS_FROM = 1000
# Bitcoin in rupiah: cents would be noise, and make the panel longer than a caption may be.
_NO_CENTS_FROM = 10_000_000


def price_decimals(reference: float) -> int:
    """Decimals that show five significant digits of `reference`.

    At least two, but none from ten million on.
    """
    if abs(reference) >= _NO_CENTS_FROM:
        return 0
    if reference == 0 or abs(reference) >= _WHOLE_CENTS_FROM:
        return 2
    return max(2, _DIGITS - 1 - math.floor(math.log10(abs(reference))))


def format_price(value: float, like: float | None = None) -> str:
    """`value` as traders write it: 67,123.45 · 1.2345 · 0.00000123.

    Five significant digits, at least two decimals (none from ten million on), no zeros beyond
    those. Numbers that stand together get the same number of decimals, that of the price they are
    `like`: a MACD histogram of 0.00004 beside a price of 67,123.45 is 0.00.
    """
    if like is None:
        text = f"{value:,.{price_decimals(value)}f}"
        whole, point, decimals = text.partition(".")
        if point:
            text = f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
    else:
        text = f"{value:,.{price_decimals(like)}f}"
    return text.lstrip("-") if not text.strip("-0.,") else text


def format_amount(amount: float) -> str:
    """An amount of at most three digits: 950, 1.2K, 34M."""
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if amount >= 0.9995 * size:  # from here on three digits round up to one of the unit
            return f"{amount / size:.3g}{letter}"
    return f"{amount:.3g}"


def format_size(count: int) -> str:
    """A number of bytes: 950 bytes, 12 KB, 3.4 MB, 18.1 GB; a KB is 1,000 of them."""
    for size, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "KB")):
        if count >= 0.9995 * size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"


def format_percent(share: float, decimals: int = 0, *, signed: bool = False) -> str:
    """A share as a percentage: 0.596 is `60 %`, signed with two decimals `+59.60 %`."""
    percent = round(100 * share, decimals) + 0.0  # -0.0 + 0.0 is 0.0: no "-0 %"
    return f"{percent:+.{decimals}f} %" if signed else f"{percent:.{decimals}f} %"


def format_speed(speed: float) -> str:
    """Tokens a second, as people compare them: `41 tokens/s`, below ten `7.4 tokens/s`."""
    return f"{speed:.0f} tokens/s" if speed >= 9.95 else f"{speed:.1f} tokens/s"


def format_time(moment: datetime) -> str:
    """`2026-11-22 21:00 UTC`."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def format_duration(seconds: float) -> str:
    """Seconds in words, by their two largest units: "2 d 3 h"."""
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    shown = [f"{value} {unit}" for value, unit in parts if value][:2]
    return " ".join(shown) or "0 s"


def near(word: str, known: Iterable[str]) -> list[str]:
    """The one of `known` that `word` was probably meant to be, or none."""
    return difflib.get_close_matches(word.lower(), list(known), n=1)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The question at the end of a message about an unknown `word`, or nothing."""
    return "".join(f'; did you mean "{name}"?' for name in near(word, known))
