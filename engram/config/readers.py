"""How the text of one configuration value is read; pure.

Each reader takes the text from the file and returns the value, or raises `ValueError` with the
words that complete the sentence "... must be".
"""

import re
from collections.abc import Callable
from configparser import ConfigParser
from typing import TypeVar
from urllib.parse import urlsplit

from engram.core.formats import did_you_mean

T = TypeVar("T")


def number(low: float, high: float) -> Callable[[str], float]:
    """Read a number from `low` to `high`."""

    def read(raw: str) -> float:
        try:
            value = float(raw)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise ValueError(f"a number from {low:g} to {high:g}")
        return value

    return read


def whole(low: int, high: int) -> Callable[[str], int]:
    """Read a whole number from `low` to `high`."""

    def read(raw: str) -> int:
        if not re.fullmatch(r"\d{1,9}", raw, re.ASCII) or not low <= int(raw) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(raw)

    return read


def zero_or(reader: Callable[[str], int]) -> Callable[[str], int]:
    """Read 0, or what `reader` reads."""

    def read(raw: str) -> int:
        try:
            return 0 if raw == "0" else reader(raw)
        except ValueError as err:
            raise ValueError(f"0 or {err}") from err

    return read


def yes_or_no(raw: str) -> bool:
    """Read yes or no, as people write it in such files."""
    states = ConfigParser.BOOLEAN_STATES
    if raw.casefold() not in states:
        raise ValueError("yes or no")
    return states[raw.casefold()]


def choice(*allowed: str) -> Callable[[str], str]:
    """Read one of the words `allowed`, in capitals or not."""

    def read(raw: str) -> str:
        for word in allowed:
            if raw.casefold() == word.casefold():
                return word
        raise ValueError(f"one of {', '.join(allowed)}{did_you_mean(raw, allowed)}")

    return read


def matching(pattern: str, what: str) -> Callable[[str], str]:
    """Read text of the form `pattern`, a regular expression; `what` says that in words."""

    def read(raw: str) -> str:
        if not re.fullmatch(pattern, raw):
            raise ValueError(what)
        return raw

    return read


def listed(
    read_one: Callable[[str], T], *, may_be_empty: bool = True, most: int = 100
) -> Callable[[str], tuple[T, ...]]:
    """Read a comma-separated list of different items, each by `read_one`; `most` is their number.

    Each server or exchange of a list is asked, and a line would name them all.
    """

    def read(raw: str) -> tuple[T, ...]:
        parts = items(raw)
        if len(parts) > most:
            raise ValueError(f"a list of at most {most:,}")
        values = tuple(map(read_one, parts))
        if len(set(values)) < len(values):
            raise ValueError("a list without repetitions")
        if not values and not may_be_empty:
            raise ValueError("at least one, comma-separated")
        return values

    return read


def url(raw: str) -> str:
    """Read the address of a server; a slash at its end is dropped."""
    try:
        parts = urlsplit(raw)
        proper = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        proper = False
    if not proper or re.search(r"\s", raw):
        raise ValueError("an address like http://localhost:1234")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("an address without user, password, ? and #; secrets belong in .env")
    return raw.rstrip("/")


def server_url(raw: str) -> str:
    """Read the address of an LM Studio server: scheme, host and port."""
    base = url(raw)
    if re.search(r"/v\d+(/.*)?$", urlsplit(base).path):
        raise ValueError(f"the address alone, without {urlsplit(base).path}")
    return base


def optional(read_some: Callable[[str], str]) -> Callable[[str], str]:
    """Read by `read_some`, or nothing."""
    return lambda raw: read_some(raw) if raw else ""


def items(raw: str) -> list[str]:
    """The parts of a comma-separated text."""
    return [part.strip() for part in raw.split(",") if part.strip()]
