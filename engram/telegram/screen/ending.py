"""The end of an answer on screen: all of its text, or what is there when somebody stops it."""

from collections.abc import Sequence
from dataclasses import replace

from engram.chat.texts import STOPPED
from engram.core.errors import StoppedError
from engram.core.events import Finished
from engram.core.stop import Stop
from engram.core.waits import Steps
from engram.telegram import texts
from engram.telegram.job import Job
from engram.telegram.screen.messenger import Messenger, Via
from engram.telegram.screen.panel_message import PanelMessage
from engram.telegram.screen.render import Page, pages, shortened
from engram.telegram.screen.text_messages import TextMessages

# An answer has at most so many messages, and after them perhaps a file.
MESSAGES = 5


def fitted(text: list[Page], panel: PanelMessage, note: str = texts.WHOLE_IN_FILE) -> list[Page]:
    """As many pages of the `text` below `panel` as an answer may have; of more `note` tells."""
    has_panel = panel.message_id is not None
    room = max(1, MESSAGES - has_panel - len(panel.rest))
    return shortened(text, room, note)


class Ending:
    """Brings the end of the answer to `job` on screen, below its `panel` in `messages`.

    `is_panel_ours` tells whether the panel is still this answer's.
    """

    def __init__(
        self,
        job: Job,
        messenger: Messenger,
        panel: PanelMessage,
        messages: TextMessages,
        *,
        is_panel_ours: bool,
    ) -> None:
        self._job = job
        self._messenger = messenger
        self._panel = panel
        self._messages = messages
        self._is_panel_ours = is_panel_ours
        self._wanted: list[Page] = []

    def show(self, event: Finished) -> Steps[None]:
        """Show the text of `event`, the whole of it as a file where it takes too many messages.

        Once somebody stops the answer nothing more is sent, also after a crash.
        """
        stop = event.stop or Stop()
        try:
            with stop.calls(lambda: self._job.note(_text(self._left()))):
                yield from self._all(event, self._messenger.until(stop))
        except StoppedError:
            left = self._left()
            self._job.note(_text(left))
            yield from self._messages.deliver(left)

    def _all(self, event: Finished, via: Via) -> Steps[None]:
        completes_panel = event.completes_panel and self._is_panel_ours
        if completes_panel:
            yield from self._panel.complete(event.text, event.buttons)
            self._wanted = self._panel.rest
        else:
            text = pages(event.text, markdown=event.markdown, buttons=event.buttons)
            shown = fitted(text, self._panel, STOPPED if event.stopped else texts.WHOLE_IN_FILE)
            self._wanted = [*self._panel.rest, *shown]
            if len(shown) < len(text) and not event.stopped:
                file = (texts.ANSWER_FILE[event.markdown], event.text)
                self._wanted.append(Page("", file=file))
            if event.file and not event.stopped:
                self._wanted.append(Page("", file=(event.file.name, event.file.text)))
        yield from self._messages.deliver(self._wanted, via)
        if self._messenger.has_left and self._is_panel_ours and not completes_panel:
            # It may have been deleted together with its topic.
            yield from self._panel.restore()

    def _left(self) -> list[Page]:
        """What is on screen already, with the note that no more will come."""
        *shown, last = self._wanted[: len(self._messages.ids)] or [Page("")]
        return [*shown, replace(last, buttons=()).followed_by(STOPPED)]


def _text(shown: Sequence[Page]) -> str:
    return "\n\n".join(page.text for page in shown)
