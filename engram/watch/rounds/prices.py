"""One look at the price alerts of a market."""

from __future__ import annotations

from collections.abc import Sequence

from engram.core.errors import ExchangeError
from engram.market.candles import duration
from engram.storage.watch.alert_table import Alert
from engram.storage.watch.armed import Place
from engram.watch.conditions import Condition
from engram.watch.looking.price import CLOSE, TIME, Firing, Row, Standing
from engram.watch.looking.reading import Look, Rung, look
from engram.watch.rounds import texts
from engram.watch.rounds.frozen import Stillness
from engram.watch.rounds.parts import Parts
from engram.watch.rounds.telling import News

# These bridge gaps, where an exchange has them.
LONGER = ("5m", "15m", "1h", "4h", "1d")


class PriceLooks:
    """Looks at the price alerts of single markets; for several threads, one a market."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def look(self, place: Place, stillness: Stillness) -> None:
        """Look at what is armed there. Raises `ExchangeError` when nothing can be judged."""
        parts = self._parts
        alerts = {one.number: one for one in parts.alerts_at(place, is_closed=False)}
        if not alerts:
            return
        found = self._look(place, [_standing(one) for one in alerts.values()])
        stillness.candle(found.newest[TIME] if found.newest else None, parts.clock.monotonic())
        parts.check_ticker(place, stillness)
        now, newest = parts.clock.now(), found.newest
        if newest:
            parts.latest.note(place.exchange, place.symbol, newest[CLOSE], now)
        news, others, waiting = [], [], []
        for judged in found.judged:
            before, after = alerts[judged.standing.number], judged.standing
            if judged.firing and newest:
                news.append(self._fired(before, judged.firing, newest, now))
                continue
            waiting.append(before)
            if after.ready != bool(before.ready) or after.since != before.since:
                others.append(parts.tables.alerts.becoming_ready(before, after.since))
        if waiting:
            candle = int(newest[TIME]) if newest else 0
            others.append(parts.tables.alerts.looked(waiting, candle, now))
        parts.telling.tell(news, others)

    def _look(self, place: Place, standings: Sequence[Standing]) -> Look:
        parts, ladder = self._parts, self._ladder(place)
        known = parts.clocks.known(place.exchange)
        now = int((known or parts.clock.now()) * 1000)
        steps = look(standings, ladder, now, is_sure=known is not None)
        where = place.exchange, place.symbol
        try:
            ask = next(steps)
            while True:
                asked = (*where, ask.timeframe, ask.since, ask.limit, parts.until())
                try:
                    rows = parts.feed.rows(*asked)
                except ExchangeError as err:
                    ask = steps.throw(err)
                    continue
                parts.clocks.note(place.exchange, rows.server_time)
                ask = steps.send(rows)
        except StopIteration as end:
            found: Look = end.value
            return found

    def _ladder(self, place: Place) -> list[Rung]:
        shortest = int((duration(place.timeframe) or 60.0) * 1000)
        longer = [
            Rung(name, int((duration(name) or 0.0) * 1000))
            for name in LONGER
            if self._parts.feed.has(place.exchange, name)
        ]
        return [Rung(place.timeframe, shortest), *(one for one in longer if one.length > shortest)]

    def _fired(self, alert: Alert, firing: Firing, newest: Row, now: float) -> News:
        parts = self._parts
        ended = firing.candle + firing.length
        text = texts.fired(
            alert, firing, parts.feed.name(alert.exchange), newest[CLOSE], parts.zone(alert.chat),
            now, is_rough=firing.length > (duration(alert.timeframe) or 60.0) * 1000,
            is_away=ended <= newest[TIME] and parts.was_away(alert.looked, newest[TIME], ended),
        )  # fmt: skip
        return parts.fired(alert, firing.candle, firing.price, text, now)


def _standing(alert: Alert) -> Standing:
    condition = Condition.read(alert.condition)
    rises, ready = condition.operator == ">", bool(alert.ready)
    return Standing(alert.number, rises, condition.value, alert.since, alert.looked, ready)
