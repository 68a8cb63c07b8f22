"""The part of the bot that takes messages: it asks for the first ones while the rest is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engram.config.settings import Settings
from engram.core.listener import NOBODY
from engram.core.masking.masking import Masking
from engram.storage.store import Store
from engram.telegram.poll import Poll
from engram.telegram.sending.bot_api import BotApi

if TYPE_CHECKING:
    from engram.ops.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Polling:
    """A poll that has begun, the store in which its messages are kept, and who counts the calls."""

    poll: Poll
    store: Store
    metrics: Metrics | None

    @classmethod
    def of(cls, settings: Settings, masking: Masking) -> Polling:
        """The one that `settings` ask for. Raises `StoreError`, as for a store of another bot's."""
        store = Store(settings.path(settings.storage.path), alone=True)
        metrics = None
        if settings.metrics.port:
            # It knows all events; a bot without metrics need not wait for them.
            from engram.ops.metrics import Metrics

            metrics = Metrics()
        token = settings.secrets["TELEGRAM_BOT_TOKEN"]
        poll = Poll(BotApi(token, settings.telegram.api_url, metrics or NOBODY, masking))
        poll.begin()
        return cls(poll, store, metrics)
