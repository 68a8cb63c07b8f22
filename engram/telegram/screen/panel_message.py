"""The message with the rules' panel: a chart with a caption, or text where there is no chart."""

import logging
from collections.abc import Callable
from dataclasses import replace

from engram.core.waits import Steps
from engram.telegram.incoming import TEXT_LIMIT
from engram.telegram.refusals import UndeliverableError
from engram.telegram.screen.messenger import Messenger
from engram.telegram.screen.render import CAPTION_LIMIT, Page, pages

log = logging.getLogger(__name__)


class PanelMessage:
    """One panel that `messenger` sends; `known` is the id of a message that is to become it.

    `on_change` is called whenever the panel gets another `message_id`. `rest` is what the
    message has no room for, to be shown below it.
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

    @property
    def message_id(self) -> int | None:
        """The id of the message that is the panel."""
        number, chat = self._known
        return number if chat == self._messenger.destination.chat_id else None

    @message_id.setter
    def message_id(self, number: int) -> None:
        self._known = (number, self._messenger.destination.chat_id)

    def show(self, panel: Page) -> Steps[None]:
        """Bring `panel` on screen."""
        try:
            yield from self._show(panel)
        except UndeliverableError as err:
            if panel.chart is None or err.code != 400 or err.chat_gone:
                raise
            # A group may allow no photos; what the chart shows stands in the text as well.
            log.info("the chart is refused: %s", err)
            yield from self._show(replace(panel, chart=None))

    def restore(self) -> Steps[None]:
        """Bring it on screen again if it is there no more."""
        yield from self.show(self._page)

    def complete(self, text: str) -> Steps[None]:
        """Replace the text; all of it becomes the `rest` if somebody has deleted the panel."""
        page = self._fitted(replace(self._page, text=text))
        if page != self._page and not (yield from self._edited(page, self._page)):
            self.rest = pages(text, markdown=False)
        self._page = page

    def _show(self, panel: Page) -> Steps[None]:
        page = self._fitted(panel)
        if not (yield from self._edited(page)):
            yield from self._messenger.send(page, self._sent)
        self._page = page

    def _fitted(self, panel: Page) -> Page:
        """As much of `panel` as one message holds; the remainder becomes the `rest`."""
        first = CAPTION_LIMIT if panel.chart else TEXT_LIMIT
        page, *self.rest = pages(panel.text, markdown=False, first=first)
        return replace(panel, text=page.text)

    def _edited(self, page: Page, shown: Page | None = None) -> Steps[bool]:
        number, chat = self._known
        if number is None:
            return False
        return (yield from self._messenger.edit(number, page, shown, chat=chat))

    def _sent(self, message_id: int) -> None:
        self.message_id = message_id
        self._on_change()
