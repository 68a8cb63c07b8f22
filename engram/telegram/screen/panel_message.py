"""The message with the rules' panel: a chart with a caption, or text where there is no chart."""

import logging
from collections.abc import Callable
from dataclasses import replace

from engram.core.events import Buttons
from engram.core.waits import Steps
from engram.telegram.incoming import TEXT_LIMIT
from engram.telegram.screen.messenger import Messenger
from engram.telegram.screen.render import CAPTION_LIMIT, Page, pages
from engram.telegram.sending.refusals import UnconfirmedError

log = logging.getLogger(__name__)


class PanelMessage:
    """One panel that `messenger` sends; `known` is the id of a message that is to become it.

    `on_change` is called whenever the panel gets another `message_id`. `rest` is what the
    message has no room for, to be shown below it. `is_unconfirmed` tells that nobody knows whether
    it has arrived.
    """

    def __init__(
        self,
        messenger: Messenger,
        on_change: Callable[[], None],
        known: int | None = None,
    ) -> None:
        self._messenger = messenger
        self._on_change = on_change
        self._page = Page("")
        # The panel's message and its chat: when that has got another id, the message is not there.
        self._known = (known, messenger.destination.chat_id)
        self.rest: list[Page] = []
        self.is_unconfirmed = False

    @property
    def message_id(self) -> int | None:
        """The id of the message that is the panel."""
        number, chat = self._known
        return number if chat == self._messenger.destination.chat_id else None

    @message_id.setter
    def message_id(self, number: int) -> None:
        self._known = (number, self._messenger.destination.chat_id)

    def show(self, panel: Page) -> Steps[None]:
        """Bring `panel` on screen, without its chart where Telegram takes none."""
        self._page = page = self._fitted(panel)
        if not (yield from self._edited(page)):
            try:
                yield from self._messenger.send(page, self._sent)
            except UnconfirmedError as err:
                log.warning("%s", err)
                self.is_unconfirmed = True
            yield from self._messenger.clear()

    def restore(self) -> Steps[None]:
        """Bring it on screen again if it is there no more."""
        yield from self.show(self._page)

    def complete(self, text: str, buttons: Buttons = ()) -> Steps[None]:
        """Replace the text; all of it becomes the `rest` if somebody has deleted the panel.

        `buttons` stand below those that it has.
        """
        page = replace(self._page, text=text, buttons=(*self._page.buttons, *buttons))
        page = self._fitted(page)
        if page != self._page and not (yield from self._edited(page, self._page)):
            self.rest = pages(text, markdown=False)

    def _fitted(self, panel: Page) -> Page:
        """As much of `panel` as one message holds; the remainder becomes the `rest`."""
        first = CAPTION_LIMIT if panel.chart else TEXT_LIMIT
        page, *self.rest = pages(panel.text, markdown=False, first=first)
        return replace(panel, text=page.text)

    def _edited(self, page: Page, shown: Page | None = None) -> Steps[bool]:
        number, chat = self._known
        if number is None:
            return False
        said = yield from self._messenger.edit(number, page, shown, chat=chat)
        self._page = said or page
        return said is not None

    def _sent(self, message_id: int, page: Page) -> None:
        self.message_id, self._page = message_id, page
        self._on_change()
