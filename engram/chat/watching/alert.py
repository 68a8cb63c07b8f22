"""/alert, and sentences that ask to be told: what is meant is armed, or asked back."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial

from engram.chat.handlers.parts import Events, Parts
from engram.chat.turns.said import Said
from engram.chat.watching.place import armed_by, home, remembered, settled, shown
from engram.chat.watching.rights import Ended
from engram.core.events import Finished, Progress, Stage
from engram.market.analyst import Analyst
from engram.market.symbols import Topic
from engram.market.words.fold import fold
from engram.watch.arming.reply import Reply
from engram.watch.grammar.figures import UnclearError
from engram.watch.grammar.meaning import words_of
from engram.watch.grammar.wanted import Unclear, Wanted, read_command


def alert(parts: Parts, said: Said, argument: str) -> Events:
    """Arm the alert that is asked for with `argument`."""
    before = partial(parts.spoken.beside, said)
    yield from arm(parts, said, read_command(argument, parts.analyst, before))


def arm(parts: Parts, said: Said, wanted: Wanted | Unclear) -> Events:
    """Arm what is `wanted`, or ask back."""
    if isinstance(wanted, Unclear):
        yield parts.asking.say(said, wanted.question)
        return
    said = parts.spoken.noted(said, Topic((wanted.request,)))
    yield Progress(Stage.FETCHING)
    yield settled(lambda: remembered(parts, said, _armed(parts, said, wanted)))


def with_what_stays(parts: Parts, said: Said, events: Events) -> Events:
    """`events`, and at their end what the message armed before it was edited into a question."""
    stays = parts.desk.alerts.what_stays(home(said.chat), said.message)
    with contextlib.closing(events):
        for event in events:
            if isinstance(event, Finished) and stays and not event.stopped:
                event = replace(event, text=f"{event.text}\n\n{stays}")
            yield event


def _armed(parts: Parts, said: Said, wanted: Wanted) -> Reply:
    by, is_default, check = armed_by(parts, said), not wanted.named_timeframe, said.stop.check
    what = (by, wanted.request, wanted.condition)
    return parts.desk.alerts.arm(*what, is_default=is_default, check=check)


def stands_alone(analyst: Analyst, argument: str) -> bool:
    """Whether the words after /alert mean the same whatever was said before them."""
    try:
        return analyst.names_market(words_of(fold(argument)).rest)
    except UnclearError:
        return True


def again(parts: Parts, said: Said, argument: str) -> Events:
    """Arm the alert of that number anew."""
    meant = Ended.read(argument)
    number = meant.number if meant and meant == Ended(meant.number) else 0
    what = (armed_by(parts, said), number, said.stop.check)
    yield settled(lambda: shown(parts, said, parts.desk.alerts.again(*what)))


def resume(parts: Parts, said: Said, _argument: str) -> Events:
    """Arm anew all that is suspended in the chat."""
    update, stop = armed_by(parts, said).armed_by, said.stop
    what = (home(said.chat), update, lambda: stop.is_requested)
    yield settled(lambda: shown(parts, said, parts.desk.resuming.resume(*what)))
