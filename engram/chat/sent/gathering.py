"""Brings what came with a message, while others are answered."""

import logging
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from engram.chat.attachments.opening import Document
from engram.chat.sent import words
from engram.chat.sent.album import Album
from engram.core.attachments import Attachment, Files, Picture, Sent
from engram.core.errors import AttachmentError, StoppedError
from engram.core.events import Event, Progress, Stage
from engram.core.stop import Stop
from engram.core.waits import Wakeup, wait

log = logging.getLogger(__name__)

T = TypeVar("T")

# So many pictures, and so many files, of one message are looked at.
MOST = 4
# So many of one message are brought at once: one whose downloads hang leaves threads to others.
AT_ONCE = 2
# How long (s) a person waits for them: downloads end before, unless many are in the line.
PATIENCE = 90.0


@dataclass(frozen=True, slots=True)
class Brought:
    """What came with a message, opened; `problems` say, in sentences, what was not.

    `is_lacking` tells that something could not be.
    """

    pictures: tuple[Picture, ...] = ()
    documents: tuple[Document, ...] = ()
    problems: tuple[str, ...] = ()
    is_lacking: bool = False

    def __bool__(self) -> bool:
        return bool(self.pictures or self.documents)


class _Expected(Generic[T]):
    """What one of the threads opens: its result, or a sentence that says why there is none."""

    def __init__(self, attachment: Attachment, bring: Callable[[], T]) -> None:
        self._name = words.name_of(attachment)
        self._bring = bring
        self.woken = Wakeup()
        self.result: T | None = None
        self.problem = words.LATE.format(name=self._name)

    def work(self) -> None:
        """Open it; never raises."""
        try:
            self.result, self.problem = self._bring(), ""
        except AttachmentError as err:
            self.problem = words.NOTE.format(note=err)
        except StoppedError:
            log.info("nobody waits any more for what was sent")
        except Exception:
            log.exception("what was sent cannot be opened")
            self.problem = words.FAILED.format(name=self._name)
        finally:
            self.woken.set()


def gather(album: Album, sent: Sent, stop: Stop) -> Generator[Event, None, Brought]:
    """Bring all that was `sent`; raises `StoppedError` once `stop` is requested."""
    if not sent.attachments or sent.files is None:
        return Brought()
    yield Progress(Stage.OPENING)
    shown = [one for one in sent.attachments if one.is_picture]
    others = [one for one in sent.attachments if not one.is_picture]
    pictures = _expected(album.picture, shown, sent.files, stop)
    documents = _expected(album.document, others, sent.files, stop)
    expected: list[_Expected[Any]] = [*pictures, *documents]
    for one in expected[:AT_ONCE]:
        album.begin(one.work)
    until = time.monotonic() + PATIENCE
    for number, one in enumerate(expected, AT_ONCE):
        # Whoever stops the answer waits for no download.
        with stop.calls(one.woken.set):
            yield from wait(one.woken, until)
        stop.check()
        # What comes too late by now is not begun.
        if one.woken.is_set():
            for later in expected[number : number + 1]:
                album.begin(later.work)
    problems = [one.problem for one in expected]
    problems += [words.FIRST_ONES.format(most=MOST)] * (max(len(shown), len(others)) > MOST)
    return Brought(
        tuple(one.result for one in pictures if one.result),
        tuple(one.result for one in documents if one.result),
        tuple(filter(None, problems)),
        is_lacking=any(one.problem for one in expected),
    )


def _expected(
    bring: Callable[[Attachment, Files, Stop], T],
    attachments: Sequence[Attachment],
    files: Files,
    stop: Stop,
) -> list[_Expected[T]]:
    return [_Expected(one, partial(bring, one, files, stop)) for one in attachments[:MOST]]
