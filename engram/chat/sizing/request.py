"""The words after /size -> the account, what is to be risked, and the words that are left; pure.

What is left names the market and the timeframe, in any of the ways that /analyze understands.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from engram.chat.sizing import formats, words
from engram.chat.sizing.position import share_of
from engram.market.words import timeframes
from engram.market.words.fold import Folded, fold
from engram.market.words.reader import NO_MARKETS
from engram.market.words.speech import MONEY
from engram.market.words.timeframes import BARE, Frame

# Longer texts are no command that somebody typed.
LONGEST = 200
SMALLEST, LARGEST = Decimal("1e-8"), Decimal("1e15")
SIGNS = "$€£¥₹₽₺₩"
_MONEY = "|".join(sorted((*MONEY, "jpy", "chf", "cad", "aud", "inr", "rub"), key=len, reverse=True))
_SCALES = {
    "k": 3, "thousand": 3, "tsd": 3, "m": 6, "mn": 6, "mio": 6, "mln": 6, "million": 6, "b": 9,
    "bn": 9, "billion": 9,
}  # fmt: skip
_PERCENT = re.compile(
    r"(?<![\w.,/:])(?P<n>[-+−]?(?:\d+(?:[.,]\d+)?|[.,]\d+))\s?(?:%|٪|(?:percent|per\scent|pct|prozent)(?!\w))"
    r"|[%٪]\s?(?P<n2>\d+(?:[.,]\d+)?)(?![\w.,])"
)
_AMOUNT = re.compile(
    rf"(?<![\w/:.])(?<!\d,)(?P<sign>[-+−]?)(?:(?P<before>[{SIGNS}]|\b(?:{_MONEY})\b)\s?)?"
    r"(?P<n>\d{1,3}(?:[ ]\d{3})+(?:[.,]\d+)?|\d[\d.,'’_]*\d|\d)"
    rf"(?:\s?(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})(?![^\W_]))?"
    rf"(?:\s?(?P<after>[{SIGNS}](?!\w)|(?:{_MONEY})(?![\w/:-])))?(?![\w/:%٪]|[.,]\d)"
)
_AT_RISK = re.compile(r"\brisk(?:ing)?\s*(?:of|is|[=:])?\s*$")
_LAST_WORD = re.compile(r"(?<![^\W\d_])([^\W\d_]+)\s*$")
_SIDE = re.compile(r"(?<![\w$#/:-])(long|buy|short|sell)(?![\w/:-])")
_LABEL = re.compile(
    r"(?<![\w$#/:-])(?:account|acc|balance|capital|equity|bankroll|portfolio|deposit|money|risk"
    r"|risking|size)(?![\w/-])"
)
_MINUTES = re.compile(r"(?<!\d)(\d+)\s?m")
_OF_MONEY = re.compile(rf"\s?(?:[{SIGNS}]|(?:{_MONEY})(?![\w/:-]))")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?P<mark>[.,])\d{3}(?:(?P=mark)\d{3})*")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
LONGEST_NUMBER = 30
# What stands in the place of what is read already, and of a timeframe.
_READ, _FRAME = "\0", "\1"


class UnclearError(ValueError):
    """What was asked cannot be understood; the text says what to write instead."""


@dataclass(frozen=True, slots=True)
class SizeRequest:
    """What was asked: an `account` of which `at_risk` may be lost.

    `percent` is the share of the account that was asked for, None if an amount was. `currency` is
    the one that was named, as it was written. `short` is None unless a side was named. `rest` are
    the words that are not read yet.
    """

    account: Decimal
    at_risk: Decimal
    percent: Decimal | None
    currency: str
    short: bool | None
    rest: str


@dataclass(frozen=True, slots=True)
class _Amount:
    """An amount of money at `start` to `end`; minutes of a timeframe are written in the same way.

    `is_risk` tells that it was named as what is at risk.
    """

    start: int
    end: int
    written: str
    value: Decimal
    currency: str
    is_risk: bool
    may_be_minutes: bool


def read(text: str) -> SizeRequest:
    """Read the words after /size; raises `UnclearError`."""
    if len(text) > LONGEST:
        raise UnclearError(words.TOO_LONG)
    folded = fold(text)
    percent, low, amounts = _figures(folded, text)
    account, money = _account(amounts, percent, text)
    for one in (account, money):
        low = _without(low, one.start, one.end) if one else low
    sides = {found[0] in ("short", "sell") for found in _SIDE.finditer(low)}
    for found in (*_SIDE.finditer(low), *_LABEL.finditer(low)):
        low = _without(low, *found.span())
    at_risk = money.value if money else share_of(account.value, percent or Decimal(0))
    currency = account.currency or (money.currency if money else "")
    short = sides.pop() if len(sides) == 1 else None
    rest = " ".join(folded.written(*one.span()) for one in re.finditer(f"[^{_READ}]+", low))
    return SizeRequest(account.value, at_risk, percent, currency, short, rest.strip(" ,;\n"))


def _figures(folded: Folded, text: str) -> tuple[Decimal | None, str, list[_Amount]]:
    """The percentage, the text without it, and the amounts; no timeframe is among them."""
    found: list[_Amount] = []
    percent, low = None, ""
    for is_known in (_is_money, _may_be_money):
        low = folded.low
        for frame in timeframes.find(folded):
            if not is_known(folded.low, frame):
                low = _without(low, frame.start, frame.end, _FRAME)
        percent, low = _percent(low, text)
        if found := _amounts(low):
            break
    return percent, low, found


def _is_money(low: str, frame: Frame) -> bool:
    """Whether what looks like minutes is an amount: "2m USDT"."""
    return bool(_MINUTES.fullmatch(low, frame.start, frame.end) and _OF_MONEY.match(low, frame.end))


def _may_be_money(low: str, frame: Frame) -> bool:
    """The same where there is no other amount: no chart has candles of 100 minutes."""
    found = _MINUTES.fullmatch(low, frame.start, frame.end)
    return bool(found and found[1] not in BARE) or _is_money(low, frame)


def _without(low: str, start: int, end: int, mark: str = _READ) -> str:
    return low[:start] + mark * (end - start) + low[end:]


def _percent(low: str, text: str) -> tuple[Decimal | None, str]:
    """The share that is at risk, in percent, and the text without it."""
    found = list(_PERCENT.finditer(low))
    for one in found:
        low = _without(low, *one.span())
    if len(found) > 1 or "%" in low or "٪" in low:
        raise UnclearError(words.PERCENT_UNCLEAR.format(text=text))
    if not found:
        return None, low
    written = found[0]["n"] or found[0]["n2"]
    sign = -1 if written[0] in "-−" else 1
    digits = written.lstrip("-−+").replace(",", ".")
    percent = sign * _number(f"0{digits}" if digits.startswith(".") else digits)
    if not 0 < percent <= 100:
        raise UnclearError(words.PERCENT_RANGE.format(percent=formats.plain(percent)))
    return percent, low


def _amounts(low: str) -> list[_Amount]:
    """All amounts of money, in their order."""
    found = []
    for one in _AMOUNT.finditer(low):
        start, before = one.start(), one["before"] or ""
        text = low[:start].rstrip(" ")
        if before.isalpha() and text and text[-1] not in (_READ, _FRAME):
            # "btc usdt 10000": that is the market's.
            start, before = one.start("n"), ""
        value = _number(one["n"]).scaleb(_SCALES.get(one["scale"] or "", 0))
        value = -value if one["sign"] in ("-", "−") and one["sign"] else value
        currency = before or one["after"] or ""
        ahead = low[:start]
        may_be_minutes = one[0] in BARE and _follows_a_market(ahead)
        is_risk = bool(_AT_RISK.search(ahead))
        written = low[start : one.end()].strip()
        found.append(_Amount(start, one.end(), written, value, currency, is_risk, may_be_minutes))
    return found


def _follows_a_market(ahead: str) -> bool:
    """Whether the word before an amount may be a market: "btc 240"."""
    last = _LAST_WORD.search(ahead)
    return last is not None and last[1] not in NO_MARKETS and not _LABEL.fullmatch(last[1])


def _number(written: str) -> Decimal:
    """10,000 · 10 000 · 10'000 · 1.234.567 · 1,234.5 · 0.5 · 1,5."""
    digits = re.sub(r"[ '’_]", "", written)
    unclear = UnclearError(words.NUMBER_UNCLEAR.format(number=written[:LONGEST_NUMBER]))
    if len(digits) > LONGEST_NUMBER:
        raise unclear
    whole, fraction = digits, ""
    last = max(digits.rfind("."), digits.rfind(","))
    if grouped := _GROUPED.fullmatch(digits):
        if grouped["mark"] == "." and digits.count(".") == 1:
            # Ten thousand in one half of the world, ten in the other.
            raise unclear
    elif last >= 0:
        whole, fraction = digits[:last], f".{digits[last + 1 :]}"
        if not whole.isdigit() and (not _GROUPED.fullmatch(whole) or digits[last] in whole):
            raise unclear
    plain = whole.replace(".", "").replace(",", "") + fraction
    if not _PLAIN.fullmatch(plain):
        raise unclear
    return Decimal(plain)


