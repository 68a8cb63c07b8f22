"""What people may do in a chat that they share, and how it is said who did something."""

from engram.chat import texts
from engram.core.person import Person


def objection(by: Person | None) -> str:
    """Why `by` may not change things for everybody in the chat; "" for those who may."""
    may = by.may_change() if by else True
    if may is None:
        return texts.ADMINISTRATORS_UNKNOWN
    return "" if may else texts.ADMINISTRATORS_ONLY


def done_by(by: Person | None, text: str) -> str:
    """`text`, which says what was done, with the name of who did it if others read it."""
    return texts.DONE_BY.format(name=by.name, text=text) if by else text
