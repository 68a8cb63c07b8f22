"""`AnswerText`: a model's answer while its text arrives in pieces, without its thoughts."""

from collections.abc import Sequence
from typing import Any

from engram.core.errors import TryAgainError, WordlessError
from engram.core.events import Event, Finished, Progress, ServerThread, Stage, TextDelta, TextReset
from engram.core.text.printable import is_blank
from engram.core.text.surrogates import well_formed
from engram.core.usage import Usage
from engram.llm.answer.reasoning import ReasoningFilter, strip_reasoning
from engram.llm.answer.repetition import KEPT, Repetition
from engram.llm.reading import seconds, speed, tokens

# A model that does not come to an end is stopped here; characters.
MAX_TEXT = 65_536
# An answer cut short is worth keeping from this many characters on.
WORTH_KEEPING = 200
# The protocols' words for why an answer stopped before its end.
NO_ROOM = {"length", "max_tokens", "model_context_window_exceeded"}
CUT = {*NO_ROOM, "content_filter"}
BROKEN = {"error", "abort"}
# What a model did in place of saying anything.
INSTEAD = {
    "content_filter": "a filter of contents withheld it",
    "refusal": "it refused without a word",
    **dict.fromkeys(("tool_calls", "tool_use", "function_call"), "it asked for a tool instead"),
}


