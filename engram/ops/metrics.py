"""What happened, and what is waiting, for Prometheus.

Names follow https://prometheus.io/docs/practices/naming/. No label comes from what people write.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engram import __version__
from engram.core.events import Event, FellBack, Progress, Stage
from engram.core.listener import Answered, Listener
from engram.core.usage import Usage

log = logging.getLogger(__name__)

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
# Tokens a second, from a large model on a processor to a small one on a rented card.
SPEEDS = (1, 2.5, 5, 7.5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1000)
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A value to look up whenever Prometheus asks.

    `values` returns the numbers to show, each under the values of its `labels`.
    """

    name: str
    meaning: str
    values: Callable[[], Mapping[tuple[str, ...], float]]
    labels: tuple[str, ...] = ()

    def collect(self) -> Iterator[Any]:
        """The gauge as it is now; prometheus-client calls this."""
        from prometheus_client.core import GaugeMetricFamily

        family = GaugeMetricFamily(f"engram_{self.name}", self.meaning, labels=self.labels)
        for labels, value in self.values().items():
            family.add_metric(labels, value)
        yield family


class Metrics(Listener):
    """Counts what happens; what can be looked at is registered as a `Gauge`."""

    def __init__(self) -> None:
        # 20 ms and 3 MB that a bot without metrics need not spend.
        from prometheus_client import CollectorRegistry, Counter, Histogram, Info

        self.registry = CollectorRegistry()

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"engram_{name}", what, labels, registry=self.registry)

        def histogram(name: str, what: str, buckets: tuple[float, ...] = SECONDS) -> Histogram:
            name = f"engram_{name}"
            return Histogram(name, what, ["source"], buckets=buckets, registry=self.registry)

        self._answers = counter("answers", "Answers given.", "source", "outcome")
        self._fallbacks = counter("fallbacks", "Responders that failed.", "responder", "reason")
        self._retries = counter("retries", "Attempts at a model server after the first.")
        self._seconds = histogram("answer_seconds", "From the question to the whole answer.")
        self._first_text = histogram(
            "first_text_seconds", "From the question to a model's first text."
        )
        self._read = counter("tokens_read", "Tokens of prompts.", "source")
        self._cached = counter("tokens_cached", "Those that were in a model's cache.", "source")
        self._written = counter("tokens_written", "Tokens of answers and thoughts.", "source")
        self._thought = counter("tokens_thought", "Those of them that were thoughts.", "source")
        self._speed = histogram("tokens_per_second", "How fast models write.", SPEEDS)
        self._first_token = histogram(
            "time_to_first_token_seconds", "From the request to a model's first token."
        )
        self._load = histogram("model_load_seconds", "Loading the model for an answer.")
        self._context = histogram("context_used_ratio", "The share of a context in use.", SHARES)
        self._calls = counter("telegram_calls", "Bot API calls by status.", "method", "status")
        self._pauses = counter("telegram_pause_seconds", "Pauses that Telegram asked for.")
        labels = ("exchange", "purpose", "status")
        self._requests = counter("exchange_requests", "Requests to exchanges by status.", *labels)
        self._made = counter("made", "Alerts that fired, signals that changed, digests.", "kind")
        self._delivered = counter("delivered", "Messages that nobody asked for.", "kind")
        build = Info("engram_build", "The version that runs.", registry=self.registry)
        build.info({"version": __version__})

    def answered(self, answer: Answered) -> None:
        """Count an answer, and how long it took."""
        outcome = "failed" if answer.failed else "fallback" if answer.fell_back else "ok"
        self._answers.labels(answer.source, outcome).inc()
        self._seconds.labels(answer.source).observe(answer.seconds)
        if answer.first_text is not None:
            self._first_text.labels(answer.source).observe(answer.first_text)
        self._spent(answer.source, answer.usage)

    def _spent(self, source: str, usage: Usage) -> None:
        """Count what an answer cost; nothing of it that nobody has told."""
        for counter, tokens in (
            (self._read, usage.read),
            (self._cached, usage.cached),
            (self._written, usage.written),
            (self._thought, usage.reasoning),
        ):
            if tokens:
                counter.labels(source).inc(tokens)
        used = (usage.read + usage.written) / usage.context if usage.context else 0.0
        for histogram, figure in (
            (self._speed, usage.speed),
            (self._first_token, usage.first_token),
            (self._load, usage.load),
            (self._context, used),
        ):
            if figure:
                histogram.labels(source).observe(figure)

    def happened(self, event: Event) -> None:
        """Count an event that tells of trouble with a model server."""
        if isinstance(event, FellBack):
            self._fallbacks.labels(event.responder, event.cause.value).inc()
        elif isinstance(event, Progress) and event.stage is Stage.RETRYING:
            self._retries.inc()

    def called(self, method: str, status: int) -> None:
        """Count a call of the Bot API."""
        self._calls.labels(method, str(status)).inc()

    def asked(self, exchange: str, purpose: str, status: int) -> None:
        """Count a request to an exchange."""
        self._requests.labels(exchange, purpose, str(status)).inc()

    def made(self, kind: str) -> None:
        """Count what will be told without being asked."""
        self._made.labels(kind).inc()

    def delivered(self, kind: str) -> None:
        """Count a message that nobody asked for."""
        self._delivered.labels(kind).inc()

    def paused(self, seconds: float) -> None:
        """Count a pause that Telegram asked for."""
        self._pauses.inc(seconds)

    def serve(self, host: str, port: int) -> None:
        """Answer Prometheus at `host`:`port`; if that is impossible the log says so."""
        from prometheus_client import start_http_server

        try:
            start_http_server(port, addr=host, registry=self.registry)
        except OSError as err:
            log.error(
                "[metrics] %s:%d cannot be used (%s): name another port; the bot runs without "
                "metrics", host, port, err.strerror
            )  # fmt: skip
        else:
            log.info("metrics at http://%s:%d/metrics", host, port)
