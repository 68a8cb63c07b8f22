"""/price: a line for each market, with its price, what became of it in a day, and when that was."""

from functools import partial

from engram.chat import texts
from engram.chat.handlers import price_texts
from engram.chat.handlers.parts import Events, Parts
from engram.chat.turns.said import Said
from engram.core.errors import MarketError, UnknownMarketError
from engram.core.events import Progress, Stage
from engram.core.formats import format_duration, format_percent, format_price
from engram.market.prices import MOST, Change, Price
from engram.market.symbols import Request, Topic

HOUR = 3600.0


def price(parts: Parts, said: Said, argument: str) -> Events:
    """Show the prices of the markets that are named, or else of those that were spoken of last.

    No model is asked, and a later question knows the prices.
    """
    before = partial(parts.spoken.beside, said)
    topic = parts.analyst.topic_of_command(argument, before) or before()
    if not topic:
        yield from texts.own_words(price_texts.WHOSE_PRICE.format(most=MOST))
        return
    said = parts.spoken.noted(said, topic)
    if None in parts.analyst.prices.at_hand(_markets(topic)):
        yield Progress(Stage.FETCHING)
    yield parts.asking.say(said, _answer(parts, topic))


def _markets(topic: Topic) -> list[Request]:
    """The markets of `topic`, each of them once, whatever their timeframes."""
    return list({request.symbol: request for request in topic.requests}.values())


def _answer(parts: Parts, topic: Topic) -> str:
    markets = _markets(topic)
    shown, left = markets[:MOST], markets[MOST:]
    found = parts.analyst.prices.of(shown)
    lines = [_line(request, one) for request, one in zip(shown, found, strict=True)]
    problems = parts.analyst.problems(topic)
    if left:
        problems.append(price_texts.NOT_PRICED.format(most=MOST, markets=texts.named(left)))
    lines += [texts.PROBLEM.format(problem=problem) for problem in problems]
    return "\n".join(lines) or texts.NO_MARKETS


def _line(request: Request, found: Price | MarketError) -> str:
    if isinstance(found, UnknownMarketError):
        return texts.PROBLEM.format(problem=found)
    if isinstance(found, MarketError):
        return price_texts.NO_PRICE.format(symbol=request.symbol, reason=found)
    facts = [_words(found.change), found.exchange, f"{found.at:%H:%M} UTC"]
    number = format_price(found.price)
    return price_texts.PRICE.format(
        symbol=found.symbol, price=number, facts=", ".join(filter(None, facts))
    )


def _words(change: Change | None) -> str:
    """The change, with the time that it really took: "+1.2 % in 24 h"."""
    if change is None:
        return ""
    hours = round(change.seconds / HOUR)
    time = f"{hours} h" if hours else format_duration(change.seconds)
    share = format_percent(change.share, 1, signed=True)
    return price_texts.CHANGED.format(share=share, time=time)
