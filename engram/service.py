"""The bot with all that looks after it: configuration edits, alerts, metrics, heartbeat."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from engram.config.reload import Reload
from engram.core.model import Status
from engram.ops.heartbeat import Heartbeat
from engram.ops.metrics import Metrics, Values
from engram.ops.notices import Notices, Vital
from engram.storage.inbox import Inbox
from engram.telegram.access import Access
from engram.telegram.bot import TelegramBot
from engram.telegram.bot_api import BotApi
from engram.telegram.egress import Egress
from engram.wiring import Engram

log = logging.getLogger(__name__)

HEAPS = 2
HOUR, DAY = 3600.0, 86_400.0
LOOK_AT_FILE, LOOK_AT_FIGURES = 1.0, 10.0


class Service:
    """`engram` in Telegram, for the bot with `token`; `config_file` is watched for edits."""

    def __init__(self, engram: Engram, config_file: Path, token: str) -> None:
        _share_heaps()
        settings = engram.settings
        self._engram = engram
        self._api = BotApi(token, settings.telegram.api_url)
        self._egress = Egress(self._api, engram.store, settings.telegram.per_second)
        self._inbox = Inbox(engram.store)
        self.access = Access(settings.allowed_chats, settings.owners, engram.store)
        self.bot = TelegramBot(
            self._egress,
            engram.assistant,
            self.access,
            self._inbox,
            engram.conversations,
            settings.telegram.stream,
        )
        engram.store.on_trouble = lambda trouble: self.bot.tell_owner(f"⚠️ {trouble}")
        self._reload = Reload(config_file, settings, engram.apply, self.bot.tell_owner)
        self._alerts = Notices()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin everything but the polling, in the background."""
        settings = self._engram.settings
        if settings.metrics.port:
            self._metrics().serve(settings.metrics.host, settings.metrics.port)
        if settings.monitor.heartbeat_url:
            Heartbeat(settings.monitor.heartbeat_url, self.bot.is_polling).start()
        self._engram.preload()
        threading.Thread(target=self._look_after, name="service", daemon=True).start()

    def stop(self) -> None:
        """End the polling and the looking after; what else runs ends with the process."""
        self._stopped.set()
        self.bot.stop()

    def _look_after(self) -> None:
        figures_at = trim_at = 0.0
        while not self._stopped.wait(LOOK_AT_FILE):
            now = time.monotonic()
            try:
                self._reload.look()
                if now >= figures_at:
                    figures_at = now + LOOK_AT_FIGURES
                    self._alert(now)
                if now >= trim_at:
                    trim_at = now + DAY
                    self._engram.store.trim()
            except Exception:
                log.exception("looking after the bot failed unexpectedly")

    def _alert(self, now: float) -> None:
        engram = self._engram
        figures = engram.statistics.rates(time.time() - HOUR)
        condition = Vital(
            bool(engram.servers.health) and engram.servers.status()[0] is not Status.CONNECTED,
            figures.total,
            figures.fallback_rate,
            shutil.disk_usage(self._engram.settings.folder).free,
        )
        for text in self._alerts.look(condition, now):
            log.warning("%s", text)
            self.bot.tell_owner(text)

    def _metrics(self) -> Metrics:
        """Metrics that are told everything."""
        metrics, engram = Metrics(), self._engram
        engram.statistics.on_note = metrics.answered
        engram.assistant.asking.on_event = metrics.happened
        self._api.on_call = metrics.called
        self._egress.on_pause = metrics.paused
        for name, what, labels, values in _gauges(engram, self._inbox):
            metrics.gauge(f"engram_{name}", what, labels, values)
        return metrics


def _share_heaps() -> None:
    """Have glibc keep few heaps for all threads together.

    By default there are eight for each processor, and each keeps for ever what its threads once
    needed: 14 MB more after 5,000 messages than after 1,000, where with two heaps it is 6 MB.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        # Other systems have no such function, and no such heaps. M_ARENA_MAX is -8 in malloc.h.
        ctypes.CDLL(None).mallopt(-8, HEAPS)


def _gauges(engram: Engram, inbox: Inbox) -> Iterator[tuple[str, str, tuple[str, ...], Values]]:
    """Name, meaning, labels and values of what can be looked at."""
    servers, chain = engram.servers, engram.chain
    yield (
        "model_server_up",
        "Whether a model server was there at the last look.",
        ("server",),
        lambda: [((one.base_url,), one.available) for one in servers.clients],
    )
    yield (
        "line_waiting",
        "Questions that stand in line for a model server.",
        ("server",),
        lambda: [((one.base_url,), one.line.waiting) for one in servers.clients],
    )
    yield (
        "breaker_open",
        "Whether questions are kept away from a responder after failures.",
        ("responder", "position"),
        lambda: [
            ((responder.name, str(number)), breaker.is_open)
            for number, (responder, breaker) in enumerate(chain.links)
        ],
    )
    yield (
        "messages_waiting",
        "Messages whose answers have not begun.",
        (),
        lambda: [((), engram.assistant.waiting())],
    )
    yield (
        "inbox_messages",
        "Messages that are not answered yet.",
        (),
        lambda: [((), inbox.depth)],
    )
