"""Which market a conversation speaks of: in its turns, and in the answers in progress."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engram.chat.asking import Said
from engram.market.analyst import Analyst
from engram.market.symbols import Topic
from engram.storage.conversations import Conversations


@dataclass(slots=True)
class _Now:
    """How many answers are in progress, and what the latest of them that has a topic is about."""

    answers: int = 0
    began: int = 0
    topic: Topic | None = None


class Spoken:
    """Knows what was spoken of last in each conversation; for several threads.

    A turn is kept once its answer is complete; what is asked beside an answer in progress means the
    market that is on screen.
    """

    def __init__(self, analyst: Analyst, conversations: Conversations) -> None:
        self._analyst = analyst
        self._conversations = conversations
        self._lock = threading.Lock()
        self._now: dict[str, _Now] = {}

    @contextlib.contextmanager
    def during(self, chat: str) -> Iterator[None]:
        """While an answer in `chat` is in progress."""
        key = self._conversations.key(chat)
        with self._lock:
            now = self._now.setdefault(key, _Now())
            now.answers += 1
        try:
            yield
        finally:
            with self._lock:
                now.answers -= 1
                if not now.answers:
                    del self._now[key]

    def noted(self, said: Said, topic: Topic) -> Said:
        """`said`, which is about `topic`, as all know from now on."""
        with self._lock:
            now = self._now.get(self._conversations.key(said.chat))
            if now and topic:
                now.began, now.topic = said.began, topic
        return replace(said, topic=str(topic))

    def before(self, said: Said) -> Topic:
        """What a follow-up is about: the words it refers to, or else the turns that it follows."""
        quoted = self._analyst.topic_of(said.quoted, Topic)
        return quoted or Topic.read(self._conversations.topic(said.parent))

    def beside(self, said: Said) -> Topic:
        """The same for what is answered beside others: they may be in progress."""
        with self._lock:
            now = self._now.get(self._conversations.key(said.chat))
            topic = now.topic if now and now.began == said.began else None
        return topic if topic and not (said.quoted or said.is_reply) else self.before(said)
