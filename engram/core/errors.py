"""Exceptions, named for what the caller should do about them."""

from enum import Enum

from engram.core.model import Model


class Cause(Enum):
    """Why a responder gave no answer; what says most about a question comes first."""

    TOO_LONG = "too long"
    BLIND = "blind"
    QUESTION = "question"
    WORDLESS = "wordless"
    BUG = "bug"
    BUSY = "busy"
    NOT_LOADED = "not loaded"
    NO_MODEL = "no model"
    DENIED = "denied"
    UNPAID = "unpaid"
    MODEL_FAILED = "model failed"
    REFUSED = "refused"
    NO_ANSWER = "no answer"
    UNREACHABLE = "unreachable"
    KNOWN_DOWN = "known down"

    @property
    def counts(self) -> bool:
        """Whether three of them in a row are reason enough to ask no more questions for a while.

        What lies in one question says nothing about the next one, a busy server is none that
        fails, and one that is unreachable is found by the probe, which a pause would only delay.
        """
        return self in (Cause.BUG, Cause.REFUSED, Cause.NO_ANSWER) or self.stands

    @property
    def stands(self) -> bool:
        """Whether the server is there, and what it says is so until somebody mends it."""
        return self in (Cause.DENIED, Cause.UNPAID, Cause.MODEL_FAILED)


class EngramError(Exception):
    """Base of all errors that Engram raises on purpose."""


class ConfigError(EngramError):
    """Fix the configuration: `problems` holds one sentence for each mistake that was found."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class AttachmentError(EngramError):
    """A file that somebody sent cannot be read; its text is a sentence for that person."""


class ResponderError(EngramError):
    """A responder could not answer; its text says why and, where a person can help, what to do.

    `cause` tells more than the kind of error does.
    """

    cause: Cause = Cause.NO_ANSWER

    def __init__(self, reason: str, *, cause: Cause | None = None) -> None:
        super().__init__(reason)
        self.cause = cause or self.cause


class TryAgainError(ResponderError):
    """The same request may succeed later, after `retry_after` seconds if the server named them."""

    def __init__(
        self, reason: str, retry_after: float | None = None, *, cause: Cause | None = None
    ) -> None:
        super().__init__(reason, cause=cause)
        self.retry_after = retry_after


class BusyError(TryAgainError):
    """The same request may succeed as soon as the server has answered others."""

    cause = Cause.BUSY


class LoadingError(BusyError):
    """The same request will be answered once the server has loaded its model.

    `fraction` is how far that is, 0..1, if it is known.
    """

    def __init__(self, reason: str, fraction: float | None = None) -> None:
        super().__init__(reason)
        self.fraction = fraction


class GiveUpError(ResponderError):
    """The same request will fail again: ask the next responder, tell the owner what to change."""

    cause = Cause.REFUSED


class CrowdedError(GiveUpError):
    """Too many wait for the server: ask the next responder."""

    cause = Cause.BUSY


class QuestionError(GiveUpError):
    """It cannot answer this question, or not with this model; others it may well answer."""

    cause = Cause.QUESTION


class BlindError(QuestionError):
    """Its model cannot look at pictures, and nothing else is asked."""

    cause = Cause.BLIND


class NoModelError(QuestionError):
    """It does not have the model that is asked for; others may be there."""

    cause = Cause.NO_MODEL


class NotLoadedError(QuestionError):
    """Its model is not loaded, and it loads none by itself: have somebody load it.

    `model` is the one that was asked for, where it can be loaded on request.
    """

    cause = Cause.NOT_LOADED

    def __init__(self, reason: str, model: Model | None = None) -> None:
        super().__init__(reason)
        self.model = model


class TooLongError(QuestionError):
    """The question does not fit into the model's context: ask less of it.

    The context holds `context` tokens, and the prompt had `counted`; 0 if unknown.
    """

    cause = Cause.TOO_LONG

    def __init__(self, reason: str, context: int = 0, counted: int = 0) -> None:
        super().__init__(reason)
        self.context = context
        self.counted = counted


class WordlessError(QuestionError):
    """The model was asked and ended without a word: it only thought, or had nothing to say."""

    cause = Cause.WORDLESS


class UnavailableError(GiveUpError):
    """It is unreachable: do not ask this responder again until a probe has reached it."""

    cause = Cause.UNREACHABLE


class ModelInUseError(EngramError):
    """Load or eject that model later: `answers` of it are in progress.

    0: it is being loaded or ejected already.
    """

    def __init__(self, answers: int) -> None:
        super().__init__(f"{answers} answers of the model are in progress")
        self.answers = answers


class StoppedError(EngramError):
    """End the answer here: the person who asked does not want the rest of it."""


class StoreError(EngramError):
    """Go on without the store: what should have been kept is lost."""


class ExchangeError(EngramError):
    """Ask the next exchange. The text follows this one's name: "Binance" "could not be reached".

    Asking the same exchange again makes no sense for `pause` seconds.
    """

    def __init__(self, why: str, pause: float = 0.0) -> None:
        super().__init__(why)
        self.pause = pause


class KeepAwayError(ExchangeError):
    """Ask this exchange for nothing at all for `pause` seconds: it wants no requests."""


class DelistedError(ExchangeError):
    """Ask for another market, or much later: the exchange does not list this one."""


class MarketError(EngramError):
    """There are no candles; the text tells the person who asked for them why."""


class NoMarketDataError(MarketError):
    """Answer without market data, and say why; there may be some later."""


# Where no name is near.
HOW_TO_NAME = "Please name it by its ticker, like BTC or BTC/USDT."


class UnknownMarketError(MarketError):
    """There is no such market or timeframe: offer the `nearest` ones instead; there may be none."""

    def __init__(self, what: str, nearest: tuple[str, ...]) -> None:
        *others, last = nearest or ("",)
        choice = f"{', '.join(others)} or {last}" if others else last
        advice = f"Did you mean {choice}?" if choice else HOW_TO_NAME
        super().__init__(f"{what} {advice}")
        self.nearest = nearest
