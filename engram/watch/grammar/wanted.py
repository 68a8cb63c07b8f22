"""/alert and its words, or a sentence -> the market and the condition that are wanted; pure.

`Reader` knows the names of markets. It may wait for the lists of markets, so that a sentence asks
it only when somebody wants to be told something.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from engram.core.masking.looks import quotable
from engram.market.symbols import DOLLARS, Request, Topic
from engram.market.words.fold import fold
from engram.market.words.reader import NO_MARKETS, WORDY, Reading
from engram.market.words.speech import MONEY, PERPETUAL
from engram.market.words.timeframes import find
from engram.watch.conditions import Condition
from engram.watch.grammar import texts
from engram.watch.grammar.figures import READ, UnclearError, without
from engram.watch.grammar.meaning import Words, condition, words_of
from engram.watch.grammar.told import Told, told
from engram.watch.grammar.vocabulary import IGNORED

# Longer texts are no alert that somebody typed.
LONGEST = 300
# "Shiba Inu in USDT on 4 hours"
_MOST_WORDS = 5
_WORD = re.compile(r"[^\W_]+")
_HIT = re.compile(r"(?<!to )\bhit\b")
# What a market does in sentences that say when to be told, without saying it plainly.
_HAPPENS = re.compile(
    r"(?:\b(?:is|are|has|have|goes|gets|comes|moves|trades|becomes|looks|seems|makes|sets|starts|stops|bounces"
    r"|recovers|retests|approaches|nears|explodes|doubles|triples|halves|stays|holds|outperforms|peaks|tops|bottoms|dies)"
    r"|['’]s)(?!\w)",
    re.IGNORECASE,
)
# "About 3000" is no level.
_NEARLY = re.compile("[~≈±≠]")
_FRAME_LETTERS = frozenset("hdwm")
_UNDERSTOOD = IGNORED | PERPETUAL | MONEY.keys()
# What /analyze would take for markets.
_FILLING = IGNORED - NO_MARKETS


class Reader(Protocol):
    """What knows markets by the words that people use for them."""

    @property
    def timeframe(self) -> str:
        """The timeframe that is meant where none is named."""

    def read_command(self, text: str) -> Reading:
        """Which market words after a command name."""

    def read_sentence(self, text: str) -> Reading:
        """Which market a message speaks of."""

    def unlisted(self, word: str) -> str:
        """What to say about `word`, which was meant as a market and is none that is known."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an alert is to wait for. `named_timeframe` tells that the timeframe was asked for."""

    request: Request
    named_timeframe: bool
    condition: Condition


@dataclass(frozen=True, slots=True)
class Unclear:
    """Something to be told is wanted, but not plainly: `question` asks back, with examples."""

    question: str


def read_command(
    text: str, reader: Reader, before: Callable[[], Topic] = Topic
) -> Wanted | Unclear:
    """Read the words after /alert; `before` tells which market was spoken of last."""
    try:
        if len(text) > LONGEST:
            raise UnclearError(texts.TOO_LONG)
        return _wanted(words_of(fold(text)), reader, before)
    except UnclearError as err:
        return Unclear(str(err))


def read_sentence(text: str, reader: Reader) -> Wanted | Unclear | None:
    """Read a message: None unless it asks to be told about a market when something happens."""
    if len(text) > LONGEST:
        return None
    folded = fold(". ".join(" ".join(line.split()) for line in text.splitlines() if line.strip()))
    asked = told(folded.low)
    if asked is None or asked.is_a_question(folded.low):
        return None
    when = folded.written(asked.start, asked.end)
    words = None
    try:
        words = words_of(fold(when))
        if asked.says_more:
            raise UnclearError(texts.MORE)
        wanted = _wanted(words, reader, Topic)
        if asked.may_ask and _HIT.search(when):
            raise UnclearError(texts.HIT)
        return wanted if _is_named(words.rest, when, reader) else None
    except UnclearError as err:
        if words and asked.may_ask and not _says_when(words, when, asked, reader):
            return None
        rest = words.rest if words else when
        return Unclear(str(err)) if _is_named(rest, when, reader) else None


def _says_when(words: Words, when: str, asked: Told, reader: Reader) -> bool:
    """Whether it is said when something happens, and not only "when the conference starts"."""
    if words.speaks_of_a_condition:
        return True
    verb = _HAPPENS.search(when)
    if verb is None or asked.when == "if":
        return False
    subject = reader.read_command(when[: verb.start()])
    return bool(subject.symbols) and not subject.unknown


