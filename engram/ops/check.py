"""`--check`: a line for each thing that the bot needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import requests
from telebot import apihelper

from engram.core.errors import MarketError
from engram.core.formats import format_price
from engram.llm.lmstudio import LMStudioClient
from engram.llm.server import ModelServer
from engram.market.candle_source import CandleSource
from engram.market.symbols import Request
from engram.telegram.bot_api import BotApi


def check_model_servers(servers: Iterable[ModelServer]) -> Iterator[str]:
    """A line for each model server; one that is missing is no reason not to start."""
    for server in servers:
        if server.probe() and server.latency is not None:
            model, latency = server.choose(), server.latency * 1000
            state = ""
            if isinstance(server, LMStudioClient):
                loaded = "loaded" if model.loaded else "not loaded, the first question loads it"
                state = f" ({loaded})"
            yield f"✅ {server.provider.title}: {model.key}{state}, {latency:.0f} ms"
        else:
            yield f"⚠️  {server.provider.title}: {server.base_url}: {server.problem}"


def check_market(market: CandleSource, quote: str, timeframe: str) -> str:
    """A line for the exchanges; one that is missing is no reason not to start."""
    if not market.enabled:
        return "⚠️  Exchange: none in [market] exchange; analyses will have no data"
    try:
        candles = market.candles(Request("BTC", quote, timeframe))
    except MarketError as err:
        return f"⚠️  Exchange: {err}"
    return f"✅ Exchange: {candles.exchange}, {candles.symbol} {format_price(candles.price)}"


def check_telegram(token: str, api_url: str) -> tuple[bool, str]:
    """Whether the bot could run with `token`, and the line that says so."""
    if not token:
        return False, "❌ Telegram: no TELEGRAM_BOT_TOKEN in .env; @BotFather gives you one"
    try:
        me = BotApi(token, api_url).bot.get_me()
    except apihelper.ApiTelegramException as err:
        if err.error_code in (401, 404):
            return False, "❌ Telegram: the token in .env is not known; copy it from @BotFather"
        return False, f"❌ Telegram: it answers {err.error_code}; try again later"
    except (requests.RequestException, apihelper.ApiException):
        return False, f"❌ Telegram: {api_url} does not answer; is this machine online?"
    return True, f"✅ Telegram: @{me.username}"
