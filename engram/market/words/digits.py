"""Numbers as people write them, 100,000 or 100 000 or 1.5m -> their values; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

# How digits are written: in groups, with decimals, or with decimals alone.
DIGITS = r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?|\d+(?:[.,'’]\d+)*|[.,]\d+"
SCALES = {"k": 3, "thousand": 3, "m": 6, "million": 6, "b": 9, "billion": 9}
# Signs of money.
SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₺": "TRY"}
PERCENT = r"%|٪|(?:percent|per cent|pct|prozent)\b"
GROUP = 3
# A float of more digits than this would be no other number, or overflow.
MOST_DIGITS = 30


class AmbiguousNumberError(ValueError):
    """10.000 is ten thousand in one half of the world, and ten in the other."""


@dataclass(frozen=True, slots=True)
class PossibleValue:
    """A value that a number may have, and one unit of its last digit that is no rounding."""

    value: float
    unit: float


def amount(digits: str, scale: str = "", *, is_percent: bool = False) -> Decimal:
    """The value of `digits`, as `DIGITS` finds them, with one of `SCALES` behind it.

    A percentage in groups of thousands is the smaller one of its two values. Raises
    `AmbiguousNumberError` when the digits have no value, or two.
    """
    digits = digits.replace(" ", "")
    values = [found.value for found in possible_values(re.sub(r"^(?=\D)", "0", digits))]
    if is_percent and values:
        values = [min(values)]
    if not values or (len(values) > 1 and "." in digits):
        raise AmbiguousNumberError(digits)
    return Decimal(str(values[0])).scaleb(SCALES.get(scale, 0))


def possible_values(digits: str) -> list[PossibleValue]:
    """What `digits` may mean, likeliest first: 1.450 is 1.45, or 1450 in most of Europe."""
    if len(digits) > MOST_DIGITS:
        return []
    whole, _, decimals = digits.partition(".")
    if whole.isdecimal() and decimals.isdecimal() and len(decimals) != GROUP:
        return [PossibleValue(float(digits), 10.0 ** -len(decimals))]
    parts = re.split(r"([.,'’])", digits)
    groups, marks = parts[::2], parts[1::2]
    if not marks:
        return [_whole(digits)]
    grouped = _are_groups(groups)
    plain = "".join(groups)
    last = groups[-1]
    fraction = PossibleValue(float(f"{plain[: -len(last)]}.{last}"), 10.0 ** -len(last))
    if len(set(marks)) == 1 and (len(marks) > 1 or marks[0] in "'’"):
        return [_whole(plain)] if grouped else []
    if len(marks) == 1:
        both = [_whole(plain), fraction] if marks[0] == "," else [fraction, _whole(plain)]
        return both if grouped else [fraction]
    # The last of two kinds of marks is that of the decimals.
    ok = len(set(marks[:-1])) == 1 and marks[-1] not in marks[:-1] and _are_groups(groups[:-1])
    return [fraction] if ok else []


def _are_groups(groups: list[str]) -> bool:
    """Whether 64 and 812 are groups of a number; in India all but the last have two digits."""
    first, *others, last = groups
    if not 1 <= len(first) <= 3 or first.startswith("0") or len(last) != 3:
        return False
    return len({len(one) for one in others} - {3}) == 0 or {len(one) for one in others} == {2}


def _whole(digits: str) -> PossibleValue:
    """A whole number; 0 and 50 at its end count as rounding, but two digits remain certain."""
    if len(digits) > GROUP and digits.endswith("50"):
        return PossibleValue(float(digits), 50.0)
    zeros = len(digits) - len(digits.rstrip("0"))
    return PossibleValue(float(digits), 10.0 ** min(zeros, max(len(digits) - 2, 0)))
