"""The bot in Telegram, and what looks after it: config.ini, notices, metrics, heartbeat."""

import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import shorten

from engram.config.reload import ConfigEdit, Reload
from engram.config.settings import SECRETS, Settings
from engram.core.clock import Clock
from engram.core.listener import NOBODY
from engram.core.masking.masking import Masking
from engram.core.model import Status
from engram.ops import logs, texts
from engram.ops.gauges import answer_gauges, watch_gauges
from engram.ops.heartbeat import Heartbeat
from engram.ops.metrics import Gauge
from engram.ops.notices import DISK_LEAST, Notices, Vital
from engram.ops.quick_check import HEARD_AT
from engram.polling import Polling
from engram.storage.inbox import Inbox
from engram.telegram.access import Access
from engram.telegram.bot import TelegramBot
from engram.telegram.groups import Groups
from engram.telegram.jobs import JobRunner
from engram.telegram.sending.egress import Egress
from engram.telegram.unasked.delivery import Delivery
from engram.wiring import Engram

log = logging.getLogger(__name__)

HOUR, DAY = 3600.0, 86_400.0
# Seconds between two looks at what may change, and between two at what asks the store.
LOOK, LOOK_AT_VITAL = 1.0, 10.0
# Characters of what an edit changed; a message of Telegram's takes 4,096.
LONGEST_EDIT = 2000
# What was answered or forgotten is off the disk after at most this many seconds.
SCRUB = 30.0


