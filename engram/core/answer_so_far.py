"""What is known of an answer while its events arrive."""

import time

from engram.core.events import Event, Progress, Stage, TextDelta, TextReset


class AnswerSoFar:
    """The `text` of an answer so far and, while there is none, the `stage` that it is in.

    `length` is that of the text, in characters.
    """

    def __init__(self) -> None:
        self.length = 0
        self._pieces: list[str] = []
        self.stage: Progress | None = None
        self._stage_began = time.monotonic()

    @property
    def text(self) -> str:
        """All that was said since the last reset."""
        return "".join(self._pieces)

    def is_in(self, *stages: Stage | None) -> bool:
        """Whether there is no text yet, and the answer is in one of these `stages`.

        None: nothing was heard of it.
        """
        return not self.length and (self.stage.stage if self.stage else None) in stages

    def take(self, event: Event) -> None:
        """Take in what `event` changes."""
        if isinstance(event, TextDelta):
            self._pieces.append(event.text)
            self.length += len(event.text)
        elif isinstance(event, TextReset):
            self._pieces, self.length = [], 0
        elif isinstance(event, Progress):
            if self.stage is None or self.stage.stage is not event.stage:
                self._stage_began = time.monotonic()
            self.stage = event

    def seconds_in_stage(self, now: float) -> float:
        """For how long the answer is in its stage at the time `now` (seconds, monotonic)."""
        return now - self._stage_began
