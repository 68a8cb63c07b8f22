"""What a number in a text may be computed from: the numbers around it, and the facts; pure."""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations, pairwise, permutations, product

from engram.chat.numbers import arithmetic, matching, words
from engram.chat.numbers.candles import Candle
from engram.chat.numbers.passage import NEARBY, Passage
from engram.chat.numbers.reading import NumberInText

# A breakout is said to go as far as the distance of these.
BOUNDS = ("support", "resistance")


def candidates(passage: Passage, i: int) -> Iterator[float]:
    """The values that the number at `i` of `passage` may have without having been given."""
    number = passage.numbers[i]
    if number.start in passage.claims:
        return iter(())
    if number.percent and words.COUNTED.search(number.text):
        return _counted(passage, i, number)
    if number.percent:
        return _percentages(passage, i, number)
    if number.times:
        return arithmetic.amounts(passage.near(i, 2, 2))
    says_price = not passage.facts.prices and words.PRICE.search(passage.before(number))
    if passage.is_price(number.value) and matching.is_coarse(number):
        return iter(())
    if passage.is_price(number.value) or says_price:
        return _levels(passage, i, number)
    return _amounts(passage, i, number)


def _percentages(passage: Passage, i: int, number: NumberInText) -> Iterator[float]:
    prices, near, named = passage.facts.prices, passage.near(i, 10, 4), passage.named(number)
    yield from arithmetic.percentages(near, near, prices)
    yield from arithmetic.percentages([*near[:2], *named], [*prices, *named], ())
    yield from arithmetic.percentages((), named, prices)
    counts = passage.near(i, 2, 0, every=True)[:2]
    yield from arithmetic.percentages(counts[:1], counts[1:], ())
    for candle in _candles(passage, number):
        yield from arithmetic.moves(candle)
        yield from arithmetic.percentages((), candle[:3], prices[:1])
    for price in prices[:1]:
        yield from arithmetic.places(price, named)
        yield from arithmetic.moves(passage.facts.whole)
        if words.PLACE.match(passage.text, number.end):
            yield from arithmetic.places(price, near[:3])
    yield from (
        one / price * 100
        for one in arithmetic.atr_levels((), passage.facts.ranges)
        for price in prices
    )
    yield from _counted(passage, i, number)
    yield from (200 * one for one in _shares(passage, i))
    yield from (100 * a / b for a, b in permutations(_shares(passage, i), 2) if b)
    if words.VOLUME.search(passage.around(number)):
        yield from (100 * one for times in passage.facts.times for one in (times, abs(times - 1)))


def _counted(passage: Passage, i: int, number: NumberInText) -> Iterator[float]:
    """How much better than chance signals were, and how often what was counted did not happen.

    And what follows from the percentages beside the number at `i`.
    """
    # Parts of a whole, such as 30 % now and 70 % later.
    beside = passage.numbers[max(0, i - 2) : i + 3]
    yield from (100 - one.value for one in beside if one.percent)
    yield from arithmetic.amounts([one * 100 for one in _shares(passage, i)])
    often, around = passage.facts.often, passage.around(number)
    if words.OFTEN.search(around):
        # Of what became of signals only the counts were given.
        yield from chain.from_iterable(often.rates)
    if words.CHANCE.search(around):
        for rate, chance in often.rates:
            yield abs(rate - chance)
            yield from arithmetic.percentages((rate,), (chance,), ())
    if words.LEFT.search(around) and words.OFTEN.search(passage.around(number, 2 * NEARBY)):
        rates = (rate for rate, _ in often.rates)
        yield from (100 - one for one in (*often.odds, *often.inside, *rates))
        yield from ((100 - one) / 2 for one in often.inside)


def _levels(passage: Passage, i: int, number: NumberInText) -> Iterator[float]:
    around, near = passage.around(number, 2 * NEARBY), passage.near(i, 3, 2)
    named = passage.named(number)
    levels = [*passage.facts.prices, *near, *named]
    if words.ATR.search(around):
        beside = passage.numbers[max(0, i - 4) : i + 4]
        times = [n.value for n in beside if words.MULTIPLIES.match(passage.text, n.end)]
        yield from arithmetic.atr_levels(levels, passage.facts.ranges, times)
    if passage.fibonacci:
        yield from arithmetic.fibonacci_levels(_swings(passage, i), _ratios(passage, number))
    if words.REWARD.search(around) and not words.STOP.search(passage.before(number)):
        yield from arithmetic.rewards(levels[:5])
    if words.MIDDLE.search(around):
        yield from ((a + b) / 2 for a, b in combinations([*near, *named], 2))
    distances = [one for one in passage.near(i, 2, 1) if not passage.is_price(one)]
    yield from (level + sign * one for level in levels for one in distances for sign in (1, -1))
    for share in _shares(passage, i):
        for level in levels[:4]:
            yield from arithmetic.changed(level, share)
    for low, high in product(*(passage.facts.levels.get(one, ()) for one in BOUNDS)):
        yield from (2 * high - low, 2 * low - high)
    if words.AGO.search(around):
        yield from _changed_prices(passage)
    if number.money:
        yield from (one * price for one in _coins(passage, i) for price in levels[:4])
    last = passage.near(i, 2, 0, every=True)
    yield sum(last)
    yield from arithmetic.differences(last)


