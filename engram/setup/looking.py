"""Whether LM Studio answers at an address, and which models it has there."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from engram.core.errors import Cause
from engram.core.model import Model
from engram.llm.lmstudio import LMStudioClient
from engram.setup import texts

# For a connection, and again for the list of models. A name may take longer to look up.
PATIENCE, LONGEST = 2.0, 6.0


@dataclass(frozen=True, slots=True)
class Found:
    """What was found at `url`: the `models` of LM Studio, or the `problem`.

    It `answers` also where it has no model, and where it is `closed` without a token.
    """

    url: str
    models: tuple[Model, ...] = ()
    problem: str = ""
    closed: bool = False
    answers: bool = False


def look(url: str, token: str = "") -> Found:
    """Ask the server at `url`."""
    client = LMStudioClient(url, model="auto", token=token, connect_timeout=PATIENCE)
    client.probe()
    closed, listed = client.down is Cause.DENIED, client.latency is not None
    return Found(url, client.models, client.problem, closed, closed or listed)


def look_at(urls: Sequence[str], token: str = "") -> list[Found]:
    """Ask all `urls` at once."""
    found: dict[str, Found] = {}

    def ask(url: str) -> None:
        found[url] = look(url, token)

    threads = [threading.Thread(target=ask, args=[url], daemon=True) for url in urls]
    for thread in threads:
        thread.start()
    until = time.monotonic() + LONGEST
    for thread in threads:
        thread.join(max(until - time.monotonic(), 0))
    silent = texts.SILENT.format(seconds=LONGEST)
    return [found.get(url) or Found(url, problem=silent) for url in urls]
