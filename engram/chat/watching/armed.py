"""/alerts, and /disarm with the buttons below alerts and watched markets."""

from __future__ import annotations

from engram.chat.handlers.parts import Events, Parts
from engram.chat.turns.said import Said
from engram.chat.watching.place import home, shown
from engram.chat.watching.rights import Ended
from engram.storage.outbox import TERMINAL
from engram.watch.arming.reply import Reply
from engram.watch.texts import NO_ALERT


def alerts(parts: Parts, said: Said, argument: str) -> Events:
    """List what is armed in the chat, by pages where they can be turned."""
    page = int(argument) if argument.isascii() and argument.isdigit() and len(argument) < 4 else 1
    chat = home(said.chat)
    listed = parts.desk.list.page(chat, page, is_whole=chat == TERMINAL)
    yield shown(parts, said, listed)


def disarm(parts: Parts, said: Said, argument: str) -> Events:
    """Disarm an alert, or end a watched market, and show what is left where that was on screen."""
    yield shown(parts, said, _disarmed(parts, home(said.chat), Ended.read(argument)))


def _disarmed(parts: Parts, chat: str, asked: Ended | None) -> Reply:
    if asked is None:
        return Reply(NO_ALERT)
    if asked.is_watched:
        return parts.desk.watched.end(chat, asked.number)
    reply = parts.desk.alerts.disarm(chat, asked.number, is_told=asked.is_told)
    return parts.desk.list.page(chat, asked.page) if asked.page else reply
