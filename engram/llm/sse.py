"""Server-sent events: the bytes of a stream -> events; pure.

The format is the WHATWG HTML standard's, section 9.2.6 "Interpreting an event stream".
"""

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass

# The name given to a whole JSON document that a server sends in place of a stream.
DOCUMENT = "document"
# Events that only keep the connection warm: they count as nothing.
PINGS = {"ping", "keepalive", "keep-alive", "heartbeat"}


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event of a stream: its `name` ("message" when the server gave none) and its `data`."""

    name: str
    data: str


class EventParser:
    """Turns pieces of a stream, cut anywhere, into the events that they complete."""

    def __init__(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._rest: list[str] = []
        self._name = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> Iterator[ServerSentEvent]:
        """Yield the events that end in `chunk` and say anything."""
        head, *tail = self._decoder.decode(chunk).split("\n")
        self._rest.append(head)
        for piece in tail:
            line, self._rest = "".join(self._rest), [piece]
            if event := self._take(line):
                yield event

    def _take(self, line: str) -> ServerSentEvent | None:
        if not line:
            name, data = self._name or "message", self._data
            self._name, self._data = "", []
            event = ServerSentEvent(name, "\n".join(data))
            return event if event.data.strip() and name not in PINGS else None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        elif field == "error":  # earlier ones of llama.cpp's servers
            self._name, self._data = "error", [value]
        return None
