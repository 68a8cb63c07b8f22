"""A text that is no command: asked of the model, with what is known of the markets in it."""

from functools import partial

from engram.chat import prompts
from engram.chat.asking import Said
from engram.chat.handlers.parts import Events, Parts
from engram.chat.small_talk import needs_no_thought
from engram.core.events import Progress, Question, Stage
from engram.market.symbols import Topic


def question(parts: Parts, said: Said) -> Events:
    """Answer a message; one about markets is asked with what is known of them."""
    analyst = parts.analyst
    topic = analyst.topic_of(said.text, partial(parts.spoken.before, said))
    if not topic and said.quoted and "?" in said.text:
        # "Is he right?" asks about the words that it refers to.
        topic = analyst.topic_of(said.quoted, Topic)
    said = parts.spoken.noted(said, topic)
    if topic.requests:
        yield Progress(Stage.FETCHING)
    findings = analyst.look(topic)
    asked = prompts.quoting(said.text, said.quoted)
    few = prompts.FEW_CANDLES
    asks = Question(
        said.text,
        prompt=prompts.question(asked, findings),
        system=prompts.CHAT,
        model=parts.conversations.model(said.chat),
        panel=findings.panel,
        brief=prompts.question(asked, findings, candles=few) if findings.measured else "",
        effort=parts.conversations.effort(said.chat),
        calm=not said.quoted and needs_no_thought(said.text),
    )
    yield from parts.asking.ask(said, asks, findings)
