"""Which market a conversation speaks of: in its turns, and in the answers in progress."""

from dataclasses import replace

from engram.chat.turns.said import Said
from engram.core.lru import LRUCache
from engram.market.analyst import Analyst
from engram.market.symbols import Topic
from engram.storage.conversations import Conversations

CONVERSATIONS = 1000


class Spoken:
    """Knows what was spoken of last in each conversation; for several threads.

    A turn is kept once its answer is complete; what is asked beside an answer in progress means the
    market that is on screen.
    """

    def __init__(self, analyst: Analyst, conversations: Conversations) -> None:
        self._analyst = analyst
        self._conversations = conversations
        self._latest: LRUCache[tuple[str, int], Topic] = LRUCache(CONVERSATIONS)

    def noted(self, said: Said, topic: Topic) -> Said:
        """`said`, which is about `topic`, as all know from now on."""
        if not topic:
            return said
        self._latest.put(self._key(said), topic)
        return replace(said, topic=str(topic))

    def before(self, said: Said) -> Topic:
        """What a follow-up is about: the words it refers to, or else the turns that it follows."""
        quoted = self._analyst.topic_of(said.quoted, Topic)
        return quoted or Topic.read(self._conversations.topic(said.parent))

    def beside(self, said: Said) -> Topic:
        """The same for what is answered beside others: they may be in progress."""
        latest = None if said.quoted or said.is_reply else self._latest.get(self._key(said))
        return latest or self.before(said)

    def _key(self, said: Said) -> tuple[str, int]:
        return self._conversations.key(said.chat), said.began
