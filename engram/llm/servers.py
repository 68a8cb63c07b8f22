"""The model servers that the settings name: who is asked, and how it stands with them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from engram.config.settings import Settings
from engram.core.errors import GiveUpError
from engram.core.model import Model, ServerStatus, Status
from engram.llm.anthropic import AnthropicClient
from engram.llm.catalogue import matching
from engram.llm.health import Health
from engram.llm.lmstudio import LMStudioClient
from engram.llm.openai import OpenAIClient
from engram.llm.server import ModelServer

# Questions at once at a server that is made for many people.
PARALLEL = 64

Made = tuple[ModelServer, Health]


class Servers:
    """The model servers in `[fallback] order` of `settings`, each with its health."""

    def __init__(self, settings: Settings) -> None:
        # By all that a server is made from: one that stays as it was stays itself.
        self._made: dict[tuple[object, ...], Made] = {}
        self._patience = settings.lmstudio.connect_timeout + 0.2
        self._started = False
        self.apply(settings)

    @property
    def clients(self) -> list[ModelServer]:
        """The servers, in the order in which they are asked."""
        return [client for client, _ in self._made.values()]

    @property
    def health(self) -> list[Health]:
        """The health of each of them."""
        return [health for _, health in self._made.values()]

    def apply(self, settings: Settings) -> None:
        """Have the servers of `settings`; answers under way go on as they began."""
        made: dict[tuple[object, ...], Made] = {}
        for key, make in _wanted(settings):
            known = self._made.get(key)
            if known is None:
                client = make()
                known = client, Health(client, settings.lmstudio.probe_interval)
                if self._started:
                    known[1].start()
            made[key] = known
        # At once, because others look at them meanwhile.
        before, self._made = self._made, made
        for key in before.keys() - made.keys():
            before[key][1].stop()

    def start(self) -> Status:
        """Begin to look after them; returns how it stands after the first look."""
        self._started = True
        for health in self.health:
            health.start()
        for health in self.health:
            health.wait_for_first(self._patience)
        return self.status().indicator

    def named(self, name: str) -> list[ModelServer]:
        """Those of one kind, by its name in `[fallback] order`."""
        return [client for client in self.clients if client.name == name]

    def status(self) -> ServerStatus:
        """The status of the best of the servers."""
        ranks = list(Status)
        made = self._made.values()
        best = min(made, key=lambda one: ranks.index(one[1].status), default=None)
        if best is None:
            return ServerStatus(Status.OFFLINE, "no model server is in [fallback] order")
        server, health = best
        status = health.status
        if status is Status.CONNECTED and not server.available:
            status = Status.RETRYING
        latency = f", latency {server.latency * 1000:.0f} ms" if server.latency else ""
        waiting = sum(client.line.waiting for client in self.clients)
        line = f"\nQuestions in line for a model: {waiting}" if waiting else ""
        title = "LMStudio" if server.name == "lmstudio" else server.title
        return ServerStatus(status, f"Model: {server.model_name}{latency}{line}", title)

    def model(self) -> str:
        """The model that answers where a chat has not chosen one."""
        return next((client.model_name for client in self.clients), "")

    def models(self) -> tuple[Model, ...]:
        """The models that can be chosen: those of the first LM Studio that is there."""
        there = (client.models for client in self.named("lmstudio") if client.available)
        return next(filter(None, there), ())

    def find(self, name: str) -> Model | None:
        """The one of those models that is called `name`, or begins so; None when there is none."""
        models = self.models()
        # A button holds only the beginning of a long name.
        begun = next((model for model in models if model.key.startswith(name)), None)
        with contextlib.suppress(GiveUpError):
            return begun or matching(name, models)[0]
        return None


def _wanted(settings: Settings) -> Iterator[tuple[tuple[object, ...], Callable[[], ModelServer]]]:
    """What each server is made from, and how."""
    patience = settings.lmstudio
    for name in settings.fallback.order:
        for kind, url, model, secret, parallel in _named(name, settings):
            make = partial(
                kind,
                url,
                patience.timeout,
                patience.max_retries,
                model=model,
                token=settings.secrets.get(secret, ""),
                connect_timeout=patience.connect_timeout,
                parallel=parallel,
            )
            yield (kind, url, model, parallel, replace(patience, url=(), model="")), make


def _named(name: str, settings: Settings) -> Iterator[tuple[type[ModelServer], str, str, str, int]]:
    """Class, address, model, secret and `parallel` of each server that `name` stands for."""
    if name == "lmstudio":
        chosen = settings.lmstudio
        for url in chosen.url:
            yield LMStudioClient, url, chosen.model, "LM_API_TOKEN", chosen.parallel
    elif name == "openai":
        openai = settings.openai
        yield OpenAIClient, openai.base_url, openai.model, "OPENAI_API_KEY", PARALLEL
    elif name == "anthropic":
        claude = settings.anthropic
        yield AnthropicClient, claude.base_url, claude.model, "ANTHROPIC_API_KEY", PARALLEL
