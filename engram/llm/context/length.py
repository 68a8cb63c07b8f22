"""How much a model reads at once: its context, what a question takes of it, what is left out."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from engram.core.events import Question, ServerThread, Turn
from engram.core.lru import LRUCache
from engram.core.model import Model
from engram.core.usage import Usage
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
# The room in blocks, of which the oldest are left out; and by which steps a long turn is cut.
BLOCKS, STEP = 3, 0.8
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
        self._factor = 1.0
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

    def overflowed(self, estimate: int, limit: int, counted: int) -> None:
        """Note that a prompt of `estimate` tokens was too long.

        The server said that it holds `limit`, and that the prompt has `counted`; 0 if it did not.
        """
        self._seen = 0
        if limit:
            self._told, self._shrunk = limit, 0.0
        if estimate and counted > estimate:
            self._correct(self._factor * counted / estimate)
        elif not limit or estimate < limit:
            # Not to less than many models have: another chat's overflow may have hit this one.
            self._shrunk = max(estimate * 0.9, min(self.size * 0.75, ASSUMED / 2))

    def answered(self, estimate: int, usage: Usage) -> None:
        """Note that an answer followed a prompt of `estimate` tokens, and what was counted."""
        self._seen = max(self._seen, usage.read + usage.written)
        self._shrunk *= 1.05
        if estimate >= TELLING and usage.read:
            ratio = self._factor * usage.read / estimate
            more = ratio > self._factor
            self._correct(ratio if more else self._factor + (ratio - self._factor) / 5)

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
        room at most: of a long paste its beginning and end are remembered.
        """
        question = replace(question, history=tuple(map(self._clipped, question.history)))
        fixed = self.tokens(question.system, question.asked)
        turns = [self.tokens(turn.question, turn.answer) for turn in question.history]
        if thread := question.thread:
            if thread.server == server:
                held, unseen = self._held(thread, turns)
                if held + sum(unseen) + fixed <= self.room:
                    return question
            question = replace(question, thread=None)
        if fixed > self.room and question.brief:
            question = replace(question, prompt=question.brief, brief="")
            fixed = self.tokens(question.system, question.prompt)
        history = question.history
        return replace(question, history=history[self._first(history, self.room - fixed) :])

    def estimate(self, question: Question) -> int:
        """How many tokens the model will read for `question`, which is `fitted`."""
        turns = [self.tokens(turn.question, turn.answer) for turn in question.history]
        held = 0
        if question.thread:
            held, turns = self._held(question.thread, turns)
        return held + sum(turns) + self.tokens(question.system, question.asked)

    def left(self, question: Question, most: int) -> int:
        """How many tokens an answer to `question` may have, at most `most`."""
        if not self.known:
            return most
        return min(most, max(self.known - self.estimate(question), LEAST_FREE))

    def keep(self, thread: ServerThread, tokens: int) -> None:
        """Note that the server keeps so many `tokens` in `thread`."""
        self._threads.put(thread.id, tokens)

    def _held(self, thread: ServerThread, turns: list[int]) -> tuple[int, list[int]]:
        """How many tokens are in `thread`, and in each of the `turns` that are not."""
        known = max(len(turns) - thread.unseen, 0)
        # After a restart nobody knows; what is remembered of the conversation is the least.
        return self._threads.get(thread.id) or sum(turns[:known]), turns[known:]

    def _first(self, history: Sequence[Turn], left: int) -> int:
        """The first turn of `history` from which on it fits into `left` tokens.

        It begins a block, unless the last block is too long. A block is a third of the room, by
        estimates that are not corrected: corrections come with each answer.
        """
        tokens = [self.tokens(turn.question, turn.answer) for turn in history]
        ends = accumulate(_tokens(turn.question) + _tokens(turn.answer) for turn in history)
        blocks = [0, *(int(BLOCKS * end / self.room) for end in ends)]
        turns = range(len(history))
        begins = [i for i in turns if i == 0 or blocks[i] != blocks[i - 1]]
        fitting = (first for first in [*begins, *turns] if sum(tokens[first:]) <= left)
        return next(fitting, len(history))

    def _clipped(self, turn: Turn) -> Turn:
        share = self.room / 2 / self.tokens(turn.question, turn.answer)
        if share >= 1:
            return turn
        # In steps: what is learned with each answer would change the text by a character.
        share = math.pow(STEP, math.ceil(math.log(share, STEP)))
        question, answer = (_middle_out(text, share) for text in (turn.question, turn.answer))
        return replace(turn, question=question, answer=answer)

    def _correct(self, factor: float) -> None:
        self._factor = min(max(factor, LEAST_FACTOR), MOST_FACTOR)


def _middle_out(text: str, share: float) -> str:
    """That `share` of `text`, of which the middle is left out."""
    kept = int(len(text) * share / 2)
    return f"{text[:kept]}\n[...]\n{text[len(text) - kept :]}"


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
