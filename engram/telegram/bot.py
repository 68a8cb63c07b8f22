"""Telegram's updates -> who may speak, what is kept, and in which line it waits."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from functools import partial
from typing import Any

from telebot import types

from engram.chat.assistant import Assistant, command_of
from engram.chat.texts import COMMANDS, INSTANT, said
from engram.storage.conversations import Conversations
from engram.storage.inbox import Entry, Inbox
from engram.telegram.access import Access
from engram.telegram.egress import Egress
from engram.telegram.incoming import Incoming, MessageKind, read_update
from engram.telegram.jobs import ONE_AT_A_TIME, Job, JobRunner, place_of
from engram.telegram.lanes import ChatLanes
from engram.telegram.poll import Poll
from engram.telegram.refusals import UndeliverableError
from engram.telegram.screen.text_messages import Destination

log = logging.getLogger(__name__)

# A bot that is asked by hundreds of chats at once still starts no more threads than these.
THREADS, PRESS_THREADS, INSTANT_THREADS = 256, 32, 8
WAITING_PER_CHAT = 5
# What is on its way to Telegram when the bot is stopped gets so long to arrive.
LAST_SECONDS = 1.0

UNOWNED = (
    "This bot has no owner yet. If it is yours, send /start and the code that its terminal shows."
)
WRONG_CODE = (
    "That is not the code. Its terminal shows it; after five wrong ones start the bot anew."
)
OWNED = (
    "🔑 You own this bot now. To keep it so without its database, put TELEGRAM_CHAT_ID={chat} into "
    ".env."
)
PRIVATE = (
    "This bot is private. Its owner can let you in: the id of this chat is {chat}; it belongs into "
    "allowed_chat_ids in config.ini."
)


class TelegramBot:
    """Polls Telegram and hands each message to a worker; the poll loop never runs an answer.

    Answers come from `assistant`; `access` says who may ask. What was asked is kept in `inbox`
    until its answer is on screen, and answered after a restart if it was not.
    """

    def __init__(
        self,
        egress: Egress,
        assistant: Assistant,
        access: Access,
        inbox: Inbox,
        conversations: Conversations,
        stream: str = "edit",
    ) -> None:
        self._egress = egress
        self._assistant = assistant
        self._access = access
        self._inbox = inbox
        self._conversations = conversations
        self._runner = JobRunner(egress, assistant, inbox, conversations, stream)
        self._poll = Poll(egress)
        self._answers = ChatLanes(THREADS, "chat")
        self._presses = ChatLanes(PRESS_THREADS, "press")
        self._instant = ChatLanes(INSTANT_THREADS, "instant")
        # Questions that have not begun, by the ids of chat and message.
        self._waiting: dict[tuple[int, int], Job] = {}
        self._id, self.name = 0, ""

    def connect(self) -> None:
        """Ask Telegram who the bot is and register its menu; waits until Telegram is reached.

        Raises `WrongTokenError`.
        """
        me = self._poll.persist(self._egress.bot.get_me)
        self._id, self.name = (me.id, me.username) if me else (0, "")
        menu = [types.BotCommand(name, what) for name, what in COMMANDS.items()]
        self._instant.put("menu", lambda: self._register(menu))

    def poll(self) -> None:
        """Take updates until `stop` is called or an exception, such as a signal's, ends it."""
        for entry in self._inbox.unfinished():
            self._safely(entry.update, entry)
        for updates in self._poll.updates():
            for update in self._inbox.receive([one for one in updates if self._concerns(one)]):
                self._safely(update, None)

    def stop(self) -> None:
        """Take nothing more and end all waiting; what is not answered stays in the inbox."""
        self._poll.stop()
        self._egress.stop(LAST_SECONDS)
        self._runner.settle(LAST_SECONDS / 2)
        self._inbox.release()

    def is_polling(self) -> bool:
        """Whether Telegram was reached of late."""
        return self._poll.works

    @property
    def waiting(self) -> int:
        """How many questions have not begun to be answered."""
        return self._answers.waiting

    def tell_owner(self, text: str) -> None:
        """Send `text` to the chats that own the bot."""
        for chat in self._access.owners:
            say = partial(self._runner.say, Destination(chat), text)
            self._instant.put("owner", say)

    def _concerns(self, update: dict[str, Any]) -> bool:
        """Whether `update` is to be kept and answered; strangers are turned away here."""
        try:
            incoming = read_update(update, self._id, self.name)
            if incoming is None:
                return False
            return self._access.allows(incoming.chat_id) or self._turn_away(incoming)
        except Exception:
            log.exception("update %d cannot be read: skipped", update["update_id"])
            return False

    def _turn_away(self, incoming: Incoming) -> bool:
        """Pair or tell a stranger; True when the chat may speak from now on."""
        chat, text = incoming.chat_id, incoming.text or ""
        code = text.partition(" ")[2].strip() if command_of(text) == "start" else ""
        guesses = bool(code and self._access.pairing_code)
        if self._access.pair(chat, code):
            log.info("paired with chat %d, which owns the bot from now on", chat)
            self.tell_owner(OWNED.format(chat=chat))
            return True
        if guesses:
            self._say_to_stranger(incoming, WRONG_CODE)
        elif incoming.way is MessageKind.MESSAGE and self._access.may_be_told(chat):
            log.info("chat %d is not allowed", chat)
            text = UNOWNED if self._access.pairing_code else PRIVATE.format(chat=chat)
            self._say_to_stranger(incoming, text)
        return False

    def _say_to_stranger(self, incoming: Incoming, text: str) -> None:
        self._instant.put("strangers", partial(self._runner.say, place_of(incoming), text))

    def _safely(self, update: dict[str, Any], entry: Entry | None) -> None:
        try:
            self._take(update, entry)
        except Exception:
            log.exception("update %d cannot be handled: skipped", update["update_id"])

    def _take(self, update: dict[str, Any], entry: Entry | None) -> None:
        incoming = read_update(update, self._id, self.name)
        if incoming is None or not self._access.allows(incoming.chat_id):
            self._inbox.sent(update["update_id"])
            return
        job = Job(incoming, self._inbox, received=time.time())
        if entry:
            self._egress.assume_spent(incoming.chat_id)
            job.panel, job.messages, job.received = entry.panel, entry.messages, entry.at
        again = entry is not None
        if incoming.way is MessageKind.EDIT and not self._asks_again(job, again=again):
            job.done()
            return
        self._queue(job, again=again)

    def _queue(self, job: Job, *, again: bool) -> None:
        incoming, chat, work = job.incoming, job.incoming.chat_id, self._runner.work
        command = command_of(incoming.text or "")
        if incoming.way is MessageKind.STOP:
            self._assistant.stop(str(chat))
            job.done()
        elif incoming.way is MessageKind.PRESS:
            crowded = not again and self._presses.depth(chat) >= WAITING_PER_CHAT
            if self._runner.accepts_press(job, crowded=crowded):
                self._presses.put(chat, lambda: work(job))
            else:
                job.done()
        elif incoming.text is None or command in INSTANT:
            self._instant.put(chat, lambda: work(job))
        elif not again and self._answers.depth(chat) >= WAITING_PER_CHAT:
            self._instant.put(chat, lambda: work(job, said(ONE_AT_A_TIME)))
        else:
            self._waiting[(chat, incoming.message_id)] = job
            self._answers.put(chat, lambda: self._begin(job))

    def _begin(self, job: Job) -> None:
        key = (job.incoming.chat_id, job.incoming.message_id)
        if self._waiting.get(key) is job:
            del self._waiting[key]
        self._runner.work(job)

    def _asks_again(self, job: Job, *, again: bool) -> bool:
        """Whether an edited message is a question anew: the last one, or one not yet answered.

        With `again` it was found to be one by an earlier process.
        """
        incoming = job.incoming
        chat, key = incoming.chat_id, (incoming.chat_id, incoming.message_id)
        if waiting := self._waiting.get(key):
            waiting.incoming = replace(waiting.incoming, text=incoming.text)
            return False
        if self._runner.is_answering(incoming):
            self._assistant.stop(str(chat))
            return True
        if again:
            return True
        asked = self._conversations.asked(str(chat), incoming.message_id)
        return asked is not None and asked.turn == self._conversations.head(str(chat))

    def _register(self, menu: list[types.BotCommand]) -> None:
        try:
            self._egress.deliver(0, lambda: self._egress.bot.set_my_commands(menu))
        except UndeliverableError as err:
            log.warning("the menu is not registered: %s", err)
