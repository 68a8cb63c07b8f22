"""Watches markets, and ends that; what is replied says what is watched, or why not."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence

from engram.core.clock import Clock
from engram.core.errors import StoreError
from engram.market.candles import duration, title
from engram.market.feed import Feed
from engram.market.symbols import DOLLARS, Request
from engram.storage.watch.armed import ARMED, SUSPENDED, Armed, Place
from engram.storage.watch.tables import WatchTables
from engram.storage.watch.watched_table import Watched
from engram.watch import texts
from engram.watch.arming.reply import Reply, unwatch, with_cross
from engram.watch.arming.start import CannotStartError, Check, Starts, go_on
from engram.watch.ledger.ledger import Ledger

log = logging.getLogger(__name__)


class WatchedMarkets:
    """The watched markets of all chats, for several threads; each begins where `starts` says.

    The ledger knows the signals that are said of them.
    """

    def __init__(self, tables: WatchTables, feed: Feed, clock: Clock, starts: Starts) -> None:
        self._tables, self._feed, self._clock, self._starts = tables, feed, clock, starts
        self._ledger = Ledger(tables.ledger, clock)
        self._watching = threading.Lock()

    def watch(
        self, by: Armed, request: Request, *, is_default: bool, check: Check = go_on
    ) -> Reply:
        """Watch a market; `is_default` tells that nobody named the timeframe.

        `check` may raise before it is watched.
        """
        if known := self._tables.watched.by_update(by.armed_by):
            return self._reply(known, is_default=is_default)
        try:
            watched, is_new = self.keep(by, request, check=check)
        except CannotStartError as err:
            return Reply(str(err))
        return self._reply(watched, is_default=is_default, is_new=is_new)

    def keep(
        self, by: Armed, request: Request, instead: Sequence[Watched] = (), check: Check = go_on
    ) -> tuple[Watched, bool]:
        """Watch a market; returns it, and whether it is new: it may be watched already.

        Suspended ones, `instead` of which it is watched, are ended. Raises `CannotStartError`.
        """
        if not self._tables.is_lasting:
            raise CannotStartError(texts.IN_MEMORY.format(did="watch"))
        now = self._starts.market(request)
        where = Place(now.venue.exchange, now.venue.symbol, request.timeframe)
        signal, report = now.signal(), now.report()
        check()
        with self._watching:
            table = self._tables.watched
            here = table.of_market(by.chat, where.symbol, where.timeframe)
            if here and here[0].state == ARMED:
                return here[0], False
            instead = [*instead, *(one for one in here if one not in instead)]
            self._refuse_too_many(by.chat, where, instead)
            # Before it is watched: from then on a list may show its signal.
            if report:
                self._ledger.prepare(report)
            try:
                return self._keep(by, where, signal, instead), True
            except StoreError as err:
                log.warning("a market cannot be watched: %s", err)
                raise CannotStartError(texts.UNWRITTEN.format(did="watch")) from err

    def _keep(
        self, by: Armed, where: Place, signal: tuple[str, int], instead: Sequence[Watched]
    ) -> Watched:
        now, candle = signal
        return self._tables.watched.watch(
            by, where, at=self._clock.now(), signal=now, since=candle, judged=candle,
            instead_of=instead,
        )  # fmt: skip

    def _refuse_too_many(self, chat: str, where: Place, instead: Sequence[Watched]) -> None:
        ended = {one.number for one in instead}
        everything = self._tables.watched.of_chat(chat, ARMED, SUSPENDED)
        others = [one for one in everything if one.number not in ended]
        if len(others) >= texts.MOST_WATCHED:
            raise CannotStartError(texts.TOO_MANY_WATCHED.format(count=len(others)))
        frames = {one.timeframe for one in others}
        if where.timeframe not in frames and len(frames) >= texts.MOST_TIMEFRAMES:
            listed = ", ".join(sorted(frames, key=lambda one: duration(one) or 0.0))
            raise CannotStartError(texts.TOO_MANY_TIMEFRAMES.format(frames=listed))

    def of_market(self, chat: str, request: Request, *, named_timeframe: bool) -> list[Watched]:
        """What the conversation watches of a market: on its timeframe, or else on all.

        A market in dollars may be listed in another kind of dollar.
        """
        frame = request.timeframe if named_timeframe else ""
        quotes = DOLLARS if request.quote in DOLLARS else (request.quote,)
        symbols = dict.fromkeys(f"{request.base}/{one}" for one in (request.quote, *quotes))
        by_symbol = (self._tables.watched.of_market(chat, one, frame) for one in symbols)
        return next(filter(None, by_symbol), [])

    def unwatch(self, watched: Sequence[Watched]) -> Reply:
        """Watch these no more."""
        try:
            self._tables.watched.unwatch(watched)
        except StoreError as err:
            log.warning("a market cannot be forgotten: %s", err)
            return Reply(texts.NOT_CHANGED)
        return Reply(texts.UNWATCHED.format(markets=self.markets(watched)), is_done=True)

    def end(self, chat: str, number: int) -> Reply:
        """Watch the market of that number no more."""
        watched = self.numbered(chat, number)
        return self.unwatch([watched]) if watched else Reply(texts.NO_ALERT)

    def markets(self, watched: Iterable[Watched]) -> str:
        """Watched markets by their names."""
        return ", ".join(
            title(one.symbol, one.timeframe, self._feed.name(one.exchange)) for one in watched
        )

    def numbered(self, chat: str, number: int) -> Watched | None:
        """The watched market of that number, if it is one of the whole chat."""
        return self._tables.find(self._tables.watched, chat, number)

    def _reply(self, watched: Watched, *, is_default: bool, is_new: bool = True) -> Reply:
        self._ledger.note_listed([watched])
        text = texts.WATCHING if is_new else texts.WATCHED_ALREADY
        text = text.format(market=self.markets([watched]), signal=watched.signal)
        text += f"\n{texts.BY_DEFAULT_TIMEFRAME}" if is_default else ""
        return with_cross(text, unwatch(watched.number), is_done=is_new)