def _amounts(passage: Passage, i: int, number: NumberInText) -> Iterator[float]:
    price = passage.facts.prices[:1]
    near = [*passage.near(i, 4, 2, every=True), *price]
    levels = [*price, *passage.near(i, 8, 2, only_prices=True)]
    known = [*price, *dict.fromkeys(chain.from_iterable(passage.facts.levels.values()))]
    for some in (levels, known[:20], *_candles(passage, number)):
        yield from arithmetic.differences([*some, *price])
    yield from arithmetic.atr_levels((), passage.facts.ranges)
    yield from arithmetic.amounts(near, _shares(passage, i))
    if number.money or words.SIZE.search(passage.around(number, 2 * NEARBY)):
        yield from (one * share / 100 for one in near for share in passage.facts.percents)
        yield from (abs(one - price[0]) for one in _changed_prices(passage))
        yield from (one * many for one in price for many in _many(passage, number))
        own = [*passage.near(i, 8, 2, every=True), *price]
        yield from arithmetic.sizes(levels[:8], own[:8])


def _coins(passage: Passage, i: int) -> Iterator[float]:
    """The numbers of coins that stand beside the number at `i`: "0.5 ETH"."""
    for one in passage.numbers[max(0, i - 3) : i + 3]:
        if words.TICKER.match(passage.text, one.end):
            yield one.value


def _many(passage: Passage, number: NumberInText) -> Iterator[float]:
    """How many coins it may be that cost so much: "a million"."""
    for one in words.MANY.finditer(passage.around(number, 2 * NEARBY)):
        yield 10.0 ** (3 * (one.lastindex or 0))


def _changed_prices(passage: Passage) -> Iterator[float]:
    """What the price would be, or was, with each of the percentages that were given."""
    for percent in passage.facts.percents:
        for price in passage.facts.prices[:1]:
            yield from arithmetic.changed(price, percent / 100)


def _candles(passage: Passage, number: NumberInText) -> Iterator[Candle]:
    """The last candle, and those whose time of day or date stands near `number`."""
    if passage.facts.last:
        yield passage.facts.last
    for time in words.TIME.finditer(passage.around(number, 2 * NEARBY)):
        yield from passage.facts.candles.get(time[1] or (time[2] or time[3]).zfill(2), ())


def _shares(passage: Passage, i: int) -> list[float]:
    """The percentages beside the number at `i`, as fractions, if they were given or advised."""
    near = range(max(0, i - 3), min(len(passage.numbers), i + 3))
    percents = [
        passage.numbers[j].value
        for j in near
        if passage.numbers[j].percent and (passage.sure[j] is not None or not passage.has_data)
    ]
    return [one / 100 for one in (*percents, *(() if passage.has_data else passage.facts.percents))]


def _swings(passage: Passage, i: int) -> list[tuple[float, float]]:
    near = passage.near(i, 8, 2, only_prices=True)
    pairs = [*pairwise(near), (min(near, default=0), max(near, default=0))]
    return [*passage.facts.swings, *((min(pair), max(pair)) for pair in pairs)]


def _ratios(passage: Passage, number: NumberInText) -> Sequence[float]:
    """The ratio that stands before a level, or right after it, or else all that are usual."""
    start = max(0, number.start - 2 * NEARBY)
    before = list(words.RETRACEMENT.finditer(passage.text, start, number.start))
    after = words.RETRACEMENT.search(passage.text, number.end, number.end + NEARBY // 4)
    is_after = after and not set(passage.text[number.end : after.start()]) - set(" (=[@*")
    label = after if is_after else before[-1] if before else None
    if label is None:
        return arithmetic.FIBONACCI
    if label[2]:
        return (float(f"0.{label[2]}"),)
    return (float(label[1].replace(",", ".")) / 100,)
