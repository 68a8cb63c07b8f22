"""`Fitting`: what is asked of a model whose context turns out to be too small for a question."""

import logging
from dataclasses import replace

from engram.core.answer_so_far import AnswerSoFar
from engram.core.errors import QuestionError, ResponderError, TooLongError
from engram.core.events import Finished, Question
from engram.core.model import Model
from engram.core.usage import Usage
from engram.llm.abilities.lacking import Lacking
from engram.llm.abilities.sight import Sight, without_old
from engram.llm.answer.answer_text import WORTH_KEEPING, AnswerText
from engram.llm.context.enclosed import MARK, first_of, left_out
from engram.llm.context.length import Context
from engram.llm.refusals import is_about_model

log = logging.getLogger(__name__)

# What is shorter tells nothing of a file; characters.
LEAST_ENCLOSED = 200


class Fitting:
    """A question on its way into the context of a model at `server`.

    It takes along less of what was said before each time that it turns out to be too long.
    """

    def __init__(self, question: Question, server: str, lacking: Lacking) -> None:
        self.question = self._whole = question
        self._enclosed = question.enclosed
        self.sight, self._lacking = Sight(lacking), lacking
        self._server = server
        self._overflows = 0
        self._context = Context()
        #: The model that was asked first, and would have to be loaded.
        self.unloaded: Model | None = None
        #: What is on screen of the answer to what was asked last.
        self.so_far = AnswerSoFar()

    def into(self, context: Context, model: Model) -> Question:
        """What to ask `model`, as far as is known now.

        Raises `BlindError` where that is nothing but pictures, and it cannot look at them.
        """
        self._context, self.so_far = context, AnswerSoFar()
        # What is left out for one model may fit into the next.
        question = replace(self.question, enclosed=self._enclosed)
        self.question = context.fitted(self.sight.of(question, model), self._server)
        return self.question

    def judged(self, finished: Finished, answer: AnswerText) -> Finished:
        """The answer as people read it; notes what it tells of the context.

        Raises `TooLongError` if it was cut after a few words and less can be asked.
        """
        finished = self.sight.judged(replace(finished, unloaded=self.unloaded))
        context, usage = self._context, answer.usage or Usage()
        estimate, shown = context.estimate(self.question), context.in_pictures(self.question)
        full, cut = context.is_full(usage), answer.ran_out
        if full or cut:
            context.cut(estimate, usage)
        context.answered(estimate, usage, shown)
        unread = left_out(self._whole.enclosed, self.question.enclosed)
        cost = replace(finished.usage, context=context.known)
        finished = replace(finished, unread=unread, usage=cost)
        if finished.thread:
            said = usage.written or context.tokens(finished.text)
            context.keep(finished.thread, (usage.read or estimate) + said)
        if not (full or cut):
            return finished
        if len(finished.text) < WORTH_KEEPING and (full or not context.limited_otherwise):
            if self._lighter():
                raise TooLongError("its answer was cut after a few words")
            context.limited_otherwise = not full
        return replace(finished, cut_short=True, context=context.known if full else 0)

    def lightened(self, err: ResponderError, answer: AnswerText) -> bool:
        """Whether `err` came of too long a question, of which less is left to ask now.

        Raises `TooLongError` when nothing can be left out, or when so much is on screen that it
        stands as the answer.
        """
        context, full = self._context, self._context.is_full(answer.usage or Usage())
        said_so = isinstance(err, TooLongError)
        # A model that had room for nothing but thoughts may have more to say to less.
        if not (said_so or full or (answer.ran_out and not answer.usage)):
            return False
        if not full:
            figures = (err.context, err.counted) if isinstance(err, TooLongError) else (0, 0)
            estimate, shown = context.estimate(self.question), context.in_pictures(self.question)
            context.overflowed(estimate, *figures, shown)
        self._overflows += 1
        less = self._lighter() if self.so_far.length < WORTH_KEEPING else None
        if less is None:
            if not (said_so or full):
                return False
            raise TooLongError(str(err), context.known) from err
        log.info("%s: %s: asked with less of what was said before", self._server, err)
        self.question, self._enclosed = less, less.enclosed
        return True

    def freed(self, err: ResponderError, *, chosen: bool) -> bool:
        """Whether to ask the configured model now, because the `chosen` one refused with `err`."""
        if not chosen or not (isinstance(err, QuestionError) or is_about_model(str(err))):
            return False
        log.warning("%s: %s: the configured model is asked", self.question.model, err)
        self.question = replace(self._whole, model="")
        self._enclosed = self._whole.enclosed
        self.sight = Sight(self._lacking)
        return True

    def _lighter(self) -> Question | None:
        """Less to ask; None when nothing can go.

        Without the pictures that were shown before, with half the history, then with none, with
        half of what is enclosed, and again; at last the short prompt.
        """
        question = self.question
        if (without := without_old(question)) is not question:
            return without
        if question.history:
            kept = len(question.history) // 2 if self._overflows <= 1 else 0
            history = question.history[len(question.history) - kept :]
            return replace(question, thread=None, history=history)
        if question.thread:
            return replace(question, thread=None)
        if question.enclosed not in ("", MARK):
            half = len(question.enclosed) // 2
            most = half if half >= LEAST_ENCLOSED else 0
            return replace(question, enclosed=first_of(question.enclosed, most))
        if question.brief:
            return replace(question, prompt=question.brief, brief="")
        return None