class Service:
    """The bot as `settings` ask for it; edits of `config_file` and .env are taken up.

    It answers what `polling` takes. Nothing leaves it that `masking` knows as a secret. `clock` is
    what happens unasked by.
    """

    def __init__(
        self,
        settings: Settings,
        config_file: Path,
        polling: Polling,
        masking: Masking | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._settings = settings
        self._masking = masking = masking or Masking()
        self._poll, self._metrics = polling.poll, polling.metrics
        listener = self._metrics or NOBODY
        self.engram = engram = Engram(
            settings,
            listener,
            polling.store,
            waiting=lambda: self.bot.waiting,
            masking=masking,
            clock=clock,
            owners=lambda: self.access.owners,
        )
        self._inbox = Inbox(engram.store)
        self.access = Access(settings.allowed_chats, settings.owners, engram.store)
        self._egress = egress = Egress(
            self._poll.api, engram.store, settings.telegram.per_second, listener
        )
        self.delivery = Delivery(egress, engram.tables, self.access, engram.clock, listener)
        self.bot = self._bot()
        self._heartbeat = Heartbeat("", lambda: self._poll.works)
        self._config_file = config_file
        self._reload = Reload(config_file, settings, masking)
        self._notices = Notices()
        self._stopped = threading.Event()

    def _bot(self) -> TelegramBot:
        chosen = self._settings.telegram
        self._groups = Groups(self._egress, self.access, chosen.group_commands)
        self._runner = JobRunner(
            self._egress,
            self.engram.assistant,
            self.engram.conversations,
            self._groups,
            chosen.stream,
            self.delivery.answered,
        )
        return TelegramBot(
            self._egress,
            self.access,
            self._inbox,
            self._runner,
            self.delivery,
            at_servers=lambda: self.engram.servers.asked,
            at_exchanges=self.engram.analyst.at_exchanges,
            poll=self._poll,
        )

    def start(self) -> None:
        """Begin everything but the polling, in the background."""
        settings = self._settings
        if self._metrics:
            for gauge in self._gauges():
                self._metrics.registry.register(gauge)
            self._metrics.serve(settings.metrics.host, settings.metrics.port)
        self._beat(settings.monitor.heartbeat_url)
        self.engram.preload()
        self.engram.watching.start(self.delivery.direct, waits=self.delivery.waits)
        threading.Thread(target=self._look_after, name="service", daemon=True).start()

    def stop(self) -> None:
        """Stop; what still runs in the background ends with the process."""
        self._stopped.set()
        self.engram.watching.stop()
        self.bot.stop()
        self.engram.store.close()

    def _look_after(self) -> None:
        vital_at = trim_at = scrub_at = 0.0
        while not self._stopped.wait(LOOK):
            now = time.monotonic()
            try:
                self._tell_trouble()
                for old, new in self.access.take_moves():
                    self._warn(texts.MOVED.format(old=old, new=new))
                if edit := self._reload.look():
                    self._take_up(edit)
                if now >= vital_at:
                    vital_at = now + LOOK_AT_VITAL
                    self._tell_notices(now)
                if now >= scrub_at:
                    scrub_at = now + SCRUB
                    self.engram.store.moves.save()
                    if heard_at := self._poll.heard_at:
                        self.engram.store.put(HEARD_AT, f"{heard_at:.0f}")
                    self.engram.store.scrub()
                if now >= trim_at:
                    trim_at = now + DAY
                    # A clock that is ahead by months must not forget everything.
                    self.engram.store.trim(min(time.time(), self._poll.api.now()))
            except Exception:
                log.exception("looking after the bot failed unexpectedly")

    def _tell_trouble(self) -> None:
        while trouble := self.engram.store.take_trouble():
            self.delivery.tell_owner(texts.STORE_TROUBLE.format(trouble=trouble))

    def _take_up(self, edit: ConfigEdit) -> None:
        file = self._config_file.name
        if edit.problems:
            self._warn(texts.EDIT_REFUSED.format(file=file, what="; ".join(edit.problems)))
        if edit.at_once:
            self._apply(edit.settings)
        for text, keys in (
            (texts.EDIT_IN_EFFECT, edit.at_once),
            (texts.EDIT_NEEDS_RESTART, edit.after_restart),
        ):
            secrets = [key for key in keys if key in SECRETS]
            others = [key for key in keys if key not in SECRETS]
            for where, what in ((file, others), (".env", secrets)):
                if what:
                    self._warn(text.format(file=where, what=shorten(", ".join(what), LONGEST_EDIT)))

    def _apply(self, settings: Settings) -> None:
        """Have what can change while the bot runs be as `settings` say."""
        chosen, monitor = settings.telegram, settings.monitor
        self.access.configure(settings.allowed_chats, settings.owners)
        self.delivery.suspend_strangers()
        self.engram.apply(settings)
        self._groups.commands, self._runner.stream = chosen.group_commands, chosen.stream
        self._egress.turns.limit(chosen.per_second)
        logs.set_level(settings.logging.level)
        if monitor.heartbeat_url != self._heartbeat.url:
            self._beat(monitor.heartbeat_url)
        if self.access.is_shut:
            log.warning("%s", texts.SHUT)

    def _beat(self, url: str) -> None:
        """Send heartbeats to `url`, and to no other."""
        self._heartbeat.stop()
        self._heartbeat = Heartbeat(url, lambda: self._poll.works)
        self._heartbeat.start()

    def _warn(self, text: str) -> None:
        log.warning("%s", text)
        self.delivery.tell_owner(text)

    def _tell_notices(self, now: float) -> None:
        servers, rates = self.engram.servers, self.engram.statistics.rates(time.time() - HOUR)
        status = servers.status()
        down = status.indicator in (Status.RETRYING, Status.OFFLINE)
        vital = Vital(
            bool(servers.health) and down,
            status.problem,
            rates.total,
            rates.fallback_rate,
            self._disk_free(),
            status.title if len(servers.health) == 1 or not down else texts.ALL_SERVERS,
        )
        for text in self._notices.look(vital, now):
            self._warn(text)

    def _disk_free(self) -> int:
        """The bytes that are left where the store and the log are written, in the fuller place."""
        settings = self._settings
        log_folder = settings.path(settings.logging.file).parent
        file = self.engram.store.file
        free = [DISK_LEAST]
        for folder in filter(None, (file and file.parent, log_folder)):
            with contextlib.suppress(OSError):
                free.append(shutil.disk_usage(folder).free)
        return min(free[1:] or free)

    def _gauges(self) -> Iterator[Gauge]:
        yield Gauge(
            "messages_waiting",
            "Messages whose answers have not begun.",
            lambda: {(): self.bot.waiting},
        )
        yield Gauge(
            "inbox_messages", "Messages that are not answered yet.", lambda: {(): self._inbox.depth}
        )
        yield from answer_gauges(self.engram.servers, self.engram.chain, self._masking)
        yield from watch_gauges(self.engram.tables, self.engram.watching)
