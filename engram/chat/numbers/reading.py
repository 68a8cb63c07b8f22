"""Reads the numbers in a text, in whatever way people and models write them; pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from engram.market.words.digits import GROUP, MOST_DIGITS, PossibleValue, possible_values

DIGIT = re.compile(r"\d")
# These look like numbers and are none: dates, times, years, the numbers of a list, periods. A
# digit is looked for first: most of a text is none.
_NOT_NUMBERS = re.compile(
    r"(?=\d)\b(?:\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2})?\b|\d{1,2}[./]\d{1,2}[./]\d{2,4}\b"
    r"|\d{1,2}\.\d{1,2}\.(?=\s+(?:um|ab|\d))|\d{1,2}[:h]\d{2}(?::\d{2})?\b(?!\.\d)"
    r"|\d{1,2}\.\d{2}(?= ?Uhr)|(?:19|20)\d{2}\b(?![.,'’]\d|[ \u00a0\u202f]\d{3}\b| ?%))"
    r"|^[ \t]*\d+[.)]\s",
    re.MULTILINE,
)
_TOKEN = re.compile(
    r"(?=[$€£¥₩₹%\d])(?<![\w.,'’])(?P<money>(?<!\d)(?<!\d )[$€£¥₩₹%]\s?)?"
    r"(?P<digits>\d+(?:[.,'’]\d+)*)(?P<exponent>[eE][-+−]?\d{1,2}(?!\d)"
    r"|\s?[x×·*]\s?10(?:(?:\^|\*\*)[-−]?\d{1,2}(?!\d)|⁻?[⁰¹²³⁴-⁹]{1,2}))?"
)
_SPACE = "[ \u00a0\u202f]"
# "4 percentage points", and "61 times in 100", but not "in 100 days".
_POINTS = (
    r"(?i:percent(?:age)?[ -]points?|prozentpunkten?|puntos porcentuales|points de pourcentage"
    r"|pontos percentuais|pp"
    r"|points?(?= (?:above|below|over|under|better|worse)(?: than)? chance))\b"
)
_IN_100 = (
    r"(?i:(?:(?:times|mal|fois|veces|vezes|volte|cases|cas|casos) )?"
    r"(?:in|out of|von|sur|de cada|em cada|su|of(?= 100 (?:cases|signals|such|closes))) 100)\b"
    r"(?![.,]?\d| ?(?:[$€£¥₩₹%]|[A-Z]{2}|candle|day|hour|minute|week|bar\b|jour|Tag|Stunde|Kerze"
    r"|día|dia|vela))"
)
_AFTER = re.compile(
    rf"(?:{_SPACE}?(?:(?P<percent>{_POINTS}|{_IN_100}"
    r"|[%％٪]|(?i:percent|per cent|prozent|por ciento|pour cent"
    r"|por cento|per cento|yüzde|процент\w*)\b)"
    r"|(?P<scale>(?:[kKMBT]|bn|mn|(?i:mio|mrd|tsd|million(?:en|es|s)?|mill[oó]n(?:es)?"
    r"|milh(?:ão|ões)|milliards?|milliarden?|mil(?:yon|yar|ioni|iardi)|mln|mld|млн|млрд|тыс|billions?|trillions?|thousand|cents?|lakhs?|crores?))\b"
    r"|[万億亿만억])|(?P<times>[x×](?!\w)|-?(?i:fache?[nrs]?|times|mal|veces|fois|vezes)\b)))?"
    rf"(?P<coin>{_SPACE}?(?:[$€£¥₩₹](?!\d)"
    r"|(?:USDT?|USDC|EUR|(?i:dollars?|euros?|dólares))\b))?"
)
_SCALES = {
    "k": 1e3, "tsd": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "b": 1e9, "bn": 1e9,
    "mrd": 1e9, "t": 1e12, "trillion": 1e12, "billion": 1e9, "milliard": 1e9, "million": 1e6,
    "mill": 1e6, "milh": 1e6, "milyon": 1e6, "mili": 1e9, "milioni": 1e6, "milyar": 1e9, "mln": 1e6,
    "mld": 1e9, "млн": 1e6, "млрд": 1e9, "тыс": 1e3,
    "cent": 1e-2, "lakh": 1e5, "crore": 1e7, "万": 1e4, "億": 1e8, "亿": 1e8, "만": 1e4, "억": 1e8,
}  # fmt: skip
# What only a decimal comma, or only a decimal point, can be.
_COMMA = re.compile(r"(?=\d)(?<![\d.,])(?:\d+(?:\.\d{3})*,\d{1,2}(?![\d.,]\d|\d)|0,\d)")
_POINT = re.compile(r"(?=\d)(?<![\d.,])(?:\d+(?:,\d{3})*\.\d{1,2}(?![\d.,]\d|\d)|0\.\d)")
_SPACES = (" ", "\u00a0", "\u202f")
_TAIL = re.compile(r"\d{3}(?:[.,]\d+)?")
_PERIOD = re.compile(r"[A-Z]{2,}\W?$")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")
_ARABIC = str.maketrans("٫٬", ".,")


@dataclass(frozen=True, slots=True)
class NumberInText:
    """A number as it was written from `start` to `end`, with all that it may mean.

    `percent`, `money` and `times` (2.4x, 3 times) are what stands around it; `decimal` tells that
    it was written with a fraction, in groups, or with a word like million. Without `readings` it
    has too many digits. `parts` are the numbers that it is, unless it is one; `certain` tells that
    it is one.
    """

    text: str
    start: int
    end: int
    digits: str
    readings: tuple[PossibleValue, ...]
    percent: bool = False
    money: bool = False
    times: bool = False
    decimal: bool = False
    parts: tuple[NumberInText, ...] = ()
    certain: bool = False

    @property
    def value(self) -> float:
        """The likeliest value, infinite for one of too many digits."""
        return self.readings[0].value if self.readings else math.inf


def numbers_in(text: str) -> Iterator[NumberInText]:
    """The numbers of `text`, in their order; 64 812 yields 64, 812, and 64812 after them."""
    if not DIGIT.search(text):
        return
    text = text.translate(_ARABIC)
    # Blanks of the same length keep the places in the text.
    text = _NOT_NUMBERS.sub(lambda found: " " * len(found[0]), text)
    european = bool(_COMMA.search(text)) and not _POINT.search(text)
    before: NumberInText | None = None
    for match in _TOKEN.finditer(text):
        found = _number(text, match, european)
        if found is None:
            before = None
            continue
        yield found
        joined = _joined(text, before, found, european) if before else None
        if joined:
            yield joined
        before = joined or found


def _number(text: str, match: re.Match[str], european: bool) -> NumberInText | None:
    start, end = match.span()
    money, digits, exponent = match.groups()
    readings = possible_values(digits)
    if not readings and not _has_too_many(digits):
        return None
    percent = scale = times = coin = None
    if after := _AFTER.match(text, end):
        percent, scale, times, coin = after.groups()
        end = after.end()
    if end == match.end() and text[end : end + 1].isalnum():
        # 24h, 3rd, BTC3L
        return None
    if scale or exponent:
        factor = _scale(scale or "") * 10.0 ** _power(exponent or "")
        readings = [PossibleValue(one.value * factor, one.unit * factor) for one in readings]
    return NumberInText(
        text[start:end].strip(),
        start,
        end,
        digits,
        tuple(readings[::-1] if european else readings),
        percent is not None or money == "%",
        bool(coin or (money and money != "%")),
        times is not None,
        bool(exponent or scale) or not digits.isdecimal(),
    )


def _has_too_many(digits: str) -> bool:
    """Whether `digits` are a number, although one of too many digits, and no list of them."""
    return len(digits) > MOST_DIGITS and len(re.findall(r"[.,'’]", digits)) <= 1


def _joined(
    text: str, before: NumberInText, found: NumberInText, european: bool
) -> NumberInText | None:
    """64 and 812,37 as 64 812,37, where they may be one number."""
    head, tail = before.digits, found.digits
    if not head.isdecimal() or len(head) > (9 if before.parts else GROUP) or head[0] == "0":
        return None
    if text[before.end : found.start] not in _SPACES or not _TAIL.fullmatch(tail):
        return None
    # After the name of an indicator stands its period: EMA 50 812,37 are two numbers.
    period = _PERIOD.search(text, max(0, before.start - 8), before.start)
    return NumberInText(
        text[before.start : found.end].strip(),
        before.start,
        found.end,
        head + tail[:GROUP],
        tuple(possible_values(head + tail)[:1]),
        found.percent,
        before.money or found.money,
        decimal=True,
        parts=(*(before.parts or (before,)), found),
        certain=tail.startswith("0") or (european and not period),
    )


def _scale(word: str) -> float:
    word = word.lower()
    for name in (word, word[:8], word[:7], word[:5], word[:4]):
        if name in _SCALES:
            return _SCALES[name]
    return 1.0


def _power(exponent: str) -> int:
    """The power of ten that "e-06", "x 10^-6" or "×10⁻⁶" stands for."""
    found = re.search(r"(?:e\+?|10(?:\^|\*\*)?)(-?\d+)$", exponent.lower().translate(_SUPERSCRIPTS))
    return int(found[1]) if found else 0
