"""How a model server can behave: the vocabulary for `ModelServerDouble.behave`.

A behaviour is anything with `play(exchange)`, or a function that takes the `Exchange`. Events are
those of LM Studio's documentation (lmstudio.ai/docs/developer/rest/streaming-events); the doubles
of other servers say the same in their `Dialect`. The same behaviour answers a request without
`"stream": true` with one JSON document.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Protocol, runtime_checkable

from tests.doubles.server import Connection
from tests.machine_speed import within

Json = dict[str, Any]
DEFAULT_TEXT = "Bitcoin is trading sideways; no signal stands out at the moment."


class Dialect:
    """How a server puts LM Studio's events; this one is LM Studio itself.

    `cut`: the answer is cut because no more tokens are to be had. `read` and `written`: what the
    server counts, in tokens.
    """

    cut = False
    read = 11
    written = 7

    def event(self, kind: str, data: Json) -> bytes:
        """One event in the server's own words; nothing if it has none for it."""
        return named(kind, type=kind, **data)


def named(name: str, **data: Any) -> bytes:
    """A server-sent event with a name."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


@dataclass
class Exchange:
    """One chat request being answered.

    In a streamed answer `event` sends server-sent events, otherwise nothing. `load`: the model is
    not loaded. `finish` makes the final result of output items (and stores it in the server).
    """

    connection: Connection
    body: Json
    model: str
    load: bool
    finish: Callable[[list[Json], float | None], Json]
    dialect: Dialect = field(default_factory=Dialect)
    opened: bool = False
    events: int = 0

    @property
    def streamed(self) -> bool:
        """Did the request say `"stream": true`?"""
        return bool(self.body.get("stream"))

    @property
    def thinks(self) -> bool:
        """Does the request leave it to the model to think?"""
        keys, kind = ("reasoning", "reasoning_effort"), self.body.get("thinking", {}).get("type")
        return {"off", "none", "disabled"}.isdisjoint((*map(self.body.get, keys), kind))

    def open(self) -> None:
        """Sends the head of the stream, once."""
        if self.streamed and not self.opened:
            self.opened = True
            self.connection.open_stream("text/event-stream")

    def event(self, kind: str, **data: Any) -> str:
        """Sends one event, in one packet, and returns its kind."""
        if said := self.dialect.event(kind, data):
            self.events += 1
            self.raw(said)
        return kind

    def raw(self, data: bytes) -> None:
        """Sends bytes into the stream."""
        self.open()
        if self.streamed:
            self.connection.chunk(data)

    def pause(self, seconds: float | None) -> None:
        """Waits (None: for ever); raises Gone as soon as the client hangs up."""
        if seconds is None or seconds > 0:
            self.connection.pause(seconds)

    def end(self, output: list[Json], load_seconds: float | None = None) -> None:
        """Ends the answer: `chat.end` in a stream, the whole answer as JSON otherwise."""
        result = self.finish(output, load_seconds)
        if self.streamed:
            self.event("chat.end", result=result)
            self.connection.end_stream()
        else:
            self.connection.reply_json(200, result)


@runtime_checkable
class Behaviour(Protocol):
    """Answers one request."""

    def play(self, exchange: Exchange) -> None:
        """Answers, misbehaves, or raises Gone."""


@dataclass(frozen=True)
class Answer:
    """A good answer. Times in seconds.

    `deltas`: the pieces in which the text arrives (default: word by word). `delay_first`: before
    the first of them, `delay_between`: between them. `load` and `prompt`: progress values to
    report, `delay_progress` before each; a model that is not loaded reports its loading anyway.
    `reasoning` is spread over `reasoning_seconds`, unless the request wants none. `cut`: it ends at
    the limit of its tokens.
    """

    text: str = DEFAULT_TEXT
    deltas: tuple[str, ...] | None = None
    delay_first: float = 0.0
    delay_between: float = 0.0
    load: tuple[float, ...] | None = None
    prompt: tuple[float, ...] | None = None
    delay_progress: float = 0.0
    reasoning: str | None = None
    reasoning_seconds: float = 0.0
    cut: bool = False

    def play(self, exchange: Exchange) -> None:
        """Streams everything, then ends properly."""
        exchange.dialect.cut = exchange.dialect.cut or self.cut
        said = self if exchange.thinks else replace(self, reasoning=None)
        for _event in said.steps(exchange):
            pass
        exchange.end(said.output(), 1.5 if self._load(exchange) else None)

    def output(self) -> list[Json]:
        """The output items of the final result."""
        reasoning = [{"type": "reasoning", "content": self.reasoning}] if self.reasoning else []
        return [*reasoning, {"type": "message", "content": "".join(self.pieces())}]

    def pieces(self) -> tuple[str, ...]:
        """The text in the pieces in which it is streamed."""
        return self.deltas if self.deltas is not None else _words(self.text)

    def steps(self, exchange: Exchange) -> Iterator[str]:
        """Sends event after event up to `message.end`; yields the kind of each after sending it."""
        model = {"model_instance_id": exchange.model}
        yield exchange.event("chat.start", **model)
        if progress := self._load(exchange):
            yield exchange.event("model_load.start", **model)
            for value in progress:
                exchange.pause(self.delay_progress)
                yield exchange.event("model_load.progress", **model, progress=value)
            yield exchange.event("model_load.end", **model, load_time_seconds=1.5)
        if self.prompt:
            yield exchange.event("prompt_processing.start")
            for value in self.prompt:
                exchange.pause(self.delay_progress)
                yield exchange.event("prompt_processing.progress", progress=value)
            yield exchange.event("prompt_processing.end")
        if self.reasoning:
            pause = self.reasoning_seconds / len(_words(self.reasoning))
            yield from _spoken(exchange, "reasoning", _words(self.reasoning), pause, pause)
        yield from _spoken(exchange, "message", self.pieces(), self.delay_first, self.delay_between)

    def _load(self, exchange: Exchange) -> tuple[float, ...]:
        return self.load or ((0.2, 0.6, 1.0) if exchange.load else ())


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\s*\S+\s*", text)) or (text,)


def _spoken(
    exchange: Exchange, part: str, pieces: tuple[str, ...], first: float, between: float
) -> Iterator[str]:
    yield exchange.event(f"{part}.start")
    for number, piece in enumerate(pieces):
        exchange.pause(between if number else first)
        yield exchange.event(f"{part}.delta", content=piece)
    yield exchange.event(f"{part}.end")


def _play_deltas(exchange: Exchange, answer: Answer, count: int) -> None:
    """Plays an answer up to its `count`-th piece of text; 0: up to message.start."""
    seen = 0
    for kind in answer.steps(exchange):
        seen += kind == "message.delta"
        if seen >= count and kind.startswith("message."):
            return


@dataclass(frozen=True)
class Held:
    """An answer that stops after certain events until a test lets it go on.

    `stops`: by the kind of an event and its number, from 1, what the answer then waits for.
    """

    answer: Answer
    stops: Mapping[tuple[str, int], threading.Event]

    def play(self, exchange: Exchange) -> None:
        """Streams everything, with the stops, then ends properly."""
        seen: Counter[str] = Counter()
        for kind in self.answer.steps(exchange):
            seen[kind] += 1
            stop = self.stops.get((kind, seen[kind]))
            assert stop is None or within(30, stop.wait), f"held for ever after {kind}"
        exchange.end(self.answer.output())


@dataclass(frozen=True)
class Loop:
    """`before`, and then the same `piece` so many `times`, by default until the client hangs up.

    It comes every `between` seconds; "{n}" in it counts. `part` is what is said so: the "message"
    or the "reasoning".
    """

    piece: str = "1. "
    before: str = ""
    times: int | None = None
    part: str = "message"
    between: float = 0.02

    def play(self, exchange: Exchange) -> None:
        """Says it, and ends properly if it ends."""
        said = [self.before]
        exchange.event("chat.start", model_instance_id=exchange.model)
        exchange.event(f"{self.part}.start")
        if self.before:
            exchange.event(f"{self.part}.delta", content=self.before)
        for n in count(1) if self.times is None else range(1, self.times + 1):
            said.append(self.piece.replace("{n}", str(n)))
            exchange.pause(self.between)
            exchange.event(f"{self.part}.delta", content=said[-1])
        exchange.event(f"{self.part}.end")
        exchange.end([{"type": self.part, "content": "".join(said)}])


@dataclass(frozen=True)
class Hang:
    """Silence until the client hangs up or the server stops: at once, after the headers, or after
    so many events of an ordinary answer."""

    after_headers: bool = False
    after_events: int = 0

    def play(self, exchange: Exchange) -> None:
        """Waits for ever."""
        if self.after_headers:
            exchange.open()
        if self.after_events:
            for _event in Answer().steps(exchange):
                if exchange.events >= self.after_events:
                    break
        exchange.pause(None)


@dataclass(frozen=True)
class Drip:
    """A comment or a ping every `interval` seconds, for ever: bytes without progress."""

    interval: float = 0.05
    pings: bool = False

    def play(self, exchange: Exchange) -> None:
        """Drips until the client has had enough."""
        exchange.open()
        while True:
            exchange.raw(b"event: ping\ndata: {}\n\n" if self.pings else b": keep-alive\n\n")
            exchange.pause(self.interval)


@dataclass(frozen=True)
class Status:
    """Any HTTP status; `body` is sent as JSON unless it is text."""

    code: int
    body: Json | str = field(default_factory=lambda: {"error": {"type": "unknown", "message": ""}})
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"

    def play(self, exchange: Exchange) -> None:
        """Answers at once."""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        exchange.connection.reply(self.code, text.encode(), self.content_type, self.headers)


def Html(code: int = 200) -> Status:
    """A web page, as a captive portal or a proxy shows it."""
    return Status(code, "<html><body>Welcome</body></html>", content_type="text/html")


def WrongContentType() -> Status:
    """200 with a type that is neither JSON nor an event stream."""
    return Status(200, "it works", content_type="text/plain")


def OldServer() -> Status:
    """LM Studio before 0.4: unknown paths give 200 and an error."""
    return Status(200, {"error": "Unexpected endpoint or method. (POST /api/v1/chat)"})


def LoadingModel() -> Status:
    """What llama.cpp's server answers, to whatever question, until its model is there."""
    error = {"message": "Loading model", "type": "unavailable_error", "code": 503}
    return Status(503, {"error": error})


