"""The model servers that the settings name: which ones are asked, and their status."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from operator import itemgetter

from engram.config.settings import LMStudioSettings, Settings
from engram.core.errors import GiveUpError, UnavailableError
from engram.core.model import Model, ServerStatus, Status, Thinking
from engram.llm.anthropic import AnthropicClient
from engram.llm.catalogue import each, keyed, matching
from engram.llm.health import Health
from engram.llm.lmstudio import LMStudioClient
from engram.llm.loading import Change
from engram.llm.openai import OpenAIClient
from engram.llm.server import ModelServer

CLIENTS: dict[str, type[ModelServer]] = {
    client.provider.name: client for client in (LMStudioClient, OpenAIClient, AnthropicClient)
}


class Servers:
    """The model servers in `[fallback] order` of `settings`, each with its health."""

    def __init__(self, settings: Settings) -> None:
        self._health: dict[Wanted, Health] = {}
        self._first_probe = settings.lmstudio.connect_timeout + 0.2
        self._started = False
        self.apply(settings)

    @property
    def clients(self) -> list[ModelServer]:
        """The servers, in the order in which they are asked."""
        return [health.server for health in self.health]

    @property
    def health(self) -> list[Health]:
        """The health of each of them."""
        return list(self._health.values())

    def apply(self, settings: Settings) -> None:
        """Use the servers that `settings` name; answers in progress finish where they began."""
        before, now = self._health, {}
        self._effort = settings.lmstudio.reasoning
        for wanted in _wanted(settings):
            # A server for which nothing changes keeps its line and its health.
            now[wanted] = before.get(wanted) or wanted.make()
            if self._started and wanted not in before:
                now[wanted].start()
        # In one step, because other threads read it meanwhile.
        self._health = now
        for wanted in before.keys() - now.keys():
            before[wanted].stop()

    def begin(self) -> None:
        """Begin to probe them, unless that has been done."""
        if not self._started:
            self._started = True
            for health in self.health:
                health.start()

    def start(self) -> Status:
        """Begin to probe them; return the status after the first probes."""
        self.begin()
        for health in self.health:
            health.wait_for_first(self._first_probe)
        return self.status().indicator

    @property
    def asked(self) -> int:
        """How many questions are at the servers."""
        return sum(client.line.served for client in self.clients)

    def named(self, name: str) -> list[ModelServer]:
        """The servers of the provider that `[fallback] order` calls `name`."""
        return [client for client in self.clients if client.name == name]

    def status(self) -> ServerStatus:
        """The status of the best of the servers."""
        order = list(Status)
        seen = [(order.index(health.as_seen), health.server) for health in self.health]
        if not seen:
            return ServerStatus(Status.OFFLINE)
        best, server = min(seen, key=itemgetter(0))
        in_line = sum(client.line.waiting for client in self.clients)
        return ServerStatus(
            order[best],
            server.called.label,
            server.model_name,
            server.latency,
            in_line,
            server.outcomes.trouble,
            server.problem,
            server.called.subject,
            chooses=bool(self.named("lmstudio")),
            stand_in=server.stand_in,
            on_demand=server.on_demand,
        )

    def model(self) -> str:
        """The model that answers where a chat has not chosen one."""
        return next((client.model_name for client in self.clients), "")

    def models(self) -> tuple[Model, ...]:
        """The models that can be chosen: those of the first LM Studio that is reachable."""
        found = (client.models for client in self.named("lmstudio") if client.available)
        return next(filter(None, found), ())

    def find(self, name: str) -> tuple[Model, ...]:
        """Those of them that `name` can mean; there may be none, or several.

        It is a key as people write it, a tag, or a number in the list.
        """
        models = self.models()
        if tagged := [model for model in each(models) if model.tag == name]:
            return tuple(tagged)
        with contextlib.suppress(GiveUpError):
            return tuple(matching(name, models))
        number = int(name) if name.isdecimal() and len(name) <= len(str(len(models))) else 0
        return models[number - 1 : number] if number else ()

    def seeing(self) -> tuple[Model, ...]:
        """Those of them that can look at pictures, loaded ones first."""
        there = (one for one in self.named("lmstudio") if one.available and one.models)
        found = next(there, None)
        return found.looking() if found else ()

    def thinking(self, chosen: str = "") -> Thinking:
        """How much the model with the key `chosen` can be asked to think, else the configured.

        It is one of the first server that is reachable.
        """
        there = (client for client in self.clients if client.available and client.models)
        found = next(there, None)
        return found.thinking(chosen) if found else Thinking(configured=self._effort)

    def load(self, model: Model) -> Change:
        """Begin to load `model`, or join whoever has begun; where it is loaded nothing happens.

        Raises `ModelInUseError` while it is being ejected, `UnavailableError` without a server.
        """
        return self._having(model).load(model)

    def eject(self, model: Model) -> Change:
        """Begin to take `model` out of the server's memory. Raises as `load` does."""
        return self._having(model).eject(model)

    def _having(self, model: Model) -> LMStudioClient:
        """The server from which `model` can be chosen."""
        studios = (one for one in self.named("lmstudio") if isinstance(one, LMStudioClient))
        for client in studios:
            if client.available and keyed(model.key, client.models):
                return client
        raise UnavailableError("no LM Studio that has it can be reached")

    def ambiguity(self) -> str:
        """Which models the configured name can mean, in a sentence; "" when it is clear."""
        return next((client.ambiguity for client in self.clients if client.ambiguity), "")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model server as the settings want it; the timeouts of `[lmstudio]` hold for all."""

    provider: str
    url: str
    model: str
    parallel: int
    token: str = field(repr=False)
    times: LMStudioSettings
    context_length: int = 0

    def make(self) -> Health:
        """The server, and its health."""
        length = {"context_length": self.context_length} if self.context_length else {}
        client = CLIENTS[self.provider](
            self.url,
            self.times.timeout,
            self.times.max_retries,
            model=self.model,
            token=self.token,
            connect_timeout=self.times.connect_timeout,
            parallel=self.parallel,
            effort=self.times.reasoning,
            **length,
        )
        return Health(client, self.times.probe_interval)


def _wanted(settings: Settings) -> Iterator[Wanted]:
    """The servers that `settings` name."""
    times = replace(settings.lmstudio, url=(), model="", parallel=0, context_length=0)
    for name in filter(CLIENTS.get, settings.fallback.order):
        section = settings.section(name)
        token = settings.secrets.get(CLIENTS[name].provider.credential, "")
        for url in section.url:
            wanted = Wanted(name, url, section.model, section.parallel, token, times)
            is_own = name == "lmstudio"
            yield replace(wanted, context_length=section.context_length) if is_own else wanted