class AnswerText:
    """An answer by responder `source` with `model`, from the server at `server`.

    `key` is what that server calls the model. It is `complete` once the model has said its last
    word, and `closed` when nothing more will come, or is wanted, because the model repeats itself
    without end. `usage` is None where the protocol does not tell. `ran_out` marks an answer that
    was cut because no more tokens were to be had. `heard` counts the pieces in which its text and
    its thoughts came. `instance` is what the server calls the loaded model that answers, where it
    tells that.
    """

    def __init__(self, source: str, model: str, server: str = "", key: str = "") -> None:
        self.complete = False
        self.closed = self.ran_out = False
        #: How many tokens it was allowed, thoughts among them; 0 where the request did not say.
        self.limit = 0
        self.usage: Usage | None = None
        self.heard = 0
        #: Whether the model has thought.
        self.reasoned = False
        self.instance = ""
        self._source = source
        self._model = model
        self._key = key
        self._server = server
        # What was said and not looked at yet, what was said, and what people see next.
        self._pieces: list[str] = []
        self._said: list[str] = []
        self._news: list[Event] = []
        self._length = 0
        self._is_cut = False
        self._messages: Sequence[str] = ()
        self._told = False
        self._ended = ""
        self._cut_short = False
        self._thread: ServerThread | None = None
        self._reasoning = ReasoningFilter()
        self._text_repeats, self._thought_repeats = Repetition(), Repetition()

    @property
    def begun(self) -> bool:
        """Whether any of it is on screen, or soon will be."""
        self._look()
        return bool(self._said)

    def news(self) -> list[Event]:
        """What people see of all that came since it was asked for last."""
        self._look()
        news, self._news = self._news, []
        return news

    def say(self, piece: str) -> None:
        """Add `piece` to the text."""
        if piece:
            self.heard += 1
            self._pieces.append(piece)

    def begin(self) -> None:
        """Note that another message of the same answer begins, perhaps with thoughts of its own."""
        self._look(final=True)
        self._reasoning = ReasoningFilter()
        if self._said:
            self._show("\n\n")

    def tell(self, progress: Progress) -> None:
        """Add what is going on while there is no text."""
        self._look()
        self._news.append(progress)

    def think(self, piece: str = "") -> None:
        """Note that the model is thinking `piece`; people are told once that it thinks."""
        self.heard += 1
        self._look()
        if self._thought_repeats.feed(piece):
            self.close()
        self._thinks()

    def _look(self, *, final: bool = False) -> None:
        """Look at what was said since.

        What may be the beginning of a tag is held back, unless what was said is the `final` piece.
        """
        piece = "".join(self._pieces)
        self._pieces.clear()
        if not (piece or final):
            return
        delta = self._reasoning.feed(piece, final=final)
        if delta.reset:
            self._news += [TextReset()] if self._said else []
            self._said, self._length = [], 0
        self.reasoned = self.reasoned or self._reasoning.thought
        self._show(delta.text)
        if self._text_repeats.feed(piece):
            self.close()
        if self._reasoning.thinking:
            self._thinks()

    def _show(self, text: str) -> None:
        room = MAX_TEXT - self._length
        if len(text) > room:
            text = text[:room]
            self._is_cut = self._cut_short = True
            self.close()
        # An answer begins with something that can be seen; of what follows all counts.
        if text and (self._said or not is_blank(text)):
            self._said.append(text)
            self._length += len(text)
            self._news.append(TextDelta(text))

    def _thinks(self) -> None:
        self._news += [] if self._told else [Progress(Stage.THINKING)]
        self._told = self.reasoned = True

    def count(
        self,
        read: Any = None,
        written: Any = None,
        *,
        reasoning: Any = None,
        cached: Any = None,
        rate: Any = None,
        first_token: Any = None,
        load: Any = None,
    ) -> None:
        """Note what the server has counted and measured so far, as it says it.

        Tokens, tokens a second (`rate`), and seconds, as in `Usage`; what it does not tell, or what
        cannot be, leaves the figure as it is.
        """
        before = self.usage or Usage()
        self.usage = Usage(
            tokens(read) or before.read,
            tokens(written) or before.written,
            tokens(reasoning) or before.reasoning,
            speed(rate) or before.speed,
            seconds(first_token) or before.first_token,
            seconds(load) or before.load,
            tokens(cached) or before.cached,
        )

    @property
    def streamed(self) -> int:
        """How many tokens came in pieces, as far as is known: not the thoughts that are hidden."""
        usage = self.usage or Usage()
        return usage.written - (0 if self.reasoned else usage.reasoning)

    def end(self, reason: str) -> None:
        """Note why the model stopped, in the protocol's word; "" means that it goes on.

        Raises `TryAgainError` if the server broke it off. What is said afterwards changes nothing.
        """
        if reason in BROKEN and not self.complete:
            raise TryAgainError(f"its answer broke off ({reason})")
        self.ran_out = self.ran_out or (reason in NO_ROOM and not self.complete)
        self._cut_short = self._cut_short or (reason in CUT and not self.complete)
        self._ended = self._ended or reason
        self.complete = self.complete or bool(reason)

    def close(self, messages: Sequence[str] = (), thread: str = "") -> None:
        """Note that nothing more will come, or is wanted.

        `messages` are the whole texts if the server repeats them at the end, `thread` the id under
        which the server keeps the conversation.
        """
        self.complete = self.closed = True
        self._messages = [one for one in messages if not is_blank(one)] or self._messages
        self._thread = ServerThread(self._server, thread) if thread else self._thread

    def finished(self) -> Finished:
        """The answer. Raises `WordlessError` when nothing was said."""
        self._look(final=True)
        said, repeats = "".join(self._said), self._text_repeats
        is_other = bool(self._messages) and self._messages != [said]
        if is_other:
            said = "\n\n".join(filter(None, map(strip_reasoning, self._messages)))[: MAX_TEXT + 1]
        if is_other or self._is_cut:
            # A loop may have been in one piece with what is not shown.
            repeats = Repetition()
            repeats.feed(said)
        if repeats.surplus:
            said = said[: max(len(said) - repeats.surplus, KEPT)]
        said = well_formed(said).strip()
        if is_blank(said):
            raise WordlessError(self._silence)
        is_loop = bool(repeats.surplus or self._thought_repeats.surplus)
        return Finished(
            said[:MAX_TEXT],
            self._source,
            self._model,
            markdown=True,
            thread=self._thread,
            cut_short=self._cut_short or is_loop or len(said) > MAX_TEXT,
            repeats=is_loop,
            key=self._key,
        )

    @property
    def _silence(self) -> str:
        """Why there is no text."""
        if not (self.reasoned or self._messages):
            return INSTEAD.get(self._ended, "it said nothing")
        if self._thought_repeats.surplus or self._text_repeats.surplus:
            return "it thought the same over and over"
        return "it only thought" + (", until its limit of tokens" if self._cut_short else "")
