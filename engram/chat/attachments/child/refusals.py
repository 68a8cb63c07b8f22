"""Why foreign bytes were not opened: what the child process says, and what its parent finds."""

from collections.abc import Mapping
from enum import Enum


class Why(Enum):
    """Why there is no picture or text. The values go from the child process to its parent."""

    # Found by the child.
    EMPTY = "empty"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    LARGE = "large"
    SMALL = "small"
    LOCKED = "locked"
    SCANNED = "scanned"
    BINARY = "binary"
    MEMORY = "memory"
    # Found by the parent.
    SLOW = "slow"
    DIED = "died"
    NOT_STARTED = "not started"


class RefusedError(Exception):
    """The bytes were not opened. `facts` belong into the sentence, such as a size in pixels."""

    def __init__(self, why: Why, facts: Mapping[str, str | int] | None = None) -> None:
        super().__init__(why.value)
        self.why = why
        self.facts = dict(facts or {})
