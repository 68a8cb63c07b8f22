"""What is said about something that was armed, or was not."""

from __future__ import annotations

from dataclasses import dataclass

from engram.core.events import Button, Buttons


@dataclass(frozen=True, slots=True)
class Reply:
    """A text with its buttons.

    `command` is what to send in place of the first button, where there are no buttons. `is_done`
    tells that it changed something.
    """

    text: str
    buttons: Buttons = ()
    command: str = ""
    is_done: bool = False


def with_cross(text: str, command: str, *, is_done: bool = True) -> Reply:
    """`text` with a ✖ that takes back what it tells of, by `command`."""
    return Reply(text, ((Button("✖", command),),), command, is_done)


def disarm(number: int) -> str:
    """The command that disarms an alert."""
    return f"/disarm {number}"


def put_away(number: int) -> str:
    """The command that takes the buttons off the message by which an alert has fired."""
    return f"/disarm {number} told"


def again(number: int) -> str:
    """The command that arms an alert anew after it has fired."""
    return f"/again {number}"


def unwatch(number: int) -> str:
    """The command that ends a watched market."""
    return f"/disarm w{number}"
