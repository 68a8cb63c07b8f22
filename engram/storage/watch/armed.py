"""Who armed something, and where it is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: The states of an alert, in their order; a watched market is armed or suspended.
ARMED, FIRED, DELIVERED = "armed", "fired", "delivered"
DISARMED, SUSPENDED = "disarmed", "suspended"
# All conversations of a chat: its own, and those of its topics.
OF_CHAT = "(chat = ? OR chat LIKE ? || '/%')"
#: What a column holds, by the type of its field.
KINDS: dict[str, Any] = {
    "str": str, "int": int, "float": float | int, "str | None": str | None,
    "int | None": int | None, "float | None": float | int | None,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Armed:
    """Who armed something, and where: what alerts and watched markets have in common.

    `chat` is the key of the conversation. `armed_by` is the identity of the update that armed it,
    `message` the message, and `person` with `name` who wrote it, where several may; 0 and "" where
    nobody else is.
    """

    chat: str
    armed_by: str
    message: int | None = None
    person: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A market on one exchange, by its id in ccxt, and a timeframe."""

    exchange: str
    symbol: str
    timeframe: str


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be looked at: prices at a place, or its candles once they have closed."""

    place: Place
    is_closed: bool
