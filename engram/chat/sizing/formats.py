"""How /size writes amounts and shares; pure."""

from decimal import Decimal

from engram.core.formats import format_percent, format_price


def money(value: Decimal) -> str:
    """An amount exactly as it was meant, with at least two decimals: 10,000.00 or 0.12345."""
    whole, _, fraction = plain(value).partition(".")
    return f"{int(whole):,}.{fraction.ljust(2, '0')}"


def plain(value: Decimal) -> str:
    """`value` without zeros at its end and without an exponent: 0.5, 1, -3."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def coins(value: Decimal) -> str:
    """How many coins: 11,653 or 0.0012."""
    whole, point, fraction = plain(value).partition(".")
    return f"{int(whole):,}{point}{fraction}"


def about(value: Decimal) -> str:
    """An amount to the cent, or with five digits."""
    return f"{value:,.2f}" if value >= 10 else format_price(float(value))


def times(part: Decimal, whole: Decimal) -> str:
    """ "73 % of" what is less, "1.72 times" what is more."""
    ratio = float(part / whole)
    if ratio <= 1:
        return f"{share(part, whole)} of"
    return f"{ratio:,.2f} times" if ratio < 10 else f"{ratio:,.0f} times"


def share(part: Decimal, whole: Decimal) -> str:
    """`part` of `whole` in percent, with two digits or more."""
    ratio = float(part / whole)
    if ratio < 0.0001:
        return "less than 0.01 %"
    return format_percent(ratio, 0 if ratio >= 0.1 else 1 if ratio >= 0.01 else 2)
