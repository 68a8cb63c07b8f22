"""What the rules say about a market, and what is known of several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engram.market.candles import title
from engram.market.outcomes import Signal
from engram.market.symbols import Request

if TYPE_CHECKING:
    from engram.market.candles import Candles
    from engram.market.evidence import Evidence
    from engram.market.signals import Analysis


@dataclass(frozen=True, slots=True)
class MarketData:
    """What the rules have computed, from these `candles`.

    `figures` are those of the panel in few words, for a model, and `course` how the last candles
    went, one a line: high, low and close in percent from the price.
    """

    candles: Candles
    analysis: Analysis
    evidence: Evidence
    figures: str
    course: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What the rules say about a market.

    `panel` is the text that a person reads, whether there was data or not, and `block` the same in
    a few lines; `brief` is the panel without its reasons, and `verdict` the signal and confidence
    in short, "HOLD (Low)". Without `data` `missing` says why.
    """

    request: Request
    panel: str
    block: str
    verdict: str
    data: MarketData | None = None
    missing: str = ""
    brief: str = ""

    @property
    def signal(self) -> Signal:
        """What the rules say: HOLD without data."""
        return self.data.analysis.signal if self.data else Signal.HOLD

    @property
    def symbol(self) -> str:
        """The market that the figures are from; it may be in another dollar than asked for."""
        return self.data.candles.symbol if self.data else self.request.symbol

    @property
    def title(self) -> str:
        """What the figures are of: "BTC/USDT (4h, Binance)"."""
        exchange = self.data.candles.exchange if self.data else ""
        return title(self.symbol, self.request.timeframe, exchange)

    @property
    def exchange_id(self) -> str:
        """The exchange that the figures are from, "binance"; empty without data."""
        return self.data.candles.exchange_id if self.data else ""

    @property
    def last_candle(self) -> int:
        """When the last closed candle opened, in milliseconds; 0 without data."""
        return int(self.data.candles.time[-1]) if self.data else 0


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of several markets, and a sentence for each that nothing can be known of."""

    reports: tuple[Report, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def measured(self) -> tuple[Report, ...]:
        """The reports for which there was data."""
        return tuple(one for one in self.reports if one.data)

    @property
    def panel(self) -> str:
        """The panel of the only market, or a block for each of several."""
        if len(self.reports) == 1:
            return self.reports[0].panel
        return "\n\n".join(report.block for report in self.reports)


NOTHING = Findings()
