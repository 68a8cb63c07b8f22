"""From cases to what is told: every figure of docs/signals.md and of `engram/market/evidence.py`.

`results` gives plain dicts and lists, which are kept as JSON: shares are fractions, moves and gains
fractions of the price, intervals [value, low, high] with None where there is nothing to count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from engram.market.evidence import ENOUGH_CASES, ENOUGH_MONTHS, TIMEFRAMES
from engram.market.outcomes import came_true
from tests.study.counts import Months, Results, shown, told
from tests.study.rules import CANDIDATES
from tests.study.stated import labels, stated
from tests.study.walk import SIGNALS, STOP, TARGET

FEES = 0.002  # of the price, for going in and out
LAST_EARLY = 2020  # the years to this one are one period, those after it the other
NAMES = {number: signal.value for number, signal in SIGNALS.items()} | {None: "*"}
ANY = None
# A rule that is so rarely anything but HOLD is no rule to trade by.
OFTEN_ENOUGH = 0.1
TODAY = "signal"
MISS = 2 / 0.2  # what a miss of an 80 % interval costs, T. Gneiting, A. Raftery, JASA 102 (2007)


def results(cases: np.ndarray, markets: Sequence[str]) -> Results:
    """All tables of `cases`; `markets` are the names that they refer to by number."""
    frames = [one for one in TIMEFRAMES if (cases["timeframe"] == one).any()]
    cells = [row for frame in frames for row in signals(of_frame(cases, frame), frame)]
    return {
        "about": about(cases, markets, frames),
        "signals": cells,
        "slope": slope(cells),
        "range": [ranges(part, name) for name, part in parts(cases, frames)],
        "stops": [stops(part, name) for name, part in parts(cases, frames)],
        "traded": [row for frame in frames for row in traded(of_frame(cases, frame), frame)],
        "stated": stated(cases),
        "labels": labels(cases),
        "rules": [rules(of_frame(cases, frame), frame) for frame in frames],
    }


def of_frame(cases: np.ndarray, timeframe: str) -> np.ndarray:
    """The cases on a timeframe."""
    return cases[cases["timeframe"] == timeframe]


def parts(cases: np.ndarray, frames: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
    """The cases by timeframe, and all of them."""
    yield from ((frame, of_frame(cases, frame)) for frame in frames)
    yield "all", cases


def period(cases: np.ndarray, *, early: bool) -> np.ndarray:
    """The cases that were decided in the years to 2020, or those that were decided after."""
    return cases[(cases["year"] <= LAST_EARLY) == early]


def about(cases: np.ndarray, markets: Sequence[str], frames: Sequence[str]) -> Results:
    """What was studied."""
    first, last = (str(np.datetime64(int(at), "M")) for at in np.sort(cases["month"])[[0, -1]])
    counted = {}
    for frame in frames:
        part = of_frame(cases, frame)
        counted[frame] = {"coins": len(np.unique(part["market"])), "cases": len(part)}
    coins = sorted(markets[number] for number in np.unique(cases["market"]))
    return {"first": first, "last": last, "cases": len(cases), "coins": coins, "frames": counted}


def signals(cases: np.ndarray, timeframe: str) -> Iterator[Results]:
    """A row for each signal and regime that has cases, those with fewer conditions first."""
    daily = (ANY, *SIGNALS)
    for btc, own in product(daily, daily):
        if own is not ANY and (btc is ANY or timeframe == "1d"):
            continue
        part = in_regime(cases, own, btc)
        for signal in SIGNALS:
            if (part["signal"] == signal).any():
                row = cell(part, signal)
                yield {"timeframe": timeframe, "signal": NAMES[signal]} | {
                    "own": NAMES[own], "btc": NAMES[btc], **row
                }  # fmt: skip


def in_regime(cases: np.ndarray, own: int | None, btc: int | None) -> np.ndarray:
    """The cases with these daily signals."""
    wanted = np.ones(len(cases), dtype=bool)
    if own is not ANY:
        wanted &= cases["own"] == own
    if btc is not ANY:
        wanted &= cases["btc"] == btc
    return cases[wanted]


def cell(cases: np.ndarray, signal: int) -> Results:
    """How a signal did among `cases`, all of one regime, against any candle among them."""
    months, mine = Months(cases["month"]), cases["signal"] == signal
    true = outcome(cases, signal)
    sides = {"early": period(cases, early=True), "late": period(cases, early=False)}
    # Of a fall that was foreseen one gains by being out; HOLD moves no money.
    gained = months.difference(cases["move"], mine, -1.0 if signal < 0 else 1.0)
    return {
        "cases": int(mine.sum()),
        "months": len(np.unique(cases["month"][mine])),
        "true": told(months.mean(true, mine)),
        "chance": shown(true.mean()),
        "move": shown(cases["move"][mine].mean()),
        "gain": told(gained),
        "after_fees": shown(gained.value - FEES) if signal else None,
        **{name: rate_and_chance(part, signal) for name, part in sides.items()},
    }


def outcome(cases: np.ndarray, signal: int) -> np.ndarray:
    """Whether each case went as `signal` would have said, as 0.0 or 1.0."""
    return came_true(SIGNALS[signal], cases["move"], cases["typical"]).astype(np.float64)


def rate_and_chance(cases: np.ndarray, signal: int) -> Results:
    """The rate of one period with its interval, and chance."""
    mine = cases["signal"] == signal
    if not mine.any():
        return {"true": [None, None, None], "chance": None}
    true = outcome(cases, signal)
    return {
        "true": told(Months(cases["month"]).mean(true, mine)),
        "chance": shown(true.mean()),
    }


def is_enough(row: Results) -> bool:
    """Whether a row of `signals` has cases enough to be told."""
    return row["cases"] >= ENOUGH_CASES and row["months"] >= ENOUGH_MONTHS


def in_both(row: Results) -> bool:
    """Whether a row has cases enough, and some in both periods."""
    return is_enough(row) and None not in (row["early"]["true"][0], row["late"]["true"][0])


def slope(rows: Sequence[Results]) -> float | None:
    """How much of the differences between cells to 2020 was there after it; weighted by cases."""
    told_of = [row for row in rows if in_both(row)]
    before, after = ([row[name]["true"][0] for row in told_of] for name in ("early", "late"))
    if len(set(before)) < 2:
        return None
    return shown(np.polyfit(before, after, 1, w=np.sqrt([row["cases"] for row in told_of]))[0])


def ranges(cases: np.ndarray, name: str) -> Results:
    """How often the price was inside the range, and the score beside that of an unscaled one."""
    months, everything = Months(cases["month"]), np.ones(len(cases), dtype=bool)
    inside = is_inside(cases, "low", "high")
    plain = is_inside(cases, "plain_low", "plain_high")
    thirds = [cases["wildness"] == third for third in range(3)]
    return {
        "timeframe": name,
        "inside": told(months.mean(inside, everything)),
        "thirds": [told(months.mean(inside, third)) for third in thirds],
        "plain_thirds": [told(months.mean(plain, third)) for third in thirds],
        "score": shown(interval_score(cases, "low", "high").mean()),
        "plain_score": shown(interval_score(cases, "plain_low", "plain_high").mean()),
    }


def is_inside(cases: np.ndarray, low: str, high: str) -> np.ndarray:
    """Whether the close was between both ends, as 0.0 or 1.0."""
    return ((cases["move"] >= cases[low]) & (cases["move"] <= cases[high])).astype(np.float64)


def interval_score(cases: np.ndarray, low: str, high: str) -> np.ndarray:
    """The width, and ten times what a miss is off: the smaller the better."""
    under = np.clip(cases[low] - cases["move"], 0, None)
    over = np.clip(cases["move"] - cases[high], 0, None)
    return cases[high] - cases[low] + MISS * (under + over)


def stops(cases: np.ndarray, name: str) -> Results:
    """How often 1.5 and 3 ATR were touched, below and above."""
    months, everything = Months(cases["month"]), np.ones(len(cases), dtype=bool)
    row: Results = {"timeframe": name}
    for side, column in (("below", "down"), ("above", "up")):
        touched = [(cases[column] >= far).astype(np.float64) for far in (STOP, TARGET)]
        row[side] = [told(months.mean(one, everything)) for one in touched]
    return row


def traded(cases: np.ndarray, timeframe: str) -> Iterator[Results]:
    """What stop and target came to, in R, after each signal and at any candle."""
    months = Months(cases["month"])
    for signal in SIGNALS:
        result = cases["short" if signal < 0 else "long"].astype(np.float64)
        mine, everything = cases["signal"] == signal, np.ones(len(cases), dtype=bool)
        yield {
            "timeframe": timeframe,
            "signal": NAMES[signal],
            "result": told(months.mean(result, mine)),
            "any": told(months.mean(result, everything)),
        }


def rules(cases: np.ndarray, timeframe: str) -> Results:
    """Today's rule and the others: what following each gained in the years to 2020.

    The one with the highest lower end is chosen, and beside today's it alone is looked at in the
    later years.
    """
    early, late = period(cases, early=True), period(cases, early=False)
    rows = [
        {"rule": name, "marked": marked(early, name), "early": gain(early, name)}
        for name in (TODAY, *CANDIDATES)
    ]
    able = [row for row in rows[1:] if (row["marked"] or 0) >= OFTEN_ENOUGH]
    rows[0]["late"] = gain(late, TODAY)
    if able:
        best = max(able, key=lambda row: row["early"][1])
        best["late"] = gain(late, best["rule"])
        months = Months(late["month"])
        best["more"] = told(months.followed(late["move"], late[best["rule"]], late[TODAY]))
    return {"timeframe": timeframe, "rules": rows}


def marked(cases: np.ndarray, rule: str) -> float | None:
    """At which share of the candles `rule` said BUY or SELL."""
    return shown((cases[rule] != 0).mean()) if len(cases) else None


def gain(cases: np.ndarray, rule: str) -> list[float | None]:
    """What following `rule` gained over being always in, with its interval."""
    return told(Months(cases["month"]).followed(cases["move"], cases[rule].astype(np.float64)))
