"""Indicators in plain Python, written from their definitions: what TA-Lib has to agree with.

All of them are lists that end with the series and begin where there are values enough.
"""

from itertools import pairwise
from statistics import fmean


def ema(values, period):
    """The mean of the first `period` values, then 2/(period+1) of the way to each next one."""
    averages = [fmean(values[:period])]
    for value in values[period:]:
        averages.append(averages[-1] + 2 / (period + 1) * (value - averages[-1]))
    return averages


def wilder(values, period):
    """Wilder's smoothing: the mean of the first, then 1/period of the way to each next one."""
    averages = [fmean(values[:period])]
    for value in values[period:]:
        averages.append(averages[-1] + (value - averages[-1]) / period)
    return averages


def rsi(close):
    """J. W. Wilder, New Concepts in Technical Trading Systems (1978)."""
    gains = wilder([max(0, after - before) for before, after in pairwise(close)], 14)
    losses = wilder([max(0, before - after) for before, after in pairwise(close)], 14)
    return [100 * up / (up + down) for up, down in zip(gains, losses, strict=True)]


def true_ranges(high, low, close):
    """From the second candle on."""
    triples = zip(high[1:], low[1:], close, strict=False)
    return [max(top, before) - min(bottom, before) for top, bottom, before in triples]


def adx(high, low, close):
    """Wilder's, with his sums: n - 1 values to begin with, each then losing its n-th part."""

    def summed(values):
        sums = [sum(values[:13])]
        for value in values[13:]:
            sums.append(sums[-1] - sums[-1] / 14 + value)
        return sums[1:]

    ups = [after - before for before, after in pairwise(high)]
    downs = [before - after for before, after in pairwise(low)]
    moves = list(zip(ups, downs, strict=True))
    plus = summed([up if up > down and up > 0 else 0 for up, down in moves])
    minus = summed([down if down > up and down > 0 else 0 for up, down in moves])
    ranges = summed(true_ranges(high, low, close))
    shares = [
        100 * abs(up / span - down / span) / (up / span + down / span)
        for up, down, span in zip(plus, minus, ranges, strict=True)
    ]
    return wilder(shares, 14)


def macd(close):
    """The lines of 12/26/9; both averages begin where the slower one can."""
    fast, slow = ema(close[14:], 12), ema(close, 26)
    line = [a - b for a, b in zip(fast, slow, strict=True)]
    return line, ema(line, 9)
