"""Wires what the settings ask for into one `Engram`, without a front end."""

from __future__ import annotations

import logging
import threading

from engram.analyst import Analyst
from engram.assistant import Assistant
from engram.chain import FallbackChain
from engram.config import Settings
from engram.events import Responder
from engram.health import Health, Status
from engram.lmstudio import LMStudioClient
from engram.market import Market
from engram.mock_ai import MockAIAnalyzer
from engram.rules import RuleBasedFallback
from engram.store import Store

log = logging.getLogger(__name__)


class Engram:
    """Everything that `settings` ask for, wired together."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.servers = [
            LMStudioClient(
                address,
                settings.lmstudio.timeout,
                settings.lmstudio.max_retries,
                model=settings.lmstudio.model,
                token=settings.secrets["LM_API_TOKEN"],
                connect_timeout=settings.lmstudio.connect_timeout,
            )
            for address in settings.lmstudio.url
            if "lmstudio" in settings.fallback.order
        ]
        self.health = [Health(server, settings.lmstudio.probe_interval) for server in self.servers]
        self.store = Store(settings.path(settings.storage.path))
        self.market = Market(settings.market, settings.exchanges, self.store)
        chosen = settings.market
        self.analyst = Analyst(self.market, chosen.quote, chosen.timeframe, chosen.horizon)
        self.chain = FallbackChain(self._responders())
        self.assistant = Assistant(self.chain, self.analyst, self.status, model=self.model)

    def start(self) -> Status:
        """Begin to look after LM Studio and to load what answers will need.

        Returns how it stands with LM Studio after the first look.
        """
        threading.Thread(target=self.market.preload, name="preload", daemon=True).start()
        for health in self.health:
            health.start()
        patience = self.settings.lmstudio.connect_timeout + 0.2
        for health in self.health:
            health.wait_for_first(patience)
        return self.status()[0]

    def status(self) -> tuple[Status, str]:
        """How it stands with the best of the servers, and its model and latency in words."""
        ranks = list(Status)
        best = min(self.health, key=lambda health: ranks.index(health.status), default=None)
        if best is None:
            return Status.OFFLINE, "lmstudio is not in [fallback] order"
        server = self.servers[self.health.index(best)]
        status = best.status
        answering = server.available and not self.chain.is_open(server)
        if status is Status.CONNECTED and not answering:
            status = Status.RETRYING
        latency = f", latency {server.latency * 1000:.0f} ms" if server.latency else ""
        return status, f"Model: {server.model_name}{latency}"

    def model(self) -> str:
        """The model that would answer the next question."""
        return self.servers[0].model_name if self.servers else ""

    def _responders(self) -> list[Responder]:
        made: dict[str, list[Responder]] = {
            "lmstudio": [*self.servers],
            "mock": [MockAIAnalyzer(self.analyst)],
        }
        order = [name for name in self.settings.fallback.order if name != "rules"]
        for name in order:
            if name not in made:
                log.warning("[fallback] order: this version has no %s yet; it is left out", name)
        return [*(one for name in order for one in made.get(name, [])), RuleBasedFallback()]
