"""A request -> what the rules make of that market, or which data is missing for it."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engram.core.errors import MarketError, NoMarketDataError
from engram.market.candle_source import CandleSource
from engram.market.symbols import Request, parse_request

if TYPE_CHECKING:
    from engram.market.candles import Candles
    from engram.market.signals import Analysis

log = logging.getLogger(__name__)

NO_DATA = (
    "📊 Market Analysis for {symbol}\n\nSignal: HOLD\nConfidence: Low\n\n{reason}\n\n"
    "Without enough candles nothing can be measured, so there is no reason to buy or to sell."
)


@dataclass(frozen=True, slots=True)
class Report:
    """What the rules make of a market.

    `panel` is the text that a person reads, whether there was data or not; `verdict` the signal
    and confidence in short, "HOLD (Low)". `candles` and `analysis` are None without data.
    """

    request: Request
    panel: str
    verdict: str
    candles: Candles | None = None
    analysis: Analysis | None = None

    @property
    def symbol(self) -> str:
        """The market that the figures are from; another dollar than asked for is possible."""
        return self.candles.symbol if self.candles else self.request.symbol

    @property
    def last_candle(self) -> int:
        """When the last closed candle opened, in milliseconds; 0 without data."""
        return int(self.candles.time[-1]) if self.candles and self.analysis else 0


class Analyst:
    """Analyses what `market` has candles of; `quote` and `timeframe` hold where none is named.

    `horizon` is the number of candles after which a signal is judged.
    """

    def __init__(self, market: CandleSource, quote: str, timeframe: str, horizon: int) -> None:
        self._market = market
        self._quote = quote
        self._timeframe = timeframe
        self._horizon = horizon

    @property
    def enabled(self) -> bool:
        """Whether there is market data at all."""
        return self._market.enabled

    def preload(self) -> None:
        """Make the first analysis before anybody asks, so that nobody waits for the slow one."""
        if not self.enabled:
            return
        self._market.preload()
        with contextlib.suppress(MarketError):
            self.chart(self.report(Request("BTC", self._quote, self._timeframe)))

    def understand(self, text: str) -> Request | None:
        """The request that `text`, what stands after /analyze, makes."""
        return parse_request(text, self._quote, self._timeframe)

    def report(self, request: Request, *, fresh: bool = False) -> Report:
        """Analyse; with `fresh` the price is asked anew.

        Raises `UnknownSymbolError` or `UnknownTimeframeError` when there is no such market; any
        other lack of data is part of the report.
        """
        # The signals bring TA-Lib and numpy, which a bot that is not asked for any does without.
        from engram.market.panel import panel
        from engram.market.signals import TooFewCandlesError, analyse

        try:
            candles = self._market.candles(request, fresh=fresh)
        except NoMarketDataError as err:
            return self._without_data(request, f"There is no market data: {err}")
        try:
            analysis = analyse(candles, self._horizon)
        except TooFewCandlesError as err:
            where = f"{candles.exchange} has too short a history of {candles.symbol}"
            return self._without_data(request, f"{where}: {err}.")
        verdict = f"{analysis.signal.value} ({analysis.confidence.value})"
        return Report(request, panel(analysis, candles), verdict, candles, analysis)

    def chart(self, report: Report) -> bytes | None:
        """The chart of `report` as PNG; None without data, or when it cannot be drawn."""
        if report.candles is None or report.analysis is None:
            return None
        from engram.market.chart import draw

        try:
            return draw(report.candles, report.analysis)
        except Exception:
            # The text says all that the picture shows; a person must not wait for it in vain.
            log.exception("the chart of %s cannot be drawn", report.request)
            return None

    def _without_data(self, request: Request, reason: str) -> Report:
        log.info("%s: %s", request, reason)
        panel = NO_DATA.format(symbol=request.symbol, reason=reason)
        return Report(request, panel, "HOLD (Low)")
