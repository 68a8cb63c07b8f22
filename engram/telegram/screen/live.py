"""Shows an answer from its first second on: previews while it is made, and all of it at the end."""

import contextlib
from collections.abc import Callable, Generator

from engram.core.events import Event, Finished, Panel
from engram.core.waits import Steps, Waits
from engram.telegram import texts
from engram.telegram.job import Job
from engram.telegram.screen.ending import Ending
from engram.telegram.screen.messenger import Messenger
from engram.telegram.screen.painter import Painter
from engram.telegram.screen.panel_message import PanelMessage
from engram.telegram.screen.preview import Preview
from engram.telegram.screen.render import Page
from engram.telegram.screen.text_messages import TextMessages
from engram.telegram.sending.egress import Egress
from engram.telegram.sending.refusals import UnconfirmedError

# So long (s) after an answer whose reply was lost twice the person is told so.
UNCONFIRMED_AFTER = 10.0


class LiveMessage:
    """The answer to `job` on screen: previews of it while it is made, all of it in the end.

    It is there from the moment in which the job waits for its turn. `stream` is "edit", "draft" or
    "off". `painter` draws the previews, while the thread that takes the steps of `show` waits for
    the model. What an earlier attempt left on screen is used again. `on_moved` is called when the
    answer goes into the chat itself because its topic is gone.
    """

    def __init__(
        self,
        egress: Egress,
        painter: Painter,
        job: Job,
        stream: str,
        on_moved: Callable[[], None] = lambda: None,
    ) -> None:
        self._egress = egress
        self._job = job
        self._messenger = messenger = Messenger(egress, job.incoming.destination, on_moved)
        self._panel = PanelMessage(messenger, lambda: self._record(self._messages.ids), job.panel)
        self._messages = TextMessages(messenger, self._record, job.messages)
        self._preview = Preview(egress, painter, messenger, self._panel, self._messages, stream)

    @property
    def conversation(self) -> str:
        """The key of the conversation in which the messages stand."""
        return self._messenger.destination.conversation

    @property
    def ids(self) -> tuple[int, ...]:
        """The messages on screen."""
        return (*filter(None, [self._panel.message_id]), *self._messages.ids)

    def expect(self, place: int) -> None:
        """Show that `place` other answers come before this one; 0: it is being made."""
        self._preview.expect(place)

    def show(self, events: Generator[Event, None, None]) -> Steps[Finished | None]:
        """Show `events` until the answer is complete, and return the last of them.

        Raises `UndeliverableError`, for example when the person has blocked the bot.
        """
        self.expect(0)
        try:
            with contextlib.closing(events):
                for event in events:
                    if isinstance(event, Waits):
                        yield event
                    elif isinstance(event, Finished):
                        yield from self._finish(event)
                        return event
                    else:
                        yield from self._take(event)
        finally:
            self.end()
        return None

    def end(self) -> None:
        """Draw no more."""
        self._preview.end()

    def _take(self, event: Event) -> Steps[None]:
        """Take in what `event` changes, and have it drawn."""
        self._preview.take(event)
        if isinstance(event, Panel):
            yield from self._show_panel(event)
        self._preview.draw_soon(event)

    def _show_panel(self, panel: Panel) -> Steps[None]:
        """Put the panel in place of the progress; all that follows is a reply to it."""
        chart = panel.draw()
        with self._preview.drawing:
            if self._panel.message_id is None and self._messages.ids:
                self._panel.message_id = self._messages.give_first()
                self._record(self._messages.ids)
            yield from self._panel.show(Page(panel.text, buttons=panel.buttons, chart=chart))
            self._messages.reply_to(self._panel.message_id)

    def _finish(self, event: Finished) -> Steps[None]:
        self._preview.stop()
        self._job.is_ending = True
        is_ours = self._panel.message_id is not None and not self._job.is_panel_taken
        ending = Ending(
            self._job, self._messenger, self._panel, self._messages, is_panel_ours=is_ours
        )
        yield from ending.show(event)
        is_open = self._panel.is_unconfirmed and not event.completes_panel
        if is_open or self._messages.is_unconfirmed:
            yield from self._say_so()

    def _say_so(self) -> Steps[None]:
        """Tell the person that a part of the answer may be missing."""
        yield from self._egress.rest(UNCONFIRMED_AFTER)
        with contextlib.suppress(UnconfirmedError):
            yield from self._messenger.send(Page(texts.UNCONFIRMED), lambda _id, _page: None)

    def _record(self, ids: tuple[int, ...]) -> None:
        self._job.shown(self._panel.message_id, ids)
