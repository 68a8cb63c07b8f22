"""What the headers of an answer say about time."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from engram.core.http.headers import retry_after


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", 1.5),
        ("Sun, 22 Nov 2026 09:32:00", 120.0),
        ("Sun, 22 Nov 2026 09:32:00 +99999999999999", None),
        ("Sun, 22 Nov 99999999999999999999 09:32:00 GMT", None),
        ("Sun, 22 Nov 2026 09:32:00 GMT", 120.0),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 0.0),
    ],
)
def test_retry_after(header: str, seconds: float | None) -> None:
    """A server that names a time of day would be asked again at once."""
    date = "Sun, 22 Nov 2026 09:30:00 GMT"
    assert retry_after({"Retry-After": header, "Date": date}) == seconds


def test_retry_after_by_this_machines_clock() -> None:
    """A busy server that tells no time would be asked again too early."""
    then = formatdate(time.time() + 100, usegmt=True)
    assert retry_after({"Retry-After": then}) == pytest.approx(100, abs=2)
