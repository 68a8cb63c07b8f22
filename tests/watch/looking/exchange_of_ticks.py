"""An exchange made of single trades, whose candles can be had as of any moment."""

from __future__ import annotations

import random
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from engram.core.errors import ExchangeError
from engram.watch.looking.price import Row
from engram.watch.looking.reading import Ask, Look, Rung

MINUTE = 60_000
# A Sunday, at midnight: all timeframes begin a candle there.
BEGIN = 1_795_305_600_000 // 604_800_000 * 604_800_000
LADDER = tuple(
    Rung(name, minutes * MINUTE)
    for name, minutes in {"1m": 1, "5m": 5, "15m": 15, "1h": 60, "4h": 240, "1d": 1440}.items()
)


@dataclass(frozen=True, slots=True)
class Sent:
    """What one request brought, as `Feed.rows` returns it."""

    rows: tuple[Row, ...]
    server_time: float | None


class TickExchange:
    """Trades at prices of a random walk, a few in each minute, in some none.

    It sends `page` candles at once, and has the `latest` of each timeframe only; where it is
    `strict` it refuses to send anything for a time of which it has none any more.
    """

    def __init__(
        self, seed: int, minutes: int, *, page: int = 1000, latest: int = 0, quiet: float = 0.2,
        strict: bool = False,
    ) -> None:  # fmt: skip
        chance = random.Random(seed)
        self.page, self.latest, self.dated, self.strict = page, latest, True, strict
        self.asked: list[Ask] = []
        self.ticks: list[tuple[int, float]] = [(BEGIN, 100.0)]
        price = 100
        for minute in range(minutes):
            if chance.random() < quiet:
                continue
            for second in sorted(chance.sample(range(60), chance.randint(1, 4))):
                price = max(1, price + chance.choice((-3, -1, -1, 0, 0, 1, 1, 3)))
                self.ticks.append((BEGIN + minute * MINUTE + second * 1000, float(price)))

    def until(self, now: int) -> list[tuple[int, float]]:
        """The trades up to a moment."""
        return [tick for tick in self.ticks if tick[0] <= now]

    def candles(self, length: int, now: int) -> list[Row]:
        """All candles as they are at a moment, without those in which nothing was traded."""
        found: dict[int, list[float]] = {}
        for time, price in self.until(now):
            found.setdefault(time // length * length, []).append(price)
        return [
            (float(time), prices[0], max(prices), min(prices), prices[-1], float(len(prices)))
            for time, prices in found.items()
        ]

    def answer(self, ask: Ask, now: int) -> Sent:
        """What it sends at a moment."""
        self.asked.append(ask)
        length = next(rung.length for rung in LADDER if rung.timeframe == ask.timeframe)
        rows = self.candles(length, now)
        if self.latest:
            rows = rows[-self.latest :]
            if self.strict and rows and rows[0][0] > ask.since + 2 * length:
                raise ExchangeError("sent nothing usable")
        rows = [row for row in rows if row[0] >= ask.since]
        return Sent(
            tuple(rows[: min(self.page, ask.limit)] if not self.latest else rows),
            now / 1000 if self.dated else None,
        )

    def run(self, look: Generator[Ask, Any, Look], now: int) -> Look:
        """Answer all that a look asks for."""
        try:
            ask = next(look)
            while True:
                try:
                    sent = self.answer(ask, now)
                except ExchangeError as err:
                    ask = look.throw(err)
                    continue
                ask = look.send(sent)
        except StopIteration as end:
            found: Look = end.value
            return found
