"""What the terminal chat says at its start: what it lacks, and where that is changed."""

from collections.abc import Iterator

from engram.config.settings import MarketSettings
from engram.core.errors import MarketError
from engram.core.model import Status
from engram.llm.servers import Servers
from engram.market.analyst import Analyst
from engram.market.exchanges.profile import unknown_exchanges
from engram.market.source.candle_source import CandleSource
from engram.market.symbols import Request
from engram.ops.texts import MARKET_MISSING, SERVER_MISSING


def missing(
    servers: Servers, analyst: Analyst, source: CandleSource, settings: MarketSettings
) -> Iterator[str]:
    """Begin to probe `servers` and to load what analyses need; a line for each that is not there.

    The lines come as they become known: those of the servers within seconds, that of the market at
    most half a minute later. Nothing is said of what the configuration switches off.
    """
    servers.start()
    for health in servers.health:
        server = health.server
        if health.status is not Status.CONNECTED or server.latency is None:
            yield SERVER_MISSING.format(
                title=server.called.kind,
                url=server.base_url,
                problem=server.problem or "no answer yet",
                section=server.name,
            )
    if not source.enabled:
        return
    unknown = unknown_exchanges(settings.exchange)
    for problem in unknown:
        yield f"⚠️  {problem}"
    if len(unknown) == len(settings.exchange):
        return
    analyst.preload()
    try:
        source.candles(Request("BTC", settings.quote, settings.timeframe))
    except MarketError as err:
        yield MARKET_MISSING.format(problem=err)
