"""The words after /size -> the account, what is to be risked, and the words that are left; pure.

What is left names the market and the timeframe, in any of the ways that /analyze understands.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from engram.core.formats import price_decimals
from engram.market.words.digits import (
    DIGITS,
    PERCENT,
    SCALES,
    SIGNS,
    AmbiguousNumberError,
    amount,
)
from engram.market.words.fold import Folded, fold
from engram.market.words.speech import MONEY
from engram.market.words.timeframes import BARE, find

EXAMPLE = "/size 10000 1% BTC 4h"
# Longer texts are no command that somebody typed.
LONGEST = 200
SMALLEST, LARGEST = Decimal("1e-8"), Decimal("1e15")
_SIGN, _WORDS = "".join(SIGNS), "|".join(sorted(MONEY, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?<![\w.,:/-])(?P<risk>risk(?:ing)?[\s:=]+(?:of\s)?)?(?:(?P<sign>[{_SIGN}])\s?)?"
    rf"(?P<digits>{DIGITS})(?:\s?(?P<percent>{PERCENT})"
    rf"|(?:\s?(?P<scale>{'|'.join(SCALES)})\b)?"
    rf"(?:\s?(?P<money>[{_SIGN}](?!\w)|(?:{_WORDS})\b(?![/:-])))?)(?![\w/:%٪-]|[.,]\d)"
)
_SIDE_OR_LABEL = re.compile(
    r"(?<![\w$#/:-])(?:(?P<long>long|buy)|(?P<short>short|sell)"
    r"|account|acc|balance|capital|equity|portfolio)(?![\w/-])"
)
# What stands in the place of what is read already.
_READ = "\0"


class UnclearError(ValueError):
    """What was asked cannot be understood; the text says why, and what to write instead."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{reason} Send the account, what one trade may lose (in percent or as an amount), and "
            f"a market: {EXAMPLE}, or /size 10000 100 BTC. Without a market I take the one that we "
            "spoke of last."
        )


@dataclass(frozen=True, slots=True)
class SizeRequest:
    """What was asked: an `account` of which `at_risk` may be lost.

    `percent` is the share of the account that was asked for, None if an amount was. `currency` is
    the one that was named, "" for none. `short` is None unless a side was named. `rest` are the
    words that are not read yet.
    """

    account: Decimal
    at_risk: Decimal
    percent: Decimal | None
    currency: str
    short: bool | None
    rest: str


def read(text: str) -> SizeRequest:
    """Read the words after /size; raises `UnclearError`."""
    if len(text) > LONGEST:
        raise UnclearError("That is too long for /size.")
    folded = fold(text)
    sides = [*_SIDE_OR_LABEL.finditer(folded.low)]
    low = _without(folded.low, (one.span() for one in sides))
    found = _figures(low, folded)
    low = _without(low, (one.span() for one in found))
    if "%" in low or "٪" in low:
        raise UnclearError(f'I cannot read the percentage in "{text}".')
    account, at_risk, percent = _amounts(found)
    named = [one["sign"] or one["money"] or "" for one in found]
    currency = next(filter(None, named), "")
    short = {bool(one["short"]) for one in sides if one["short"] or one["long"]}
    rest = " ".join(folded.written(*one.span()) for one in re.finditer(f"[^{_READ}]+", low))
    return SizeRequest(
        account,
        at_risk,
        percent,
        SIGNS.get(currency) or MONEY.get(currency, ""),
        short.pop() if len(short) == 1 else None,
        rest.strip(" ,:;\n"),
    )


def _without(low: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        low = low[:start] + _READ * (end - start) + low[end:]
    return low


def _figures(low: str, folded: Folded) -> list[re.Match[str]]:
    """The account and the risk, in this order if both are amounts; no timeframe is one of them."""
    frames = find(folded)
    without = _without(low, ((one.start, one.end) for one in frames))
    found = [*_NUMBER.finditer(without)]
    if all(one["percent"] for one in found):
        # "100m 1%": no chart has candles of 100 minutes, so that it is an amount.
        charts = [one for one in frames if one.timeframe[-1] != "m" or one.timeframe[:-1] in BARE]
        without = _without(low, ((one.start, one.end) for one in charts))
        found = [*_NUMBER.finditer(without)]
    # "BTC 240" is how TradingView writes a timeframe.
    minutes = [
        one
        for one in found
        if one[0] in BARE and re.search(r"[^\W\d_]\s*$", without[: one.start()])
    ]
    if len(found) > len(minutes) + 1:
        found = [one for one in found if one not in minutes]
    elif len(found) == 2 and minutes and not any(one["percent"] for one in found):
        raise UnclearError(f"{minutes[0][0]} could be an amount, or a timeframe in minutes.")
    if len(found) != 2 or all(one["percent"] for one in found):
        written = ", ".join(one[0].strip() for one in found)
        hint = " A million is 1000k: 1m is a timeframe." if re.search(r"\d\s?m\b", low) else ""
        number = f"{len(found)}: {written}" if found else "none"
        raise UnclearError(f"A size needs two figures, and I found {number}.{hint}")
    return found[::-1] if found[0]["percent"] or found[0]["risk"] else found


def _amounts(found: list[re.Match[str]]) -> tuple[Decimal, Decimal, Decimal | None]:
    """The account, what is at risk of it, rounded down, and the percentage if that was asked."""
    account, risk = map(_value, found)
    percent = risk if found[1]["percent"] else None
    at_risk = risk if percent is None else account * percent / 100
    if not SMALLEST <= at_risk <= account <= LARGEST:
        figures = " and ".join(one[0].strip() for one in found)
        raise UnclearError(
            f"I cannot size with {figures}: the account comes first, with at most 15 digits, and "
            "the risk has to be more than nothing and at most the account."
        )
    if percent is not None:
        cent = Decimal(1).scaleb(-price_decimals(float(at_risk)))
        at_risk = at_risk.quantize(cent, ROUND_DOWN)
    return account, at_risk, percent


def _value(one: re.Match[str]) -> Decimal:
    try:
        return amount(one["digits"], one["scale"] or "", is_percent=bool(one["percent"]))
    except AmbiguousNumberError as err:
        raise UnclearError(
            f"I am not sure which number {str(err)[:30]} is: write it without separators, as 10000 "
            "or 1250.50."
        ) from err
