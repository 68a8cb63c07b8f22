"""`Sight`: what becomes of pictures on their way to a model that may not be able to look."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from engram.core.attachments import Image, Picture
from engram.core.errors import BlindError, ResponderError
from engram.core.events import Finished, Question
from engram.core.model import Model
from engram.llm.abilities.blindness import is_blindness, is_unexplained, names_pictures
from engram.llm.abilities.lacking import Lacking

log = logging.getLogger(__name__)

# What `Lacking` calls them.
PICTURES = "pictures"
# What a model reads in place of a picture that it would have been shown.
GONE = "[a picture that is not to be had any more]"


class Sight:
    """A question's pictures, as far as the model that is asked can look at them.

    What turns out is noted in `lacking`.
    """

    def __init__(self, lacking: Lacking) -> None:
        self._lacking = lacking
        self._model = Model("")
        self._is_shown = self._is_closed = self._is_doubted = False
        self._has_old = self._nothing_left = False
        self._shows_old = True
        #: Whether something else is asked, because the model cannot see what the question shows.
        self.blind = False

    def of(self, question: Question, model: Model) -> Question:
        """What to ask `model`: `question`, without the pictures that it is known not to see.

        Raises `BlindError` where nothing is left to ask then.
        """
        self._model = model
        self._has_old = any(turn.pictures for turn in question.history)
        self._is_shown = bool(question.pictures) or self._has_old
        self._nothing_left = bool(question.pictures) and not question.blind
        if not self._is_closed and can_look(model, self._lacking) is not False:
            return question if self._shows_old else without_old(question)
        self._is_shown = False
        unseen = replace(without_old(question), pictures=())
        if not question.pictures:
            return unseen
        if self._nothing_left:
            raise BlindError("its model cannot look at pictures")
        self.blind = True
        return replace(unseen, prompt=question.blind)

    def refused(self, err: ResponderError) -> bool:
        """Whether `err` refuses the pictures; the model is asked without them from now on.

        Also the next questions, if it says that it never takes any.
        """
        if not self._is_shown or not names_pictures(err, self._model.key):
            return False
        log.info("%s is asked with fewer pictures, or without: %s", self._model.key, err)
        if is_blindness(err):
            self._lacking.note(self._model.key, PICTURES)
        elif self._has_old and self._shows_old:
            self._shows_old = False
            return True
        self._is_closed = True
        return True

    def doubted(self, err: ResponderError, speak: Callable[[], object]) -> bool:
        """Whether `err` may come of the pictures; the model is asked without them to find out.

        Where nothing is left to ask then, `speak` has it say a word, or raises.
        """
        if not self._is_shown or not is_unexplained(err):
            return False
        self._is_closed = self._is_doubted = True
        if self._nothing_left:
            try:
                speak()
            except ResponderError:
                return False
            self._found_out()
        return True

    def _found_out(self) -> None:
        """Note that what was refused with pictures was answered without."""
        # Where the list says that it can look, it may have been this picture.
        if self._is_doubted and self._model.vision is None:
            log.info(
                "%s is asked without pictures: it refuses a question with one", self._model.key
            )
            self._lacking.note(self._model.key, PICTURES)

    def judged(self, finished: Finished) -> Finished:
        """The answer, with what it is an answer to."""
        self._found_out()
        return replace(finished, blind=self.blind)


def can_look(model: Model, lacking: Lacking) -> bool | None:
    """Whether `model` can look at pictures, as far as it is known; None where it is not."""
    return False if lacking.has(model.key, PICTURES) else model.vision


def without_old(question: Question) -> Question:
    """`question` without the pictures that were shown before it, also in its thread."""
    if not any(turn.pictures for turn in question.history):
        return question
    history = tuple(replace(turn, pictures=()) for turn in question.history)
    return replace(question, history=history, thread=None)


def shown(
    text: str, pictures: Iterable[Picture], content: Callable[[str, Sequence[Image]], Any]
) -> Any:
    """`text` with `pictures`, as `content` puts them; the text alone where there are none.

    They are loaded here, which may take seconds. The text tells of those that are gone.
    """
    loaded = [picture.load() for picture in pictures]
    images = [image for image in loaded if image]
    text = "\n\n".join([text, *[GONE] * (len(loaded) - len(images))])
    return content(text, images) if images else text
