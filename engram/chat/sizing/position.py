"""The size of a position: the arithmetic, and the lines in which it is shown; pure.

All is computed with the decimals that a person reads, so that every line can be checked with a
pocket calculator. What may be risked and what is bought are rounded down.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal

from engram.chat.sizing.request import SizeRequest
from engram.core.formats import format_percent, format_price, price_decimals
from engram.market.evidence import ALL_DOLLARS, ATRS, Evidence
from engram.market.report import Report

# A market whose stop is nearer than this share of the price stands still.
STANDS_STILL = 1e-6
# How many coins: five significant digits.
_DOWN = Context(prec=5, rounding=ROUND_DOWN)
NO_ADVICE = (
    "Fees, slippage, a gap beyond the stop and the exchange's smallest order are not in this sum. "
    "It is arithmetic, no advice."
)


class NoSizeError(ValueError):
    """There is no size; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Position:
    """What to trade at `price`, so that no more than `at_risk` of the `account` is lost at `stop`.

    Without borrowed money there may be less of it: `affordable` coins. Money is in the market's
    quote.
    """

    account: Decimal
    at_risk: Decimal
    price: Decimal
    stop: Decimal

    @property
    def distance(self) -> Decimal:
        """How far the stop is from the price."""
        return abs(self.price - self.stop)

    @property
    def amount(self) -> Decimal:
        """How many coins lose no more than what is at risk."""
        return _DOWN.divide(self.at_risk, self.distance)

    @property
    def worth(self) -> Decimal:
        """What they cost."""
        return self.amount * self.price

    @property
    def affordable(self) -> Decimal:
        """How many coins the whole account buys, and no more than `amount`."""
        return min(_DOWN.divide(self.account, self.price), self.amount)


def position(
    account: Decimal, at_risk: Decimal, price: float, atr: float, *, above: bool
) -> Position:
    """The position at `price` whose stop is 1.5 ATR below it, or `above` it.

    Raises `NoSizeError`.
    """
    distance = ATRS[0] * atr
    if not distance > STANDS_STILL * price:
        raise NoSizeError(
            f"the price of {format_price(price)} stands still, so the stop is at no distance from "
            "it. Try a longer timeframe, such as 1d."
        )
    # At least three significant digits of the distance.
    decimals = max(price_decimals(price), 2 - math.floor(math.log10(distance)))
    level = price + distance if above else price - distance
    stop = Decimal(f"{level:.{decimals}f}")
    if stop <= 0:
        raise NoSizeError(
            f"1.5 ATR ({format_price(distance, like=price)}) are at least as much as the price "
            f"({format_price(price)}), so no such stop is below it. Try a shorter timeframe, such "
            "as 15m."
        )
    return Position(account, at_risk, Decimal(f"{price:.{decimals}f}"), stop)


def size(report: Report, asked: SizeRequest) -> str:
    """The position in the market of `report`, line by line, or why there is none."""
    if report.data is None:
        raise AssertionError("only what was measured is sized")
    price, atr = report.data.analysis.snapshot.price, report.data.analysis.snapshot.last.atr
    above = report.signal.stops_above if asked.short is None else asked.short
    try:
        found = position(asked.account, asked.at_risk, price, atr, above=above)
    except NoSizeError as err:
        return f"📏 There is no position size for {report.title}: {err}"
    arithmetic = "\n".join(_arithmetic(report, asked, found))
    notes = "\n".join(_notes(report, report.data.evidence, asked, found))
    return f"📏 Position size for {report.title}\n\n{arithmetic}\n\n{notes}"


def _arithmetic(report: Report, asked: SizeRequest, found: Position) -> Iterator[str]:
    base, _, quote = report.symbol.partition("/")
    account, at_risk = _exact(found.account, 2), _exact(found.at_risk, 2)
    price, stop, distance = f"{found.price:,f}", f"{found.stop:,f}", f"{found.distance:,f}"
    if asked.percent is None:
        risk = _share(found.at_risk, found.account)
        yield f"Account {account} {quote}, at risk {at_risk} {quote} ({risk})"
    else:
        yield f"Account {account} {quote}, risk {_exact(asked.percent)} %: {at_risk} {quote}"
    is_above, amount = found.stop > found.price, _exact(found.amount)
    yield f"Price {price}, stop 1.5 ATR {'above' if is_above else 'below'}: {stop}"
    difference = f"{stop} - {price}" if is_above else f"{price} - {stop}"
    yield f"{difference} = {distance} ({_share(found.distance, found.price)} of the price)"
    yield f"{at_risk} / {distance} = {amount} {base}, rounded down"
    worth, share = format_price(float(found.worth)), _share(found.worth, found.account)
    yield f"{amount} x {price} = {worth} {quote}, {share} of the account"


def _notes(
    report: Report, evidence: Evidence, asked: SizeRequest, found: Position
) -> Iterator[str]:
    """What the size depends on, and what it leaves out."""
    base, _, quote = report.symbol.partition("/")
    above = found.stop > found.price
    agree = above == report.signal.stops_above
    says = f"The rules say {report.verdict}{'' if agree else ', and you chose the side'}"
    side = "above the price, and this is the size of a short position"
    yield f"{says}: the stop is {side if above else 'below the price'}."
    # How often a stop on the other side was touched is not known.
    if agree and evidence.touched:
        often = f"{100 * evidence.touched.stop:.0f} times in 100"
        yield f"🛑 Such a stop was touched {often} within {evidence.horizon} candles."
    if found.worth > found.account:
        loss = found.affordable * found.distance
        costs = f"{format_price(float(loss))} {quote} ({_share(loss, found.account)}"
        yield (
            "⚠️ That is more than the account has: it takes borrowed money. Without any, the "
            f"account is enough for {_exact(found.affordable)} {base}, and the stop then costs "
            f"{costs} of the account)."
        )
    named = asked.currency
    if named and named != quote and not {named, quote} <= set(ALL_DOLLARS):
        yield f"⚠️ All amounts are in {quote}, this market's money: {named} is not converted."
    yield NO_ADVICE


def _exact(value: Decimal, decimals: int = 0) -> str:
    """`value` without zeros at its end, but with so many decimals: 10,000.00 or 0.0012."""
    whole, _, fraction = f"{value:,f}".partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    return f"{whole}.{fraction}" if fraction else whole


def _share(part: Decimal, whole: Decimal) -> str:
    """`part` of `whole` in percent, with two digits or more: 363 %, 1.4 % or 0.058 %."""
    ratio = float(part / whole)
    return format_percent(ratio, max(0, -1 - math.floor(math.log10(ratio))))
