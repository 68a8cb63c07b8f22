"""The ledger as a file of comma-separated values; pure.

A text that a spreadsheet would take for a formula begins with an apostrophe, as the OWASP
recommends: https://owasp.org/www-community/attacks/CSV_Injection.
"""

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timezone

from engram.storage.watch.ledger_table import LedgerRow

HEADER = (
    "exchange", "symbol", "timeframe", "candle", "source", "signal", "confidence", "price",
    "horizon", "typical_move", "chance", "shown_at", "due", "state", "judged_price", "judged_at",
    "move", "came_true",
)  # fmt: skip
FORMULA = tuple("=+-@\t\r＝＋－＠")


def as_csv(rows: Iterable[LedgerRow]) -> tuple[str, int]:
    """`rows` below a header, and how many they are; times are ISO 8601 in UTC.

    `candle` is when the last closed candle opened. What is not known is empty.
    """
    text, count = io.StringIO(), 0
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow(_cells(row))
        count += 1
    return text.getvalue(), count


def _cells(row: LedgerRow) -> tuple[object, ...]:
    return (
        *map(_text, (row.exchange, row.symbol, row.timeframe)),
        _time(row.candle / 1000),
        *map(_text, (row.source, row.signal, row.confidence)),
        row.price,
        row.horizon,
        row.typical,
        row.chance,
        _time(row.at),
        _time(row.due),
        row.state,
        row.judged_price,
        _time(row.judged_at),
        row.move and round(row.move, 9),
        row.came_true,
    )


def _text(text: str) -> str:
    """`text` as a cell that no spreadsheet computes."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    try:
        moment = datetime.fromtimestamp(int(seconds), timezone.utc)
    except (ValueError, OverflowError, OSError):
        # A clock, or an exchange, was out of its mind: no calendar has such a day.
        return ""
    return moment.isoformat().replace("+00:00", "Z")
