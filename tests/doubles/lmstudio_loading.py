"""How LM Studio loads models and ejects them: on request, and where a question needs one.

    lmstudio.on_demand = "refuses"
    lmstudio.loader.held = threading.Event()

Source: lmstudio.ai/docs/developer/rest/load and unload; wording and the forms of failures from its
bug tracker. Loading what is loaded already makes a second instance, as it does there.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.lmstudio_behaviours import Json
from tests.doubles.model_server import Invalid
from tests.doubles.server import Connection
from tests.machine_speed import within

#: What it does with a question whose model is not loaded: load it, refuse it, or have whichever
#: model is loaded answer it.
ON_DEMAND = ("loads", "refuses", "any")
NO_MODELS = (
    "No models loaded. Please load a model in the developer page or use the 'lms load' command."
)
NO_MEMORY = (
    "Model loading was stopped due to insufficient system resources. Under the current settings, "
    "this model requires approximately 273.25 GB of memory, and continuing to load it would likely "
    "overload your system and cause it to freeze."
)
_LOAD_KEYS = {
    "model",
    "context_length",
    "eval_batch_size",
    "flash_attention",
    "num_experts",
    "offload_kv_cache_to_gpu",
    "echo_load_config",
}


@dataclass
class Loader:
    """What is loaded, and how that goes.

    A load takes `seconds`, and waits until `held` is set, if it is there. It fails with `failure`,
    a status and a document, if there is one, and so does an eject. `loads` and `unloads` are the
    requests for it, and `doubled` the models that were asked a question meanwhile, which loads them
    once more.
    """

    seconds: float = 0.0
    held: threading.Event | None = None
    failure: tuple[int, Json] | None = None
    loads: list[Json] = field(default_factory=list)
    unloads: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    _in_progress: list[str] = field(default_factory=list)

    def asked(self, entry: Json) -> None:
        """Note that a question asks a model that is not loaded."""
        if entry["key"] in self._in_progress:
            self.doubled.append(entry["key"])

    def load(self, models: list[Json], body: Any, lock: threading.Condition) -> Json:
        """Load as `body` says; returns what is answered. Raises Invalid."""
        if unknown := ", ".join(f"'{key}'" for key in body if key not in _LOAD_KEYS):
            raise Invalid(f"Unrecognized key(s) in object: {unknown}", "unrecognized_keys")
        entry = next((one for one in models if one["key"] == body.get("model")), None)
        with lock:
            self.loads.append(body)
            self._in_progress.append(body.get("model"))
            lock.notify_all()
        began = time.monotonic()
        try:
            if entry is None:
                message = f"Model {body.get('model')} not found in downloaded models"
                raise Invalid(message, "", None, 404, "model_not_found")
            assert self.held is None or within(30, self.held.wait), "a load that is held for ever"
            time.sleep(self.seconds)
            if self.failure:
                raise Failed(*self.failure)
            with lock:
                made = instance(entry, body.get("context_length"))
        finally:
            with lock:
                self._in_progress.remove(body.get("model"))
        took = time.monotonic() - began
        return {
            "type": entry["type"],
            "instance_id": made["id"],
            "load_time_seconds": took,
            "status": "loaded",
        }

    def unload(self, models: list[Json], body: Any, lock: threading.Condition) -> Json:
        """Eject the instance that `body` names; returns what is answered. Raises Invalid."""
        wanted = body.get("instance_id")
        with lock:
            self.unloads.append(wanted)
            if self.failure:
                raise Failed(*self.failure)
            for entry in models:
                for one in entry["loaded_instances"]:
                    if one["id"] == wanted:
                        entry["loaded_instances"].remove(one)
                        return {"instance_id": wanted}
        message = f"No loaded model instance has the id {wanted}"
        raise Invalid(message, "", "instance_id", 404, "model_not_found")


class Failed(Exception):
    """The load came to nothing."""

    def __init__(self, status: int, document: Json) -> None:
        super().__init__(status)
        self.status, self.document = status, document


def instance(entry: Json, context: int | None = None) -> Json:
    """Load one more instance of a model; returns it."""
    loaded = entry["loaded_instances"]
    number = len(loaded) + 1
    name = entry["key"] if number == 1 else f"{entry['key']}:{number}"
    made = {"id": name, "config": {"context_length": context or 32_768, "parallel": 4}}
    loaded.append(made)
    return made


def answering(entry: Json, models: list[Json], on_demand: str) -> Json:
    """The model that answers where `entry` is asked. Raises Invalid."""
    if entry["loaded_instances"] or on_demand == "loads":
        return entry
    others = [one for one in models if one["loaded_instances"] and one["type"] == "llm"]
    if on_demand == "refuses" or not others:
        raise Invalid(NO_MODELS, "", "model", 404, "invalid_request_error")
    return others[0]


def answer(connection: Connection, loader: Loader, path: str, *request: Any) -> None:
    """Answer a request to load or eject."""
    do = loader.load if path.endswith("/load") else loader.unload
    try:
        connection.reply_json(200, do(*request))
    except Failed as failed:
        connection.reply_json(failed.status, failed.document)
