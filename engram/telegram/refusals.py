"""What it means when Telegram does not take something."""

from __future__ import annotations

from telebot import apihelper

from engram.core.errors import EngramError


class UndeliverableError(EngramError):
    """Telegram will not take this, now or later: give up; `code` is its error code.

    Code 0: the bot is stopping. `description` is what Telegram says.
    """

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"Telegram refuses it ({code}): {description}" if code else description)
        self.code = code
        self.description = description

    @property
    def message_gone(self) -> bool:
        """Whether the message in question is not there any more."""
        gone = ("message to edit not found", "MESSAGE_ID_INVALID")
        return any(words in self.description for words in gone)

    @property
    def chat_gone(self) -> bool:
        """Whether nothing at all reaches this chat: the bot is blocked, or not there any more."""
        gone = (
            "chat not found",
            "user is deactivated",
            "group chat was upgraded",
            "PEER_ID_INVALID",
        )
        return self.code == 403 or any(words in self.description for words in gone)


class NotNowError(EngramError):
    """A preview would have to wait `wait` seconds: send its successor then."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"not for {wait:.2f} s")
        self.wait = wait


def require_unchanged(err: apihelper.ApiTelegramException) -> None:
    """Raise `UndeliverableError` unless all that is wrong is that it is on screen already."""
    if err.error_code != 400 or "message is not modified" not in err.description:
        raise UndeliverableError(err.error_code, err.description) from err


def retry_after(err: apihelper.ApiTelegramException) -> float | None:
    """The seconds that Telegram asks to wait, if it does."""
    parameters = err.result_json.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(wait) if isinstance(wait, int | float) else None
