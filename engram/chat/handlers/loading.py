"""Loading models and ejecting them, which is the owner's: by command, by button, where one lacks.

Who may is in the table of commands; these do it.
"""

import contextlib
import time
from collections.abc import Generator
from dataclasses import replace

from engram.chat import texts
from engram.chat.handlers import loading_texts as words
from engram.chat.handlers.models import listed, unclear
from engram.chat.handlers.parts import Events, Parts
from engram.chat.turns.said import Said
from engram.core.errors import ModelInUseError, ResponderError, StoppedError
from engram.core.events import Event, FellBack, Finished, Progress, Stage
from engram.core.model import Model
from engram.core.stop import Stop
from engram.core.waits import Errand, Wakeup, wait
from engram.storage.inbox import with_reply

# How often it is told how far a load is; seconds.
LOOK = 1.0


def load(parts: Parts, said: Said, argument: str) -> Events:
    """Load the model that `argument` names, and say when it is there."""
    model = _named(parts, argument)
    if model is None:
        yield from unclear(parts, said, argument, "models load")
        return
    # Whoever begins again after a crash would load it a second time.
    lost = words.INTERRUPTED.format(model=model.name)
    parts.conversations.note(with_reply(said.rows, lost))
    try:
        seconds = yield from _awaited(parts.servers.load(model), said.stop)
        text = words.loaded(model, seconds)
    except StoppedError:
        yield Finished(words.NOT_WAITED_FOR.format(model=model.name), "engram", stopped=True)
        return
    except ModelInUseError as err:
        text = words.LOADS_FOR_A_QUESTION if err.answers else words.IS_CHANGING
        text = text.format(model=model.name)
    except ResponderError as err:
        text = words.not_loaded(model, str(err))
    yield from _done(parts, said, text)


def load_listed(parts: Parts, said: Said, argument: str) -> Events:
    """The same from the list of models, which is shown again."""
    return _with_list(parts, said, load(parts, said, argument))


def eject(parts: Parts, said: Said, argument: str) -> Events:
    """Eject the model that `argument` names, unless it answers; then show the list again."""
    model = _named(parts, argument)
    if model is None:
        return unclear(parts, said, argument, "models eject")
    return _with_list(parts, said, _eject(parts, said, model))


def _eject(parts: Parts, said: Said, model: Model) -> Events:
    try:
        errand = parts.servers.eject(model)
        text = words.ejected(model, (yield from _awaited(errand, said.stop, shown=False)))
    except ModelInUseError as err:
        text = words.IS_CHANGING.format(model=model.name)
        text = words.answers(model, err.answers) if err.answers else text
    except ResponderError as err:
        text = words.not_ejected(model, str(err))
    yield from _done(parts, said, text)


def offering(events: Events, said: Said) -> Events:
    """`events` of an answer, below which a model is offered that would have to be loaded."""
    unloaded: Model | None = None
    with contextlib.closing(events):
        for event in events:
            if isinstance(event, FellBack):
                unloaded = unloaded or event.unloaded
            elif isinstance(event, Finished) and not event.stopped:
                event = _offered(event, event.unloaded or unloaded, said)
            yield event


def _offered(answer: Finished, model: Model | None, said: Said) -> Finished:
    if model is None:
        return answer
    note, buttons = words.offer(model, is_owner=said.is_owner)
    return replace(answer, text=f"{answer.text}\n\n{note}", buttons=(*answer.buttons, *buttons))


def _named(parts: Parts, argument: str) -> Model | None:
    """The one model that `argument` names."""
    meant = parts.servers.find(argument) if argument else ()
    return meant[0] if len(meant) == 1 else None


def _done(parts: Parts, said: Said, text: str) -> Events:
    text = texts.done_by(said.by, text)
    parts.conversations.note(with_reply(said.rows, text))
    yield from texts.own_words(text)


def _with_list(parts: Parts, said: Said, events: Events) -> Events:
    """`events`, with the list of models below the text that says what was done."""
    with contextlib.closing(events):
        for event in events:
            if isinstance(event, Finished) and not (event.stopped or event.buttons):
                text, buttons = listed(parts, said)
                event = replace(event, text=f"{event.text}\n\n{text}", buttons=buttons)
            yield event


def _awaited(
    errand: Errand, stop: Stop, *, shown: bool = True
) -> Generator[Event, None, float | None]:
    """Wait until `errand` is over, and return its result; how far it is may be `shown`.

    Raises `StoppedError` once `stop` is requested, and what the errand failed of.
    """
    woken = Wakeup()
    errand.calls(woken.set)
    told: Progress | None = None
    with stop.calls(woken.set):
        while not errand.is_over:
            stop.check()
            progress = Progress(Stage.LOADING, errand.fraction)
            if shown and progress != told:
                told = progress
                yield progress
            yield from wait(woken, time.monotonic() + LOOK)
    return errand.result()
