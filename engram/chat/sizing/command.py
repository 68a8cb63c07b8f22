"""/size: the market that is meant, its figures, and the size of a position in it."""

from collections.abc import Generator
from functools import partial

from engram.chat import texts
from engram.chat.asking import Asking, Said
from engram.chat.framing import problems
from engram.chat.sizing.position import size
from engram.chat.sizing.request import EXAMPLE, SizeRequest, UnclearError, read
from engram.chat.spoken import Spoken
from engram.core.events import Event, Progress, Stage
from engram.market.analyst import Analyst, Findings
from engram.market.symbols import Topic

NO_DATA = (
    "{reason}\n\nWithout a price and an ATR there is no size. Please try another market or "
    f"timeframe, or again in a moment: {EXAMPLE}."
)


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
            topic = self._topic(asked, said)
        except UnclearError as err:
            yield from texts.own_words(str(err))
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

    def _topic(self, asked: SizeRequest, said: Said) -> Topic:
        """The one market that is named, or else the one that was spoken of last."""
        before = partial(self._spoken.beside, said)
        topic = self._analyst.topic_of_command(asked.rest, before) or before()
        if not topic:
            raise UnclearError("Which market is it for? None was spoken of here yet.")
        if len(topic.requests) > 1:
            markets = " or ".join(
                request.symbol for request in topic.requests[: texts.MARKETS_SHOWN]
            )
            raise UnclearError(f"I size one market at a time, and this could be {markets}.")
        return topic


def _answer(findings: Findings, asked: SizeRequest) -> str:
    if findings.measured:
        return "\n\n".join([size(findings.measured[0], asked), *problems(findings)])
    missing = [*(report.missing for report in findings.reports), *findings.problems]
    return NO_DATA.format(reason="\n".join(missing) or texts.NO_MARKETS)
