"""/size: the market that is meant, its figures, and the size of a position in it."""

import re
from collections.abc import Generator

from engram.chat import texts
from engram.chat.asking import Asking, Said
from engram.chat.framing import problems
from engram.chat.sizing import words
from engram.chat.sizing.position import NoSizeError, position
from engram.chat.sizing.request import SizeRequest, UnclearError, read
from engram.chat.spoken import Spoken
from engram.core.events import Event, Progress, Stage
from engram.market.analyst import Analyst, Findings, Report
from engram.market.symbols import Topic
from engram.market.words.reader import NO_MARKETS


class Sizing:
    """Answers /size with the figures of `analyst`, and asks no model.

    `spoken` knows which market was spoken of last.
    """

    def __init__(self, analyst: Analyst, asking: Asking, spoken: Spoken) -> None:
        self._analyst = analyst
        self._asking = asking
        self._spoken = spoken

    def answer(self, said: Said, argument: str) -> Generator[Event, None, None]:
        """The size that is asked for with `argument`, or what is missing; a later turn knows it."""
        try:
            asked = read(argument)
        except UnclearError as err:
            yield from texts.own_words(str(err))
            return
        topic = self._topic(asked.rest, self._spoken.beside(said))
        if not topic:
            yield from texts.own_words(words.WHICH_MARKET)
            return
        if len(topic.requests) > 1:
            yield from texts.own_words(words.one_market(topic.requests))
            return
        said = self._spoken.noted(said, topic)
        if topic.requests:
            yield Progress(Stage.FETCHING)
        yield self._asking.say(said, _answer(self._analyst.look(topic), asked))

    def stands_alone(self, text: str) -> bool:
        """Whether the command in `text` means the same whatever was said before it."""
        _, *argument = text.split(maxsplit=1)
        try:
            return self._analyst.names_market(read("".join(argument)).rest)
        except UnclearError:
            return True

    def _topic(self, rest: str, before: Topic) -> Topic:
        """What the words beside the amounts mean; without any, what was spoken of `before`."""
        named = self._analyst.topic_of_command(rest, lambda: before)
        markets = {one.symbol: one for one in (*named.requests, *before.requests)}
        if named.requests and len(markets) > len(before.requests) > 0 and _is_talk(rest):
            # "on it" may be the market of before, or the coin IT: nobody can tell.
            return Topic(tuple(markets.values()))
        return named or before


def _is_talk(rest: str) -> bool:
    """Whether all words are such as are said beside any market."""
    found = re.findall(r"\w+", rest)
    return rest.islower() and not re.search(r"[$#/]", rest) and NO_MARKETS.issuperset(found)


def _answer(findings: Findings, asked: SizeRequest) -> str:
    if not findings.measured:
        if findings.reports:
            return words.NO_DATA.format(reason=findings.reports[0].missing)
        return words.NOT_FOUND.format(reason="\n".join(findings.problems) or texts.NO_MARKETS)
    return "\n\n".join([_sized(findings.measured[0], asked), *problems(findings)])


def _sized(report: Report, asked: SizeRequest) -> str:
    if report.analysis is None:
        raise AssertionError("only what was measured is sized")
    price, atr = report.analysis.snapshot.price, report.analysis.snapshot.last.atr
    above = report.signal.stops_above if asked.short is None else asked.short
    try:
        found = position(asked.account, asked.at_risk, price, atr, above=above)
    except NoSizeError as err:
        return words.no_size(report, err.why, price, atr)
    return words.size(report, found, asked)
