"""Takes all the steps from a text to reports: what the rules say, or which data is missing."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from engram.core.errors import MarketError, NoMarketDataError
from engram.market.evidence import Confidence, Evidence
from engram.market.outcomes import Signal
from engram.market.prices import Prices
from engram.market.regime import Asked, DailySignals
from engram.market.report import Findings, MarketData, Report
from engram.market.source.candle_source import CandleSource
from engram.market.symbols import MOST, Request, Topic
from engram.market.words.markets import Markets
from engram.market.words.reader import Reading, read_command, read_sentence

if TYPE_CHECKING:
    from engram.market.candles import Candles
    from engram.market.signals import TooFewCandlesError

log = logging.getLogger(__name__)

# So many markets are named that are not looked at.
NAMED = 5
# For so long (s) a text about markets waits for the first lists of markets.
LISTS_WITHIN = 3.0


class Analyst:
    """Analyses markets whose candles `source` has.

    Requests that name no quote or timeframe get `quote` and `timeframe`. A signal is judged after
    `horizon` candles. `history` tells what became of such signals on such candles, as panels say
    it; "" where nothing can be said. `prices` has the prices of the same markets.
    """

    def __init__(
        self,
        source: CandleSource,
        quote: str,
        timeframe: str,
        horizon: int,
        history: Callable[[Candles, Signal], str] = lambda _candles, _signal: "",
    ) -> None:
        self._source = source
        self._quote = quote
        self._timeframe = timeframe
        self._horizon = horizon
        self._history = history
        self._daily = DailySignals(source, quote)
        self.prices = Prices(source)

    @property
    def enabled(self) -> bool:
        """Whether there is market data at all."""
        return self._source.enabled

    def at_exchanges(self) -> int:
        """How many threads that answer somebody wait for exchanges."""
        return self._source.held.threads

    def preload(self) -> None:
        """Make the first analysis before anybody asks: it is the slow one."""
        if not self.enabled:
            return
        self._source.preload()
        with contextlib.suppress(MarketError):
            self.chart(self.report(Request("BTC", self._quote, self._timeframe)))

    @property
    def timeframe(self) -> str:
        """The timeframe that is meant where none is named."""
        return self._timeframe

    def read_command(self, text: str, *, waits: bool = True) -> Reading:
        """Which markets the words after a command name; may wait for the first lists."""
        return self._reading(text, read_command, waits=waits)

    def read_sentence(self, text: str, *, waits: bool = True) -> Reading:
        """Which markets a message speaks of; may wait for the first lists."""
        return self._reading(text, read_sentence, waits=waits)

    def unlisted(self, word: str) -> str:
        """What to say about `word`, which was meant as a market and is none that is known."""
        return str(self._source.lists.unlisted(word))

    def topic_of_command(self, text: str, before: Callable[[], Topic]) -> Topic:
        """What the words after /analyze ask for; `before` tells what was spoken of last."""
        return self._topic(self.read_command(text), before)

    def topic_of(self, message: str, before: Callable[[], Topic]) -> Topic:
        """Which markets a message is about; `before` tells what was spoken of last."""
        return self._topic(self.read_sentence(message), before)

    def names_market(self, text: str) -> bool:
        """Whether the words after a command name a market, listed or not; nothing is waited for."""
        reading = self.read_command(text, waits=False)
        return bool(reading.symbols or reading.unknown)

    def read_of(self, text: str, symbols: Iterable[str]) -> Reading:
        """What the words after a command ask for where there are only `symbols`; pure."""
        return read_command(text, Markets(symbols, self._quote))

    def _reading(
        self, text: str, read: Callable[[str, Markets], Reading], *, waits: bool
    ) -> Reading:
        reading = read(text, markets := self._source.lists.at_hand())
        if waits and not markets.complete and self.enabled and reading.of_markets:
            with self._source.held:
                markets = self._source.lists.after(LISTS_WITHIN)
            reading = read(text, markets)
        return reading

    def _topic(self, reading: Reading, before: Callable[[], Topic]) -> Topic:
        if reading.follows:
            last = before()
            frame = reading.timeframe
            requests = (replace(one, timeframe=frame or one.timeframe) for one in last.requests)
            return Topic(tuple(requests), last.unknown)
        joined = before().requests if reading.joins else ()
        frame = reading.timeframe or (joined[0].timeframe if joined else self._timeframe)
        symbols = reading.symbols or (reading.also if reading.also and before() else ())
        requests = (Request.of(one, frame) for one in (*(one.symbol for one in joined), *symbols))
        return Topic(tuple(dict.fromkeys(requests)), reading.unknown)

    def look(self, topic: Topic, *, fresh: bool = False) -> Findings:
        """Analyse the markets of `topic`, at most four of them, at the same time.

        With `fresh` the exchanges are asked for the prices again.
        """
        requests, left = topic.requests[:MOST], topic.requests[MOST:]
        if len(requests) <= 1:
            results = [self._report(request, fresh=fresh) for request in requests]
        else:
            with ThreadPoolExecutor(MOST) as pool:
                results = list(pool.map(partial(self._report, fresh=fresh), requests))
        problems = [str(one) for one in results if isinstance(one, MarketError)]
        problems += self.problems(topic)
        if left:
            others = ", ".join(request.symbol for request in left[:NAMED])
            problems.append(f"I look at {MOST} markets at a time, so not at {others}.")
        return Findings(tuple(one for one in results if isinstance(one, Report)), tuple(problems))

    def problems(self, topic: Topic) -> list[str]:
        """A sentence for each word of `topic` that was meant as a market and is none."""
        return [self.unlisted(word) for word in topic.unknown[:NAMED]] if self.enabled else []

    def _report(self, request: Request, *, fresh: bool) -> Report | MarketError:
        try:
            return self.report(request, fresh=fresh)
        except MarketError as err:
            return err

    def report(self, request: Request, *, fresh: bool = False) -> Report:
        """Analyse the market in `request`; with `fresh` the exchange is asked for the price again.

        Raises `UnknownMarketError` when there is no such market or timeframe. Any other lack of
        data is part of the report.
        """
        daily = self._daily.ask(request)
        try:
            candles = self._source.candles(request, fresh=fresh)
        except NoMarketDataError as err:
            return _without_data(request, err)
        return self._of(request, candles, daily)

    def report_on(self, request: Request, candles: Candles) -> Report:
        """Analyse `candles`, which are what `request` asks for, wherever they are from."""
        return self._of(request, candles, self._daily.ask(request, candles.exchange_id))

    def _of(self, request: Request, candles: Candles, daily: Asked) -> Report:
        # Imported here, as the chart below, because no start of the bot should wait for them.
        from engram.market.panel.figures import course, figures
        from engram.market.panel.panel import block, brief, panel, verdict
        from engram.market.signals import TooFewCandlesError, analyse

        try:
            analysis = analyse(candles, self._horizon)
        except TooFewCandlesError as err:
            return _without_data(request, err)
        regime = self._daily.regime(daily, candles, analysis.signal)
        evidence = Evidence.of(candles, self._horizon, analysis.signal, regime)
        history = self._history(candles, analysis.signal)
        what = analysis, candles, evidence
        told = figures(*what, history), course(analysis, candles)
        data = MarketData(candles, analysis, evidence, *told)
        short = verdict(analysis.signal, evidence.confidence)
        texts = panel(*what, history), block(*what), short
        return Report(request, *texts, data, brief=brief(*what, history))

    def chart(self, report: Report) -> bytes | None:
        """The chart of `report` as PNG; None without data, or when it cannot be drawn."""
        data = report.data
        if data is None:
            return None
        from engram.market.charts.chart import draw

        try:
            return draw(data.candles, data.analysis, data.evidence)
        except Exception:
            # The text says all that the picture shows; a person must not wait for it in vain.
            log.exception("the chart of %s cannot be drawn", report.request)
            return None


def _without_data(request: Request, err: NoMarketDataError | TooFewCandlesError) -> Report:
    from engram.market.panel.panel import verdict, without_data

    log.info("%s: %s", request, err)
    text, few_lines = without_data(request, err)
    hold = verdict(Signal.HOLD, Confidence.LOW)
    return Report(request, text, few_lines, hold, missing=str(err))
