"""`--check`: a line for each thing that the bot needs."""

from collections.abc import Iterable, Iterator

import requests
from telebot import apihelper

from engram.core.errors import EngramError, MarketError, ResponderError
from engram.core.formats import format_price
from engram.llm.lmstudio import LMStudioClient
from engram.llm.server import ModelServer
from engram.market.candle_source import CandleSource
from engram.market.symbols import Request
from engram.telegram.bot_api import BotApi


def model_servers(servers: Iterable[ModelServer]) -> Iterator[str]:
    """A line for each model server; the bot starts without them, too."""
    for server in servers:
        title = server.provider.title
        if not server.probe() or server.latency is None:
            yield f"⚠️  {title}: {server.base_url}: {server.problem}"
            continue
        model, latency, state = server.choose(), server.latency * 1000, ""
        if isinstance(server, LMStudioClient):
            state = " (loaded)" if model.loaded else " (not loaded, the first question loads it)"
        try:
            # To be asked for one token would load it.
            if model.loaded or not state:
                server.try_out()
            yield f"✅ {title}: {model.key}{state}, {latency:.0f} ms"
        except ResponderError as err:
            yield f"⚠️  {title}: {server.base_url}: {model.key}: {err}"


def market(source: CandleSource, quote: str, timeframe: str) -> str:
    """A line for the exchanges; the bot starts without them, too."""
    if not source.enabled:
        return "⚠️  Exchange: none in [market] exchange; analyses will have no data"
    try:
        candles = source.candles(Request("BTC", quote, timeframe))
    except MarketError as err:
        return f"⚠️  Exchange: {err}"
    return f"✅ Exchange: {candles.exchange}, {candles.symbol} {format_price(candles.price)}"


def telegram(token: str, api_url: str) -> str:
    """A line for the bot with `token`; raises an `EngramError` when it cannot run."""
    if not token:
        raise EngramError("no TELEGRAM_BOT_TOKEN in .env; @BotFather gives you one")
    try:
        me = BotApi(token, api_url).bot.get_me()
    except apihelper.ApiTelegramException as err:
        if err.error_code in (401, 404):
            reason = "the token in .env is not known; copy it from @BotFather"
        else:
            reason = f"it answers {err.error_code}; try again later"
        raise EngramError(reason) from err
    except (requests.RequestException, apihelper.ApiException) as err:
        raise EngramError(f"{api_url} does not answer; is this machine online?") from err
    return f"✅ Telegram: @{me.username}"
