"""The words and numbers of an alert -> its condition, and the words that are left; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engram.market.words.fold import Folded
from engram.watch.conditions import Condition, OutOfRangeError
from engram.watch.grammar import texts
from engram.watch.grammar.figures import Figure, UnclearError, averages, figures, without
from engram.watch.grammar.vocabulary import PATTERN, SIDES, Kind, meaning_of


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text that say something about a condition.

    `said` has for each kind what its words mean. `rest` is what is left of the text, as written.
    """

    said: dict[Kind, list[str]]
    averages: list[str]
    figures: list[Figure]
    rest: str

    def means(self, kind: Kind) -> set[str]:
        """What the words of `kind` say, each once."""
        return set(self.said.get(kind, ()))

    @property
    def speaks_of_a_condition(self) -> bool:
        """Whether there is more in it than words that stand in any sentence."""
        plain = {Kind.AT, Kind.TO, Kind.BY, Kind.NUMBER, Kind.TIMES, Kind.NOW}
        subjects = self.means(Kind.SUBJECT) - {"price", "close"}
        kinds = self.said.keys() - plain - {Kind.SUBJECT}
        return bool(kinds or subjects or self.averages or self.figures)


def words_of(folded: Folded) -> Words:
    """Find what a text says about a condition; raises `UnclearError` for what has two meanings."""
    names, low = averages(folded.low)
    said: dict[Kind, list[str]] = {}
    spans: list[tuple[int, int]] = []
    operators = []
    for one in PATTERN.finditer(low):
        kind, meant = meaning_of(one["word"]) if one["word"] else _symbol(one["symbol"])
        said.setdefault(kind, []).append(meant)
        spans.append(one.span())
        if kind in (Kind.SIDE, Kind.REACHED, Kind.AT, Kind.TO):
            operators.append(one.end())
    found = figures(without(low, spans), folded, operators)
    _refuse_the_other_order(low, found)
    low = without(low, [*spans, *((one.start, one.end) for one in found)])
    gaps = (at for at, letter in enumerate(low) if letter == "\0")
    return Words(said, names, found, _left(folded, gaps))


def _symbol(symbol: str) -> tuple[Kind, str]:
    meant = SIDES.get(symbol)
    if meant is None:
        raise UnclearError(texts.NOT_UNDERSTOOD.format(words=symbol))
    return (Kind.SIDE, meant) if meant else (Kind.REACHED, "")


def _refuse_the_other_order(low: str, found: Sequence[Figure]) -> None:
    """ "30 > rsi" is an RSI below 30, but "100k > btc" is more often a slip."""
    for one in found[-1:]:
        behind = low[one.end :].lstrip()
        if behind[:1] in (">", "<", "≥", "≤"):
            raise UnclearError(texts.NOT_UNDERSTOOD.format(words=f"{one.written} {behind[0]}"))


def _left(folded: Folded, read: Iterable[int]) -> str:
    """The text without the places that are `read`."""
    parts, past = [], 0
    for at in [*read, len(folded.low)]:
        if at > past:
            parts.append(folded.written(past, at))
        past = at + 1
    return " ".join(parts).strip(" ,;:.!?\n")


def condition(words: Words) -> Condition:
    """What is waited for; raises `UnclearError` if that is not plain."""
    try:
        return _condition(words)
    except OutOfRangeError as err:
        raise UnclearError(texts.RANGES[err.subject]) from err


def _condition(words: Words) -> Condition:
    subjects = words.means(Kind.SUBJECT)
    # "RSI closes below 30" and "closing price": the more special one is meant.
    special = subjects - {"price", "close"} or subjects & {"close"} or {"price"}
    if special == {"macd"} and (Kind.SIGNAL in words.said or not _numbers(words)):
        raise UnclearError(texts.MACD)
    if Kind.SIGNAL in words.said:
        return _signal(words)
    if words.averages:
        return _average(words, subjects)
    if len(_numbers(words)) > 1 or len(special) > 1:
        raise UnclearError(texts.SEVERAL)
    return _number(words, *special)


