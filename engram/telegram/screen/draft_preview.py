"""An answer under way as a draft, which Telegram shows while it is being written."""

from __future__ import annotations

import secrets
import time

from engram.telegram.egress import Egress
from engram.telegram.screen.text_messages import Call

# Telegram lets a draft vanish after about 30 seconds.
REFRESH = 20.0


class DraftPreview:
    """One draft in a private chat; the message that follows takes its place."""

    def __init__(self, egress: Egress, chat: int) -> None:
        self._egress = egress
        self._chat = chat
        # Drafts of one chat are told apart by a number other than 0.
        self._id = secrets.randbelow(2**31 - 1) + 1
        self._text = ""
        self._shown_at = 0.0

    def show(self, text: str, call: Call) -> float:
        """Show `text` unless it is on screen; returns after how many seconds it must be refreshed.

        Raises `UndeliverableError` where there are no drafts.
        """
        left = self._shown_at + REFRESH - time.monotonic()
        if text == self._text and left > 0:
            return left
        call(
            self._chat,
            lambda: self._egress.bot.send_message_draft(self._chat, self._id, text, can_stop=True),
        )
        self._text, self._shown_at = text, time.monotonic()
        return REFRESH
