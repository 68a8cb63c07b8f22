"""/digest, /timezone and /watchlist."""

import logging
from collections.abc import Callable
from dataclasses import replace

from engram.chat.digesting import texts, times
from engram.chat.handlers.parts import Events, Parts
from engram.chat.texts import STOPPED, done_by, own_words
from engram.chat.turns.said import Said
from engram.chat.watching.place import home
from engram.core.errors import StoppedError, StoreError
from engram.core.events import Finished, Progress, Stage, TextDelta, TextReset
from engram.core.waits import Waits
from engram.watch.digest.plans import DigestPlans
from engram.watch.texts import IN_MEMORY, UNWRITTEN
from engram.watch.watchlist.texts import NOTHING_WATCHED
from engram.watch.zones import Offered, find

log = logging.getLogger(__name__)


def digest(parts: Parts, said: Said, argument: str) -> Events:
    """Have a digest each day at the time in `argument`, or none; without one say which is set."""
    plans, chat = parts.desk.plans, home(said.chat)
    if not argument:
        return own_words(texts.standing(plans.of(chat)))
    minute = "" if times.is_off(argument) else times.read(argument)
    if minute is None:
        return own_words(texts.unclear_time(argument))
    before = plans.of(chat).plan.minute
    if not minute and not before:
        return own_words(texts.OFF_ALREADY)
    if refused := _refusal(plans, lambda: plans.want(chat, minute)):
        return own_words(refused)
    done = texts.wanted(plans.of(chat)) if minute else texts.OFF.format(minute=before)
    return own_words(done_by(said.by, done))


def timezone(parts: Parts, said: Said, argument: str) -> Events:
    """Have the time zone in `argument` in the conversation; without one say which it is."""
    plans, chat = parts.desk.plans, home(said.chat)
    if not argument:
        return own_words(texts.zone(plans.of(chat)))
    zone = find(argument)
    if isinstance(zone, Offered):
        return own_words(texts.which_zone(argument, zone), texts.zone_buttons(zone))
    if refused := _refusal(plans, lambda: plans.live_in(chat, zone)):
        return own_words(refused)
    return own_words(done_by(said.by, texts.zone(plans.of(chat))))


def watchlist(parts: Parts, said: Said, _argument: str) -> Events:
    """Show what is watched: after five seconds as much as is there, and then the rest."""
    yield Progress(Stage.FETCHING)
    growing, shown = parts.desk.watchlist.read(home(said.chat), stop=said.stop), ""
    try:
        while True:
            step = next(growing)
            if isinstance(step, Waits):
                yield step
                continue
            if shown:
                yield TextReset()
            yield TextDelta(step)
            shown = step
    except StoppedError:
        text = "\n\n".join(filter(None, [shown, STOPPED]))
        yield Finished(text, "engram", markdown=True, stopped=True)
    except StopIteration as end:
        suspended = parts.desk.list.suspended(home(said.chat))
        text = "\n\n".join([end.value or NOTHING_WATCHED, *suspended])
        if end.value:
            yield replace(parts.asking.say(said, text), markdown=True)
        else:
            yield from own_words(text)


def _refusal(plans: DigestPlans, keep: Callable[[], None]) -> str:
    """Have something be kept; returns why that is impossible, or ""."""
    if not plans.is_lasting:
        return IN_MEMORY.format(did="kept")
    try:
        keep()
    except StoreError as err:
        log.warning("a digest or a time zone cannot be kept: %s", err)
        return UNWRITTEN.format(did="kept")
    return ""