def Redirect(location: str = "/login", code: int = 302) -> Status:
    """A redirect to somewhere else."""
    return Status(code, "", headers=(("Location", location),))


@dataclass(frozen=True)
class BrokenJson:
    """An ordinary stream with a data line that is no JSON in its middle; or such a document."""

    def play(self, exchange: Exchange) -> None:
        """Sends the broken line after the first piece of text."""
        if not exchange.streamed:
            return exchange.connection.reply(200, b'{"output": [{"type": "mess')
        _play_deltas(exchange, Answer(), 1)
        exchange.raw(b'event: message.delta\ndata: {"type": "message.delta", "cont\n\n')
        exchange.end(Answer().output())


@dataclass(frozen=True)
class Cut:
    """The answer ends cleanly after so many pieces of text, but `chat.end` never comes. Without
    streaming: fewer bytes than Content-Length promises."""

    after_deltas: int = 1
    answer: Answer = field(default_factory=Answer)

    def play(self, exchange: Exchange) -> None:
        """Ends the stream too early."""
        if not exchange.streamed:
            return exchange.connection.reply(200, b'{"output": [', missing=1000)
        _play_deltas(exchange, self.answer, self.after_deltas)
        exchange.connection.end_stream()


@dataclass(frozen=True)
class Reset:
    """A TCP reset after so many pieces of text; with None before anything at all."""

    after_deltas: int | None = None
    answer: Answer = field(default_factory=Answer)

    def play(self, exchange: Exchange) -> None:
        """Resets the connection."""
        if self.after_deltas is not None and exchange.streamed:
            _play_deltas(exchange, self.answer, self.after_deltas)
        exchange.connection.reset()


