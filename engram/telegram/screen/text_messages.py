"""The messages with the text of one answer, brought one call at a time to what they should say."""

import logging
from collections.abc import Callable, Sequence

from engram.core.waits import Steps
from engram.telegram.screen.messenger import Messenger, Via
from engram.telegram.screen.render import Page
from engram.telegram.sending.refusals import UnconfirmedError

log = logging.getLogger(__name__)


class TextMessages:
    """Messages that `messenger` sends; `known` are the ids of those that an earlier attempt left.

    `on_change` is told the ids of all messages whenever they change. `is_unconfirmed` tells that
    nobody knows whether some of them have arrived.
    """

    def __init__(
        self,
        messenger: Messenger,
        on_change: Callable[[tuple[int, ...]], None],
        known: Sequence[int] = (),
    ) -> None:
        self._messenger = messenger
        self._chat = messenger.destination.chat_id
        self._reply_to: int | None = None
        self._on_change = on_change
        # Each message's id, None if it is not confirmed, and what it says, None where an earlier
        # attempt wrote it.
        self._shown: list[tuple[int | None, Page | None]] = [(number, None) for number in known]

    @property
    def ids(self) -> tuple[int, ...]:
        """The messages on screen, in their order."""
        return tuple(number for number, _ in self._shown if number is not None)

    @property
    def is_unconfirmed(self) -> bool:
        """Whether the reply to one of them was lost as often as it may be sent."""
        return any(number is None for number, _ in self._shown)

    def reply_to(self, message_id: int | None) -> None:
        """Have all new messages reply to this one."""
        self._reply_to = message_id

    def give_first(self) -> int:
        """Let go of the first message on screen, which becomes something else; returns its id."""
        first, *others = self.ids
        self._shown = [(number, None) for number in others]
        return first

    def say(self, wanted: Sequence[Page]) -> bool:
        """Whether they say what is `wanted` and no more, as far as anybody knows."""
        said = [page for _, page in self._shown]
        return said == list(wanted) and not self._messenger.leftovers

    def step(self, wanted: Sequence[Page], via: Via | None = None) -> Steps[bool]:
        """Make the first change that `wanted` still needs; False when it needs none."""
        self._follow()
        for index, page in enumerate(wanted):
            if index >= len(self._shown):
                yield from self._send(page, via)
                return True
            number, shown = self._shown[index]
            if shown != page and number is not None:
                if (yield from self._messenger.edit(number, page, via=via, chat=self._chat)):
                    self._shown[index] = (number, page)
                else:
                    # Somebody deleted it, or it is too old: a later step sends what is missing.
                    self._drop(index)
                return True
        if len(self._shown) > len(wanted):
            if (number := self._shown[-1][0]) is not None:
                yield from self._messenger.delete(number, via, self._chat)
            self._drop(-1)
            return True
        return (yield from self._messenger.clear(via))

    def _send(self, page: Page, via: Via | None) -> Steps[None]:
        def sent(message_id: int, _shown: Page) -> None:
            self._follow()
            self._add(message_id, page)

        try:
            yield from self._messenger.send(page, sent, via, self._reply_to)
        except UnconfirmedError as err:
            log.warning("%s", err)
            self._add(None, page)

    def deliver(self, wanted: Sequence[Page], via: Via | None = None) -> Steps[None]:
        """Bring `wanted` on screen, whatever it takes. Raises `UndeliverableError`."""
        while (yield from self.step(wanted, via)):
            pass

    def _follow(self) -> None:
        """Begin anew in a chat that has got another id, where none of the messages is."""
        if (chat := self._messenger.destination.chat_id) != self._chat:
            self._chat, self._reply_to = chat, None
            self._shown.clear()
            self._on_change(())

    def _add(self, message_id: int | None, page: Page) -> None:
        self._shown.append((message_id, page))
        self._on_change(self.ids)

    def _drop(self, index: int) -> None:
        del self._shown[index]
        self._on_change(self.ids)
