"""/size: the market that is meant, its figures, and the size of a position in it."""

from functools import partial

from engram.chat import texts
from engram.chat.framing import problems
from engram.chat.handlers.parts import Events, Parts
from engram.chat.sizing.position import size
from engram.chat.sizing.request import EXAMPLE, SizeRequest, UnclearError, read
from engram.chat.turns.said import Said
from engram.core.events import Progress, Stage
from engram.market.analyst import Analyst
from engram.market.report import Findings
from engram.market.symbols import Topic

NO_DATA = (
    "{reason}\n\nWithout a price and an ATR there is no size. Please try another market or "
    f"timeframe, or again in a moment: {EXAMPLE}."
)


def answer(parts: Parts, said: Said, argument: str) -> Events:
    """The size that is asked for with `argument`, or what is missing; a later turn knows it."""
    try:
        asked = read(argument)
        topic = _topic(parts, asked, said)
    except UnclearError as err:
        yield from texts.own_words(str(err))
        return
    said = parts.spoken.noted(said, topic)
    if topic.requests:
        yield Progress(Stage.FETCHING)
    yield parts.asking.say(said, _answer(parts.analyst.look(topic), asked))


def stands_alone(analyst: Analyst, argument: str) -> bool:
    """Whether the words after /size mean the same whatever was said before them."""
    try:
        return analyst.names_market(read(argument).rest)
    except UnclearError:
        return True


def _topic(parts: Parts, asked: SizeRequest, said: Said) -> Topic:
    """The one market that is named, or else the one that was spoken of last."""
    before = partial(parts.spoken.beside, said)
    topic = parts.analyst.topic_of_command(asked.rest, before) or before()
    if not topic:
        raise UnclearError("Which market is it for? None was spoken of here yet.")
    if len(topic.requests) > 1:
        markets = " or ".join(request.symbol for request in topic.requests[: texts.MARKETS_SHOWN])
        raise UnclearError(f"I size one market at a time, and this could be {markets}.")
    return topic


def _answer(findings: Findings, asked: SizeRequest) -> str:
    if findings.measured:
        return "\n\n".join([size(findings.measured[0], asked), *problems(findings)])
    missing = [*(report.missing for report in findings.reports), *findings.problems]
    return NO_DATA.format(reason="\n".join(missing) or texts.NO_MARKETS)
