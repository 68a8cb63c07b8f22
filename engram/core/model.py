"""A language model and the status of its server, as every room speaks of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import Protocol
from urllib.parse import urlsplit

from engram.core.waits import Errand

# What engines call themselves in their lists of models, and what people call them.
ENGINES = {"llamacpp": "llama.cpp", "vllm": "vLLM", "library": "Ollama", "sglang": "SGLang"}

# How much a model is asked to think before it answers: not at all, more and more, or as much as it
# does where nobody says more about it. Models may have words of their own beside these.
OFF, ON = "off", "on"
EFFORTS = (OFF, "low", "medium", "high", ON)
# None where nothing needs it, else as much as the model does by itself.
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Model:
    """A language model that a server has; `key` is its name in requests.

    `context` is how many tokens it reads at once as it is loaded, 0 if the server does not say.
    `engine` is what the server calls itself in its list, "" where it does not.

    `vision` tells whether it can look at pictures, None where the list does not. `efforts` are the
    settings of its thinking that it allows, of which `effort` is the default. `instances` are the
    ids under which it is loaded, `longest` the most tokens that it could read at once, `bytes` how
    large its file is, `variants` the keys of its quantizations, and `variant` the one that is used.
    """

    key: str
    size: str = ""
    quantization: str = ""
    loaded: bool = False
    context: int = 0
    engine: str = ""
    vision: bool | None = None
    efforts: tuple[str, ...] = ()
    effort: str = ""
    instances: tuple[str, ...] = ()
    longest: int = 0
    bytes: int = 0
    variants: tuple[str, ...] = ()
    variant: str = ""

    @property
    def name(self) -> str:
        """The key without its publisher."""
        return self.key.rpartition("/")[2] or self.key

    @property
    def tag(self) -> str:
        """A short name that no other model has, for a button that has no room for the key."""
        return f"#{hashlib.sha256(self.key.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Thinking:
    """How much the model can be asked to think that people call `model`; "" if none is there.

    `efforts` are what it allows, of which `effort` is its default. Where `guessed`, the server
    called `server` does not tell, and they are what can be tried. `configured` is what holds where
    a chat has chosen nothing: one of them, "auto", or what the model does not allow.
    """

    model: str = ""
    efforts: tuple[str, ...] = EFFORTS
    effort: str = ""
    configured: str = AUTO
    server: str = ""
    guessed: bool = True

    def leaves_out(self, effort: str) -> bool:
        """Whether it is known that the model is not asked for `effort`, though somebody wants it.

        Who wants no thinking has that of a model that does not allow to choose.
        """
        is_known = bool(self.server) and (effort in EFFORTS or not self.guessed)
        does_without = effort == OFF and not self.efforts
        return is_known and effort not in (AUTO, *self.efforts) and not does_without


@dataclass(frozen=True, slots=True)
class ServerName:
    """What people call a model server: "LM Studio", "llama.cpp", "the model server at 10.0.0.5".

    `title` stands in sentences, `label` at the beginning of a line and, in one word, at the end of
    an answer. `named` is False where only its address is known.
    """

    title: str
    label: str
    named: bool = True

    @property
    def subject(self) -> str:
        """The title as the first words of a sentence."""
        return self.title if self.named else self.label

    @property
    def kind(self) -> str:
        """The title where its address follows."""
        return self.title if self.named else "Model server"


@dataclass(frozen=True, slots=True)
class Provider:
    """A kind of model server.

    `name` is its section in config.ini, its name in `[fallback] order` and in the log; `title` is
    what people call it, `credential` what its token is called in .env, `base_url` its own address.
    """

    name: str
    title: str
    credential: str
    base_url: str
    #: It is a program that people run themselves, at any address.
    local: bool = False

    @property
    def label(self) -> str:
        """The title in one word, as the indicator of /status and the end of an answer have it."""
        return self.title.replace(" ", "")

    @property
    def called(self) -> ServerName:
        """What people call its own server."""
        return ServerName(self.title, self.label)

    def at(self, base_url: str, engine: str = "") -> ServerName:
        """What people call the server at `base_url`, which says that it is an `engine`.

        A program of that kind, or somebody else's server that speaks the same protocol, is not
        called by the protocol's inventor.
        """
        if _address(base_url) == _address(self.base_url) or self.local:
            return self.called
        if known := ENGINES.get(engine):
            return ServerName(known, known)
        there = f"model server at {_address(base_url)}"
        return ServerName(f"the {there}", f"M{there[1:]}", named=False)


# To add a provider, add a row here and a client in llm/servers.py; the rest follows from the row.
PROVIDERS = {
    one.name: one
    for one in (
        Provider("lmstudio", "LM Studio", "LM_API_TOKEN", "http://localhost:1234", local=True),
        Provider("openai", "OpenAI", "OPENAI_API_KEY", "https://api.openai.com/v1"),
        Provider("anthropic", "Anthropic", "ANTHROPIC_API_KEY", "https://api.anthropic.com"),
    )
}


def _address(url: str) -> str:
    """Host and port of `url`, without whatever else it may hold."""
    return urlsplit(url).netloc.rpartition("@")[2]


class Status(Enum):
    """The status of a model server, the best first."""

    CONNECTED = "connected"
    FAILING = "failing"
    RETRYING = "retrying"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The status of the best of the model servers.

    `label` is what people call it, "" when none is configured, and `title` the same as the first
    words of a sentence. `chooses` tells whether there are servers whose models a chat can choose
    from, reachable or not. `model` is the one that answers,
    `latency` the seconds of the last probe, if one was answered. `in_line` is the number of
    questions that wait for any of the servers, `problem` why the last ones failed, if they did,
    `unreachable` why the last probe failed. `stand_in` answers in place of `model`, which is not
    loaded; without `on_demand` no question loads its model.
    """

    indicator: Status
    label: str = ""
    model: str = ""
    latency: float | None = None
    in_line: int = 0
    problem: str = ""
    unreachable: str = ""
    title: str = ""
    chooses: bool = True
    stand_in: str = ""
    on_demand: bool = True


class ModelServers(Protocol):
    """What the assistant asks about the model servers."""

    def status(self) -> ServerStatus:
        """The status of the best of them."""

    def model(self) -> str:
        """The model that answers where a chat has not chosen one."""

    def models(self) -> tuple[Model, ...]:
        """The models that can be chosen."""

    def find(self, name: str) -> tuple[Model, ...]:
        """Those of them that `name` can mean: key, tag, or number in the list; none, or several."""

    def seeing(self) -> tuple[Model, ...]:
        """Those of them that can look at pictures, loaded ones first."""

    def thinking(self, chosen: str = "") -> Thinking:
        """How much the model with the key `chosen` can be asked to think, else the configured."""

    def ambiguity(self) -> str:
        """Which models the configured name can mean, in a sentence; "" when it is clear."""

    def load(self, model: Model) -> Errand:
        """Begin to load `model`, or join whoever has begun; where it is loaded nothing happens.

        Raises `ModelInUseError` while it is being ejected, `UnavailableError` without a server.
        """

    def eject(self, model: Model) -> Errand:
        """Begin to take `model` out of the server's memory, unless an answer of it is in progress.

        Raises as `load` does.
        """


class Remarks(Protocol):
    """A model that says a few words about what people are told unasked."""

    def remark(self, prompt: str, data: str, until: float) -> str:
        """Two sentences about `data`, asked for with `prompt`, by `until` (s, `time.monotonic`).

        Empty where no model can say them by then. Never raises.
        """
