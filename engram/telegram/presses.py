"""Presses of buttons: what each is answered with, and whether it asks for anything more."""

from functools import partial

from engram.chat.assistant import command_of
from engram.chat.texts import BUTTON_BYTES, objection
from engram.telegram import texts
from engram.telegram.groups import Groups
from engram.telegram.incoming import Incoming
from engram.telegram.job import Job
from engram.telegram.jobs import JobRunner
from engram.telegram.sending.calls import Call
from engram.telegram.sending.egress import Egress

# These change the panel whose buttons they are; "open" shows a new one.
PANEL_COMMANDS = {"analyze", "refresh"}
BUTTON_COMMANDS = PANEL_COMMANDS | {"open", "models", "stop"}


class Presses:
    """Answers presses; `groups` tells who may make them, and `runner` has the answers in progress.

    Anybody can send any text as a press: none is believed that no button of Engram's has.
    """

    def __init__(self, egress: Egress, groups: Groups, runner: JobRunner) -> None:
        self._egress, self._groups, self._runner = egress, groups, runner

    def answer(self, job: Job, *, is_queue_full: bool) -> bool:
        """Answer the press itself; returns whether its command remains to be carried out.

        With `is_queue_full` the chat has too many other presses waiting.
        """
        incoming, note = job.incoming, job.reply
        command = command_of(incoming.text or "")
        if note is None or command != "stop":
            note = self._refusal(incoming, is_queue_full=is_queue_full)
        answer = self._egress.bot.answer_callback_query
        call = partial(answer, incoming.callback, text=note)
        self._egress.calls.best_effort(incoming.chat_id, call, Call.PRESS)
        if note is None and incoming.message_id > 0:
            if command == "models":
                job.messages = (incoming.message_id,)
            elif command in PANEL_COMMANDS and job.panel is None:
                self._runner.take_panel(job, incoming.message_id)
        return note is None

    def _refusal(self, press: Incoming, *, is_queue_full: bool) -> str | None:
        """What to say to a press that calls for nothing else; None for a press that does."""
        text = press.text or ""
        command = command_of(text)
        if command not in BUTTON_COMMANDS or len(text.encode()) > BUTTON_BYTES:
            return texts.UNKNOWN_BUTTON
        if command == "stop":
            return self._runner.answers.stop(press)
        if command == "models":
            if refused := objection(self._groups.person(press)):
                return refused
        elif press.asker not in (None, press.sender):
            return texts.NOT_YOURS
        return texts.ONE_AT_A_TIME if is_queue_full else None
