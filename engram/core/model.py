"""A language model and the status of its server, as every room speaks of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Model:
    """A language model that a server has; `key` is its name in requests."""

    key: str
    size: str = ""
    quantization: str = ""
    loaded: bool = False

    @property
    def name(self) -> str:
        """The key without its publisher."""
        return self.key.rpartition("/")[2]


class Status(Enum):
    """The status of a model server; the value is what a person reads."""

    CONNECTED = "🟢 LMStudio Connected - AI-powered responses"
    RETRYING = "⚠️ Retrying - Attempting to reconnect"
    OFFLINE = "🔴 LMStudio Offline - Using fallback AI"


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The status of the best of the model servers.

    `detail` says its model and latency in words, `title` is what people call it.
    """

    indicator: Status
    detail: str
    title: str = "LMStudio"


class ModelServers(Protocol):
    """What the assistant asks about the model servers."""

    def status(self) -> ServerStatus:
        """The status of the best of them."""

    def model(self) -> str:
        """The model that answers where a chat has not chosen one."""

    def models(self) -> tuple[Model, ...]:
        """The models that can be chosen."""

    def find(self, name: str) -> Model | None:
        """The one of them that is called `name`, or begins so; None when there is none."""
