"""What is said about something that was armed, or was not, and the buttons below it."""

from __future__ import annotations

from dataclasses import dataclass

from engram.core.events import Button, Buttons
from engram.storage.watch.alert_table import Alert
from engram.storage.watch.watched_table import Watched

OPEN, AGAIN, CROSS = "📊 Analyze", "🔁", "✖"


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
    return Reply(text, ((Button(CROSS, command),),), command, is_done)


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


def below_firing(alert: Alert) -> Buttons:
    """What can be done about an alert that has fired."""
    # Who waits for a price does not want to see minutes.
    timeframe = f" {alert.timeframe}" if alert.is_closed else ""
    look = Button(OPEN, f"/open {alert.symbol}{timeframe}")
    return ((look, Button(AGAIN, again(alert.number)), Button(CROSS, put_away(alert.number))),)


def below_change(watched: Watched) -> Buttons:
    """What can be done about a market whose signal has changed."""
    look = Button(OPEN, f"/open {watched.symbol} {watched.timeframe}")
    return ((look, Button(CROSS, unwatch(watched.number))),)
