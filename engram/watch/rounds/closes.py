"""One look at what counts closed candles of a market: alerts and watched markets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engram.core.errors import ExchangeError
from engram.market.candles import Candles, duration
from engram.market.report import Report
from engram.storage.outbox import NOTICE, WATCH, Outgoing, adding
from engram.storage.store import Row as Statement
from engram.storage.watch.alert_table import Alert
from engram.storage.watch.armed import Place
from engram.storage.watch.watched_table import Watched
from engram.watch.arming.reply import below_change
from engram.watch.conditions import Condition
from engram.watch.ledger.ledger import Ledger, report_of
from engram.watch.looking import closed
from engram.watch.rounds import texts
from engram.watch.rounds.frozen import Stillness
from engram.watch.rounds.parts import Parts, key
from engram.watch.rounds.telling import News

# Exchanges need a moment (s) until a candle that has closed is what it will be.
SETTLING = 2.0
# How soon (s) a market is looked at again in whose open candle nothing was traded yet.
SOON = 60.0


class CloseLooks:
    """Looks at the closed candles of single markets; for several threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._ledger = Ledger(parts.tables.ledger, parts.clock)
        # The last candle whose signal the ledger has ready.
        self._ready: dict[Place, int] = {}

    def look(self, place: Place, stillness: Stillness) -> float:
        """Look at what is armed there; returns in how many seconds the next candle has closed.

        Raises `ExchangeError` when nothing can be judged.
        """
        parts = self._parts
        alerts = parts.alerts_at(place, is_closed=True)
        watched = [
            one for one in parts.tables.watched.at(place) if not parts.telling.is_said(key(one))
        ]
        judged = [*(one.looked for one in alerts), *(one.judged for one in watched)]
        if not judged:
            return SOON
        candles = self._candles(place, min(judged))
        opened = candles.open_candle
        stillness.candle(opened.time if opened else None, parts.clock.monotonic())
        if opened is None:
            parts.check_ticker(place, stillness)
        self._judge(place, candles, alerts, watched)
        wait = candles.closes_at - candles.priced_at + SETTLING
        return wait if opened else min(wait, SOON)

    def due(self, place: Place) -> float:
        """In how many seconds the next candle has closed that is to be judged, as far as known."""
        length, alerts = duration(place.timeframe) or 0.0, self._parts.tables.alerts.at(place)
        judged = [one.looked for one in alerts if one.is_closed]
        judged += [one.judged for one in self._parts.tables.watched.at(place)]
        if not judged or place.timeframe.endswith("M"):
            return 0.0
        now = self._parts.clocks.known(place.exchange)
        return 0.0 if now is None else min(judged) / 1000 + 2 * length + SETTLING - now

    def _candles(self, place: Place, judged: int) -> Candles:
        parts, length = self._parts, duration(place.timeframe) or 1.0
        count = closed.candles_wanted(judged, parts.clocks.now(place.exchange), length)
        where = place.exchange, place.symbol, place.timeframe
        candles = parts.feed.candles(*where, count, parts.until(count))
        parts.clocks.note(place.exchange, candles.priced_at)
        wanted = closed.candles_wanted(judged, candles.priced_at, length)
        if wanted > count:
            candles = parts.feed.candles(*where, wanted, parts.until(wanted))
        if not candles.complete:
            raise ExchangeError("sent only some of the candles in time")
        return candles

    def _judge(
        self, place: Place, candles: Candles, alerts: Sequence[Alert], watched: Sequence[Watched]
    ) -> None:
        now = self._parts.clock.now()
        self._parts.latest.note(place.exchange, place.symbol, candles.price, now)
        oldest = min([*(one.looked for one in alerts), *(one.judged for one in watched)])
        readings = closed.read(candles, oldest)
        news, others = self._judge_alerts(alerts, readings, candles, now)
        if watched:
            more_news, more_others = self._judge_watched(place, watched, readings, candles, now)
            news, others = news + more_news, others + more_others
        others += self._unjudged(place, readings, [*alerts, *watched], now)
        self._parts.telling.tell(news, others)

    def _judge_alerts(
        self, alerts: Sequence[Alert], readings: closed.Readings, candles: Candles, now: float
    ) -> tuple[list[News], list[Statement]]:
        news: list[News] = []
        others: list[Statement] = []
        for alert in alerts:
            condition, table = Condition.read(alert.condition), self._parts.tables.alerts
            judged = closed.judge(condition, readings, alert.looked, bool(alert.ready))
            if judged.fired:
                news.append(self._fired(alert, judged.fired, candles, now))
                continue
            if judged.ready and not alert.ready:
                others.append(table.becoming_ready(alert, judged.judged))
            others.append(table.looked([alert], judged.judged, now))
        return news, others

    def _judge_watched(
        self, place: Place, watched: Sequence[Watched], readings: closed.Readings,
        candles: Candles, now: float,
    ) -> tuple[list[News], list[Statement]]:  # fmt: skip
        parts = self._parts
        found = [
            (one, closed.changes(readings, one.judged, one.signal, one.since)) for one in watched
        ]
        is_told = any(changes for _, changes in found)
        report = self._report(place, candles, is_told=is_told)
        picture = parts.analyst.chart(report) if report and is_told else None
        panels = (report.panel, report.brief) if report else ()
        news: list[News] = []
        others: list[Statement] = []
        for one, changes in found:
            after = replace(one, judged=readings.all[-1].candle if readings.all else one.judged)
            if changes:
                said = self._told(one, changes, panels, picture, candles, now)
                news.append(self._changed(after, changes[-1], said, now))
            else:
                others += parts.tables.watched.judging(after, now)
        return news, others

    def _told(
        self, one: Watched, changes: Sequence[closed.Change], panels: Sequence[str],
        picture: bytes | None, candles: Candles, now: float,
    ) -> Outgoing:  # fmt: skip
        """What is said of `changes`, with one of the `panels`."""
        parts, is_away = self._parts, self._is_away(changes[-1].reading, candles)
        names = parts.feed.name(one.exchange), parts.zone(one.chat)
        text = texts.changed(one, changes, *names, now, is_away=is_away, panels=panels)
        name = texts.CHANGE_NAME.format(symbol=one.symbol, timeframe=one.timeframe)
        return Outgoing(one.chat, WATCH, text, below_change(one), picture, name)

    def _is_away(self, reading: closed.Reading, candles: Candles) -> bool:
        return self._parts.was_away(reading.closed, candles.priced_at * 1000, reading.closed)

    def _fired(self, alert: Alert, fired: closed.Fired, candles: Candles, now: float) -> News:
        parts, reading = self._parts, fired.reading
        text = texts.fired_at_close(
            alert, fired, parts.feed.name(alert.exchange), candles.price, parts.zone(alert.chat),
            now, is_away=self._is_away(reading, candles),
        )  # fmt: skip
        return parts.fired(alert, reading.candle, reading.row.close, text, now)

    def _changed(self, watched: Watched, change: closed.Change, said: Outgoing, now: float) -> News:
        signal, since = change.signal, change.reading.candle
        after = replace(watched, signal=signal, since=since, was=change.was)
        table = self._parts.tables.watched
        (direct,) = table.judging(after, now)
        return News(key(watched), table.judging(after, now, said), said, direct)

    def _report(self, place: Place, candles: Candles, *, is_told: bool) -> Report | None:
        """What the rules say there, for the ledger and, if it `is_told`, for people.

        None where that is known already, or fails: a change is told without it as well.
        """
        candle = int(candles.time[-1])
        if self._ready.get(place) == candle and not is_told:
            return None
        report = report_of(self._parts.analyst, candles)
        if report is None:
            return None
        if is_told:
            self._ledger.note([report])
        else:
            self._ledger.prepare(report)
        self._ready[place] = candle
        return report

    def _unjudged(
        self, place: Place, readings: closed.Readings, armed: Sequence[Alert | Watched], now: float
    ) -> list[Statement]:
        """What tells each chat which candles lie too far back."""
        if readings.unjudged is None:
            return []
        exchange, length = self._parts.feed.name(place.exchange), duration(place.timeframe) or 0.0
        began: dict[str, int] = {}
        for one in armed:
            judged = one.looked if isinstance(one, Alert) else one.judged
            after = judged + int(length * 1000)
            began[one.chat] = min(after, began.get(one.chat, after))
        said = []
        for chat, begin in began.items():
            times = max(begin, readings.unjudged[0]), readings.unjudged[1]
            if times[0] < times[1]:
                text = texts.unjudged(place, exchange, times, self._parts.zone(chat), now)
                name = texts.UNJUDGED_NAME.format(symbol=place.symbol)
                said.append(adding(Outgoing(chat, NOTICE, text, name=name), now))
        return said
