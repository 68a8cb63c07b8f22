"""`Turns`: what was said before a question, and what of its answer is remembered."""

import re
from dataclasses import replace
from functools import partial

from engram.chat.prompts import quoting
from engram.chat.sent import words
from engram.chat.sent.album import Album
from engram.chat.turns.said import Said
from engram.core.events import Finished, Kind, Question, Turn
from engram.core.model import PROVIDERS
from engram.storage.conversations import Conversations
from engram.storage.shown import NOTHING_SHOWN, Shown

# So many characters of enclosed files are remembered with their question.
ENCLOSED = 8000
_DIGIT = re.compile(r"\d")


class Turns:
    """The turns of all `conversations`; `album` brings again the pictures that came with them."""

    def __init__(self, conversations: Conversations, album: Album) -> None:
        self._conversations = conversations
        self._album = album

    def before(self, said: Said, question: Question) -> Question:
        """`question` with what was said before in its conversation.

        An analysis follows from the market's numbers alone: what one person told the model must
        not be in what the next one reads.
        """
        if question.kind is Kind.ANALYSIS:
            return replace(question, stop=said.stop)
        recalled = self._conversations.recall(said.parent)
        history = tuple(
            self._shown_again(said, question, turn) if turn.pictures else turn
            for turn in recalled.turns
        )
        return replace(question, stop=said.stop, history=history, thread=recalled.thread)

    def _shown_again(self, said: Said, question: Question, turn: Turn) -> Turn:
        """An earlier `turn` with its pictures, unless the `question` is about others."""
        shown = () if question.pictures else turn.pictures
        return replace(turn, pictures=self._album.again(shown, said.sent.files, said.stop))

    def known(self, said: Said, question: Question, text: str) -> str:
        """What a model may have from before `question` of the numbers in `text`; "" if it has none.

        An analysis is told nothing of what was said before.
        """
        is_told = question.kind is not Kind.ANALYSIS and _DIGIT.search(text)
        return self._conversations.known(said.parent) if is_told else ""

    def remember(self, said: Said, answer: Finished, question: Question) -> int:
        """Keep the turn and return its number; an answer without a word is none, 0."""
        if not answer.text:
            return 0
        shown = _shown(said, answer, question)
        text = words.naming(said.text, len(shown.pictures))
        text = "\n\n".join(filter(None, (text, question.enclosed[:ENCLOSED])))
        turn = Turn(quoting(text, said.quoted), answer.text)
        # The server's thread of an analysis begins with it: a conversation goes on on its own.
        apart = said.parent and question.kind is Kind.ANALYSIS
        thread = None if apart else answer.thread
        link = partial(self._conversations.messages.linking, said.chat, question=True)
        return self._conversations.add(
            said.chat,
            turn,
            answer.source,
            thread,
            parent=said.parent,
            began=said.began,
            topic=said.topic,
            data=_figures(turn, question),
            person=said.person,
            shown=shown,
            link=None if said.message is None else partial(link, said.message),
        )


def _shown(said: Said, answer: Finished, question: Question) -> Shown:
    """The pictures of `question`, for its turn; they are seen if a model has answered.

    Those of an earlier message wait for one more question, and not for all that follow, unless the
    model that is to look has to be loaded first.
    """
    is_seen = answer.source in PROVIDERS and not answer.blind
    is_again = not (said.sent.attachments or answer.unloaded)
    return NOTHING_SHOWN if is_again and not is_seen else Shown(question.pictures, is_seen)


def _figures(turn: Turn, question: Question) -> str:
    """What is known of markets with `question` that its `turn` does not say; "" for none."""
    told = "" if question.prompt == turn.question else question.prompt
    return "\n\n".join(filter(None, (question.panel, told))) if question.panel else ""
