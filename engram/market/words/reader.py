"""Reads which markets, and which timeframe, a command or a sentence is about; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from engram.core.masking.looks import quotable
from engram.market.words import follow_up, sentence
from engram.market.words.fold import fold
from engram.market.words.markets import LONGEST_BASE, Markets
from engram.market.words.speech import FILLER, LABELS, TALK
from engram.market.words.timeframes import BARE, canonical
from engram.market.words.tokens import Word, words

# A command of more words beside markets and timeframes is read like a sentence.
WORDY = 4
# Alone behind a market these are timeframes, as TradingView writes them; an "m" may be two.
LETTERS = frozenset({"h", "d", "w"})
NO_MARKETS = FILLER | TALK | LABELS


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood: the `symbols` of listed markets ("BTC/USDT"), and the timeframe, if any.

    `unknown` has, as they were written, the words that seem to be meant as markets and that no
    exchange lists; of a command also what cannot be understood. `follows` tells that the text may
    be about the market spoken of before, `of_markets` that more lists of markets may help. `also`
    are the symbols that are meant if a market was spoken of before: "and sol?". `joins` tells that
    the market spoken of before is meant besides `symbols`: "compare it with eth".
    """

    symbols: tuple[str, ...] = ()
    timeframe: str | None = None
    unknown: tuple[str, ...] = ()
    follows: bool = False
    of_markets: bool = False
    also: tuple[str, ...] = ()
    joins: bool = False


def read_command(text: str, markets: Markets) -> Reading:
    """Read the words after /analyze: all of them are meant for it."""
    found = words(fold(text), markets)
    frames, rest = _frames(found)
    said = [word for word in rest if word.low not in NO_MARKETS or word.is_sure]
    if not said:
        # "not daily" and "one 1h": where nothing else is left, a word that is a ticker is meant.
        tickers = [word for word in rest if word.is_market]
        said = tickers if len(tickers) == 1 else []
    chosen = [word for word in said if word.is_market]
    # Beside a market, words of other scripts that are not understood are talk.
    unknown = [
        word
        for word in said
        if not word.is_market and (word.base or not chosen or word.low.isascii())
    ]
    if not markets.complete and not chosen and len(unknown) == 1 and _is_ticker(unknown[0]):
        # It may be on a list that is missing; whoever is asked for it says so.
        word = unknown.pop()
        chosen = [replace(word, symbol=markets.listed(word.meant.upper()) or "")]
    if unknown and len(found) - len(chosen) - len(frames) > WORDY:
        read = read_sentence(text, markets)
        if read.symbols or read.unknown:
            return read
    more = [frame.meant for frame in frames if frame.timeframe != frames[0].timeframe]
    return Reading(
        _symbols(chosen),
        frames[0].timeframe if frames else None,
        _distinct([*(word.meant for word in unknown), *more]),
        follows=not said and bool(frames),
        of_markets=bool(said),
    )


def read_sentence(text: str, markets: Markets) -> Reading:
    """Read a message: a market is only meant where it is plainly spoken of."""
    found = words(fold(text), markets)
    spoken = sentence.markets_spoken_of(found)
    frame = next((w.timeframe for w in found if w.timeframe and not w.is_span), None)
    if frame is None and spoken.listed:
        frame = _bare_frame(found, spoken.listed)
    if not spoken.listed and not spoken.unlisted:
        also = _symbols(follow_up.also_asked(found))
        follows = not also and follow_up.is_follow_up(found)
        frame = frame if follows or also else None
        return Reading((), frame, (), follows, follow_up.may_be_of_markets(found), also)
    unknown = _distinct(word.meant for word in spoken.unlisted)
    joins = follow_up.is_compared(found)
    return Reading(_symbols(spoken.listed), frame, unknown, of_markets=True, joins=joins)


def _frames(found: list[Word]) -> tuple[list[Word], list[Word]]:
    """The timeframes of a command, also as bare minutes, and the other words."""
    frames, rest = [], []
    for word in found:
        if word.timeframe or word.low in BARE:
            frames.append(word)
        else:
            rest.append(word)
    if not frames and len(rest) > 1 and _is_letter(rest[-1]) and rest[-2].is_market:
        last = rest.pop()
        frames = [replace(last, timeframe=canonical(1, "M" if last.low == "m" else last.low))]
    return [_with_unit(word) for word in frames], rest


def _is_letter(word: Word) -> bool:
    """Whether `word` is a timeframe of one letter; with a sign before it, "$W", it is a ticker."""
    is_letter = word.low in LETTERS or word.meant == "M"
    return is_letter and word.before.strip() not in ("$", "#")


def _is_ticker(word: Word) -> bool:
    written = word.meant
    return (
        not word.base and written.isascii() and written.isalnum() and len(written) <= LONGEST_BASE
    )


def _with_unit(word: Word) -> Word:
    return word if word.timeframe else replace(word, timeframe=canonical(int(word.low), "m"))


def _bare_frame(found: list[Word], listed: Sequence[Word]) -> str | None:
    """Minutes without a unit in a sentence: right behind a market, and at the end or of a chart."""
    markets = {word.start for word in listed}
    for market, number, following in zip(found, found[1:], [*found[2:], None], strict=False):
        is_last = following is None or following.low in ("chart", "tf", "timeframe")
        if is_last and market.start in markets and number.low in BARE and len(number.low) > 1:
            return canonical(int(number.low), "m")
    return None


def _symbols(chosen: Sequence[Word]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.symbol for word in chosen))


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Each of the `texts` once, as they will be said back."""
    said = map(quotable, texts)
    return tuple({text.casefold(): text for text in reversed([*said])}.values())[::-1]
