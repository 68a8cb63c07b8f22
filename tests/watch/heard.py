"""A listener that remembers what is made unasked."""

from engram.core.listener import Listener


class Heard(Listener):
    """Hears of which kinds things are made."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    def made(self, kind: str) -> None:
        """Remember it."""
        self.kinds.append(kind)
