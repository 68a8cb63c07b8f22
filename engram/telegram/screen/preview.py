"""Previews of one answer: what is on screen while it is made, as far as Telegram's limits allow."""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from engram.chat.texts import SILENT, progress
from engram.core.answer_so_far import AnswerSoFar
from engram.core.events import Event, Progress, Stage, TextDelta
from engram.core.waits import Steps, finished
from engram.telegram import texts
from engram.telegram.incoming import TEXT_LIMIT
from engram.telegram.screen.draft_preview import DraftPreview
from engram.telegram.screen.ending import MESSAGES, fitted
from engram.telegram.screen.messenger import Messenger
from engram.telegram.screen.painter import Painter
from engram.telegram.screen.panel_message import PanelMessage
from engram.telegram.screen.render import Page, pages
from engram.telegram.screen.text_messages import TextMessages
from engram.telegram.sending.egress import Egress
from engram.telegram.sending.refusals import SENDS, NotNowError, Tries, UndeliverableError
from engram.telegram.sending.turns import Turn, Urgency

log = logging.getLogger(__name__)

# An answer that is not complete after this many seconds gets a preview.
PREVIEW_AFTER = 0.7
# Text that is followed by more text, or by the end, within this time (s) is shown together with
# it: an answer that comes all at once is sent once, and counts once for Telegram's limits.
GATHERING = 0.06
# A model that has taken so long (s) to begin writes word by word, and the first of them come soon.
SLOW, FIRST_WORDS = 0.3, 0.01
# Telegram shows "typing" for an answer that takes longer than this, in seconds.
TYPING_AFTER = 0.3
# Telegram shows "typing" for 5 seconds; it is asked again a little earlier.
TYPING = 4.5
# Seconds between two steps of a clock on screen.
TICK = 3.0
# From this length on (characters), the end of an answer may need one message more.
NEARLY_FULL = TEXT_LIMIT * 3 // 4


