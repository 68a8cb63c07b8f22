"""The words of which conditions are made; data and their pattern."""

import re
from enum import Enum


class Kind(Enum):
    """What a word says about a condition."""

    SIDE = "side"  # above or below, as ">" and "<"
    DIRECTION = "direction"  # rises or falls, as ">" and "<"
    REACHED = "reached"  # crosses, hits ...
    AT = "at"  # the same, in words that stand in many other sentences
    TO = "to"
    BY = "by"
    SUBJECT = "subject"
    SIGNAL = "signal"  # BUY, SELL, HOLD, or "" for any
    CHANGES = "changes"
    NUMBER = "number"  # written as a word
    POLARITY = "polarity"  # positive or negative: above or below zero
    TIMES = "times"  # what volume is measured in
    NOW = "now"  # from which price on a percentage counts, as it does anyway


def _forms(text: str) -> list[str]:
    return text.split(", ")


def words_in(text: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(text.split())


# Verbs as they are said of what is to come; the form after "has" stands behind the slash.
_RISE = (
    "rise rises rising/risen, climb climbs climbing/climbed, gain gains gaining/gained, "
    "jump jumps jumping/jumped, surge surges surging/surged, soar soars soaring/soared, "
    "rally rallies rallying/rallied, increase increases increasing/increased, "
    "grow grows growing/grown, pumps pumping/pumped, spike spikes spiking/spiked, moons mooning, "
    "skyrockets skyrocketing, up upwards upward higher plus"
)
_FALL = (
    "fall falls falling/fallen, drop drops dropping/dropped, dip dips dipping/dipped, "
    "sink sinks sinking/sunk, slide slides sliding/slid, slip slips slipping/slipped, "
    "crash crashes crashing/crashed, dump dumps dumping/dumped, plunge plunges plunging/plunged, "
    "tank tanks tanking/tanked, decline declines declining/declined, lose loses losing/lost, "
    "decrease decreases decreasing/decreased, tumble tumbles tumbling/tumbled, "
    "plummet plummets plummeting/plummeted, down downwards downward lower minus"
)
_REACH = (
    "cross crosses crossing/crossed, hits hit hitting/hit, reach reaches reaching/reached, "
    "touch touches touching/touched, break breaks breaking/broken, equals"
)
_BECOME = (
    "change changes changing/changed, flip flips flipping/flipped, "
    "switch switches switching/switched, turns turning/turned"
)
# The past of these verbs is said of what has been, unless "has" stands before it.
HAS = r"(?:has|have|'s|’s)\s(?:(?:just|now|already)\s)?"


def _verbs(text: str, meant: str, kind: Kind) -> dict[str, tuple[Kind, str]]:
    found = {}
    for verb in _forms(text):
        now, _, past = verb.partition("/")
        found.update(dict.fromkeys(now.split(), (kind, meant)))
        found.update({f"{HAS}{past}": (kind, meant)} if past else {})
    return found


def _pasts(*tables: str) -> frozenset[str]:
    verbs = [verb.partition("/")[2] for table in tables for verb in _forms(table)]
    return frozenset(filter(None, verbs))


def _all(text: str, meant: str, kind: Kind) -> dict[str, tuple[Kind, str]]:
    return dict.fromkeys(_forms(text), (kind, meant))


# What these verbs are where they tell of the past; "hit" may be both.
PAST = _pasts(_RISE, _FALL, _REACH, _BECOME) - {"hit"}
WORDS = {
    **_all(
        "above, over, beyond, past, exceeds, exceed, exceeding, surpasses, higher than, "
        "greater than, more than, bigger than, at least, north of, upwards of, or more, or higher, "
        "or above",
        ">", Kind.SIDE,
    ),
    **_all(
        "below, under, beneath, underneath, lower than, less than, smaller than, at most, "
        "south of, or less, or lower, or below",
        "<", Kind.SIDE,
    ),
    **_verbs(_RISE, ">", Kind.DIRECTION),
    **_verbs(_FALL, "<", Kind.DIRECTION),
    **_verbs(_REACH, "", Kind.REACHED),
    **_verbs(_BECOME, "", Kind.CHANGES),
    **_all("at", "", Kind.AT),
    **_all("to", "", Kind.TO),
    **_all("by", "", Kind.BY),
    **_all(
        "from now, from here, from this level, from this price, from the current price, "
        "from its current price, from the price now, the current price, current price, "
        "its current price, its price now",
        "", Kind.NOW,
    ),
    **_all("price, prices", "price", Kind.SUBJECT),
    **_all("rsi", "rsi", Kind.SUBJECT),
    **_all("adx", "adx", Kind.SUBJECT),
    **_all("macd histogram, macd hist, macd, histogram", "macd", Kind.SUBJECT),
    **_all("volume, vol", "volume", Kind.SUBJECT),
    **_all("close, closes, closing, closed", "close", Kind.SUBJECT),
    **_all("signal, signals", "", Kind.SIGNAL),
    **_all("buy", "BUY", Kind.SIGNAL),
    **_all("sell", "SELL", Kind.SIGNAL),
    **_all("hold", "HOLD", Kind.SIGNAL),
    **_all("zero", "0", Kind.NUMBER),
    **_all("positive", ">", Kind.POLARITY),
    **_all("negative", "<", Kind.POLARITY),
    **_all("times, average, avg, normal, usual", "", Kind.TIMES),
}  # fmt: skip
SIDES = {">": ">", ">=": ">", "≥": ">", "<": "<", "<=": "<", "≤": "<", "=": "", "==": ""}
# Words that change nothing about what is waited for.
IGNORED = words_in(
    "a again alarm alarms alert alerts an another any are as back be become becomes been being "
    "bot bucks candle candles chart coin come comes coming engram for further get gets getting "
    "gives go goes going gone has have i if in interval is it its just level line mark market "
    "me move moved moves moving new now of on once out please pls plz s says shows tf than "
    "thank thanks that the then there through thx timeframe token trade trades trading ty us "
    "usd value we when whenever worth x you"
)
_TERMS = sorted(WORDS, key=lambda word: ("\\" in word, len(word)), reverse=True)
# "$buy" and "hold/usdt" are markets, "sell-off" is another word.
PATTERN = re.compile(
    rf"(?<![\w$#/:-])(?P<word>{'|'.join(_TERMS)})(?![\w/-])|(?P<symbol>[-=<>~!/]{{0,3}}[<>≥≤=]{{1,3}})"
)
_HAS = re.compile(HAS)


def meaning_of(word: str) -> tuple[Kind, str]:
    """What `word`, which `PATTERN` found, says."""
    past = _HAS.sub("", word)
    return WORDS[word] if word in WORDS else WORDS[f"{HAS}{past}"]
