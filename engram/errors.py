"""Exceptions, named by what the caller should do about them."""

from __future__ import annotations


class EngramError(Exception):
    """Base of all errors that Engram raises on purpose."""


class ConfigError(EngramError):
    """Fix the configuration: `problems` holds one sentence for each mistake that was found."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ResponderError(EngramError):
    """A responder could not answer; its text says why and, where a person can help, what to do."""


class TryAgainError(ResponderError):
    """The same request may succeed later, after `retry_after` seconds if the server named them."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class GiveUpError(ResponderError):
    """The same request will fail again: ask the next responder, tell the owner what to change."""


class UnavailableError(GiveUpError):
    """Nobody is there: do not ask this responder again until a probe has found it."""
