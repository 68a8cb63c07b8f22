"""An exchange made of single trades, whose candles can be had as of any moment."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Generator
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
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
STEPS = (-3, -1, -1, 0, 0, 1, 1, 3)
Tick = tuple[int, float]


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
        self.page, self.latest, self.dated, self.strict = page, latest, True, strict
        self.asked: list[Ask] = []
        self.ticks = list(_walk(seed, minutes, quiet))

    def until(self, now: int, since: int = BEGIN) -> list[Tick]:
        """The trades from one moment up to another."""
        time = itemgetter(0)
        first = bisect_left(self.ticks, since, key=time)
        return self.ticks[first : bisect_right(self.ticks, now, key=time)]

    def candles(self, length: int, now: int, since: int = BEGIN) -> list[Row]:
        """All candles from one as they are at a moment, without those in which nobody traded."""
        found: dict[int, list[float]] = {}
        for time, price in self.until(now, since):
            found.setdefault(time // length * length, []).append(price)
        return [
            (float(time), prices[0], max(prices), min(prices), prices[-1], float(len(prices)))
            for time, prices in found.items()
        ]

    def answer(self, ask: Ask, now: int) -> Sent:
        """What it sends at a moment."""
        self.asked.append(ask)
        length = next(rung.length for rung in LADDER if rung.timeframe == ask.timeframe)
        begin = -(-ask.since // length) * length
        rows = self.candles(length, now, begin)[: min(self.page, ask.limit)]
        if self.latest:
            left = self.candles(length, now)[-self.latest :]
            if self.strict and left and left[0][0] > ask.since + 2 * length:
                raise ExchangeError("sent nothing usable")
            rows = [row for row in left if row[0] >= begin]
        return Sent(tuple(rows), now / 1000 if self.dated else None)

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


@lru_cache(maxsize=20)
def _walk(seed: int, minutes: int, quiet: float) -> tuple[Tick, ...]:
    chance = random.Random(seed)
    ticks, price = [(BEGIN, 100.0)], 100
    for minute in range(minutes):
        if chance.random() < quiet:
            continue
        seconds = chance.choices(range(60), k=int(chance.random() * 4) + 1)
        for second, step in zip(sorted(set(seconds)), chance.choices(STEPS, k=4), strict=False):
            price = max(1, price + step)
            ticks.append((BEGIN + minute * MINUTE + second * 1000, float(price)))
    return tuple(ticks)
