"""A language model and the status of its server, as every room speaks of them."""

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Model:
    """A language model that a server has; `key` is its name in requests.

    `context` is how many tokens it reads at once as it is loaded, 0 if the server does not say.
    `engine` is what the server calls itself in its list, "" where it does not.
    """

    key: str
    size: str = ""
    quantization: str = ""
    loaded: bool = False
    context: int = 0
    engine: str = ""

    @property
    def name(self) -> str:
        """The key without its publisher."""
        return self.key.rpartition("/")[2] or self.key

    @property
    def tag(self) -> str:
        """A short name that no other model has, for a button that has no room for the key."""
        return f"#{hashlib.sha256(self.key.encode()).hexdigest()[:16]}"


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

    @property
    def label(self) -> str:
        """The title in one word, as the indicator of /status and the end of an answer have it."""
        return self.title.replace(" ", "")


# To add a provider, add a row here and a client in llm/servers.py; the rest follows from the row.
PROVIDERS = {
    one.name: one
    for one in (
        Provider("lmstudio", "LM Studio", "LM_API_TOKEN", "http://localhost:1234"),
        Provider("openai", "OpenAI", "OPENAI_API_KEY", "https://api.openai.com/v1"),
        Provider("anthropic", "Anthropic", "ANTHROPIC_API_KEY", "https://api.anthropic.com"),
    )
}


class Status(Enum):
    """The status of a model server, the best first."""

    CONNECTED = "connected"
    FAILING = "failing"
    RETRYING = "retrying"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The status of the best of the model servers.

    `label` is what people call it, "" when none is configured. `model` is the one that answers,
    `latency` the seconds of the last probe, if one was answered. `in_line` is the number of
    questions that wait for any of the servers, `problem` why the last ones failed, if they did,
    `unreachable` why the last probe failed.
    """

    indicator: Status
    label: str = ""
    model: str = ""
    latency: float | None = None
    in_line: int = 0
    problem: str = ""
    unreachable: str = ""


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

    def ambiguity(self) -> str:
        """Which models the configured name can mean, in a sentence; "" when it is clear."""
