"""A model's verdict on each market, read from the `Signal:` and `Confidence:` lines of its text.

The labels are English in every language, as the prompt asks for them. How a line is marked up does
not matter, nor what is said behind a value. What is not plainly one value is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from engram.core.markdown.tables import cells
from engram.market.evidence import Confidence
from engram.market.outcomes import Signal
from engram.market.words.coin_names import find
from engram.market.words.fold import key

# A line with more characters before its label, or a name with more words beside it, is prose.
LONGEST, WORDS_BESIDE = 80, 4
SIGNAL, CONFIDENCE = "signal", "confidence"
_VALUES = {SIGNAL: "BUY|SELL|HOLD", CONFIDENCE: "High|Medium|Low"}
_MARKUP = re.compile(r"</?\w{1,10}>|[*_`~#>\\\"“”„«»{}]")
_BULLET = re.compile(r"(?:\W|\d{1,2}[.)]\s)*")
_LABEL = re.compile(
    r"\b(?P<label>signal|confidence)(?:\s(?:level|rating))?"
    r"(?P<about>\s(?:for|on)\s[^:：=]{1,40})?\s?(?P<aside>\([^()]{0,40}\)\s?)?(?:[:：=]|\s[-–—]\s)",
    re.IGNORECASE,
)
_ONE = {
    label: re.compile(
        r"[^\w\n]{0,6}(?:(?:very|strong|weak|cautious|slight|moderate|clear|rather)\s)?"
        rf"(?P<value>{values})\b(?!-\w)",
        re.IGNORECASE,
    )
    for label, values in _VALUES.items()
}
# Another value right behind it: "BUY or HOLD", "Low to Medium", "BUY/SELL", "BUY, SELL or HOLD".
_OTHER = {
    label: re.compile(
        rf"\W{{0,5}}\b(?:to|or|and|bis|oder|und|o|a|ou|à|y)\s\W{{0,3}}(?:{values})\b"
        rf"|\s?[/|–]{{1,2}}(?:{values})\b|\W{{1,5}}(?:{values})\b\W{{0,5}}(?:$|\b(?:or|oder|ou?)\b)",
        re.IGNORECASE,
    )
    for label, values in _VALUES.items()
}
# What only repeats the verdict of the rules.
_RULES = re.compile(r"\W{0,3}(?:(?:by|from|per|of|according to)\s)?(?:the\s)?rules?\b", re.I)
# What may stand before a label, besides the name of a market.
_BESIDE = re.compile(
    r"\b(?:final|overall|my|own|model|trading|engram|verdict|conclusion|recommendation|recommended"
    r"|summary|value|for|the|and|with|ai|\d{1,3}[mhdw])\b|\([^()]{0,40}\)",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"\A\W*(?:{SIGNAL}|{CONFIDENCE})\W*", re.IGNORECASE)
_ONLY_VALUE = re.compile(rf"\A\W*(?:{'|'.join(_VALUES.values())})\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model says about a market; None where it says nothing, or more than one thing.

    `stated` tells whether it has a line of this kind at all.
    """

    signal: Signal | None = None
    confidence: Confidence | None = None
    stated: bool = False

    @property
    def complete(self) -> bool:
        """Whether it is one signal with one confidence."""
        return self.signal is not None and self.confidence is not None


def verdicts(text: str, symbols: Sequence[str]) -> tuple[Verdict, ...]:
    """The verdict of `text` on each of `symbols` ("BTC/USDT"), in their order.

    Of several markets each has its lines below its name, or its name on these lines.
    """
    markets = [_Market(symbol, symbols) for symbol in symbols]
    current = markets[0] if len(markets) == 1 else None
    for line in _lines(text, several=len(markets) > 1) if markets else ():
        statements = list(_statements(line, markets))
        for label, value, about in statements:
            named = _named(about, markets)
            current = named[0] if len(named) == 1 else current
            # What is said of no market in particular is no clear verdict on any of them.
            for market in [current] if current else markets:
                market.said[label].add(value if current else "")
        if not statements and len(markets) > 1:
            current = _heading(line, markets) or current
    return tuple(one.verdict for one in markets)


