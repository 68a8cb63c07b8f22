"""/stop, /new and /status: what concerns a conversation and the bot, and no market."""

import time

from engram.chat import model_texts, texts
from engram.chat.handlers.parts import Events, Parts
from engram.chat.turns.said import Said
from engram.core.person import Person
from engram.core.stop import Stops
from engram.storage.inbox import with_reply

DAY = 86_400.0


def stop_for(stops: Stops, chat: str, by: Person | None) -> str:
    """End what `by` may end: the own answers, and everybody's if `by` leads.

    Returns what to say about it.
    """
    ended = stops.request(chat, by.number if by else None)
    if by and stops.any_left(chat):
        leads = by.leads()
        if leads:
            ended = stops.request(chat)
        elif not ended:
            return texts.ADMINISTRATORS_UNKNOWN if leads is None else texts.NOT_YOURS_TO_STOP
    return texts.STOPPING if ended else texts.NOTHING_TO_STOP


def stop(parts: Parts, said: Said, _argument: str) -> Events:
    """End the answers in progress."""
    return texts.own_words(stop_for(parts.stops, said.chat, said.by))


def new(parts: Parts, said: Said, _argument: str) -> Events:
    """Forget the conversation."""
    done = texts.done_by(said.by, texts.FORGOTTEN)
    forgotten = parts.conversations.begin_anew(said.chat, with_reply(said.rows, done))
    return texts.own_words(done if forgotten else texts.NOT_FORGOTTEN)


def status(parts: Parts, said: Said, _argument: str) -> Events:
    """Say how the model server is doing, and how the last day went."""
    since = time.time() - DAY
    rates, pace = parts.statistics.rates(since), parts.statistics.pace(since)
    up = time.monotonic() - parts.began
    chosen = parts.conversations.model(said.chat)
    now, waiting = parts.servers.status(), parts.waiting()
    return texts.own_words(model_texts.status(now, rates, pace, up, waiting, chosen))