def _numbers(words: Words) -> list[Decimal]:
    numbers = [-one.value if one.sign == "-" else one.value for one in words.figures]
    numbers += [Decimal(one) for one in words.said.get(Kind.NUMBER, ())]
    return numbers + [Decimal(0) for _ in words.said.get(Kind.POLARITY, ())]


def _number(words: Words, subject: str) -> Condition:
    """`subject` compared with a number, or a move of the price."""
    is_times = Kind.TIMES in words.said or any(one.is_times for one in words.figures)
    if is_times and subject != "volume":
        raise UnclearError(texts.TIMES)
    numbers = _numbers(words)
    if not numbers:
        raise UnclearError(texts.NO_LEVEL if words.speaks_of_a_condition else texts.NO_CONDITION)
    if subject == "close":
        raise UnclearError(texts.CLOSE)
    figure = words.figures[0] if words.figures else None
    if figure and figure.is_percent:
        return _move(words, figure, subject)
    if figure and figure.sign and subject != "macd":
        raise UnclearError(texts.AMOUNT.format(number=figure.written, plain=figure.plain))
    amount = figure if subject == "price" else None
    return Condition(subject, _operator(words, amount), float(numbers[0]))


def _signal(words: Words) -> Condition:
    meant = words.means(Kind.SIGNAL) - {""}
    kinds = words.said.keys() - {Kind.SIGNAL, Kind.CHANGES, Kind.NOW}
    # "turns to buy", but not "when to buy".
    kinds -= {Kind.TO} if Kind.CHANGES in words.said else set()
    is_equal = words.said.get(Kind.REACHED) == [""] and Kind.SIDE not in words.said
    kinds -= {Kind.REACHED} if is_equal and meant else set()
    if len(meant) > 1:
        raise UnclearError(texts.SEVERAL)
    if kinds or words.averages or words.figures:
        raise UnclearError(texts.SIGNAL)
    return Condition("signal", "=", other=meant.pop()) if meant else Condition("signal", "changes")


def _average(words: Words, subjects: set[str]) -> Condition:
    if len(words.averages) > 1 or words.figures or not subjects <= {"price", "close"}:
        raise UnclearError(texts.AVERAGE)
    return Condition("close", _operator(words, None), other=words.averages[0])


def _operator(words: Words, figure: Figure | None) -> str:
    """Which way a level is passed: `>`, `<` or `crosses`."""
    sides = words.means(Kind.SIDE) | words.means(Kind.POLARITY)
    directions = words.means(Kind.DIRECTION)
    if len(sides | directions) > 1:
        raise UnclearError(texts.CONTRADICTION)
    if sides:
        return sides.pop()
    reaches = {Kind.REACHED, Kind.AT, Kind.TO} & words.said.keys()
    if Kind.BY in words.said or (directions and not reaches):
        if figure is None:
            raise UnclearError(texts.NO_SIDE)
        raise UnclearError(texts.AMOUNT.format(number=figure.written, plain=figure.plain))
    return directions.pop() if directions else "crosses"


def _move(words: Words, figure: Figure, subject: str) -> Condition:
    """A percentage from now: its direction is that of the sign, or of the verb."""
    if subject != "price":
        raise UnclearError(texts.RANGES["volume"] if subject == "volume" else texts.PERCENTAGE)
    signs = {">" if figure.sign == "+" else "<"} if figure.sign else set()
    directions, sides = words.means(Kind.DIRECTION) | signs, words.means(Kind.SIDE)
    if Kind.NOW in words.said and sides:
        # "5 % below the current price"
        directions, sides = directions | sides, set()
    if not directions:
        raise UnclearError(texts.NO_DIRECTION.format(number=figure.written, plain=figure.plain))
    # "drops more than 5 %" is -5 %, but nobody knows what "drops below 5 %" is.
    if len(directions) > 1:
        raise UnclearError(texts.CONTRADICTION)
    if not sides <= (directions if figure.sign else {">"}) or Kind.TO in words.said:
        raise UnclearError(texts.PERCENTAGE)
    share = float(figure.value / 100)
    return Condition("price", "moves", share if ">" in directions else -share)
