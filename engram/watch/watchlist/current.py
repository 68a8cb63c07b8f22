"""Whether what is armed was looked at as late as can be; pure."""

from __future__ import annotations

from engram.market.candles import duration
from engram.storage.watch.alert_table import Alert

# What was judged counts until the next candle has been closed for so long: seconds, or this share
# of the candle where that is more (months differ in length).
GRACE, GRACE_SHARE = 300.0, 0.05


def is_current(judged: int, timeframe: str, now: float) -> bool:
    """Whether the candle `judged` (when it opened, ms) is the last closed one, at the time `now`.

    `now` is in seconds since the epoch, by the exchange's clock.
    """
    length = duration(timeframe) or 0.0
    return now <= judged / 1000 + 2 * length + max(GRACE, GRACE_SHARE * length)


def was_looked_at(alert: Alert, since: float, now: float) -> bool:
    """Whether an alert was looked at since that time, or at its last close (s since the epoch)."""
    if alert.is_closed:
        return is_current(alert.looked, alert.timeframe, now)
    return alert.looked_at >= since
