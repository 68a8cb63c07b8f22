"""The people in the chats of a Telegram double, and what they see."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from threading import Condition
from typing import Any

from tests.doubles.server import LoopbackServer
from tests.doubles.telegram_api import BotApi, Chat, Draft, Json, Params, Shown
from tests.doubles.telegram_files import Files
from tests.doubles.telegram_rules import found_entities

#: Updates that are only sent when `allowed_updates` names them.
_ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass
class Call:
    """One request of the bot. `at`: monotonic time of its arrival; `status`: 0 until (or if never)
    an answer is sent. Uploaded files stand among the parameters as bytes."""

    method: str
    params: Params
    at: float
    status: int = 0

    @property
    def chat_id(self) -> int:
        """The chat it concerns, 0 for none."""
        text = str(self.params.get("chat_id", ""))
        return int(text) if re.fullmatch(r"-?\d+", text) else 0


class People(LoopbackServer):
    """People who write, press and delete, and their screens; `TelegramDouble` adds the server."""

    def __init__(self, bot: Json, port: int) -> None:
        super().__init__(port)
        self.username: str = bot["username"]
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self._api = BotApi(bot)
        self._updates: list[Json] = []
        self._last_update_id = 800_000_000
        self._allowed: list[str] = []
        self._arrived = Condition(self.lock)

    @property
    def files(self) -> Files:
        """All files that people and the bot have sent."""
        return self._api.files

    def on_stop(self) -> None:
        """Ends the long poll."""
        self._arrived.notify_all()

    def say(
        self,
        chat_id: int,
        text: str,
        *,
        user_id: int | None = None,
        chat_type: str | None = None,
        thread_id: int | None = None,
        reply_to: int | None = None,
        first_name: str = "Ann",
        **extra: Any,
    ) -> int:
        """A person writes; returns the message id.

        Negative chat ids are supergroups. `extra` is merged into the message: photo, sticker,
        forward_origin; an empty text leaves it out. Writing unblocks the bot.
        """
        with self.changed:
            chat = self._know(chat_id, chat_type)
            chat.blocked = False
            message_id = self._api.next_message_id(chat)
            message = {
                "message_id": message_id,
                "from": _person(user_id or _sender(chat_id), first_name),
                "chat": chat.json(first_name),
                "date": int(time.time()),
                **_written(text),
            }
            if thread_id:
                chat.threads.add(thread_id)
                message |= {"message_thread_id": thread_id, "is_topic_message": True}
            if reply_to:
                message["reply_to_message"] = self._api.message_json(chat, reply_to, nested=True)
            chat.messages[message_id] = message = message | extra
            self.send_update({"message": message})
            return message_id

    def edit_said(self, chat_id: int, message_id: int, text: str) -> None:
        """A person edits what they wrote, or the caption of what they sent."""
        with self.changed:
            old = self._api.message_json(self._api.chats[chat_id], message_id)
            kept = {key: value for key, value in old.items() if not key.endswith("entities")}
            written = _written(text) if "text" in old else {"caption": text}
            new = kept | written | {"edit_date": int(time.time())}
            self._api.chats[chat_id].messages[message_id] = new
            self.send_update({"edited_message": new})

    def press(self, chat_id: int, message_id: int, data: str, user_id: int | None = None) -> str:
        """A person presses a button; returns the id that answerCallbackQuery must name."""
        with self.changed:
            callback_id = str(len(self._api.callbacks) + 1)
            self._api.callbacks.add(callback_id)
            query = {
                "id": callback_id,
                "from": _person(user_id or _sender(chat_id), "Ann"),
                "message": self._api.message_json(self._know(chat_id), message_id),
                "chat_instance": str(chat_id),
                "data": data,
            }
            self.send_update({"callback_query": query})
            return callback_id

    def delete(self, chat_id: int, message_id: int) -> None:
        """A person deletes a message; the bot is not told."""
        with self.changed:
            chat = self._api.chats[chat_id]
            del chat.messages[message_id]
            chat.vanished.add(message_id)
            self.changed.notify_all()

    def delete_topic(self, chat_id: int, thread_id: int) -> None:
        """A person deletes a topic with all that was said in it; the bot is not told."""
        with self.changed:
            chat = self._api.chats[chat_id]
            chat.threads.discard(thread_id)
            chat.deleted_threads.add(thread_id)
            for message_id, message in list(chat.messages.items()):
                shown = isinstance(message, Shown)
                if (message.thread_id if shown else message.get("message_thread_id")) == thread_id:
                    del chat.messages[message_id]
                    chat.vanished.add(message_id)
            self.changed.notify_all()

    def close_topic(self, chat_id: int, thread_id: int) -> None:
        """An administrator closes a topic: what stands in it stays, and nothing comes to it."""
        with self.changed:
            self._api.chats[chat_id].closed_threads.add(thread_id)

    def upgrade(self, chat_id: int, new_id: int, *, tells: bool = True) -> None:
        """A group becomes a supergroup, whose messages are numbered from 1 on.

        With `tells` the bot gets the service messages of both chats.
        """
        with self.changed:
            self._know(chat_id, "group").upgraded_to = new_id
            self._know(new_id, "supergroup").last_message_id = 0
        if tells:
            self.tell_upgrade(chat_id, new_id, "to")
            self.tell_upgrade(chat_id, new_id, "from")

    def tell_upgrade(self, chat_id: int, new_id: int, which: str) -> None:
        """Telegram says in the old chat "to" which one it was upgraded, or in the new "from"."""
        here, there = (chat_id, new_id) if which == "to" else (new_id, chat_id)
        self.say(here, "", **{f"migrate_{which}_chat_id": there})

    def appoint(self, chat_id: int, *user_ids: int) -> None:
        """These people are the administrators of a group from now on."""
        with self.changed:
            self._know(chat_id).administrators = set(user_ids)

    def block(self, chat_id: int) -> None:
        """A person blocks the bot; whatever it sends there gets 403."""
        with self.changed:
            self._know(chat_id).blocked = True

    def send_update(self, update: Json) -> int:
        """Queues a raw update and returns its id, which is given to it when it has none.

        As with Telegram, `allowed_updates` of the latest getUpdates decides at this moment whether
        the bot will ever see it.
        """
        with self.changed:
            update_id = int(update.get("update_id", self._last_update_id + 1))
            self._last_update_id = max(self._last_update_id, update_id)
            for value in update.values():
                if isinstance(value, dict) and "chat" in value:
                    self._know(value["chat"]["id"], value["chat"].get("type"))
            kinds = set(update) - {"update_id"}
            if kinds & set(self._allowed) if self._allowed else not kinds & _ON_REQUEST:
                self._updates.append({"update_id": update_id, **update})
            self._arrived.notify_all()
            self.changed.notify_all()
            return update_id

    def renumber(self, first: int) -> None:
        """Telegram numbers updates anew from `first` on, as after a week without any."""
        with self.changed:
            self._last_update_id = first - 1

    def remember(self, chat: Chat) -> None:
        """A chat as it was left; what is written from now on gets higher ids than it has."""
        with self.changed:
            self._api.chats[chat.chat_id] = chat
            self._api.begin_after(max(chat.messages, default=0))

    def _know(self, chat_id: int, kind: str | None = None) -> Chat:
        default = "private" if chat_id > 0 else "supergroup"
        return self._api.chats.setdefault(chat_id, Chat(chat_id, kind or default))

    def screen(self, chat_id: int) -> list[Shown]:
        """The bot's messages that stand in the chat now, oldest first."""
        with self.lock:
            chat = self._api.chats.get(chat_id, Chat(chat_id, ""))
            return [message for message in chat.messages.values() if isinstance(message, Shown)]

    def texts(self, chat_id: int) -> list[str]:
        """What the bot's messages in the chat say, in text or caption, oldest first."""
        return [shown.text or shown.caption or "" for shown in self.screen(chat_id)]

    def wait_for_text(self, chat_id: int, substring: str, timeout: float = 30) -> Shown:
        """Waits for a message of the bot that contains it, in text or caption, and returns it."""

        def found() -> Shown | None:
            shown = self.screen(chat_id)
            return next((m for m in shown if substring in (m.text or m.caption or "")), None)

        message = self.wait_for(found, timeout)
        assert message is not None
        return message

    def answer_to(self, chat_id: int, text: str, part: str = "", *, chart: bool = False) -> Shown:
        """A person writes; returns the new message with `part` that comes next, or with a chart."""
        before = {one.message_id for one in self.screen(chat_id)}
        self.say(chat_id, text)

        def found() -> Shown | None:
            new = [one for one in self.screen(chat_id) if one.message_id not in before]
            good = (one for one in new if one.photo or not chart)
            return next((one for one in good if part in (one.text or one.caption or "")), None)

        message = self.wait_for(found, 30)
        assert message is not None
        return message

    def chat_actions(self, chat_id: int) -> list[tuple[str, float]]:
        """(action, monotonic time) of every sendChatAction to the chat."""
        with self.lock:
            return list(self._api.chats[chat_id].actions) if chat_id in self._api.chats else []

    @property
    def drafts(self) -> list[Draft]:
        """Every sendMessageDraft so far."""
        return self._api.drafts

    @property
    def callback_answers(self) -> list[Json]:
        """The parameters of every answerCallbackQuery so far."""
        return self._api.callback_answers

    @property
    def commands(self) -> list[tuple[str, str]]:
        """The menu: (command, description)."""
        return self._api.commands

    @property
    def pending(self) -> int:
        """Updates that the bot has not acknowledged."""
        with self.lock:
            return len(self._updates)

    def transcript(self, chat_id: int) -> str:
        """The conversation as text, both sides, as it stands now."""
        with self.lock:
            chat = self._api.chats.get(chat_id, Chat(chat_id, ""))
            return "\n".join(_line(message) for message in chat.messages.values())

    def report(self) -> str:
        """Transcripts, violations and the latest calls."""
        chats = [f"chat {chat}:\n{self.transcript(chat)}" for chat in list(self._api.chats)[:20]]
        calls = [f"{c.at:.3f} {c.method} {c.chat_id or ''} → {c.status}" for c in self.calls[-20:]]
        return "\n".join([*chats, "violations:", *self.violations, "latest calls:", *calls])