@dataclass(frozen=True)
class ErrorEvent:
    """An `error` event after so many pieces of text; `chat.end` follows with what there is, unless
    `then_end` is false: then the stream just ends. Without streaming: status 500 with the error."""

    type: str = "internal_error"
    message: str = "The model has crashed without additional information."
    then_end: bool = True
    after_deltas: int | None = None

    def play(self, exchange: Exchange) -> None:
        """Reports the error."""
        error = {"type": self.type, "message": self.message}
        if not exchange.streamed:
            return exchange.connection.reply_json(500, {"error": error})
        pieces = Answer().pieces()[: self.after_deltas or 0]
        if self.after_deltas is None:
            exchange.event("chat.start", model_instance_id=exchange.model)
        else:
            _play_deltas(exchange, Answer(), self.after_deltas)
        exchange.event("error", error=error)
        if self.then_end:
            exchange.end([{"type": "message", "content": "".join(pieces)}] if pieces else [])
        else:
            exchange.connection.end_stream()


@dataclass(frozen=True)
class Empty:
    """A proper answer without any output."""

    def play(self, exchange: Exchange) -> None:
        """Starts and ends."""
        exchange.event("chat.start", model_instance_id=exchange.model)
        exchange.end([])


@dataclass(frozen=True)
class ReasoningOnly:
    """The model thinks until its tokens are used up and never says anything."""

    text: str = "The user wants to know about Bitcoin, so I should"

    def play(self, exchange: Exchange) -> None:
        """Thinks and ends."""
        exchange.dialect.cut = True
        exchange.event("chat.start", model_instance_id=exchange.model)
        for _event in _spoken(exchange, "reasoning", _words(self.text), 0, 0):
            pass
        exchange.end([{"type": "reasoning", "content": self.text}])