@dataclass(slots=True)
class _Market:
    """One of `symbols`, and what was said of it: by label, "" for what is no value."""

    symbol: str
    symbols: Sequence[str]
    pattern: re.Pattern[str] = field(init=False)
    said: dict[str, set[str]] = field(default_factory=lambda: {SIGNAL: set(), CONFIDENCE: set()})

    def __post_init__(self) -> None:
        base, _, quote = map(re.escape, self.symbol.partition("/"))
        pair = rf"(?i:(?<!\w){base}[\s/:-]?{quote}(?!\w))"
        alone = rf"(?<!\w){base}(?!\w|[/-]\w)"
        self.pattern = re.compile(f"{pair}|{alone}" if self.is_alone else pair)

    @property
    def coin(self) -> str:
        """The coin without what it is priced in."""
        return self.symbol.partition("/")[0]

    @property
    def is_alone(self) -> bool:
        """Whether the name of the coin is enough to tell it from the other markets."""
        return sum(other.partition("/")[0] == self.coin for other in self.symbols) == 1

    @property
    def verdict(self) -> Verdict:
        """What all that was said comes to."""
        signals, confidences = (self.said[label] - {""} for label in (SIGNAL, CONFIDENCE))
        return Verdict(
            Signal(signals.pop().upper()) if len(signals) == 1 else None,
            Confidence(confidences.pop().capitalize()) if len(confidences) == 1 else None,
            any(self.said.values()),
        )


def _lines(text: str, *, several: bool) -> Iterator[str]:
    """The lines of `text` without their markup, and tables cell by cell with their headings."""
    waiting = ""
    rows = ("", *text.splitlines())
    for is_table, lines in groupby(rows, lambda line: line.lstrip().startswith("|")):
        for line in _cell_lines(list(lines), several=several) if is_table else lines:
            plain = " ".join(_BULLET.sub("", _MARKUP.sub("", line), count=1).split())
            if not plain:
                continue
            if waiting and _ONLY_VALUE.fullmatch(plain):
                plain = f"{waiting.rstrip(':： ')}: {plain}"
            waiting = plain if _ALONE.fullmatch(plain) else ""
            yield plain


def _cell_lines(rows: Sequence[str], *, several: bool) -> Iterator[str]:
    """Each cell of a table behind the names of its row and its column: "BTC Signal: BUY"."""
    head = cells(rows[0])
    is_rules = len(head) > 1 and "rule" in head[1].lower()
    for first, *others in map(cells, rows):
        if others and not is_rules and (len(others) == 1 or not several):
            yield f"{first}: {others[0]}"
        yield f"{head[0]}: {first}"
        row = "" if _ONLY_VALUE.fullmatch(first) else first
        for name, cell in zip(head[1:], others, strict=False):
            yield f"{row} {name}: {cell}"
            yield f"{name} {row}: {cell}"


def _statements(line: str, markets: Sequence[_Market]) -> Iterator[tuple[str, str, str]]:
    """Label, value ("" for none) and what stands beside the label, for each statement on `line`."""
    end = 0
    for found in _LABEL.finditer(line):
        before, label = line[end : found.start()], found["label"].lower()
        if len(before) > LONGEST or not _is_beside(before, markets):
            continue
        about = f"{before} {found['about'] or ''} {found['aside'] or ''}"
        value = _ONE[label].match(line, found.end())
        end = value.end() if value else found.end()
        if "rule" in about.lower() or (value and _RULES.match(line, end)):
            continue
        one = value and not _OTHER[label].match(line, end)
        yield label, value["value"].lower() if value and one else "", about


def _is_beside(text: str, markets: Sequence[_Market]) -> bool:
    """Whether nothing stands in `text` but what may stand beside a label."""
    for market in markets:
        text = market.pattern.sub(" ", text)
    return not re.search(r"[^\W_]", _BESIDE.sub(" ", text)) or bool(_coins(text, markets))


def _heading(line: str, markets: Sequence[_Market]) -> _Market | None:
    """The only market that is named on `line`, if that says little else."""
    if len(line) > LONGEST:
        return None
    named = _named(line, markets)
    if len(named) != 1:
        return None
    rest = re.sub(r"\([^()]*\)", " ", named[0].pattern.sub(" ", line))
    return named[0] if len(re.findall(r"[^\W_]+", rest)) <= WORDS_BESIDE else None


def _named(text: str, markets: Sequence[_Market]) -> list[_Market]:
    return [one for one in markets if one.pattern.search(text)] or _coins(text, markets)


def _coins(text: str, markets: Sequence[_Market]) -> list[_Market]:
    """The markets whose coins are named in `text`: "Bitcoin"."""
    if len(text) > LONGEST:
        return []
    tickers = {ticker for name in find(key(text)) for ticker in name.tickers}
    return [one for one in markets if one.is_alone and one.coin in tickers]
