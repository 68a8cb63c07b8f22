"""Finds the numbers in a model's text that follow from nothing that it was given; pure."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice

from engram.chat.numbers import matching, words
from engram.chat.numbers.derivation import candidates
from engram.chat.numbers.facts import facts_in
from engram.chat.numbers.passage import Passage
from engram.chat.numbers.reading import numbers_in

# At most so many are named, and each in at most so many characters.
NAMED, SHOWN = 5, 24
# So many numbers of a text are read, and so many of those that were not given are looked at
# closely: a model that writes more of them invents them.
READ, CLOSELY = 3000, 100


def not_in_data(text: str, given: str, *, strict: bool | None = None) -> list[str]:
    """The prices and percentages of `text`, as written there, that follow from nothing in `given`.

    A number follows if it was given, rounded or cut off: 65k, 64.8k and 64,812 all match 64,812.37.
    So do distances, ratios and percentages of numbers that stand beside it in the text, multiples
    of the ATR from a level, and Fibonacci levels of a swing. Signs are not compared. If it is not
    `strict`, by default without market data in `given`, only what is said about a market is looked
    at. At most five are returned; of a text with more than 3,000 numbers the first 3,000 are looked
    at.
    """
    numbers = list(islice(numbers_in(text), READ))
    if not numbers:
        # Most of what is said in a chat; what was given need not be read for it.
        return []
    passage = Passage(text, facts_in(given), numbers, strict)
    found: dict[str, None] = {}
    looks = 0
    for i, number in enumerate(passage.numbers):
        if passage.sure[i] is not None or not passage.says_something(number):
            continue
        looks += 1
        if looks <= CLOSELY and _follows(passage, i):
            passage.sure[i] = number.value
            continue
        found[number.text[:SHOWN] + ("…" if len(number.text) > SHOWN else "")] = None
        if len(found) == NAMED:
            break
    return list(found)


def _follows(passage: Passage, i: int) -> bool:
    """Whether the number at `i` can be computed from what stands around it."""
    number = passage.numbers[i]
    if not number.readings:
        return False
    before, fits = passage.before(number), matching.fits
    if words.ABOUT.search(before):
        fits = matching.is_about
    elif number.percent and words.MORE.search(before):
        fits = matching.is_less
    elif number.percent and words.LESS.search(before):
        fits = matching.is_more
    if fits is not matching.fits and any(fits(number, one) for one in _nearest(passage, i)):
        return True
    return any(fits(number, one) for one in candidates(passage, i))


def _nearest(passage: Passage, i: int) -> Sequence[float]:
    """What was given of the same kind as the number at `i`, and about as much."""
    number, facts = passage.numbers[i], passage.facts
    values = facts.percents if number.percent else facts.values
    values = facts.indicators.get(passage.claims.get(number.start, ""), values)
    place = bisect_left(values, number.value)
    return values[max(0, place - 1) : place + 1]