def _account(
    found: Sequence[_Amount], percent: Decimal | None, text: str
) -> tuple[_Amount, _Amount | None]:
    """Which of the amounts is the account, and which is at risk; None if that is a percentage."""
    needed = 2 if percent is None else 1
    minutes = [one for one in found if one.may_be_minutes]
    if len(found) > needed and len(minutes) == 1:
        found = [one for one in found if not one.may_be_minutes]
    elif len(found) == needed == 2 and minutes:
        raise UnclearError(words.MINUTES_UNCLEAR.format(number=minutes[0].written))
    if len(found) > needed:
        amounts = ", ".join(one.written for one in found)
        raise UnclearError(words.TOO_MANY_AMOUNTS.format(amounts=amounts))
    if not found:
        missing = words.WHAT_TO_SAY if percent is None else words.NO_ACCOUNT
        raise UnclearError(missing.format(text=text))
    for one in found:
        if not SMALLEST <= one.value <= LARGEST:
            raise UnclearError(words.AMOUNT_RANGE.format(amount=one.written))
    if percent is not None:
        return found[0], None
    if len(found) == 1:
        missing = words.NO_ACCOUNT if found[0].is_risk else words.NO_RISK
        raise UnclearError(missing.format(text=text, account=formats.money(found[0].value)))
    account, money = reversed(found) if found[0].is_risk and not found[1].is_risk else found
    if money.value > account.value:
        risk, whole = formats.money(money.value), formats.money(account.value)
        raise UnclearError(words.RISK_RANGE.format(risk=risk, account=whole))
    return account, money
