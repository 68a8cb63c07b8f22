"""Presses of buttons: what each is answered with, and whether it asks for anything more."""

from functools import partial

from engram.chat.commands import May, Press, known
from engram.chat.texts import BUTTON_BYTES
from engram.telegram import texts
from engram.telegram.incoming import Incoming
from engram.telegram.job import Job
from engram.telegram.jobs import JobRunner
from engram.telegram.sending.calls import Call
from engram.telegram.sending.egress import Egress


class Presses:
    """Answers presses; `runner` has the answers in progress.

    Anybody can send any text as a press: none is believed that no button of Engram's has.
    """

    def __init__(self, egress: Egress, runner: JobRunner) -> None:
        self._egress, self._runner = egress, runner

    def answer(self, job: Job, *, is_queue_full: bool) -> bool:
        """Answer the press itself; returns whether its command remains to be carried out.

        With `is_queue_full` the chat has too many other presses waiting.
        """
        incoming, note = job.incoming, job.reply
        command = known(incoming.text or "")
        does = command.press if command else Press.NEVER
        if note is None or does is not Press.NOTED:
            note = self._refusal(incoming, is_queue_full=is_queue_full)
        answer = self._egress.bot.answer_callback_query
        call = partial(answer, incoming.callback, text=note)
        self._egress.calls.best_effort(incoming.chat_id, call, Call.PRESS)
        if note is None and incoming.message_id > 0:
            if does is Press.REPLACES and incoming.is_caption:
                self._take_buttons(incoming)
            elif does is Press.REPLACES:
                job.messages = (incoming.message_id,)
            elif does is Press.CHANGES_PANEL and job.panel is None:
                self._runner.take_panel(job, incoming.message_id)
        return note is None

    def _take_buttons(self, press: Incoming) -> None:
        """Take the buttons off a picture: it stays, and the answer is a message of its own."""
        edit = self._egress.bot.edit_message_reply_markup
        call = partial(edit, press.chat_id, press.message_id)
        self._egress.calls.best_effort(press.chat_id, call, Call.ACTION)

    def _refusal(self, press: Incoming, *, is_queue_full: bool) -> str | None:
        """What to say to a press that calls for nothing else; None for a press that does."""
        text = press.text or ""
        command = known(text)
        if not command or command.press is Press.NEVER or len(text.encode()) > BUTTON_BYTES:
            return texts.UNKNOWN_BUTTON
        if command.press is Press.NOTED:
            return self._runner.answers.stop(press)
        if command.may is not May.EVERYBODY:
            if refused := self._runner.answers.objection(press):
                return refused
        elif press.asker not in (None, press.sender):
            return texts.NOT_YOURS
        return texts.ONE_AT_A_TIME if is_queue_full else None
