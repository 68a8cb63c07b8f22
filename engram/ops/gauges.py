"""What answers and what is watched, as Prometheus sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engram.chat.chain import FallbackChain
from engram.llm.servers import Servers
from engram.ops.metrics import Gauge
from engram.storage.watch.tables import WatchTables
from engram.watch.watching import Watching


def answer_gauges(
    servers: Servers, chain: FallbackChain, masked: Callable[[str], str]
) -> Iterator[Gauge]:
    """Which `servers` are there, how many wait for them, and what `chain` keeps questions from.

    `masked` takes the secrets out of the addresses.
    """
    yield Gauge(
        "model_server_up",
        "Whether a model server was reachable at the last look.",
        lambda: {(masked(one.base_url),): one.available for one in servers.clients},
        ("server",),
    )
    yield Gauge(
        "line_waiting",
        "Questions that wait in line for a model server.",
        lambda: {(masked(one.base_url),): one.line.waiting for one in servers.clients},
        ("server",),
    )
    yield Gauge(
        "breaker_open",
        "Whether questions are kept away from a responder after failures.",
        lambda: {
            (link.responder.name, str(number)): link.breaker.is_open
            for number, link in enumerate(chain.links)
        },
        ("responder", "position"),
    )


def watch_gauges(tables: WatchTables, watching: Watching) -> Iterator[Gauge]:
    """What is armed in `tables`, what waits there to be said, and how `watching` keeps up."""
    yield Gauge(
        "outbox_messages",
        "Messages that nobody asked for, and that have not arrived yet.",
        lambda: dict(zip((("sending",), ("suspended",)), tables.waiting(), strict=True)),
        ("state",),
    )
    yield Gauge("alerts_armed", "Alerts that are armed.", lambda: {(): tables.alerts.count})
    yield Gauge("markets_watched", "Watched markets.", lambda: {(): tables.watched.count})
    yield Gauge(
        "last_look_age_seconds",
        "Seconds since the last look at an exchange on which anything is armed.",
        lambda: {(exchange,): age for exchange, age in watching.look_ages.items()},
        ("exchange",),
    )
    yield Gauge(
        "look_round_seconds",
        "How long a round of looks at prices takes; more than 60 is late.",
        lambda: {(): watching.round_took},
    )
