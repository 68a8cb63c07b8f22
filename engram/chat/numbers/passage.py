"""A text and its numbers: what each is about, and whether something could be wrong about it."""

from __future__ import annotations

from collections.abc import Iterable

from engram.chat.numbers import matching, words
from engram.chat.numbers.facts import HIGHEST, LOWEST, Facts, indicator_values
from engram.chat.numbers.reading import NumberInText

# What stands so many characters before and after a number tells what it is about.
NEARBY = 40
# Whole numbers below this, without a sign of money, may be periods, levels or counts.
LEAST_PRICE = 1000.0
# Both parts of a ratio are less.
MOST_RATIO = 100.0
# Percentages up to this may be what somebody should risk, if they are multiples of a quarter.
MOST_RISK = 10.0
# A price with a single digit that is not 0 needs no reason if it is so near the current one.
ROUND_REACH = 0.05


class Passage:
    """The `numbers` of `text`, written by somebody who knows `facts`.

    `sure` has for each number the value that was given or that follows, None for others. `claims`
    are the indicators that numbers are said to be the value of, by where they begin. If it is not
    `strict`, only numbers of which a market is said to be the subject say something.
    """

    def __init__(
        self, text: str, facts: Facts, numbers: Iterable[NumberInText], strict: bool | None
    ) -> None:
        self.text = text
        self.facts = facts
        self.has_data = bool(facts.candles or facts.prices)
        self.strict = self.has_data if strict is None else strict
        self.fibonacci = bool(words.FIBONACCI.search(text))
        self.claims: dict[int, str] = {}
        self.numbers = self._one_or_two(numbers)
        self.claims = indicator_values(text, self.numbers)
        self.sure = [self.given(number) for number in self.numbers]

    def given(self, number: NumberInText) -> float | None:
        """The value that was given as which `number` is written, rounded or cut off."""
        values = self.facts.indicators.get(self.claims.get(number.start, ""))
        if values:
            return matching.among(number, values)
        if number.percent:
            return matching.among(number, self.facts.percents)
        found = matching.among(number, self.facts.values)
        if found is None and self._may_be_volume(number):
            found = matching.among(number, self.facts.volumes)
        signed = self.text[max(0, number.start - 1) : number.start] in ("+", "-", "−")
        return matching.among(number, self.facts.percents) if found is None and signed else found

    def says_something(self, number: NumberInText) -> bool:
        """Whether something could be wrong about `number`, which was not given."""
        if not number.readings:
            return True
        around = self.around(number)
        if number.start in self.claims:
            return number.value not in words.TEXTBOOK or not words.THRESHOLD.search(around)
        if not self.strict and not words.MARKET.search(self.around(number, 2 * NEARBY)):
            return False
        if self.fibonacci and words.RETRACEMENT.match(self.text, number.start):
            return False
        if number.percent:
            return not self._is_advice(number)
        if number.times:
            return bool(words.VOLUME.search(around))
        return not self._is_no_price(number, around) and self._may_be_price(number)

    def near(
        self, i: int, before: int, after: int, *, every: bool = False, only_prices: bool = False
    ) -> list[float]:
        """Values around the number at `i` that can be relied on, the nearest first.

        Counts and periods are among them only with `every`; percentages never. What a person
        said is near to all of a text that has no other data.
        """

        def usable(j: int) -> bool:
            one, sure = self.numbers[j], self.sure[j] is not None
            if one.percent or not one.readings or (only_prices and not self.is_price(one.value)):
                return False
            if every or one.decimal or one.money or (sure and one.value >= 100):
                return sure or not self.says_something(one)
            return False

        reach = 4 * (before + after)
        left = [j for j in range(i - 1, max(-1, i - reach), -1) if usable(j)][:before]
        right = [j for j in range(i + 1, min(len(self.numbers), i + reach)) if usable(j)][:after]
        found = [self.numbers[j].value for j in (*left, *right)]
        # 57.4k may stand for 57,362.38.
        found += [value for j in left if (value := self.sure[j]) is not None]
        return list(dict.fromkeys([*found, *(() if self.has_data else self.facts.values[:12])]))

    def named(self, number: NumberInText) -> list[float]:
        """The levels whose names stand around `number`."""
        names = {one.lastgroup for one in words.LEVELS.finditer(self.around(number))}
        return [level for name in names if name for level in self.facts.levels.get(name, ())]

    def is_price(self, value: float) -> bool:
        """Whether `value` is near enough to a current price to be one of that market."""
        return any(LOWEST * price < value < HIGHEST * price for price in self.facts.prices)

    def before(self, number: NumberInText) -> str:
        """The words right before `number`."""
        return self.text[max(0, number.start - NEARBY) : number.start]

    def around(self, number: NumberInText, reach: int = NEARBY) -> str:
        """`number` with the words before and behind it, `reach` characters of each."""
        return self.text[max(0, number.start - reach) : number.end + reach]

    def _one_or_two(self, numbers: Iterable[NumberInText]) -> list[NumberInText]:
        """`numbers`, with 64 812,37 either as one or as two of them."""
        chosen: list[NumberInText] = []
        for number in numbers:
            if not number.parts:
                chosen.append(number)
            elif number.certain or self._is_one(number):
                del chosen[-len(number.parts) :]
                chosen.append(number)
        return chosen

    def _is_one(self, number: NumberInText) -> bool:
        if self.given(number.parts[-1]) is not None:
            return False
        given = self.given(number) is not None
        return given or number.money or self.is_price(number.value)

    def _may_be_price(self, number: NumberInText) -> bool:
        says_price = bool(words.PRICE.search(self.before(number)))
        large = number.decimal or number.value >= LEAST_PRICE
        if not (self.has_data or self.strict):
            return number.money or (says_price and large)
        return number.money or large or (says_price and self.is_price(number.value))

    def _is_no_price(self, number: NumberInText, around: str) -> bool:
        """Whether `number` is a factor, a part of a ratio, a round mark, or one's own amount."""
        before, after, value = self.before(number), number.end, number.value
        if value <= MOST_RISK and (
            words.FACTOR.search(before) or words.MULTIPLIES.match(self.text, after)
        ):
            return True
        if self._is_ratio(number):
            return True
        if not matching.is_round(number):
            return False
        if self.is_price(value) and not words.ACCOUNT.match(self.text, after):
            near = any(abs(value / price - 1) < ROUND_REACH for price in self.facts.prices)
            single = f"{value:.1e}"[2] == "0"
            return (near and single) or bool(words.ROUND.search(around))
        return bool(words.TICKER.match(self.text, after) or words.OWN_MONEY.search(around))

    def _is_ratio(self, number: NumberInText) -> bool:
        """Whether `number` is a part of a ratio; "0.49 / 0.43" are two levels."""
        ratio = words.RATIO.search(self.before(number))
        if number.value >= MOST_RATIO or (ratio and ratio["decimals"] and number.decimal):
            return False
        return bool(ratio or words.TO_ONE.match(self.text, number.end))

    def _may_be_volume(self, number: NumberInText) -> bool:
        """Whether `number` may be of coins that were traded: "$4k" is none of 4,707.9 of them."""
        if words.VOLUME.search(self.around(number, 2 * NEARBY)):
            return True
        return bool(number.readings) and not (number.money or matching.is_coarse(number))

    def _is_advice(self, number: NumberInText) -> bool:
        """Whether a percentage is about one's own money, from a textbook, or all or nothing."""
        value, before = number.value, self.before(number)
        if value in (0.0, 100.0) or words.INTERVAL.match(self.text, number.end):
            return True
        if words.EXAMPLE.search(before) and (value % 5 == 0 or not self.has_data):
            return True
        small = value <= MOST_RISK and 4 * value == int(4 * value)
        return small and bool(words.OWN_MONEY.search(self.around(number)))
