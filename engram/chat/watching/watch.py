"""/watch and /unwatch: the market that is meant, and what is watched of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from engram.chat import texts
from engram.chat.handlers.parts import Events, Parts
from engram.chat.turns.said import Said
from engram.chat.watching.place import armed_by, home, remembered, settled
from engram.chat.watching.rights import may_end
from engram.core.events import Progress, Stage
from engram.market.symbols import Request, Topic
from engram.watch.arming.reply import Reply
from engram.watch.texts import NOT_WATCHED, ONE_MARKET, WHICH_MARKET


class _UnclearError(Exception):
    """It is not known which market is meant; the text says so."""


def watch(parts: Parts, said: Said, argument: str) -> Events:
    """Watch a market, by default on the usual timeframe."""
    return _answer(parts, said, argument, _watched)


def unwatch(parts: Parts, said: Said, argument: str) -> Events:
    """End what is watched of a market: on one timeframe, or on all."""
    return _answer(parts, said, argument, _unwatched)


def _answer(
    parts: Parts, said: Said, argument: str, about: Callable[[Parts, Said, Request, bool], Reply]
) -> Events:
    """What there is to say `about` the market that is meant, or that it is not clear."""
    try:
        request, is_named = _market(parts, said, argument)
    except _UnclearError as err:
        yield parts.asking.say(said, str(err))
        return
    said = parts.spoken.noted(said, Topic((request,)))
    yield Progress(Stage.FETCHING)
    yield settled(lambda: remembered(parts, said, about(parts, said, request, is_named)))


def _watched(parts: Parts, said: Said, request: Request, is_named: bool) -> Reply:
    what, check = (armed_by(parts, said), request), said.stop.check
    return parts.desk.watched.watch(*what, is_default=not is_named, check=check)


def _unwatched(parts: Parts, said: Said, request: Request, is_named: bool) -> Reply:
    desk = parts.desk.watched
    found = desk.of_market(home(said.chat), request, named_timeframe=is_named)
    refused = next(filter(None, (may_end(said.by, one.person) for one in found)), "")
    if refused:
        return Reply(refused)
    if not found:
        market = str(request) if is_named else request.symbol
        return Reply(NOT_WATCHED.format(market=market))
    return desk.unwatch(found)


def _market(parts: Parts, said: Said, argument: str) -> tuple[Request, bool]:
    """The one market that is meant, and whether its timeframe was named.

    Without a market it is the one that was spoken of last.
    """
    analyst, before = parts.analyst, partial(parts.spoken.beside, said)
    topic = analyst.topic_of_command(argument, before) or before()
    if topic.unknown:
        raise _UnclearError(analyst.unlisted(topic.unknown[0]))
    if not topic.requests:
        raise _UnclearError(WHICH_MARKET)
    if len(topic.requests) > 1:
        named = " or ".join(one.symbol for one in topic.requests[: texts.MARKETS_SHOWN])
        raise _UnclearError(ONE_MARKET.format(markets=named))
    frame = analyst.read_command(argument).timeframe
    return Request.of(topic.requests[0].symbol, frame or analyst.timeframe), frame is not None
