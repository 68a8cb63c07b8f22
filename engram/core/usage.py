"""What an answer cost: tokens, and the time that they took."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that were `read` and `written`, of which some are `reasoning`.

    `speed` is in tokens a second, `first_token` in seconds from the request to the first token,
    `load` the seconds in which the model was loaded for it. 0 where nobody has told.
    """

    read: int = 0
    written: int = 0
    reasoning: int = 0
    speed: float = 0.0
    first_token: float = 0.0
    load: float = 0.0

    def __str__(self) -> str:
        if not (self.read or self.written):
            return "tokens not counted"
        return f"{self.read} tokens read, {self.written} written"