def _is_named(rest: str, when: str, reader: Reader) -> bool:
    """Whether a market is named plainly: "when one drops 5 %" is not about a coin called ONE."""
    names = [one for one in _WORD.findall(rest) if one.lower() not in IGNORED]
    # What rises and falls is named like what has a price.
    asked = [when, *(f"{name} price" for name in (" ".join(names), *names[:1]) if name)]
    return any(found.symbols or found.unknown for found in map(reader.read_sentence, asked))


def _wanted(words: Words, reader: Reader, before: Callable[[], Topic]) -> Wanted:
    rest = _for_the_reader(words.rest)
    reading = reader.read_command(rest)
    _refuse_unknown_words(reading)
    wanted = condition(words)
    symbol = _symbol(reading, reader, before)
    _refuse_what_is_left(rest, reading, reader)
    if wanted.operator == "moves" and reading.timeframe:
        raise UnclearError(texts.PERCENTAGE)
    money = next((one.money for one in words.figures if one.money), "")
    symbol = _in_money(symbol, money, reader)
    request = Request.of(symbol, reading.timeframe or reader.timeframe)
    return Wanted(request, reading.timeframe is not None, wanted)


def _without_filling(word: re.Match[str]) -> str:
    """No market is called "trades" or "mark", unless it stands there in capitals."""
    return "" if word[0].lower() in _FILLING and not word[0].isupper() else word[0]


def _for_the_reader(rest: str) -> str:
    """`rest` so that it is read as a command; many words would be read as a sentence.

    Raises `UnclearError` for more words than a market and a timeframe have.
    """
    rest = _WORD.sub(_without_filling, rest)
    found = _WORD.findall(rest)
    lean = [one for one in found if one.lower() not in IGNORED]
    if len(lean) > _MOST_WORDS:
        raise UnclearError(texts.NOT_UNDERSTOOD.format(words=_listed(lean[-3:])))
    return " ".join(lean) if len(found) > WORDY else rest


def _refuse_unknown_words(reading: Reading) -> None:
    if len(reading.symbols) > 1:
        markets = " and ".join(reading.symbols[:4])
        raise UnclearError(texts.SEVERAL_MARKETS.format(markets=markets))
    if reading.symbols and reading.unknown:
        raise UnclearError(texts.NOT_UNDERSTOOD.format(words=_listed(reading.unknown)))


def _listed(words: Sequence[str]) -> str:
    return '", "'.join(quotable(word)[:30] for word in words[:3])


def _symbol(reading: Reading, reader: Reader, before: Callable[[], Topic]) -> str:
    """The one market that is named, or else the one that was spoken of last."""
    if reading.symbols:
        return reading.symbols[0]
    if reading.unknown:
        raise UnclearError(reader.unlisted(reading.unknown[0]))
    requests = before().requests
    if len(requests) != 1:
        raise UnclearError(texts.NO_MARKET)
    return requests[0].symbol


def _in_money(symbol: str, money: str, reader: Reader) -> str:
    """`symbol` in the currency that was named with the level."""
    base, _, quote = symbol.partition("/")
    if not money or money == quote or {money, quote} <= {*DOLLARS, "FDUSD"}:
        return symbol
    found = reader.read_command(f"{base}/{money}").symbols
    if len(found) != 1 or not found[0].startswith(f"{base}/"):
        raise UnclearError(texts.CURRENCY.format(market=base, money=money))
    return found[0]


def _refuse_what_is_left(rest: str, reading: Reading, reader: Reader) -> None:
    """Raise for words that say something nobody understood: "tomorrow", "not", "twice"."""
    folded = fold(rest)
    frames = find(folded)
    for frame in frames:
        if frame.is_span:
            raise UnclearError(texts.SPAN.format(words=folded.written(frame.start, frame.end)))
    low = without(folded.low, ((one.start, one.end) for one in frames))
    bases = {symbol.partition("/")[0].lower() for symbol in reading.symbols}
    known = _UNDERSTOOD | bases | (_FRAME_LETTERS if reading.timeframe else set())
    left = [one for one in _WORD.findall(low) if one in NO_MARKETS - known]
    left += [*_foreign(low, reading, reader), *_NEARLY.findall(rest)]
    if left:
        raise UnclearError(texts.NOT_UNDERSTOOD.format(words=_listed(left)))


def _foreign(low: str, reading: Reading, reader: Reader) -> list[str]:
    """Words of other scripts that do not name the market; they may say "tomorrow"."""
    foreign = [one for one in _WORD.finditer(low) if not one[0].isascii()]
    if not foreign:
        return []
    ascii_only = without(low, (one.span() for one in foreign)).replace(READ, " ")
    names_it = reader.read_command(ascii_only).symbols != reading.symbols
    return [one[0] for one in foreign[names_it and len(reading.symbols) :]]
