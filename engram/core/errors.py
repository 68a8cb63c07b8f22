"""Exceptions, named for what the caller should do about them."""


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
    """It is unreachable: do not ask this responder again until a probe has reached it."""


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


class MarketError(EngramError):
    """There are no candles; the text tells the person who asked for them why."""


class NoMarketDataError(MarketError):
    """Answer without market data, and say why; there may be some later."""


class UnknownMarketError(MarketError):
    """There is no such market or timeframe: offer the `nearest` ones instead; there may be none."""

    def __init__(self, what: str, nearest: tuple[str, ...]) -> None:
        *others, last = nearest or ("",)
        choice = f"{', '.join(others)} or {last}" if others else last
        super().__init__(f"{what} Did you mean {choice}?" if choice else what)
        self.nearest = nearest
