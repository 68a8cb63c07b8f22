"""Brings earlier pictures of a conversation before a question about them takes a place in line.

They may have to be downloaded again, which takes half a minute where that hangs: meanwhile the
server answers others, and no thread waits.
"""

import contextlib
import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

from engram.core.attachments import Image, Picture
from engram.core.crew import Crew
from engram.core.errors import EngramError
from engram.core.events import Event, Progress, Question, Stage, Turn
from engram.core.waits import Wakeup, wait

# How long (s) a question waits for its pictures; what comes later it is asked without.
PATIENCE = 60.0
# So many are brought at once.
THREADS = 8

Shows = TypeVar("Shows", Question, Turn)


class AwayError(EngramError):
    """Before the question can be asked, these `pictures` have to be brought."""

    def __init__(self, pictures: Iterable[Picture]) -> None:
        super().__init__("its pictures have to be brought first")
        self.pictures = tuple(pictures)


class Bringer:
    """Has a few threads bring pictures; for several threads."""

    def __init__(self) -> None:
        self._crew = Crew("pictures", THREADS)

    def with_pictures(
        self, question: Question, pictures: Iterable[Picture]
    ) -> Generator[Event, None, Question]:
        """`question` with these of its `pictures` at hand; raises `StoppedError`.

        What is not to be had any more, or comes too late, is known to be gone from then on.
        """
        away = list({picture.ref: _Awaited(picture) for picture in pictures}.values())
        if not away:
            return question
        yield Progress(Stage.OPENING)
        for one in away:
            self._crew.add(one.bring)
        until = time.monotonic() + PATIENCE
        for one in away:
            with question.stop.calls(one.woken.set):
                yield from wait(one.woken, until)
            question.stop.check()
        images = {one.picture.ref: one.image for one in away}
        history = tuple(_shows(turn, images) for turn in question.history)
        return _shows(replace(question, history=history), images)


class _Awaited:
    """A picture that one of the threads brings."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.woken = Wakeup()
        self.image: Image | None = None

    def bring(self) -> None:
        """Have it at hand; never raises."""
        try:
            # Whoever stopped the answer knows why there is none.
            with contextlib.suppress(EngramError):
                self.image = self.picture.load()
        finally:
            self.woken.set()


def _shows(shows: Shows, images: Mapping[str, Image | None]) -> Shows:
    return replace(shows, pictures=tuple(_at_hand(one, images) for one in shows.pictures))


def _at_hand(picture: Picture, images: Mapping[str, Image | None]) -> Picture:
    if picture.ref not in images:
        return picture
    return replace(picture, load=partial(images.get, picture.ref), is_at_hand=True)
