"""What it means when Telegram does not accept something."""

from __future__ import annotations

from telebot import apihelper

from engram.core.errors import EngramError


class UndeliverableError(EngramError):
    """Telegram accepts this neither now nor later: give up.

    `code` is Telegram's error code and `description` its reason. Code 0: the bot is stopping.
    """

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"Telegram refuses it ({code}): {description}" if code else description)
        self.code = code
        self.description = description

    @property
    def message_gone(self) -> bool:
        """Whether the message to be changed no longer exists."""
        gone = ("message to edit not found", "MESSAGE_ID_INVALID")
        return any(words in self.description for words in gone)

    @property
    def chat_gone(self) -> bool:
        """Whether nothing at all reaches this chat, for example because it blocked the bot."""
        gone = (
            "chat not found",
            "user is deactivated",
            "group chat was upgraded",
            "PEER_ID_INVALID",
        )
        return self.code == 403 or any(words in self.description for words in gone)


class NotNowError(EngramError):
    """Telegram may accept it in `wait` seconds; `reason` is empty for a limit or a pause."""

    def __init__(self, wait: float, reason: str = "") -> None:
        super().__init__(f"not for {wait:.2f} s: {reason}")
        self.wait = wait
        self.reason = reason


def require_unchanged(err: apihelper.ApiTelegramException) -> None:
    """Raise `UndeliverableError`, unless Telegram only says that it is on screen already."""
    if err.error_code != 400 or "message is not modified" not in err.description:
        raise UndeliverableError(err.error_code, err.description) from err


def retry_after(err: apihelper.ApiTelegramException) -> float | None:
    """The number of seconds that Telegram asks to wait, if it does."""
    parameters = err.result_json.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(wait) if isinstance(wait, int | float) else None
