"""What it means when Telegram does not accept something."""

from typing import Any

from telebot import apihelper

from engram.core.errors import EngramError
from engram.telegram.turns import Turn
from engram.telegram.updates import is_id

# Telegram has asked for hours; what asks for more is taken for a mistake.
LONGEST_PAUSE = 86_400.0
# What Telegram's descriptions say when something no longer exists.
MESSAGE_GONE = ("message to edit not found", "MESSAGE_ID_INVALID")
# A topic that was closed while an answer to it was made takes no messages either.
TOPIC_GONE = ("message thread not found", "TOPIC_DELETED", "TOPIC_CLOSED")
CHAT_GONE = ("chat not found", "user is deactivated", "group chat was upgraded", "PEER_ID_INVALID")


class UndeliverableError(EngramError):
    """Telegram accepts this neither now nor later: give up.

    `code` is Telegram's error code and `description` its reason. Code 0: the bot is stopping.
    """

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"Telegram refuses it ({code}): {description}" if code else description)
        self.code = code
        self.description = description

    @property
    def is_on_screen(self) -> bool:
        """Whether nothing is wrong but that the message says so already."""
        return self.code == 400 and "message is not modified" in self.description

    @property
    def message_gone(self) -> bool:
        """Whether the message to be changed no longer exists."""
        return any(words in self.description for words in MESSAGE_GONE)

    @property
    def topic_gone(self) -> bool:
        """Whether the topic takes no messages any more, while its chat may."""
        return self.code == 400 and any(words in self.description for words in TOPIC_GONE)

    @property
    def chat_gone(self) -> bool:
        """Whether nothing at all reaches this chat, for example because it blocked the bot."""
        return self.code == 403 or any(words in self.description for words in CHAT_GONE)


class NotNowError(EngramError):
    """Telegram may accept it in `wait` seconds; `reason` is empty for a limit or a pause.

    `turn` is when it may be tried again, where a limit of Engram's own is in the way.
    """

    def __init__(self, wait: float, reason: str = "", turn: Turn | None = None) -> None:
        super().__init__(f"not for {wait:.2f} s: {reason}")
        self.wait = wait
        self.reason = reason
        self.turn = turn


def retry_after(err: Exception) -> float:
    """The number of seconds that Telegram asks to wait, at most a day; 0 if it asks for none."""
    wait = _parameter(err, "retry_after")
    # NaN is not greater, either.
    return float(min(wait, LONGEST_PAUSE)) if isinstance(wait, int | float) and wait > 0 else 0.0


def migrated_to(err: Exception) -> int | None:
    """The id of the supergroup that the group has become; None if that is not what is wrong."""
    chat = _parameter(err, "migrate_to_chat_id")
    return chat if is_id(chat) else None


def _parameter(err: Exception, name: str) -> Any:
    answer = err.result_json if isinstance(err, apihelper.ApiTelegramException) else {}
    parameters = answer.get("parameters")
    return parameters.get(name) if isinstance(parameters, dict) else None
