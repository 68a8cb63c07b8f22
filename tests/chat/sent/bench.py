"""Files that were sent, and a model that keeps what it is asked."""

from __future__ import annotations

import io
import threading

from engram.chat.rules import RuleBasedFallback
from engram.core.attachments import Attachment, Files, Sent
from engram.core.errors import AttachmentError
from engram.core.events import Finished, Question
from engram.core.stop import Stop
from tests.conftest import make_assistant

CHAT = "5"


def png(width: int = 400, height: int = 300, color: str = "red") -> bytes:
    """A picture of one colour."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (width, height), color).save(file, "PNG")
    return file.getvalue()


class SentFiles(Files):
    """Files by their names; `fetched` has those that were read.

    Of those that hang nothing comes until `stop` is requested.
    """

    def __init__(self, **files: bytes) -> None:
        self.files = files
        self.fetched: list[str] = []
        self.hanging: set[str] = set()

    def read(self, ref: str, most: int, stop: Stop) -> bytes:
        """See `Files`."""
        self.fetched.append(ref)
        if ref in self.hanging:
            stopped = threading.Event()
            with stop.calls(stopped.set):
                stopped.wait()
            stop.check()
        if ref not in self.files:
            raise AttachmentError("This file is not there any more. Please send it again.")
        return self.files[ref][:most]

    def sent(self, *refs: str, **names: str) -> Sent:
        """A message with these pictures, and with the files that have names."""
        pictures = [Attachment(ref) for ref in refs]
        documents = [Attachment(ref, name, is_picture=False) for ref, name in names.items()]
        return Sent((*pictures, *documents), self)


class Sighted:
    """A model that answers everything, and looks at each picture of a question."""

    name, base_url, available = "lmstudio", "http://localhost", True

    def __init__(self, text: str = "I see", *, is_blind: bool = False) -> None:
        self.text = text
        self.is_blind = is_blind
        self.questions: list[Question] = []
        self.seen: list[int] = []

    def respond(self, question: Question):
        """Look, and answer."""
        self.questions.append(question)
        earlier = [one for turn in question.history for one in turn.pictures]
        images = [one.load() for one in (*question.pictures, *earlier)]
        self.seen.append(len([one for one in images if one]))
        is_blind = bool(question.pictures) and self.is_blind
        yield Finished(self.text, "lmstudio", "GLM", markdown=True, blind=is_blind)


class Talk:
    """A conversation with one model."""

    def __init__(self, model, **parts):
        self.model = model
        self.assistant = make_assistant(model, RuleBasedFallback(), **parts)

    def say(self, text, sent=None, **how):
        """What is answered."""
        more = {"sent": sent} if sent else {}
        events = list(self.assistant.reply(CHAT, text, **more, **how))
        return next(one for one in events if isinstance(one, Finished))

    @property
    def asked(self):
        """The question that was asked last."""
        return self.model.questions[-1]
