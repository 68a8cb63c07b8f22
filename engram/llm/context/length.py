"""How much a model reads at once: its context, what a question takes of it, what is left out."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from engram.core.events import Question, ServerThread, Turn
from engram.core.lru import LRUCache
from engram.core.model import Model
from engram.core.usage import Usage
from engram.llm.abilities.sight import without_old
from engram.llm.context.enclosed import as_many
from engram.llm.context.window import first_kept, middle_out
from engram.llm.reading import SMALLEST

# Tokens, where nothing is known: what LM Studio loads a model with.
ASSUMED = 4096
# What an answer finds free: a quarter of the context, within these bounds. Tokens.
LEAST_FREE, MOST_FREE = 256, 2048
# A template's words around each message. Tokens.
AROUND = 8
# Characters that tokens hold three of; of all others, digits among them, each is one.
_SPARSE = re.compile(r"[\x00-/:-\x7f\u00a0-\u024f]+")
# Short prompts are mostly template; tokens.
TELLING = 200
LEAST_FACTOR, MOST_FACTOR = 0.7, 4.0
LEAST_SHOWN = 0.1
# By which steps a long turn is cut.
STEP = 0.8
# Conversations at the server whose length is remembered.
THREADS = 1000


class Context:
    """The context of one model at one server, in tokens.

    What errors and answers tell counts more than the server's list, until the list changes.
    Estimates are corrected by what the server has counted.
    """

    def __init__(self) -> None:
        self._listed = 0
        self._told = 0
        self._seen = 0
        self._shrunk = 0.0
        self._factor = self._picture_factor = 1.0
        self._cut_at = (0, 0, 0.0)
        #: Whether answers are cut by another limit than this.
        self.limited_otherwise = False
        self._threads: LRUCache[str, int] = LRUCache(THREADS)

    @property
    def known(self) -> int:
        """How many tokens it holds, 0 when nobody has told."""
        return self._told or self._listed

    @property
    def size(self) -> int:
        """How many tokens it is taken to hold."""
        size = max(self.known or ASSUMED, self._seen)
        return min(size, int(self._shrunk)) if self._shrunk else size

    @property
    def room(self) -> int:
        """How many tokens a prompt may have, so that enough are left for the answer."""
        return self.size - min(max(self.size // 4, LEAST_FREE), MOST_FREE)

    def tokens(self, *texts: str) -> int:
        """How many tokens `texts` will be, each in a message of its own, rather more than less."""
        return int(sum(map(_tokens, texts)) * self._factor) + 1

    def listed(self, size: int) -> None:
        """Note what the server's list says; 0 when it does not."""
        if size and size != self._listed:
            self._listed, self._told, self._seen, self._shrunk = size, 0, 0, 0.0

    def overflowed(self, estimate: int, limit: int, counted: int, shown: int = 0) -> None:
        """Note that a prompt of `estimate` tokens, `shown` of them in pictures, was too long.

        The server said that it holds `limit`, and that the prompt has `counted`; 0 if it did not.
        """
        self._seen = 0
        if limit:
            self._told, self._shrunk = limit, 0.0
        if estimate and counted > estimate:
            self._correct(estimate, counted, shown)
        elif not limit or estimate < limit:
            # Not to less than many models have: another chat's overflow may have hit this one.
            self._shrunk = max(estimate * 0.9, min(self.size * 0.75, ASSUMED / 2))

    def answered(self, estimate: int, usage: Usage, shown: int = 0) -> None:
        """Note what was counted for an answer to a prompt of `estimate` tokens.

        So many of them are those of the pictures that were `shown`.
        """
        self._seen = max(self._seen, usage.read + usage.written)
        self._shrunk *= 1.05
        if estimate >= TELLING and usage.read:
            self._correct(estimate, usage.read, shown)

    def is_full(self, usage: Usage) -> bool:
        """Whether prompt and answer fill it."""
        return bool(self.known) and abs(usage.read + usage.written - self.known) <= AROUND

    def cut(self, estimate: int, usage: Usage) -> None:
        """Note that an answer to a prompt of `estimate` tokens ran out of tokens.

        Two unlike prompts whose answers end at the same number of tokens in all tell the length,
        also where the server's list says another one.
        """
        total, weight = usage.read + usage.written, estimate / self._factor
        before, read, like = self._cut_at
        # A server may have read no more than a part of both. Estimates are rounded.
        unlike = usage.read != read or abs(weight - like) > like / 10
        if unlike and total == before >= SMALLEST and not self.is_full(usage):
            self._told = total
        self._cut_at = (total, usage.read, weight)

    def fitted(self, question: Question, server: str) -> Question:
        """`question` to the server at `server` without so many of its oldest turns that it fits.

        They are left out in blocks: what comes after them stays the beginning of several prompts,
        which a server that keeps what it has read need not read again. A turn takes half of the
        room at most: of a long paste its beginning and end are remembered. Pictures that were shown
        before go first. Of enclosed files the beginning is left that fits with the question alone.
        """
        question = self._shortened(question)
        fixed = self._fixed(question)
        if thread := question.thread:
            if thread.server == server:
                held, unseen = self._held(thread, question.history)
                if held + sum(unseen) + fixed <= self.room:
                    return question
            question = replace(question, thread=None)
        left = self.room - fixed
        turns = [*map(self._turn, question.history)]
        if sum(turns) > left:
            question = without_old(question)
            turns = [*map(self._turn, question.history)]
        history = question.history
        weights = [_tokens(turn.question) + _tokens(turn.answer) for turn in history]
        return replace(question, history=history[first_kept(weights, turns, self.room, left) :])

    def estimate(self, question: Question) -> int:
        """How many tokens the model will read for `question`, which is `fitted`."""
        thread, history = question.thread, question.history
        held, turns = self._held(thread, history) if thread else (0, map(self._turn, history))
        return held + sum(turns) + self._fixed(question)

    def in_pictures(self, question: Question) -> int:
        """How many of these tokens are taken for pictures that are not in its thread."""
        thread, history = question.thread, question.history
        known = max(len(history) - thread.unseen, 0) if thread else 0
        return self._shown(question) + sum(map(self._shown, history[known:]))

    def left(self, question: Question, most: int) -> int:
        """How many tokens an answer to `question` may have, at most `most`."""
        if not self.known:
            return most
        return min(most, max(self.known - self.estimate(question), LEAST_FREE))

    def keep(self, thread: ServerThread, tokens: int) -> None:
        """Note that the server keeps so many `tokens` in `thread`."""
        self._threads.put(thread.id, tokens)

    def _held(self, thread: ServerThread, turns: Sequence[Turn]) -> tuple[int, Iterator[int]]:
        """How many tokens are in `thread`, and in each of the `turns` that are not."""
        known = max(len(turns) - thread.unseen, 0)
        # After a restart nobody knows; what is remembered of the conversation is the least.
        held = self._threads.get(thread.id) or sum(map(self._turn, turns[:known]))
        return held, map(self._turn, turns[known:])

    def _fixed(self, question: Question) -> int:
        return self.tokens(question.system, question.asked) + self._shown(question)

    def _turn(self, turn: Turn) -> int:
        return self.tokens(turn.question, turn.answer) + self._shown(turn)

    def _shown(self, shows: Question | Turn) -> int:
        tokens = sum(picture.tokens for picture in shows.pictures)
        return math.ceil(tokens * self._picture_factor)

    def _shortened(self, question: Question) -> Question:
        """`question` with no turn that is too long, and not more than fits of what is enclosed."""
        question = replace(question, history=tuple(map(self._clipped, question.history)))
        alone = self._fixed(replace(question, enclosed=""))
        if alone > self.room and question.brief:
            question = replace(question, prompt=question.brief, brief="")
            alone = self._fixed(replace(question, enclosed=""))
        left = (self.room - alone) / self._factor
        return replace(question, enclosed=as_many(question.enclosed, left, _tokens))

    def _clipped(self, turn: Turn) -> Turn:
        most = self.room / 2
        # No character is more than a token: nearly all turns are known to be short by this alone.
        if (len(turn.question) + len(turn.answer) + 2 * AROUND) * self._factor < most - 1:
            return turn
        share = most / self.tokens(turn.question, turn.answer)
        if share >= 1:
            return turn
        # In steps: what is learned with each answer would change the text by a character.
        share = math.pow(STEP, math.ceil(math.log(share, STEP)))
        question, answer = (middle_out(text, share) for text in (turn.question, turn.answer))
        return replace(turn, question=question, answer=answer)

    def _correct(self, estimate: int, counted: int, shown: int) -> None:
        """Estimate more at once if more was counted, and less by and by."""
        if shown >= TELLING:
            # How many tokens a picture has differs far more between models than those of words.
            ratio = max(counted - (estimate - shown), 0) / shown
            self._picture_factor = _nearer(self._picture_factor, ratio, LEAST_SHOWN)
        elif not shown:
            self._factor = _nearer(self._factor, counted / estimate, LEAST_FACTOR)


def _nearer(factor: float, ratio: float, least: float) -> float:
    found = factor * ratio
    found = found if ratio > 1 else factor + (found - factor) / 5
    return min(max(found, least), MOST_FACTOR)


def _tokens(text: str) -> float:
    sparse = sum(map(len, _SPARSE.findall(text)))
    return sparse / 3 + len(text) - sparse + AROUND


class Contexts:
    """The contexts of the models at one server, by their keys."""

    def __init__(self) -> None:
        self._contexts: dict[str, Context] = {}

    def of(self, model: Model) -> Context:
        """What is known of the context of `model`."""
        context = self._contexts.setdefault(model.key, Context())
        context.listed(model.context)
        return context
