"""What answers each of the commands in `chat/commands.py`."""

from collections.abc import Callable, Mapping

from engram.chat import texts
from engram.chat.commands import HELP
from engram.chat.digesting import command as digesting
from engram.chat.handlers import loading
from engram.chat.handlers.analysis import analyze, refresh
from engram.chat.handlers.conversation import new, status, stop
from engram.chat.handlers.models import models
from engram.chat.handlers.parts import Handler
from engram.chat.handlers.price import price
from engram.chat.handlers.record import record
from engram.chat.handlers.think import think
from engram.chat.sizing import command as sizing
from engram.chat.watching import alert, armed, watch
from engram.market.analyst import Analyst

HANDLERS: Mapping[str, Handler] = {
    "analyze": analyze,
    "refresh": refresh,
    "open": analyze,
    "size": sizing.answer,
    "price": price,
    "record": record,
    "alert": alert.alert,
    "alerts": armed.alerts,
    "watch": watch.watch,
    "unwatch": watch.unwatch,
    "watchlist": digesting.watchlist,
    "digest": digesting.digest,
    "timezone": digesting.timezone,
    "disarm": armed.disarm,
    "again": alert.again,
    "resume": alert.resume,
    "status": status,
    "models": models,
    "models load": loading.load_listed,
    "models eject": loading.eject,
    "look": models,
    "load": loading.load,
    "think": think,
    "stop": stop,
    "new": new,
    "help": lambda *_: texts.own_words(HELP),
    "start": lambda *_: texts.own_words(texts.START),
}
# Whether the words after a command name their market themselves, or may mean the one that was
# spoken of before. A command that is not here means the same whatever was said before it.
STANDS_ALONE: Mapping[str, Callable[[Analyst, str], bool]] = {
    "size": sizing.stands_alone,
    "alert": alert.stands_alone,
    "price": Analyst.names_market,
    "watch": Analyst.names_market,
    "unwatch": Analyst.names_market,
}