class Preview:
    """Has `painter` draw an answer below its `panel` in `messages`, until `end`.

    `stream` is "edit", "draft" or "off". Drawing never waits: what Telegram does not take now is
    drawn later, as it is then. It draws nothing while somebody else has the lock `drawing`.
    """

    def __init__(
        self,
        egress: Egress,
        painter: Painter,
        messenger: Messenger,
        panel: PanelMessage,
        messages: TextMessages,
        stream: str,
    ) -> None:
        self._egress, self._painter, self._messenger = egress, painter, messenger
        self._panel, self._messages = panel, messages
        self._chat = messenger.destination.chat_id
        self._began = time.monotonic()
        self.drawing = threading.Lock()
        self._so_far = AnswerSoFar()
        # When the first text is drawn at the earliest (monotonic).
        self._text_due = 0.0
        self._is_quiet = stream == "off"
        self._is_visible = False
        # What the next drawing waits for.
        self._turn: Turn | None = None
        # Telegram has drafts in private chats only.
        has_drafts = stream == "draft" and self._chat > 0
        self._draft = DraftPreview(messenger) if has_drafts else None
        # The tries, and how many were sent of which nobody knows.
        self._tries = Tries(forms=2)
        self._lost = 0

    def expect(self, place: int) -> None:
        """Show that `place` other answers come before this one; 0: it is being made."""
        self._so_far = AnswerSoFar()
        if place:
            self._so_far.take(Progress(Stage.BEHIND, place=place))
        self._painter.soon(self._show_typing, TYPING_AFTER)
        self._painter.soon(self._paint, PREVIEW_AFTER)

    def take(self, event: Event) -> None:
        """Take in what `event` changes."""
        if isinstance(event, TextDelta) and not self._so_far.length:
            now = time.monotonic()
            is_slow = self._so_far.seconds_in_stage(now) >= SLOW
            self._text_due = now + (FIRST_WORDS if is_slow else GATHERING)
        self._so_far.take(event)

    def draw_soon(self, event: Event) -> None:
        """Draw what `event` has changed, unless a turn is awaited that comes as soon as another."""
        turn = self._turn
        is_awaited = turn and not turn.granted and turn.urgency <= self._urgency
        # The first text needs to leave less for later than the progress before it.
        if not self._is_quiet and not (turn and is_awaited and turn.reserve <= self._reserve):
            wait = self._due - time.monotonic()
            if wait <= 0:
                wait = GATHERING if isinstance(event, TextDelta) else 0
            self._painter.soon(self._paint, wait)

    def stop(self) -> None:
        """Draw no more; what is being drawn is waited for."""
        with self.drawing:
            self._is_quiet = True
            self._come_back_in(None)

    def end(self) -> None:
        """Draw no more, and show "typing" no more."""
        self.stop()
        self._is_visible = True
        self._painter.forget(self._paint)
        self._painter.forget(self._show_typing)

    def _show_typing(self) -> float | None:
        """Have Telegram show "typing" until there is something to see."""
        if self._is_visible:
            return None
        self._messenger.show_typing()
        return TYPING

    def _paint(self) -> float | None:
        """Show the answer as it is now, if that is new and Telegram's limits allow it.

        While the panel is sent, which may have to wait for the end of a pause, nothing is drawn:
        the painter's threads are there for all chats.
        """
        is_over = self._is_quiet or self._egress.is_stopped()
        if is_over or not self.drawing.acquire(blocking=False):
            return None
        try:
            return None if self._is_quiet else self._draw(time.monotonic())
        except NotNowError as err:
            if err.turn is None:
                return self._tries.failed() if err.reason else err.wait
            self._come_back_in(err.turn)
            return None
        except UndeliverableError as err:
            return self._after(err)
        finally:
            self.drawing.release()

    def _after(self, refusal: UndeliverableError) -> float | None:
        """When to draw again after a refusal."""
        again = self._tries.refused(refusal)
        if self._draft:
            # Telegram shows no drafts in this chat: edit a message instead.
            self._draft, again = None, 0.0
        elif again is None:
            self._is_quiet = True
        log.info("%s; %s", refusal, "no more previews" if self._is_quiet else "drawing later")
        return again

    def _draw(self, now: float) -> float | None:
        if now < self._due:
            return self._due - now
        if self._turn is None or not self._turn.granted:
            turn = self._egress.awaited(self._chat, self._urgency, self._reserve)
            self._come_back_in(turn)
            if turn and not turn.granted:
                return None
        wanted = self._panel.rest + self._view(now)
        again: float | None = None
        if self._draft:
            again = self._draft.show(wanted[-1].text, self._send)
        elif finished(self._messages.step(wanted, self._send)) and not self._messages.say(wanted):
            again = 0.0
        # A turn that nothing was sent in would be one too many later.
        self._turn, self._is_visible = None, True
        return TICK if again is None and self._so_far.is_in(*SILENT) else again

    def _send(self, send: Callable[[], Any], tries: Tries) -> Steps[None]:
        turn, self._turn = self._turn, None
        tries.plainer(self._tries.form)
        try:
            self._egress.preview(self._chat, send, self._reserve, self._urgency, turn)
        except NotNowError as err:
            # The answer itself may be sent all the same.
            if err.is_lost and tries.counts_sends:
                self._lost += 1
                self._is_quiet = self._lost == SENDS
            raise
        yield from ()

    def _come_back_in(self, turn: Turn | None) -> None:
        """Draw again in `turn`, and in none that was awaited before."""
        if self._turn:
            self._egress.turns.give_up(self._turn)
        self._turn = turn
        if turn:
            turn.woken.calls(partial(self._painter.soon, self._paint, 0.0))

    @property
    def _due(self) -> float:
        """Before that (monotonic) nothing is drawn, whatever has happened."""
        return self._text_due if self._so_far.length else self._began + PREVIEW_AFTER

    @property
    def _reserve(self) -> int:
        """How many messages to keep for later: the end, and a first text or one that overflows."""
        is_short = 0 < self._so_far.length < NEARLY_FULL
        return 1 if is_short or self._urgency is Urgency.FIRST_SIGN else 2

    @property
    def _urgency(self) -> Urgency:
        is_there = self._messages.ids or self._panel.message_id is not None
        if not self._is_visible and not is_there:
            return Urgency.FIRST_SIGN
        waits = self._so_far.is_in(Stage.BEHIND, Stage.WAITING)
        return Urgency.PLACE if waits else Urgency.PREVIEW

    def _view(self, now: float) -> list[Page]:
        # Formatted like the end, which then need not change every message of a long answer.
        # It costs no more however long it gets: of what is beyond these pages nothing is shown.
        beginning = self._so_far.text[: (MESSAGES + 1) * TEXT_LIMIT]
        text = pages(beginning, markdown=True, growing=True, buttons=texts.STOP)
        text = fitted(text, self._panel)
        # The clock moves in steps, because each of them costs an edit.
        seconds = self._so_far.seconds_in_stage(now) // TICK * TICK
        return text or [Page(progress(self._so_far.stage, seconds), buttons=texts.STOP)]
