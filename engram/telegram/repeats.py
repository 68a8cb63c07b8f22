"""What one chat sends again and again, and how few answers it gets for that."""

import threading
from typing import TypeAlias

from engram.chat.commands import Need, command_of, known, needs
from engram.telegram.job import Job

# What a chat sends in a hurry is answered one by one up to so many that wait.
WAITING = 5
Words: TypeAlias = tuple[int, str | None, str | None] | None


def is_short(job: Job) -> bool:
    """Whether the answer needs neither a model nor a market."""
    incoming = job.incoming
    # Of a picture without a word a model is asked what is on it.
    is_unread = incoming.text is None and not incoming.is_wordless
    return job.reply is not None or is_unread or needs(incoming.text or "") is Need.NOTHING


class Repeats:
    """Knows the messages of each conversation that wait for a short answer of Engram's own.

    One that says what another one says already is answered together with it, and so are all that
    are more than a few: the answer that comes stands for all of them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, dict[Words, Job]] = {}

    def words_of(self, job: Job, lane: str) -> Words:
        """What `job` says and who says it; None if too much waits in `lane` already."""
        incoming = job.incoming
        words = incoming.sender, incoming.text, job.reply
        # A stop is always carried out, and so is what an earlier process left.
        is_urgent = command_of(incoming.text or "") == "stop" or job.is_resumed
        with self._lock:
            waiting = self._waiting.get(lane, {})
            is_few = is_urgent or words in waiting or len(waiting) < WAITING
        return words if is_few else None

    def joins(self, job: Job, lane: str, words: Words) -> bool:
        """Whether `job` is answered with another one that waits; if not, it waits from now on."""
        with self._lock:
            waiting = self._waiting.setdefault(lane, {})
            other = waiting.get(words)
            command = known(words[1] or "") if words else None
            is_ordered = command is not None and command.changes
            is_known = other and not (is_ordered and next(reversed(waiting)) != words)
            if other and is_known and job.on_screen in ((), other.on_screen):
                other.answer_with(job)
                return True
            # An older one with the same words keeps its own answer.
            waiting.pop(words, None)
            waiting[words] = job
            return False

    def begins(self, job: Job, lane: str) -> None:
        """`job` is being answered: what comes from now on is not answered with it."""
        with self._lock:
            waiting = self._waiting.get(lane, {})
            for words in [one for one, other in waiting.items() if other is job]:
                del waiting[words]
            if not waiting:
                self._waiting.pop(lane, None)
