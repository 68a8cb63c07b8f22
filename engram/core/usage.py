"""What an answer cost: tokens, and the time that they took."""

from collections.abc import Iterator
from dataclasses import dataclass

from engram.core.formats import format_speed


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that were `read` and `written`, of which some are `reasoning`.

    `speed` is in tokens a second, `first_token` in seconds from the request to the first token,
    `load` the seconds in which the model was loaded for it. `cached` of the tokens read were known
    from before, and `context` is how many the model's context holds. 0 where nobody has told.
    """

    read: int = 0
    written: int = 0
    reasoning: int = 0
    speed: float = 0.0
    first_token: float = 0.0
    load: float = 0.0
    cached: int = 0
    context: int = 0

    def __str__(self) -> str:
        return ", ".join(self._in_words())

    def _in_words(self) -> Iterator[str]:
        if self.read or self.written:
            known = f" ({self.cached} from its cache)" if self.cached else ""
            thoughts = f" ({self.reasoning} of them thoughts)" if self.reasoning else ""
            yield f"{self.read} tokens read{known}, {self.written} written{thoughts}"
        else:
            yield "tokens not counted"
        if self.speed:
            yield format_speed(self.speed)
        if self.first_token:
            yield f"the first after {self.first_token:.2f} s"
        if self.load:
            yield f"loaded in {self.load:.1f} s"
