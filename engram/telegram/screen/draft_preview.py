"""A preview of an answer as one of Telegram's drafts: text that is shown while it is written."""

import secrets
import time

from engram.core.waits import finished
from engram.telegram.screen.messenger import Messenger, Via

# Telegram removes a draft after about 30 seconds.
REFRESH = 20.0


class DraftPreview:
    """One draft in a private chat; Telegram replaces it by the message that follows."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        # Telegram tells the drafts of a chat apart by a number other than 0.
        self._id = secrets.randbelow(2**31 - 1) + 1
        self._text = ""
        self._shown_at = 0.0

    def show(self, text: str, via: Via) -> float:
        """Show `text` unless it is on screen; returns after how many seconds to refresh it.

        Raises `UndeliverableError` where Telegram shows no drafts.
        """
        left = self._shown_at + REFRESH - time.monotonic()
        if text == self._text and left > 0:
            return left
        finished(self._messenger.draft(self._id, text, via))
        self._text, self._shown_at = text, time.monotonic()
        return REFRESH
