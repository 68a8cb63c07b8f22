"""What the first edition said of BUY and SELL, against what came true."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tests.study.counts import Months, Results, shown, told
from tests.study.walk import CONFIDENCES

# What the first edition stated, in shares.
STATED = (0.0, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 1.01)


def directed(cases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """BUY and SELL for which the first edition stated a rate, and whether they came true."""
    part = cases[(cases["signal"] != 0) & np.isfinite(cases["stated"])]
    return part, (np.sign(part["move"]) == part["signal"]).astype(np.float64)


def stated(cases: np.ndarray) -> Results:
    """What the first edition stated of BUY and SELL, against what came true."""
    part, true = directed(cases)
    months, rate = Months(part["month"]), part["stated"].astype(np.float64)
    bins = []
    for low, high in pairwise(STATED):
        mine = (rate >= low) & (rate < high)
        if mine.any():
            bins.append(
                {"stated": shown(rate[mine].mean()), "cases": int(mine.sum())}
                | {"true": told(months.mean(true, mine))}
            )
    return {
        "cases": len(part),
        "bins": bins,
        "slope": shown(np.polyfit(rate, true, 1)[0]) if len(np.unique(rate)) > 1 else None,
        "brier": shown(((rate - true) ** 2).mean()) if len(rate) else None,
    }


def labels(cases: np.ndarray) -> list[Results]:
    """How often the first edition gave each confidence on 1h, and what came true of it."""
    hours = cases[cases["timeframe"] == "1h"]
    part, true = directed(cases)
    months = Months(part["month"])
    return [
        {
            "label": confidence.value,
            "given": shown((hours["earned"] == number).mean()) if len(hours) else None,
            "true": told(months.mean(true, part["earned"] == number)),
        }
        for number, confidence in enumerate(CONFIDENCES)
    ]
