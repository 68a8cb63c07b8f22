"""Prints what docs/signals.md shows of /record: `python3 -m tests.example_record`.

The market is that of `tests.example_chart`. On its last 300 candles somebody looks at the rules'
panel every 12 hours, as `Ledger` notes it, and `Judging` looks up what came of it at the exchange's
double. The model of the last ten days was scripted: it always says HOLD.
"""

from __future__ import annotations

from dataclasses import replace

from engram.config.settings import ExchangeSettings, MarketSettings
from engram.core.clock import Clock
from engram.core.events import Finished
from engram.core.lru import LRUCache
from engram.market.candles import Candles
from engram.market.evidence import HORIZON, Confidence, Evidence, Regime
from engram.market.feed import Feed
from engram.market.outcomes import Signal
from engram.market.report import MarketData, Report
from engram.market.signals import analyse
from engram.market.source.candle_source import CandleSource
from engram.market.symbols import Request
from engram.storage.store import Store
from engram.storage.watch.ledger_table import LedgerTable
from engram.watch.ledger.judging import Judging
from engram.watch.ledger.ledger import Ledger
from tests.conftest import make_assistant
from tests.doubles.exchange import ExchangeDouble
from tests.example_chart import SEED, SYMBOL, candles, rows
from tests.machine_speed import LONG
from tests.series import NOW, first

FROM, EACH, WITH_MODEL = 700, 3, 60  # candles of 4 hours
MODEL = "zai-org/glm-4.7-flash"
ASKED = "/record BTC 4h"


class Standing(Clock):
    """A clock that stands still at the end of the market."""

    def now(self) -> float:
        """The time up to which there are candles."""
        return NOW


def report(shown: Candles) -> Report:
    """What the rules say of `shown`."""
    analysis = analyse(shown)
    evidence = Evidence.of(shown, HORIZON, analysis.signal, Regime())
    request = Request.of(SYMBOL, "4h")
    return Report(request, "", "", "", MarketData(shown, analysis, evidence, ""))


def noted(ledger: Ledger) -> None:
    """Have the signals of those weeks shown."""
    market = replace(candles("4h", 4, SEED), exchange_id="binance")
    for count in range(FROM, len(market.close), EACH):
        shown = report(first(market, count))
        ledger.note([shown])
        if count >= len(market.close) - WITH_MODEL:
            ledger.note_verdict(shown, MODEL, Signal.HOLD, Confidence.LOW)


def example() -> str:
    """The question, and what the bot says."""
    store, clock = Store(None), Standing()
    table = LedgerTable(store)
    noted(Ledger(table, clock))
    with ExchangeDouble() as exchange:
        exchange.now = clock.now
        exchange.series[SYMBOL, "4h"] = rows(4, SEED)
        settings = {"binance": ExchangeSettings(api_url=exchange.url)}
        markets = MarketSettings(exchange=("binance",))
        source = CandleSource(markets, settings, LRUCache(10), LONG, clock.now)
        Judging(table, Feed(source), store, clock).look()
    (answer,) = make_assistant(store=store).reply("1", ASKED)
    assert isinstance(answer, Finished)
    return f"> {ASKED}\n{answer.text}"


if __name__ == "__main__":
    print(example())
