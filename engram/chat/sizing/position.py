"""The arithmetic of a position: from the account, the risk and the stop of 1.5 ATR; pure.

All is computed with the decimals that a person reads, so that every line can be checked with a
pocket calculator. What may be risked and what is bought are rounded down.
"""

import math
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal, localcontext
from enum import Enum

from engram.core.formats import price_decimals
from engram.market.evidence import ATRS

# ATR between the price and the stop: the distance whose touches were counted.
STOP_ATRS = ATRS[0]
# Significant digits of the distance to the stop, and of what is bought.
DISTANCE_DIGITS, AMOUNT_DIGITS = 3, 5
# A market whose stop is nearer than this share of the price stands still.
STANDS_STILL = 1e-6
# What is less than this many coins cannot be traded anywhere.
LEAST = Decimal("1e-12")
# Exact for all that can be written in `request`.
EXACT = Context(prec=80, rounding=ROUND_DOWN)


class Why(Enum):
    """Why there is no size."""

    STANDS_STILL = "the market stands still"
    TOO_WIDE = "1.5 ATR below the price there is no price"
    TOO_SMALL = "it is less than can be traded"


class NoSizeError(ValueError):
    """There is no size, because of `why`."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Position:
    """What to trade: `amount` coins at `price`, with the stop at `stop`, `decimals` digits each.

    At the stop it loses at most `at_risk` of the `account`. Without borrowed money there may be
    less of it: `affordable` coins. Money is in the market's quote.
    """

    account: Decimal
    at_risk: Decimal
    price: Decimal
    stop: Decimal
    decimals: int

    @property
    def distance(self) -> Decimal:
        """How far the stop is from the price."""
        return abs(EXACT.subtract(self.price, self.stop))

    @property
    def amount(self) -> Decimal:
        """How many coins lose no more than what is at risk."""
        return _rounded_down(EXACT.divide(self.at_risk, self.distance), AMOUNT_DIGITS)

    @property
    def worth(self) -> Decimal:
        """What they cost."""
        return EXACT.multiply(self.amount, self.price)

    @property
    def affordable(self) -> Decimal:
        """How many coins the whole account buys, and no more than `amount`."""
        most = _rounded_down(EXACT.divide(self.account, self.price), AMOUNT_DIGITS)
        return min(most, self.amount)

    @property
    def affordable_loss(self) -> Decimal:
        """What those lose at the stop."""
        return EXACT.multiply(self.affordable, self.distance)

    @property
    def needs_credit(self) -> bool:
        """Whether it costs more than the account has."""
        return self.worth > self.account


def share_of(account: Decimal, percent: Decimal) -> Decimal:
    """`percent` of `account`, rounded down to what is written of it."""
    exact = EXACT.divide(EXACT.multiply(account, percent), Decimal(100))
    return _quantized(exact, price_decimals(float(exact)))


def position(
    account: Decimal, at_risk: Decimal, price: float, atr: float, *, above: bool
) -> Position:
    """The position at `price` whose stop is 1.5 ATR below it, or `above` it.

    Raises `NoSizeError`.
    """
    distance = STOP_ATRS * atr
    if not distance > STANDS_STILL * price:
        raise NoSizeError(Why.STANDS_STILL)
    if distance >= price and not above:
        raise NoSizeError(Why.TOO_WIDE)
    decimals = max(price_decimals(price), DISTANCE_DIGITS - 1 - math.floor(math.log10(distance)))
    level = price + distance if above else price - distance
    found = Position(
        account, at_risk, _written(price, decimals), _written(level, decimals), decimals
    )
    if not found.stop:
        raise NoSizeError(Why.TOO_WIDE)
    if found.amount < LEAST:
        raise NoSizeError(Why.TOO_SMALL)
    return found


def _written(value: float, decimals: int) -> Decimal:
    return Decimal(f"{value:.{decimals}f}")


def _rounded_down(value: Decimal, digits: int) -> Decimal:
    """`value` with so many significant digits, and all of those before the point."""
    return _quantized(value, max(0, digits - 1 - value.adjusted()))


def _quantized(value: Decimal, decimals: int) -> Decimal:
    with localcontext(EXACT):
        return value.quantize(Decimal(1).scaleb(-decimals))
