"""What a question and its answer are made of.

An answer is an iterator of the frozen events below. It ends with exactly one `Finished`, or raises
a `ResponderError`. The terminal prints events, Telegram edits a message with them, and tests
collect them in a list.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from engram.core.attachments import Picture
from engram.core.errors import Cause
from engram.core.model import Model, ServerName
from engram.core.stop import Stop
from engram.core.usage import Usage
from engram.core.waits import Waits


class Kind(Enum):
    """What a question asks for."""

    CHAT = "chat"
    ANALYSIS = "analysis"


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer, as a person read them, and the pictures that came with it.

    Of a history only the latest turn that came with pictures has them.
    """

    question: str
    answer: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerThread:
    """A conversation that the model server at `server` keeps under `id`.

    `unseen` counts the latest turns of the conversation, which this server has not been told.
    """

    server: str
    id: str
    unseen: int = 0


@dataclass(frozen=True, slots=True)
class Form:
    """The form of an answer: points, one a line, and then the same lines for each of `titles`.

    `lines` are labels, with the values of which one stands behind it. The title is "" where the
    answer is about one thing only.
    """

    titles: tuple[str, ...]
    lines: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question with all that a responder needs to know.

    `text` is what the person wrote (for an analysis: symbol and timeframe, "BTC/USDT 4h"),
    `prompt` what a model is asked, `system` how it should answer, `model` the one that the person
    chose, if any. `panel` is what the rules say about the market in question, `brief` the prompt
    for a model that reads little, if there is a shorter one. `history` is what was said before,
    oldest first, and `thread` where a model server keeps it. After `stop` is requested answering
    soon ends, with a `StoppedError`.

    `pictures` are shown with it, and `blind` is what is asked where they cannot be seen; "" if
    nothing is left to ask then. `enclosed` is the text of files that came with it, of which a model
    gets as much as it can read. `effort` is how much the person wants it to think: "off", "low",
    "medium", "high", "on" or "auto", "" as it is configured; what is `calm` needs no thinking.
    `form` is that of the answer, as the prompt asks for it; some servers hold a model to it.
    """

    text: str
    kind: Kind = Kind.CHAT
    prompt: str = ""
    system: str = ""
    model: str = ""
    panel: str = ""
    brief: str = ""
    history: tuple[Turn, ...] = ()
    thread: ServerThread | None = None
    pictures: tuple[Picture, ...] = ()
    blind: str = ""
    enclosed: str = ""
    effort: str = ""
    calm: bool = False
    form: Form | None = None
    stop: Stop = field(default_factory=Stop, compare=False, repr=False)

    @property
    def asked(self) -> str:
        """What a model reads as the person's words, with the files below them."""
        return "\n\n".join(filter(None, (self.prompt or self.text, self.enclosed)))


class Stage(Enum):
    """What is going on while there is no text yet."""

    OPENING = "opening what was sent"
    FETCHING = "fetching market data"
    LOADING = "loading the model"
    READING = "reading the prompt"
    THINKING = "thinking"
    RETRYING = "retrying"
    BEHIND = "waiting for earlier answers"
    WAITING = "waiting in line"
    ASKING = "asking the model"


@dataclass(frozen=True, slots=True)
class Progress:
    """The stage that an answer is in.

    `fraction` is 0..1 if the server tells it. `place` is the place in a model server's line, 1 for
    the next, or how many answers of the same conversation come first (`Stage.BEHIND`).
    """

    stage: Stage
    fraction: float | None = None
    attempt: int = 0
    attempts: int = 0
    place: int = 0


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class TextReset:
    """All text so far is void: another attempt, or another responder, starts over."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a message; pressing it is saying `command`, at most 64 bytes."""

    label: str
    command: str


Buttons: TypeAlias = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """What the rules say about `symbol` on `timeframe`, ready before any model answers.

    `draw` makes the chart, a PNG, for a front end that can show one; None when it cannot be drawn.
    `buttons` are in rows, for a front end that has buttons.
    """

    symbol: str
    timeframe: str
    text: str
    draw: Callable[[], bytes | None]
    buttons: Buttons = ()


@dataclass(frozen=True, slots=True)
class FellBack:
    """`responder` did not answer, for the `reason` given; the next one is asked.

    `context` is how many tokens the model's context holds, where the question was too long for it.
    `server` is what people call the model server, where it is one. `since` is why it is known to be
    down, and `unloaded` the model that somebody would have to load.
    """

    responder: str
    reason: str
    cause: Cause
    context: int = 0
    server: ServerName | None = field(default=None, compare=False)
    since: Cause | None = None
    unloaded: Model | None = None


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file that belongs to an answer: its name, "ledger.csv", and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The complete answer, final.

    `source` names the responder, `model` the language model if one wrote it, `key` what its
    server calls that, and `server` what people call where it runs. `markdown` tells whether the
    text is Markdown. `thread` is where the model server keeps the conversation up to here, `turn`
    the store's number of this turn. `cut_short` marks an answer whose end never arrived: `context`
    is how many tokens the model's context holds if that is why, and `repeats` tells that the model
    said the same over and over. `stopped` marks one whose end nobody wanted; after `stop` is
    requested nobody wants any more of it on screen. `completes_panel` tells that the text is the
    panel's with a note below it: it replaces the panel on screen. `file` comes with the text.
    `blind` tells that the model could not see the pictures, `unread` how many characters of the
    enclosed files did not fit, and `usage` what it cost. `unloaded` is the model that should have
    answered, and somebody would have to load.
    """

    text: str
    source: str
    model: str = ""
    markdown: bool = False
    thread: ServerThread | None = None
    turn: int = 0
    cut_short: bool = False
    context: int = 0
    repeats: bool = False
    stopped: bool = False
    stop: Stop | None = field(default=None, compare=False, repr=False)
    completes_panel: bool = False
    buttons: Buttons = ()
    server: ServerName | None = field(default=None, compare=False)
    key: str = field(default="", compare=False)
    file: TextFile | None = None
    blind: bool = False
    unread: int = 0
    usage: Usage = field(default_factory=Usage, compare=False)
    unloaded: Model | None = None


#: `Waits` says nothing to a person: the next event comes later, and needs no thread until then.
Event: TypeAlias = Progress | TextDelta | TextReset | Panel | FellBack | Finished | Waits
