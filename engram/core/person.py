"""Somebody who speaks in a chat of several people, as far as the answer depends on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

#: Asks whether somebody may do something; None: that cannot be found out right now.
Asks: TypeAlias = Callable[[], bool | None]


@dataclass(frozen=True, slots=True)
class Person:
    """One of several people: `number` tells them apart, `name` is for the others to read.

    `leads` asks whether this is an administrator or the owner, `may_change` whether they may use
    what changes things for the others. Both may take as long as a request does.
    """

    number: int
    name: str
    leads: Asks = field(compare=False)
    may_change: Asks = field(compare=False)
