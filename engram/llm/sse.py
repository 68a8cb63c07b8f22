"""Server-sent events: the bytes of a stream -> events; pure.

The format is the WHATWG HTML standard's, section 9.2.6 "Interpreting an event stream".
"""

import codecs
import io
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

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that end in `chunk` and say anything."""
        head, *tail = self._decoder.decode(chunk).split("\n")
        self._rest.append(head)
        if not tail:
            return []
        lines = ["".join(self._rest), *tail]
        self._rest = [lines.pop()]
        return [event for line in lines if (event := self._take(line))]

    def _take(self, line: str) -> ServerSentEvent | None:
        if not line:
            name, data = self._name or "message", "\n".join(self._data)
            self._name, self._data = "", []
            is_said = data.strip() and name not in PINGS
            return ServerSentEvent(name, data) if is_said else None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        elif field == "error":  # earlier ones of llama.cpp's servers
            self._name, self._data = "error", [value]
        return None