def bot_user(token: str, username: str) -> Json:
    """What getMe answers."""
    names = {"first_name": "Engram", "username": username}
    abilities = {"can_join_groups": True, "can_read_all_group_messages": False}
    return {"id": int(token.partition(":")[0]), "is_bot": True, **names, **abilities}


def _person(user_id: int, first_name: str) -> Json:
    return {"id": user_id, "is_bot": False, "first_name": first_name, "language_code": "en"}


def _sender(chat_id: int) -> int:
    return chat_id if chat_id > 0 else 777


def _written(text: str) -> Json:
    entities = found_entities(text)
    return ({"text": text} if text else {}) | ({"entities": entities} if entities else {})


def _line(message: Shown | Json) -> str:
    if not isinstance(message, Shown):
        said = (
            message.get("text")
            or message.get("caption")
            or f"({', '.join(message.keys() - {'from', 'chat', 'date'})})"
        )
        return f"[{message['message_id']}] {message['from']['first_name']}: {said}"
    photo = "(photo) " if message.photo else ""
    edits = f" (edited {message.edits}×)" if message.edits else ""
    buttons = "".join(f" [{label}]" for label, _data in message.buttons)
    body = message.text or message.caption or ""
    return f"[{message.message_id}] bot: {photo}{body}{buttons}{edits}"
