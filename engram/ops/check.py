"""`--check`: a line for each thing that the bot needs; all of them are looked at at once."""

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import requests
from telebot import apihelper

from engram.config.settings import Settings
from engram.core.errors import EngramError, MarketError, ResponderError
from engram.core.formats import format_price
from engram.core.text.printable import one_line
from engram.llm.lmstudio import LMStudioClient
from engram.llm.server import ModelServer
from engram.market.exchanges.profile import unknown_exchanges
from engram.market.indicators import compute
from engram.market.source.candle_source import CandleSource
from engram.market.symbols import Request
from engram.ops.texts import NOT_INSTALLED
from engram.telegram.sending.bot_api import BotApi, RedirectedError

log = logging.getLogger(__name__)

# A person is told what is still looked at after so many seconds without a line.
SILENCE = 4.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of the check; `fatal` if the bot cannot run."""

    text: str
    fatal: bool = False


class UnknownTokenError(EngramError):
    """Telegram knows no bot with this token."""


Look = Callable[[], Sequence[Finding]]


def findings(
    settings: Settings, servers: Sequence[ModelServer], source: CandleSource
) -> Iterator[Finding]:
    """What is there and what is not, each as soon as it is known."""
    looks: dict[str, Look] = {
        f"model server {one.base_url}": partial(model_server, one) for one in servers
    }
    exchanges = settings.market.exchange
    if exchanges:
        looks[f"exchange {', '.join(exchanges)}"] = partial(market, source, settings)
    else:
        text = "⚠️  Exchange: none in [market] exchange; analyses will have no data"
        yield Finding(text)
    token, api_url = settings.secrets["TELEGRAM_BOT_TOKEN"], settings.telegram.api_url
    looks[f"Telegram {api_url}"] = partial(telegram, token, api_url)
    yield from _each(looks)


def model_server(server: ModelServer) -> list[Finding]:
    """A line for a model server; the bot starts without it, too."""
    there = server.probe()
    title = server.called.kind
    if not there or server.latency is None:
        return [Finding(f"⚠️  {title}: {server.base_url}: {server.problem}")]
    model, latency, state = server.choose(), server.latency * 1000, ""
    if isinstance(server, LMStudioClient):
        state = " (loaded)" if model.loaded else " (not loaded, the first question loads it)"
    where = "" if server.called.named else f"{server.base_url}: "
    try:
        # To be asked for one token would load it.
        if model.loaded or not state:
            server.try_out()
    except ResponderError as err:
        return [Finding(f"⚠️  {title}: {server.base_url}: {model.key}: {err}")]
    there_is = Finding(f"✅ {title}: {where}{model.key}{state}, {latency:.0f} ms")
    return [there_is, *thinking(server)]


def thinking(server: ModelServer) -> list[Finding]:
    """A line for a model that is not asked to think as `[lmstudio] reasoning` wants it."""
    can = server.thinking()
    if not can.leaves_out(can.configured):
        return []
    allowed = ", ".join(can.efforts) or "nothing to choose"
    text = f"{can.model} allows {allowed}; it is asked without"
    return [Finding(f"⚠️  [lmstudio] reasoning = {can.configured}: {text}")]


def market(source: CandleSource, settings: Settings) -> list[Finding]:
    """Lines for the exchanges; the bot starts without them, too."""
    wanted = settings.market
    unknown = [Finding(f"⚠️  {problem}") for problem in unknown_exchanges(wanted.exchange)]
    try:
        candles = source.candles(Request("BTC", wanted.quote, wanted.timeframe))
        # For an analysis TA-Lib has to be there, too.
        compute(candles)
    except MarketError as err:
        return [*unknown, Finding(f"⚠️  Exchange: {err}")]
    price = format_price(candles.price)
    return [*unknown, Finding(f"✅ Exchange: {candles.exchange}, {candles.symbol} {price}")]


def telegram(token: str, api_url: str) -> list[Finding]:
    """A line for the bot with `token`, without which it cannot run."""
    try:
        return [Finding(f"✅ Telegram: @{bot_name(token, api_url)}")]
    except EngramError as err:
        return [Finding(f"❌ Telegram: {err}", fatal=True)]


def bot_name(token: str, api_url: str) -> str:
    """What the bot with `token` is called.

    Raises `UnknownTokenError` if there is none, other `EngramError`s if that cannot be found out.
    """
    if not token:
        raise EngramError("no TELEGRAM_BOT_TOKEN in .env; @BotFather gives you one")
    try:
        return str(BotApi(token, api_url).bot.get_me().username)
    except apihelper.ApiTelegramException as err:
        if err.error_code in (401, 404):
            reason = "the token in .env is not known; copy it from @BotFather"
            raise UnknownTokenError(reason) from err
        raise EngramError(f"it answers {err.error_code}; try again later") from err
    except RedirectedError as err:
        raise EngramError(str(err)) from err
    except (requests.RequestException, apihelper.ApiException) as err:
        raise EngramError(f"{api_url} does not answer; is this machine online?") from err


def _each(looks: dict[str, Look]) -> Iterator[Finding]:
    """What all the `looks` find, which are known by their names; they run at the same time."""
    found: queue.SimpleQueue[tuple[str, Sequence[Finding]]] = queue.SimpleQueue()

    def run(name: str, look: Look) -> None:
        try:
            found.put((name, look()))
        except (ImportError, SyntaxError) as err:
            text = NOT_INSTALLED.format(reason=one_line(str(err)))
            found.put((name, [Finding(f"❌ {text}", fatal=True)]))
        except Exception:
            log.exception("looking at %s failed unexpectedly", name)
            text = f"❌ {name}: looking at it failed unexpectedly; the log says how"
            found.put((name, [Finding(text, fatal=True)]))

    yield Finding(f"🔎 Looking at {_listed(looks)}")
    for name, look in looks.items():
        # As daemons, so that Ctrl-C ends the check at once.
        threading.Thread(target=run, args=[name, look], daemon=True).start()
    while looks:
        try:
            name, lines = found.get(timeout=SILENCE)
        except queue.Empty:
            yield Finding(f"⏳ Still waiting for {_listed(looks)}")
            continue
        del looks[name]
        yield from lines


def _listed(looks: dict[str, Look]) -> str:
    return "; ".join(looks)