@dataclass(frozen=True)
class Clock:
    """Tells the time: each of `count` pieces is the monotonic time at which it was sent, `between`
    seconds apart.

    Before the first of them the prompt is read, which takes `delay_first` seconds; `prompt` are the
    progress values that are reported meanwhile.
    """

    count: int = 100
    prompt: tuple[float, ...] = (1.0,)
    delay_first: float = 0.0
    between: float = 0.025

    def play(self, exchange: Exchange) -> None:
        """Streams the times, then ends properly."""
        said = []
        exchange.event("chat.start", model_instance_id=exchange.model)
        exchange.event("prompt_processing.start")
        for done in self.prompt:
            exchange.pause(self.delay_first / len(self.prompt))
            exchange.event("prompt_processing.progress", progress=done)
        exchange.event("prompt_processing.end")
        exchange.event("message.start")
        for number in range(self.count):
            exchange.pause(self.between if number else 0.0)
            said.append(f"{time.monotonic():.3f} ")
            exchange.event("message.delta", content=said[-1])
        exchange.event("message.end")
        exchange.end([{"type": "message", "content": "".join(said)}])


VOCABULARY: dict[str, Callable[..., Behaviour]] = {
    kind.__name__: kind
    for kind in (
        Answer,
        Hang,
        Drip,
        Loop,
        Status,
        Html,
        BrokenJson,
        WrongContentType,
        Cut,
        Reset,
        ErrorEvent,
        Empty,
        ReasoningOnly,
        OldServer,
        LoadingModel,
        Redirect,
        Clock,
    )
}


def from_json(steps: list[Json]) -> list[Behaviour]:
    """Behaviours from `[{"kind": "Answer", "text": "hi", "delay_between": 0.05}]`."""
    return [
        VOCABULARY[step["kind"]](
            **{key: _frozen(value) for key, value in step.items() if key != "kind"}
        )
        for step in steps
    ]


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
