"""What is said below an answer about the pictures and files that came with its question."""

import contextlib
from collections.abc import Generator
from dataclasses import replace

from engram.chat.model_texts import choosing
from engram.chat.sent import words
from engram.chat.sent.gathering import Brought
from engram.core.errors import Cause
from engram.core.events import Event, FellBack, Finished, Question
from engram.core.model import PROVIDERS, ModelServers

EYE = "👁 {model}"
# So many models are offered that could look.
MOST_OFFERED = 3


def noted(
    events: Generator[Event, None, None], asked: Question, brought: Brought, servers: ModelServers
) -> Generator[Event, None, None]:
    """`events` of the answer to `asked`, with what there is to say of what was `brought`."""
    is_blind = is_unloaded = False
    with contextlib.closing(events):
        for event in events:
            if isinstance(event, FellBack):
                is_blind = is_blind or event.cause is Cause.BLIND
                is_unloaded = is_unloaded or event.unloaded is not None
            elif isinstance(event, Finished) and not event.stopped:
                event = _with_files(event, asked, brought)
                is_unseen = event.blind or event.source not in PROVIDERS
                # Which model could look is said below: the one that was asked, once it is loaded.
                if asked.pictures and is_unseen and (event.unloaded or is_unloaded):
                    event = _below(event, words.not_looked(event.model if event.blind else ""))
                elif asked.pictures and is_unseen:
                    event = _unseen(event, asked, servers, is_blind=is_blind or event.blind)
            yield event


def _with_files(answer: Finished, asked: Question, brought: Brought) -> Finished:
    lines = [*brought.problems, *map(words.left_out, brought.documents)]
    if answer.unread:
        size = len(asked.enclosed)
        lines.append(words.UNREAD.format(unread=answer.unread, characters=size))
    return _below(answer, "\n".join(filter(None, lines)))


def _unseen(
    answer: Finished, asked: Question, servers: ModelServers, *, is_blind: bool
) -> Finished:
    """`answer`, with the sentence that nobody has looked; where nothing was asked, that alone."""
    if not is_blind:
        is_said = words.NOBODY_LOOKED in answer.text
        return answer if is_said else _below(answer, words.NOBODY_LOOKED)
    asked_of = asked.model.rpartition("/")[2] or servers.model()
    seeing = servers.seeing()
    said = words.cannot_look(answer.model or asked_of, seeing)
    buttons = tuple((choosing(one, EYE.format(model=one.name)),) for one in seeing[:MOST_OFFERED])
    answer = replace(answer, buttons=(*answer.buttons, *buttons))
    # The rules could only say that they cannot answer that.
    return _below(answer, said) if asked.blind else replace(answer, text=said)


def _below(answer: Finished, note: str) -> Finished:
    return replace(answer, text=f"{answer.text}\n\n{note}") if note else answer
