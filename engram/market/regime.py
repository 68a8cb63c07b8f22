"""The daily signals of a market and of Bitcoin, beside which its own signal is seen."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engram.core.errors import MarketError
from engram.market.candle_source import CandleSource
from engram.market.candles import duration
from engram.market.symbols import Request

if TYPE_CHECKING:
    from engram.market.candles import Candles
    from engram.market.evidence import Regime
    from engram.market.outcomes import Signal

BITCOIN = "BTC"
DAILY, DAY = "1d", 86_400.0
# For so long (s) an analysis that has its own candles waits for the daily ones.
LONGER = 0.7
# Daily candles that are asked for at once; what does not get its turn in time is not known.
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """Daily candles that are on their way: of a market and of Bitcoin, None where not asked for."""

    own: Future[Candles] | None = None
    bitcoin: Future[Candles] | None = None

    def regime(self, candles: Candles) -> Regime:
        """The regime in which the market of `candles` is, after a short wait."""
        from engram.market.evidence import Regime

        wait([one for one in (self.own, self.bitcoin) if one], LONGER)
        return Regime(_signal(self.own, candles), _signal(self.bitcoin))

    def forget(self) -> None:
        """Do not begin to ask for what nobody needs any more."""
        for one in (self.own, self.bitcoin):
            if one:
                one.cancel()


class DailySignals:
    """Asks `source` for daily candles; Bitcoin's are those in `quote`."""

    def __init__(self, source: CandleSource, quote: str) -> None:
        self._source = source
        self._bitcoin = Request(BITCOIN, quote, DAILY)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="daily")

    def ask(self, request: Request) -> Asked:
        """Begin to ask for what belongs beside `request`; nothing here waits or raises."""
        own = replace(request, timeframe=DAILY)
        if request == self._bitcoin:
            return Asked()
        bitcoin = self._asked(self._bitcoin)
        if (duration(request.timeframe) or 0.0) >= DAY:
            return Asked(None, bitcoin)
        return Asked(bitcoin if own == self._bitcoin else self._asked(own), bitcoin)

    def _asked(self, request: Request) -> Future[Candles]:
        return self._pool.submit(self._source.candles, request, closed=True)


def _signal(asked: Future[Candles] | None, same_as: Candles | None = None) -> Signal | None:
    """The signal on the candles that came in time, if they are of the market `same_as`."""
    # Imported here, because no start of the bot should wait for numpy and TA-Lib.
    from engram.market.signals import TooFewCandlesError, analyse

    if asked is None or asked.cancel() or not asked.done():
        return None
    try:
        candles = asked.result()
        # Another exchange's may be of another coin.
        if same_as and (candles.symbol, candles.exchange) != (same_as.symbol, same_as.exchange):
            return None
        return analyse(candles).signal
    except (MarketError, TooFewCandlesError):
        return None
