"""A text that is no command: asked of the model, with what is known of the markets in it."""

import time
from dataclasses import replace
from functools import partial

from engram.chat import prompts
from engram.chat.handlers.loading import offering
from engram.chat.handlers.parts import Events, Parts
from engram.chat.sent import words
from engram.chat.sent.gathering import Brought, gather
from engram.chat.sent.notes import noted
from engram.chat.small_talk import needs_no_thought
from engram.chat.turns.said import Said
from engram.core.events import Progress, Question, Stage
from engram.market.report import Findings
from engram.market.symbols import Topic

# How long (s) a picture that nobody has looked at waits for what its sender says next.
WAITS = 600.0


def question(parts: Parts, said: Said) -> Events:
    """Answer a message; one about markets is asked with what is known of them.

    What came with it is shown to the model.
    """
    brought = yield from gather(parts.album, said.sent, said.stop)
    if brought.problems and not (brought or said.text.strip() or said.quoted):
        # Nothing could be opened, and nothing was asked.
        said = replace(said, text=words.UNREAD_ALONE)
        yield parts.asking.say(said, "\n".join(brought.problems))
        return
    brought = brought or _shown_before(parts, said, brought)
    analyst = parts.analyst
    topic = analyst.topic_of(said.text, partial(parts.spoken.before, said))
    if not topic and said.quoted and "?" in said.text:
        # "Is he right?" asks about the words that it refers to.
        topic = analyst.topic_of(said.quoted, Topic)
    said = parts.spoken.noted(said, topic)
    if topic.requests:
        yield Progress(Stage.FETCHING)
    findings = analyst.look(topic)
    asks = _asks(parts, said, brought, findings)
    answer = noted(parts.asking.ask(said, asks, findings), asks, brought, parts.servers)
    yield from offering(answer, said)


def _shown_before(parts: Parts, said: Said, brought: Brought) -> Brought:
    """The picture that its sender has shown before, and that no model has seen yet."""
    unseen = parts.conversations.unseen(said.parent, said.person, time.time() - WAITS)
    pictures = parts.album.again(unseen, said.sent.files, said.stop)
    return replace(brought, pictures=pictures)


def _asks(parts: Parts, said: Said, brought: Brought, findings: Findings) -> Question:
    """The question of `said` about what was `brought`, and the `findings` of its markets."""
    text = said.text
    if not text.strip() and not said.quoted:
        text = words.WHAT_IS_SHOWN if brought.pictures else words.WHAT_IT_SAYS
    asked = prompts.quoting(text, said.quoted)
    asked = f"{asked}\n\n{words.UNOPENED}" if brought.is_lacking else asked
    prompt = prompts.question(asked, findings)
    few = prompts.FEW_CANDLES
    shown, has_words = len(brought.pictures), said.text.strip() or said.quoted or brought.documents
    return Question(
        said.text,
        prompt=prompt,
        system=prompts.SYSTEM,
        model=parts.conversations.model(said.chat),
        panel=findings.panel,
        brief=prompts.question(asked, findings, candles=few) if findings.measured else "",
        calm=not (brought or said.quoted) and needs_no_thought(said.text),
        pictures=brought.pictures,
        blind=words.blind(prompt, shown) if shown and has_words else "",
        enclosed=words.enclosed(brought.documents),
        effort=parts.conversations.effort(said.chat),
    )
