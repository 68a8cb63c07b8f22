"""For which conversation something is armed, and what is said about it there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engram.chat import texts
from engram.chat.handlers.parts import Parts
from engram.chat.turns.said import Said
from engram.core.errors import StoppedError
from engram.core.events import Finished
from engram.core.stop import Stop
from engram.storage.moves import is_id
from engram.storage.outbox import TERMINAL
from engram.storage.watch.armed import Armed
from engram.watch.arming.reply import Reply
from engram.watch.texts import BY_TEXT


def home(chat: str) -> str:
    """The conversation to which what is armed in `chat` belongs: all of the terminal's are one."""
    return chat if is_id(chat.partition("/")[0]) else TERMINAL


def armed_by(parts: Parts, said: Said) -> Armed:
    """Who arms something by what was `said`."""
    person, name = (said.by.number, said.by.name) if said.by else (0, "")
    identity = parts.desk.identity(said.rows, said.text)
    return Armed(home(said.chat), identity, said.message, person, name)


def shown(parts: Parts, said: Said, reply: Reply) -> Finished:
    """A reply that no later question is about."""
    return Finished(_words(parts, said, reply), "engram", buttons=reply.buttons)


def remembered(parts: Parts, said: Said, reply: Reply) -> Finished:
    """A reply that a later question may be about."""
    return replace(parts.asking.say(said, _words(parts, said, reply)), buttons=reply.buttons)


def _words(parts: Parts, said: Said, reply: Reply) -> str:
    """The text of a reply: with who did it, and the command where there are no buttons.

    What was done by it is known after a crash: that of buttons by what is armed.
    """
    text = texts.done_by(said.by, reply.text) if reply.is_done else reply.text
    if reply.command and home(said.chat) == TERMINAL:
        text += "\n" + BY_TEXT.format(command=reply.command)
    if reply.is_done and not reply.buttons:
        parts.desk.note(said.rows, text)
    return text


def settled(arm: Callable[[], Finished]) -> Finished:
    """What `arm` answers, unless somebody stops it before it has armed anything.

    Once something is armed it is said, whoever stops the answer.
    """
    try:
        return replace(arm(), stop=Stop())
    except StoppedError:
        return Finished(texts.STOPPED, "engram", stopped=True)
