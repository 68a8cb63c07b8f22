"""Takes all the steps from a request to a report: what the rules say, or which data is missing."""

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


@dataclass(frozen=True, slots=True)
class Report:
    """What the rules say about a market.

    `panel` is the text that a person reads, whether there was data or not; `verdict` is the signal
    and confidence in short, "HOLD (Low)". `candles` and `analysis` are None without data.
    """

    request: Request
    panel: str
    verdict: str
    candles: Candles | None = None
    analysis: Analysis | None = None

    @property
    def symbol(self) -> str:
        """The market that the figures are from; it may be in another dollar than asked for."""
        return self.candles.symbol if self.candles else self.request.symbol

    @property
    def last_candle(self) -> int:
        """When the last closed candle opened, in milliseconds; 0 without data."""
        return int(self.candles.time[-1]) if self.candles and self.analysis else 0


class Analyst:
    """Analyses markets whose candles `source` has.

    Requests that name no quote or timeframe get `quote` and `timeframe`. A signal is judged after
    `horizon` candles.
    """

    def __init__(self, source: CandleSource, quote: str, timeframe: str, horizon: int) -> None:
        self._source = source
        self._quote = quote
        self._timeframe = timeframe
        self._horizon = horizon

    @property
    def enabled(self) -> bool:
        """Whether there is market data at all."""
        return self._source.enabled

    def preload(self) -> None:
        """Make the first analysis before anybody asks: it is the slow one."""
        if not self.enabled:
            return
        self._source.preload()
        with contextlib.suppress(MarketError):
            self.chart(self.report(Request("BTC", self._quote, self._timeframe)))

    def understand(self, text: str) -> Request | None:
        """The request in `text`, the words after /analyze."""
        return parse_request(text, self._quote, self._timeframe)

    def report(self, request: Request, *, fresh: bool = False) -> Report:
        """Analyse the market in `request`; with `fresh` the exchange is asked for the price again.

        Raises `UnknownMarketError` when there is no such market or timeframe. Any other lack of
        data is part of the report.
        """
        # Imported here, as the chart below, because no start of the bot should wait for them.
        from engram.market.panel import panel, verdict, without_data
        from engram.market.signals import TooFewCandlesError, analyse
        from engram.market.track_record import Confidence, Signal

        try:
            candles = self._source.candles(request, fresh=fresh)
            analysis = analyse(candles, self._horizon)
        except (NoMarketDataError, TooFewCandlesError) as err:
            log.info("%s: %s", request, err)
            text = without_data(request.symbol, err)
            return Report(request, text, verdict(Signal.HOLD, Confidence.LOW))
        short = verdict(analysis.signal, analysis.confidence)
        return Report(request, panel(analysis, candles), short, candles, analysis)

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
