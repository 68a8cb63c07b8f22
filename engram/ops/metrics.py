"""Figures for Prometheus; the only door to prometheus-client.

Names follow https://prometheus.io/docs/practices/naming/. No label comes from what people write.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from engram import __version__
from engram.core.events import Event, FellBack, Progress, Stage

log = logging.getLogger(__name__)

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)

# What a gauge shows: values by the values of its labels.
Values: TypeAlias = Callable[[], Iterable[tuple[tuple[str, ...], float]]]


class Metrics:
    """Counters that are told what happens, and gauges that are asked when Prometheus asks."""

    def __init__(self) -> None:
        # 20 ms and 3 MB that a bot without metrics need not spend.
        from prometheus_client import CollectorRegistry, Counter, Histogram, Info

        self.registry = CollectorRegistry()
        self._gauges: list[tuple[str, str, tuple[str, ...], Values]] = []

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"engram_{name}", what, labels, registry=self.registry)

        def seconds(name: str, what: str) -> Histogram:
            name = f"engram_{name}_seconds"
            return Histogram(name, what, ["source"], buckets=SECONDS, registry=self.registry)

        self._answers = counter("answers", "Answers given.", "source", "outcome")
        self._fallbacks = counter(
            "fallbacks", "Responders that did not answer.", "responder", "reason"
        )
        self._retries = counter("retries", "Attempts at a model server after the first.")
        self._seconds = seconds("answer", "From the question to the whole answer.")
        self._first_text = seconds("first_text", "From the question to a model's first text.")
        self._calls = counter(
            "telegram_calls", "Calls of the Bot API by HTTP status, 0: none.", "method", "status"
        )
        self._pauses = counter(
            "telegram_pause_seconds", "Time for which Telegram asked for silence."
        )
        build = Info("engram_build", "The version that runs.", registry=self.registry)
        build.info({"version": __version__})
        self.registry.register(self)

    def gauge(self, name: str, what: str, labels: tuple[str, ...], values: Values) -> None:
        """Ask `values` for the gauge `name` whenever Prometheus asks."""
        self._gauges.append((name, what, labels, values))

    def collect(self) -> Iterator[Any]:
        """The gauges as they are now; prometheus-client calls this."""
        from prometheus_client.core import GaugeMetricFamily

        for name, what, labels, values in self._gauges:
            family = GaugeMetricFamily(name, what, labels=labels)
            for label_values, value in values():
                family.add_metric(list(label_values), value)
            yield family

    def answered(
        self, source: str, seconds: float, first_text: float | None, fell_back: bool, failed: bool
    ) -> None:
        """Count an answer; times in seconds."""
        outcome = "failed" if failed else "fallback" if fell_back else "ok"
        self._answers.labels(source, outcome).inc()
        self._seconds.labels(source).observe(seconds)
        if first_text is not None:
            self._first_text.labels(source).observe(first_text)

    def happened(self, event: Event) -> None:
        """Count what an event of an answer tells."""
        if isinstance(event, FellBack):
            self._fallbacks.labels(event.responder, event.cause).inc()
        elif isinstance(event, Progress) and event.stage is Stage.RETRYING:
            self._retries.inc()

    def called(self, method: str, status: int) -> None:
        """Count a call of the Bot API."""
        self._calls.labels(method, str(status)).inc()

    def paused(self, seconds: float) -> None:
        """Count a pause that Telegram asked for."""
        self._pauses.inc(seconds)

    def serve(self, host: str, port: int) -> None:
        """Answer Prometheus at `host`:`port`; where that is impossible the log says so."""
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
