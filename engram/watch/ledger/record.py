"""What /record says: what became of the signals that were shown here, beside chance; pure.

Intervals are those of E. B. Wilson, Probable Inference, the Law of Succession, and Statistical
Inference, Journal of the American Statistical Association 22 (1927), pages 209 to 212.
"""

import math
from collections.abc import Sequence

from engram.core.formats import format_percent
from engram.core.text.printable import one_line
from engram.market.evidence import Confidence
from engram.storage.watch.ledger_table import RULES, Past, Scope, Tally

# Of fewer signals than this nothing is said: 15 of 29 may be anything from 37 to 66 %.
NEEDED = 30
INTERVAL = 0.9
# A phone shows so many columns of a table.
WIDTH = 32
# So much of what somebody wrote is repeated.
LONGEST = 60

HISTORY = "given {given} times here, right {right}, chance {expected:.0f}"
TITLE = "📒 What became of the signals{about} shown here"
HEAD = "given right   90 % chance   move"
ROW = "{given:>5}{right:>6}{interval:>7}{chance:>7}{move:>7}"
FEW = "{given:>5}  too few: needs {needed}"
WHO = "{source}, {confidence}"
WAITING = "{count}{more} {waits} for the end of the horizon."
UNKNOWN = "{count} can never be judged, and {counts} nowhere."
NOTHING = "None has been judged yet: that happens once its horizon has ended."
NONE_AT_ALL = (
    "No signal{about} has been shown here so far. Each one that is shown from now on is judged "
    "once its horizon has ended."
)
EXPLAINED = (
    "right: BUY, if the price was higher at the end of the horizon, SELL, if it was lower, HOLD, "
    "if it had moved no more than usual. chance: the share of all candles after which it was so. "
    "Where that lies within the 90 % interval, luck is enough to explain the rest; signals of one "
    "market within one horizon count as one for it, as they share their move. move: the mean "
    "move the way BUY and SELL said. "
)
HERE = '"Here" is this bot, all chats. /record csv sends it all.'
CSV = "📒 The signals{about} shown here: {count:,}."
CSV_LATEST = "📒 The signals{about} shown here: the latest {count:,}."
UNKNOWN_WORDS = "No signal of {words} has been shown here so far. /record shows all there is."


def history(past: Past) -> str:
    """The line of a panel about such signals; "" where there are too few."""
    if past.given < NEEDED:
        return ""
    return HISTORY.format(given=past.given, right=past.right, expected=past.expected)


def record(tallies: Sequence[Tally], waiting: int, unknown: int, scope: Scope) -> str:
    """What became of the signals in `scope`, as Markdown with a table.

    So many more are `waiting` to be judged, and of so many the outcome stays `unknown`.
    """
    about = named(scope)
    if not (tallies or waiting or unknown):
        return NONE_AT_ALL.format(about=about)
    parts = [TITLE.format(about=about)]
    parts.append("\n".join(("```", *_table(tallies), "```")) if tallies else NOTHING)
    left = []
    if waiting:
        waits = "waits" if waiting == 1 else "wait"
        left.append(WAITING.format(count=waiting, more=" more" * bool(tallies), waits=waits))
    if unknown:
        left.append(UNKNOWN.format(count=unknown, counts="counts" if unknown == 1 else "count"))
    parts += [" ".join(left)] if left else []
    return "\n\n".join([*parts, EXPLAINED * bool(tallies) + HERE])


def exported(count: int, scope: Scope, *, is_all: bool) -> str:
    """What is said beside the file with so many signals in `scope`."""
    if not count:
        return NONE_AT_ALL.format(about=named(scope))
    return (CSV if is_all else CSV_LATEST).format(about=named(scope), count=count)


def no_such_market(words: Sequence[str]) -> str:
    """The answer to `words` that are no market in the ledger."""
    return UNKNOWN_WORDS.format(words=one_line(", ".join(words), LONGEST))


def named(scope: Scope) -> str:
    """What `scope` is, behind what is said of it: " of BTC/USDT on 4h"."""
    of = f" of {', '.join(scope.symbols)}" if scope.symbols else ""
    return f"{of} on {scope.timeframe}" if scope.timeframe else of


def interval(share: float, count: int) -> tuple[float, float]:
    """The 90 % interval of Wilson for a `share` of so many cases, at least one."""
    # 0.2 MB that a bot need not spend until somebody asks.
    from statistics import NormalDist

    z = NormalDist().inv_cdf((1 + INTERVAL) / 2)
    more = z * z / count
    middle = (share + more / 2) / (1 + more)
    half = z * math.sqrt(share * (1 - share) / count + more / count / 4) / (1 + more)
    return max(0.0, middle - half), min(1.0, middle + half)


def _table(tallies: Sequence[Tally]) -> list[str]:
    """Two lines each: who gave them, and the figures. Those of one confidence stand together."""
    rank = {one.value: place for place, one in enumerate(Confidence)}

    def place(one: Tally) -> tuple[int, bool, int]:
        return rank.get(one.confidence, len(rank)), one.source != RULES, -one.given

    rows = sorted(tallies, key=place)
    return [HEAD, *(line for one in rows for line in (_who(one), _figures(one)))]


def _who(tally: Tally) -> str:
    """The source, of a long key its end, in which models differ, and the confidence."""
    room = WIDTH - len(WHO.format(source="", confidence=tally.confidence))
    # A backtick would end the table.
    source = one_line(tally.source).replace("`", "'")
    source = source if len(source) <= room else f"…{source[1 - room :]}"
    return WHO.format(source=source, confidence=tally.confidence)


def _figures(tally: Tally) -> str:
    if tally.given < NEEDED:
        return FEW.format(given=tally.given, needed=NEEDED)
    share = tally.right / tally.given
    low, high = interval(share, tally.apart)
    return ROW.format(
        given=tally.given,
        right=format_percent(share),
        interval=f"{100 * low:.0f}-{100 * high:.0f}",
        chance="-" if tally.chance is None else format_percent(tally.chance),
        move="-" if tally.move is None else _move(tally.move),
    )


def _move(share: float) -> str:
    """`share` as a percentage that fits into its column."""
    return format_percent(share, 1 if abs(share) < 1 else 0, signed=True)
