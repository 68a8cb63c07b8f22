"""The numbers and averages in the text of an alert; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engram.market.words.digits import DIGITS, PERCENT, SCALES, SIGNS, AmbiguousNumberError, amount
from engram.market.words.fold import Folded
from engram.market.words.speech import MONEY
from engram.market.words.timeframes import BARE, Frame, find
from engram.watch.conditions import AVERAGES
from engram.watch.grammar import texts

# What stands in the place of what is read already.
READ = "\0"
_SIGN, _MONEY = "".join(SIGNS), "|".join(sorted(MONEY, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?:(?P<sign>\+|(?<![\w.,:/-])[-−–])\s?|(?<![\w.,:/+-]))(?:(?P<money>[{_SIGN}])\s?)?"
    rf"(?P<digits>{DIGITS})(?:\s?(?P<percent>{PERCENT})"
    rf"|(?:\s?(?P<scale>{'|'.join(SCALES)})\b)?(?P<times>\s?[x×](?!\w))?"
    rf"(?:\s?(?P<unit>[{_SIGN}](?!\w)|(?:{_MONEY})\b(?![/:-])))?)(?![\w/:%٪-]|[.,]\d)"
)
_AVERAGE = re.compile(
    r"(?<![\w$#/:.,-])(?:(?P<period>\d{1,3})[\s-]?(?P<unit>[a-z]{1,7}[\s-])?)?"
    r"(?P<kind>emas?|smas?|mas?|moving averages?)(?:[\s-]?\(?(?P<after>\d{1,3})\)?)?"
    r"(?![\w%]|[.,]\d)"
)
_THOUSANDTHS = re.compile(r"\d{1,3}\.\d{3}")
# RSI and ADX of 14 candles; "rsi 14" alone may be a level.
_PERIOD = re.compile(
    r"(?<![\w$#/:-])(?:rsi|adx)(?:\s?\(\s?14\s?\)|-?14\b|\s14(?=[^\w.,%][^\d]{0,40}\d))"
)
_PERCENT_SIGN = re.compile(rf"[^\s{READ}]{{0,20}}[%٪]")
_MILLIONS = re.compile(r"\d{1,4}\s?m")
_LETTER = re.compile(r"[^\W\d_]\s*$")
_BEFORE = 40


class UnclearError(ValueError):
    """What was asked for is not plain; the text says why, and what to write instead."""

    def __init__(self, reason: str) -> None:
        super().__init__(texts.question(reason))


@dataclass(frozen=True, slots=True)
class Figure:
    """A number at `start` to `end`, as it was `written`, with its `sign` ("+", "-" or "").

    `money` is the currency that was named, "" for none. `is_times` tells of "3x".
    """

    start: int
    end: int
    written: str
    value: Decimal
    sign: str = ""
    is_percent: bool = False
    money: str = ""
    is_times: bool = False

    @property
    def plain(self) -> str:
        """The number as it was written, without its sign."""
        return self.written.lstrip("+-−– ")


def written(level: float) -> str:
    """`level` so that it is read as this number, for the command of a button: 62591, or 1.2340."""
    digits = f"{Decimal(repr(level)).normalize():f}"
    return f"{digits}0" if _THOUSANDTHS.fullmatch(digits) else digits


def without(low: str, spans: Iterable[tuple[int, int]]) -> str:
    """`low` with blanks that no pattern reads in the place of `spans`."""
    for start, end in spans:
        low = low[:start] + READ * (end - start) + low[end:]
    return low


def averages(low: str) -> tuple[list[str], str]:
    """The averages in `low`, such as "ema50", and the text without them, and without periods.

    Raises `UnclearError` for an average that is not compared with.
    """
    low = _PERIOD.sub(lambda found: found[0][:3].ljust(len(found[0]), READ), low)
    found = [*_AVERAGE.finditer(low)]
    names = []
    for one in found:
        name = f"ema{one['period'] or one['after']}"
        is_two = one["period"] and one["after"]
        if one["unit"] or is_two or one["kind"][:3] != "ema" or name not in AVERAGES:
            raise UnclearError(texts.AVERAGE)
        names.append(name)
    return names, without(low, (one.span() for one in found))


def figures(low: str, folded: Folded, operators: Sequence[int]) -> list[Figure]:
    """The numbers of `low`, which is `folded` without what is read already.

    No timeframe is one of them, nor minutes behind a market's name. `operators` are the places at
    which something like "above" ends: what follows there is a level. Raises `UnclearError` for a
    number that can be read in two ways.
    """
    frames = [one for one in find(folded) if not _is_millions(folded, one)]
    low = without(low, ((one.start, one.end) for one in frames))
    found = [*_NUMBER.finditer(low)]
    if len(found) > 1:
        # "BTC 240 > 100000": how TradingView writes a timeframe.
        found = [one for one in found if not _is_minutes(low, one, operators)]
    if not found:
        _refuse_a_million(low, folded, frames, operators)
    rest = without(low, (one.span() for one in found))
    if unread := _PERCENT_SIGN.search(rest):
        raise UnclearError(texts.NOT_UNDERSTOOD.format(words=unread[0]))
    return [_figure(one, folded) for one in found]


def _figure(one: re.Match[str], folded: Folded) -> Figure:
    try:
        value = amount(one["digits"], one["scale"] or "", is_percent=bool(one["percent"]))
    except AmbiguousNumberError as err:
        raise UnclearError(_ambiguous(str(err))) from err
    money = one["money"] or one["unit"] or ""
    return Figure(
        *one.span(),
        folded.written(*one.span()).strip(),
        value,
        "-" if one["sign"] in tuple("-−–") else one["sign"] or "",
        bool(one["percent"]),
        SIGNS.get(money) or MONEY.get(money, ""),
        bool(one["times"]),
    )


def _ambiguous(digits: str) -> str:
    if _THOUSANDTHS.fullmatch(digits):
        both = {"point": f"{digits}0", "group": digits.replace(".", "")}
        return texts.POINT_OR_GROUP.format(number=digits, **both)
    return texts.AMBIGUOUS.format(number=digits[:30])


def _is_millions(folded: Folded, frame: Frame) -> bool:
    """Whether a "timeframe" is an amount: no chart has candles of 100 minutes."""
    written = folded.low[frame.start : frame.end]
    return bool(_MILLIONS.fullmatch(written)) and written.rstrip("m ") not in BARE


def _is_minutes(low: str, one: re.Match[str], operators: Sequence[int]) -> bool:
    start = one.start()
    follows = any(place <= start and not low[place:start].strip(f" {READ}") for place in operators)
    is_behind_a_name = bool(_LETTER.search(low, max(0, start - _BEFORE), start))
    return one[0] in BARE and not follows and is_behind_a_name


def _refuse_a_million(
    low: str, folded: Folded, frames: Sequence[Frame], operators: Sequence[int]
) -> None:
    """ "BTC > 1m" has no other level, and a minute is none."""
    for frame in frames:
        written = folded.low[frame.start : frame.end]
        before = [place for place in operators if place <= frame.start]
        if _MILLIONS.fullmatch(written) and before and not low[before[-1] : frame.start].strip():
            raise UnclearError(texts.MILLION.format(words=written))
