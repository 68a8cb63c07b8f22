"""An LM Studio that answers at once and costs nothing: what it says is rendered beforehand.

LM Studio runs in Node.js: each event is a chunk of its own, and what is written in one turn of the
event loop leaves in one packet. A model that is faster than all that is behind it fills the turns:
here there are ten deltas in each.

As a process: `python -m tests.doubles.instant --port 0`; it checks nothing and takes no controls.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import selectors
import socket
from typing import Any

from tests.doubles.lmstudio_behaviours import named
from tests.doubles.lmstudio_rules import default_models

Event = tuple[str, dict[str, Any]]
TOGETHER = 10
SENTENCES = (
    "Good to hear from you, and of course I will help.\n\n",
    "**First** we look at what you have, and then at what you want to know. ",
    "Much of it is *easier than it seems*, as long as one step follows the other:\n\n",
    "- Say what you want to find out.\n",
    "- Say what you have tried, and what came of it.\n\n",
    "With that I can tell you more, and you will see how far my words can be trusted. ",
    "Ask whatever you like. ",
    "So, where would you like to begin?",
)
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nCache-Control: no-cache\r\n"
    "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n{length}\r\n\r\n"
)
# Its place is taken by the number of the answer, which has as many digits.
NUMBER = b"0" * 48


def turns(model: str) -> list[bytes]:
    """An answer as it leaves the server: a packet for each turn of its event loop."""
    words = re.findall(r"\s*\S+", "".join(SENTENCES))
    deltas: list[Event] = [("message.delta", {"content": word}) for word in words]
    reading: Event = ("prompt_processing.start", {})
    half, whole = (("prompt_processing.progress", {"progress": done}) for done in (0.5, 1.0))
    read: Event = ("prompt_processing.end", {})
    groups = [[("chat.start", {"model_instance_id": model}), reading], [half], [whole, read]]
    groups += [deltas[at : at + TOGETHER] for at in range(0, len(deltas), TOGETHER)]
    groups[3].insert(0, ("message.start", {}))
    groups[-1] += [("message.end", {}), ("chat.end", {"result": _result(model, words)})]
    packets = [b"".join(map(_chunk, group)) for group in groups]
    head = HEAD.format(kind="text/event-stream", length="Transfer-Encoding: chunked")
    return [head.encode() + packets[0], *packets[1:-1], packets[-1] + b"0\r\n\r\n"]


def _chunk(event: Event) -> bytes:
    kind, data = event
    said = named(kind, type=kind, **data)
    return b"%x\r\n%s\r\n" % (len(said), said)


def _result(model: str, words: list[str]) -> dict[str, Any]:
    stats = {
        "input_tokens": 120,
        "total_output_tokens": len(words),
        "reasoning_output_tokens": 0,
        "tokens_per_second": 43.7,
        "time_to_first_token_seconds": 0.2,
    }
    output = [{"type": "message", "content": "".join(words)}]
    named_so = f"resp_{NUMBER.decode()}"
    return {"model_instance_id": model, "output": output, "stats": stats, "response_id": named_so}


class Instant:
    """One thread that waits for all connections; `url` is where it listens."""

    def __init__(self, port: int) -> None:
        models = default_models()
        document = json.dumps({"models": models}).encode()
        head = HEAD.format(kind="application/json", length=f"Content-Length: {len(document)}")
        self._models = [head.encode() + document]
        loaded = next(one for one in models if one["loaded_instances"])
        self._turns = turns(loaded["loaded_instances"][0]["id"])
        self._answers = 0
        self._listening = socket.create_server(("127.0.0.1", port), backlog=1024)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listening, selectors.EVENT_READ)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def serve(self) -> None:
        """Answer for ever."""
        while True:
            for key, _events in self._selector.select():
                if key.data is None:
                    self._accept()
                elif not self._answered(key.fileobj, key.data):
                    self._selector.unregister(key.fileobj)
                    key.fileobj.close()

    def _accept(self) -> None:
        connection, _address = self._listening.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(connection, selectors.EVENT_READ, bytearray())

    def _answered(self, connection: socket.socket, request: bytearray) -> bool:
        """Read on, and answer once the request is complete; whether the client is still there."""
        with contextlib.suppress(OSError):
            received = connection.recv(65536)
            request += received
            head, found, body = request.partition(b"\r\n\r\n")
            length = LENGTH.search(head)
            if found and len(body) >= int(length[1] if length else 0):
                for packet in self._answer(head):
                    connection.sendall(packet)
                request.clear()
            return bool(received)
        return False

    def _answer(self, head: bytearray) -> list[bytes]:
        if head.startswith(b"GET"):
            return self._models
        self._answers += 1
        last = self._turns[-1].replace(NUMBER, b"%048d" % self._answers)
        return [*self._turns[:-1], last]


def main() -> None:
    """Serve until the process is killed."""
    parser = argparse.ArgumentParser(description="An LM Studio that answers at once")
    parser.add_argument("--port", type=int, default=0)
    instant = Instant(parser.parse_args().port)
    print(f"listening on {instant.url}", flush=True)
    instant.serve()


if __name__ == "__main__":
    main()
