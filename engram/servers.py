"""The model servers that the settings name: who is asked, and how it stands with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engram.config import Settings
from engram.events import Responder
from engram.health import Health, Status
from engram.lmstudio import LMStudioClient
from engram.lmstudio_wire import Model


class Servers:
    """The model servers of `settings`, each with its health."""

    def __init__(self, settings: Settings) -> None:
        chosen = settings.lmstudio
        self.clients = [
            LMStudioClient(
                address,
                chosen.timeout,
                chosen.max_retries,
                model=chosen.model,
                token=settings.secrets["LM_API_TOKEN"],
                connect_timeout=chosen.connect_timeout,
            )
            for address in chosen.url
            if "lmstudio" in settings.fallback.order
        ]
        self.health = [Health(server, chosen.probe_interval) for server in self.clients]
        self._patience = chosen.connect_timeout + 0.2

    def start(self) -> Status:
        """Begin to look after them; returns how it stands after the first look."""
        for health in self.health:
            health.start()
        for health in self.health:
            health.wait_for_first(self._patience)
        return self.status()[0]

    def responders(self) -> Mapping[str, Sequence[Responder]]:
        """Who can be asked, by the name in `[fallback] order`."""
        return {"lmstudio": self.clients}

    def status(self) -> tuple[Status, str]:
        """How it stands with the best of the servers, and its model and latency in words."""
        ranks = list(Status)
        best = min(self.health, key=lambda health: ranks.index(health.status), default=None)
        if best is None:
            return Status.OFFLINE, "lmstudio is not in [fallback] order"
        server = self.clients[self.health.index(best)]
        status = best.status
        if status is Status.CONNECTED and not server.available:
            status = Status.RETRYING
        latency = f", latency {server.latency * 1000:.0f} ms" if server.latency else ""
        return status, f"Model: {server.model_name}{latency}"

    def model(self) -> str:
        """The model that answers where a chat has not chosen one."""
        return self.clients[0].model_name if self.clients else ""

    def models(self) -> tuple[Model, ...]:
        """The models that can be chosen: those of the first server that is there."""
        there = (server.models for server in self.clients if server.available)
        return next(filter(None, there), ())
