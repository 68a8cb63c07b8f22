"""Who may end what was armed, by a command or a button."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engram.chat import texts
from engram.chat.handlers.parts import Parts
from engram.chat.watching.place import home
from engram.core.person import Person
from engram.watch.texts import NO_ALERT, NOT_YOURS

_NUMBER = re.compile(
    r"#?(?P<watched>w)?(?P<number>\d{1,15})(?:\s+(?:(?P<page>\d{1,3})|(?P<told>told)))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Ended:
    """What is to be ended: the alert or the watched market of that number.

    `page` is the one of the list from which it was asked for, 0 for none; `is_told` tells that it
    was the message by which the alert has fired.
    """

    number: int
    is_watched: bool = False
    page: int = 0
    is_told: bool = False

    @classmethod
    def read(cls, argument: str) -> Ended | None:
        """Read the words after /disarm; None if they have no number."""
        found = _NUMBER.fullmatch(argument.strip())
        if not found:
            return None
        watched, told = bool(found["watched"]), bool(found["told"])
        return cls(int(found["number"]), watched, int(found["page"] or 0), told)


def may_end(by: Person | None, person: int) -> str:
    """Why `by` may not end what that `person` armed; "" for those who may. May take a request."""
    if by is None or by.number == person:
        return ""
    leads = by.leads()
    if leads:
        return ""
    return texts.ADMINISTRATORS_UNKNOWN if leads is None else NOT_YOURS


def objection(parts: Parts, chat: str, by: Person | None, argument: str) -> str:
    """Why `by` may not have /disarm with `argument` in the conversation; "" for those who may."""
    asked = Ended.read(argument)
    if asked is None:
        return NO_ALERT
    desk = parts.desk
    found = desk.watched if asked.is_watched else desk.alerts
    armed = found.numbered(home(chat), asked.number)
    return NO_ALERT if armed is None else may_end(by, armed.person)
