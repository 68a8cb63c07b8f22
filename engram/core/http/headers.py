"""What the headers of an HTTP answer say about time."""

import re
import time
from collections.abc import Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asks to wait (RFC 9110, 10.2.3); None if it does not ask.

    A time of day is compared with the server's own clock if it tells the time.
    """
    value = headers.get("Retry-After", "")
    if re.fullmatch(r"\d+(\.\d+)?", value, re.ASCII):
        return float(value[:9])
    until, now = http_date(value), http_date(headers.get("Date", ""))
    return None if until is None else max(0.0, until - (time.time() if now is None else now))


def http_date(header: str) -> float | None:
    """An HTTP date (RFC 9110, 5.6.7) in seconds since the epoch; None if `header` is not one."""
    try:
        date = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()
