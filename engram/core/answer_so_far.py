"""What is known of an answer while its events arrive."""

import time

from engram.core.events import Event, Progress, TextDelta, TextReset


class AnswerSoFar:
    """The `text` of an answer so far and, while there is none, the `stage` that it is in."""

    def __init__(self) -> None:
        self.text = ""
        self.stage: Progress | None = None
        self._stage_began = time.monotonic()

    def take(self, event: Event) -> None:
        """Take in what `event` changes."""
        if isinstance(event, TextDelta):
            self.text += event.text
        elif isinstance(event, TextReset):
            self.text = ""
        elif isinstance(event, Progress):
            if self.stage is None or self.stage.stage is not event.stage:
                self._stage_began = time.monotonic()
            self.stage = event

    def seconds_in_stage(self, now: float) -> float:
        """For how long the answer is in its stage at the time `now` (seconds, monotonic)."""
        return now - self._stage_began
