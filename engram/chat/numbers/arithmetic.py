"""What follows from a few numbers that stand together: distances, ratios, levels; pure."""

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

FIBONACCI = (0.236, 0.382, 0.5, 0.618, 0.705, 0.786, 0.886, 1.272, 1.414, 1.618, 2.618)
ATR_MULTIPLES = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
REWARDS = (1.0, 1.5, 2.0, 2.5, 3.0)


def moves(candle: Sequence[float]) -> Iterator[float]:
    """The body and the range of a candle (open, high, low, close) in percent."""
    for a, b in (candle[::3], candle[1:3]) if candle else ():
        yield abs(a / b - 1) * 100
        yield abs(b / a - 1) * 100


def percentages(
    firsts: Sequence[float], near: Sequence[float], prices: Sequence[float]
) -> Iterator[float]:
    """Distances in percent of `firsts` from those that are `near`, and of some from `prices`."""
    pairs = [(first, other) for first in firsts for other in near if first != other]
    pairs += [(one, price) for one in near[:3] for price in prices]
    for a, b in pairs:
        if a and b:
            yield abs(a / b - 1) * 100
            yield abs(b / a - 1) * 100
            yield min(a / b, b / a) * 100
    for a, b in combinations(near[:3], 2):
        for price in (*prices, *near[:3]):
            if price:
                yield abs(a - b) / price * 100


def places(price: float, bounds: Sequence[float]) -> Iterator[float]:
    """Where `price` stands between two of `bounds`, in percent of their distance."""
    for a, b in combinations(bounds, 2):
        if a != b:
            place = abs((price - a) / (b - a)) * 100
            yield place
            yield 100 - place


def differences(levels: Sequence[float]) -> Iterator[float]:
    """Distances between two of `levels`."""
    for a, b in combinations(levels, 2):
        yield abs(a - b)


def amounts(near: Sequence[float], shares: Sequence[float] = ()) -> Iterator[float]:
    """Sums, differences, products and quotients of two of `near`, and `shares` of them."""
    for a, b in combinations(near, 2):
        yield abs(a - b)
        yield a + b
        yield a * b
        if a and b:
            yield a / b
            yield b / a
    for share in shares:
        for a in near:
            yield a * share
            yield from changed(a, share)


def changed(value: float, share: float) -> Iterator[float]:
    """What `value` becomes by a rise or fall of `share`, and what it was before one."""
    for factor in (1 + share, 1 - share):
        yield value * factor
        if factor:
            yield value / factor


def sizes(levels: Sequence[float], near: Sequence[float]) -> Iterator[float]:
    """What some of `near` lose between two of `levels`, and how many may lose as much."""
    for distance in differences(levels):
        for one in near:
            yield one * distance
            if distance:
                yield one / distance


def atr_levels(
    levels: Sequence[float], ranges: Sequence[float], multiples: Sequence[float] = ()
) -> Iterator[float]:
    """An average true range, above and below each of `levels`, and alone.

    Usual multiples of it, and `multiples`.
    """
    for atr in ranges:
        for times in (*ATR_MULTIPLES, *multiples):
            yield times * atr
            for level in levels:
                yield level + times * atr
                yield level - times * atr


def fibonacci_levels(
    swings: Sequence[tuple[float, float]], ratios: Sequence[float]
) -> Iterator[float]:
    """Retracements and extensions of `swings`, each a low and a high, from either end."""
    for low, high in swings:
        for ratio in ratios:
            yield high - ratio * (high - low)
            yield low + ratio * (high - low)


def rewards(near: Sequence[float]) -> Iterator[float]:
    """Targets at a usual multiple of the risk, which is the distance of an entry and a stop."""
    for entry, stop in permutations(near, 2):
        for times in REWARDS:
            yield entry + times * (entry - stop)
