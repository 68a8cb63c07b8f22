"""The Bot API's methods and the chats that they act on; no sockets here.

`BotApi.call` answers as Telegram does or raises `Refusal`. Sources as in `telegram_rules`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.doubles.telegram_files import Files
from tests.doubles.telegram_rules import (
    CAPTION_LIMIT,
    CHAT_ACTIONS,
    NOT_MODIFIED,
    TEXT_LIMIT,
    Refusal,
    buttons_of,
    checked_markup,
    formatted,
    parsed_json,
    words,
)

Params = dict[str, Any]
Json = dict[str, Any]

#: These count for the flood limits.
COUNTED = words(
    "sendmessage sendphoto senddocument editmessagetext editmessagecaption editmessagemedia "
    "editmessagereplymarkup"
)
EMPTY = "message text is empty"


@dataclass(frozen=True)
class Shown:
    """A message of the bot as it stands on the person's screen; times are monotonic seconds."""

    message_id: int
    text: str | None = None
    entities: tuple[Json, ...] = ()
    photo: bytes | None = field(default=None, repr=False)
    document: bytes | None = field(default=None, repr=False)
    caption: str | None = None
    reply_to: int | None = None
    thread_id: int | None = None
    edits: int = 0
    sent_at: float = 0.0
    edited_at: float | None = None
    markup: Json | None = field(default=None, repr=False)
    file_id: str | None = field(default=None, repr=False)

    @property
    def buttons(self) -> list[tuple[str, str | None]]:
        """(label, callback_data) of every button, row after row."""
        return [(button["text"], button.get("callback_data")) for button in buttons_of(self.markup)]

    @property
    def content(self) -> tuple[object, ...]:
        """What an edit must change."""
        file = (self.file_id, self.document)
        return (self.text, self.caption, self.entities, file, self.markup)


@dataclass
class Chat:
    """One chat; `messages` holds both sides in order: `Shown` from the bot, JSON from people."""

    chat_id: int
    kind: str
    blocked: bool = False
    administrators: set[int] = field(default_factory=set)
    upgraded_to: int | None = None
    # Its messages are numbered on their own, as in a supergroup; None: over all chats.
    last_message_id: int | None = None
    messages: dict[int, Shown | Json] = field(default_factory=dict)
    threads: set[int] = field(default_factory=set)
    deleted_threads: set[int] = field(default_factory=set)
    closed_threads: set[int] = field(default_factory=set)
    vanished: set[int] = field(default_factory=set)
    actions: list[tuple[str, float]] = field(default_factory=list)

    def json(self, name: str = "Ann") -> Json:
        """The chat as updates and answers show it."""
        if self.kind == "private":
            return {"id": self.chat_id, "type": "private", "first_name": name}
        return {"id": self.chat_id, "type": self.kind, "title": "Traders"}


@dataclass(frozen=True)
class Draft:
    """One `sendMessageDraft`; `at` is monotonic."""

    chat_id: int
    draft_id: int
    text: str
    entities: tuple[Json, ...]
    at: float
    thread_id: int | None = None


class BotApi:
    """State and methods of one bot. Not thread-safe: the caller holds the lock."""

    def __init__(self, bot: Json) -> None:
        self.bot = bot
        self.chats: dict[int, Chat] = {}
        self.files = Files()
        self.drafts: list[Draft] = []
        self.callbacks: set[str] = set()
        self.callback_answers: list[Json] = []
        self.commands: list[tuple[str, str]] = []
        self._last_message_id = 0
        self._methods: dict[str, Callable[[Params], Any]] = {
            "getme": lambda _params: self.bot,
            "setmycommands": self._set_my_commands,
            "sendmessage": self._send_message,
            "sendphoto": self._send_photo,
            "senddocument": self._send_document,
            "editmessagetext": self._edit_text,
            "editmessagecaption": self._edit_caption,
            "editmessagemedia": self._edit_media,
            "editmessagereplymarkup": self._edit_markup,
            "deletemessage": self._delete_message,
            "sendchataction": self._send_chat_action,
            "answercallbackquery": self._answer_callback,
            "sendmessagedraft": self._send_draft,
            "getchatadministrators": self._administrators,
            "getfile": self.files.get_file,
        }

    def call(self, method: str, params: Params) -> Any:
        """The `result` of a method (case does not matter); raises Refusal."""
        if method.lower() not in self._methods:
            raise Refusal("Not Found: method not found", status=404)
        return self._methods[method.lower()](params)

    def next_message_id(self, chat: Chat) -> int:
        """Ids grow over all chats, and in an upgraded group from 1 on."""
        if chat.last_message_id is not None:
            chat.last_message_id += 1
            return chat.last_message_id
        self._last_message_id += 1
        return self._last_message_id

    def begin_after(self, message_id: int) -> None:
        """Gives the next messages higher ids than this one."""
        self._last_message_id = max(self._last_message_id, message_id)

    def message_json(self, chat: Chat, message_id: int, nested: bool = False) -> Json:
        """A message as Telegram returns it; one that is gone is "inaccessible" (date 0)."""
        message = chat.messages.get(message_id)
        if isinstance(message, Shown):
            return self._bot_message_json(chat, message, nested)
        if message and nested:
            return {key: value for key, value in message.items() if key != "reply_to_message"}
        return message or {"message_id": message_id, "chat": chat.json(), "date": 0}

    def _bot_message_json(self, chat: Chat, shown: Shown, nested: bool) -> Json:
        ago = time.monotonic() - shown.sent_at
        json: Json = {"message_id": shown.message_id, "from": self.bot, "chat": chat.json()}
        json["date"] = int(time.time() - ago)
        optional = {
            "text": shown.text,
            "caption": shown.caption,
            "entities" if shown.text else "caption_entities": list(shown.entities),
            "photo": [_photo_size(shown)] if shown.file_id else None,
            "document": {"file_id": "document", "file_unique_id": "document"}
            if shown.document
            else None,
            "reply_markup": shown.markup,
            "message_thread_id": shown.thread_id,
            "is_topic_message": bool(shown.thread_id),
            "edit_date": shown.edited_at and int(time.time()),
        }
        if shown.reply_to in chat.messages and not nested:
            optional["reply_to_message"] = self.message_json(chat, shown.reply_to, nested=True)
        return json | {key: value for key, value in optional.items() if value}

    def _chat(self, params: Params) -> Chat:
        chat = self.chats.get(_integer(params, "chat_id"))
        if not params.get("chat_id"):
            raise Refusal("chat_id is empty")
        if chat is None:
            raise Refusal("chat not found")
        if chat.upgraded_to:
            problem = "group chat was upgraded to a supergroup chat"
            raise Refusal(problem, fault=False, migrate_to=chat.upgraded_to)
        if chat.blocked:
            raise Refusal("bot was blocked by the user", status=403, fault=False)
        return chat

    def _set_my_commands(self, params: Params) -> bool:
        commands = parsed_json(params.get("commands"), "commands")
        if not isinstance(commands, list) or len(commands) > 100:
            raise Refusal("can't parse commands: expected an Array of at most 100")
        for command in commands:
            if not re.fullmatch("[a-z0-9_]{1,32}", command["command"]):
                raise Refusal("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise Refusal("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands = [(command["command"], command["description"]) for command in commands]
        return True

    def _administrators(self, params: Params) -> list[Json]:
        chat = self._chat(params)
        if chat.kind == "private":
            raise Refusal("there are no administrators in the private chat")
        people = ({"id": one, "is_bot": False} for one in sorted(chat.administrators))
        return [{"status": "administrator", "user": one} for one in people]

    def _send_message(self, params: Params) -> Json:
        chat, kept = self._chat(params), _text(params, EMPTY)
        return self._send(chat, params, Shown(0, text=kept.text, entities=kept.entities))

    def _send_photo(self, params: Params) -> Json:
        chat, kept = self._chat(params), _caption(params)
        file_id = self._photo(params.get("photo"), params)
        shown = Shown(0, caption=kept.text or None, entities=kept.entities)
        return self._send(chat, params, replace(shown, file_id=file_id, photo=self.files[file_id]))

    def _send_document(self, params: Params) -> Json:
        chat, kept = self._chat(params), _caption(params)
        shown = Shown(0, caption=kept.text or None, entities=kept.entities)
        document = self._document(params.get("document"), params)
        return self._send(chat, params, replace(shown, document=document))

    def _document(self, document: Any, params: Params) -> bytes:
        if isinstance(document, str) and document.startswith("attach://"):
            document = params.get(document.removeprefix("attach://"))
        if not isinstance(document, bytes) or not document:
            raise Refusal("file must be non-empty")
        return document

    def _photo(self, photo: Any, params: Params) -> str:
        if isinstance(photo, str) and photo.startswith("attach://"):
            photo = params.get(photo.removeprefix("attach://"))
        if photo is None:
            raise Refusal("there is no photo in the request")
        if isinstance(photo, str):
            if photo not in self.files:
                raise Refusal("wrong file identifier/HTTP URL specified")
            return photo
        if not photo:
            raise Refusal("file must be non-empty")
        return str(self.files.keep(photo, "photo", suffix=".png")["file_id"])

    def _send(self, chat: Chat, params: Params, shown: Shown) -> Json:
        markup = checked_markup(params.get("reply_markup"))
        reply_to, thread_id = self._reply_to(chat, params), _thread(chat, params)
        # A reply stands in the topic of what it replies to, whether that is named or not.
        thread_id = thread_id or _thread_of(chat.messages.get(reply_to or 0))
        if thread_id in chat.closed_threads:
            raise Refusal("TOPIC_CLOSED", fault=False)
        message_id = self.next_message_id(chat)
        chat.messages[message_id] = replace(
            shown,
            message_id=message_id,
            reply_to=reply_to,
            thread_id=thread_id,
            markup=markup,
            sent_at=time.monotonic(),
        )
        return self.message_json(chat, message_id)

    def _reply_to(self, chat: Chat, params: Params) -> int | None:
        wanted = parsed_json(params.get("reply_parameters"), "reply parameters") or {
            "message_id": _integer(params, "reply_to_message_id"),
            "allow_sending_without_reply": str(params.get("allow_sending_without_reply")).lower()
            == "true",
        }
        message_id = int(wanted.get("message_id") or 0)
        if not message_id or message_id in chat.messages:
            return message_id or None
        if not wanted.get("allow_sending_without_reply"):
            raise _missing(chat, message_id, "message to be replied not found")
        return None

    def _edit_text(self, params: Params) -> Json:
        chat, old = self._to_edit(params)
        kept = _text(params, EMPTY)
        if old.text is None:
            raise Refusal("there is no text in the message to edit")
        return self._edit(chat, old, params, text=kept.text, entities=kept.entities)

    def _edit_caption(self, params: Params) -> Json:
        chat, old = self._to_edit(params)
        kept = _caption(params)
        if old.text is not None:
            raise Refusal("there is no caption in the message to edit")
        return self._edit(chat, old, params, caption=kept.text or None, entities=kept.entities)

    def _edit_media(self, params: Params) -> Json:
        chat, old = self._to_edit(params)
        media = parsed_json(params.get("media"), "InputMedia")
        if isinstance(media, dict) and media.get("type") == "document":
            document = self._document(media.get("media"), params)
            return self._edit(
                chat, old, params, text=None, caption=None, entities=(), file_id=None, photo=None,
                document=document,
            )  # fmt: skip
        if not isinstance(media, dict) or media.get("type") != "photo":
            raise Refusal("can't parse InputMedia: the double knows only photos and documents")
        kept, file_id = _caption(media), self._photo(media.get("media"), params)
        return self._edit(
            chat,
            old,
            params,
            text=None,
            caption=kept.text or None,
            entities=kept.entities,
            file_id=file_id,
            photo=self.files[file_id],
        )

    def _edit_markup(self, params: Params) -> Json:
        chat, old = self._to_edit(params)
        return self._edit(chat, old, params)

    def _to_edit(self, params: Params) -> tuple[Chat, Shown]:
        chat, message_id = self._chat(params), _integer(params, "message_id")
        if message_id not in chat.messages:
            raise _missing(chat, message_id, "message to edit not found")
        message = chat.messages[message_id]
        if not isinstance(message, Shown):
            raise Refusal("message can't be edited")
        return chat, message

    def _edit(self, chat: Chat, old: Shown, params: Params, **changes: Any) -> Json:
        """Every edit replaces the keyboard as well: without reply_markup it disappears."""
        new = replace(old, markup=checked_markup(params.get("reply_markup")), **changes)
        if new.content == old.content:
            raise Refusal(NOT_MODIFIED)
        new = replace(new, edits=old.edits + 1, edited_at=time.monotonic())
        chat.messages[old.message_id] = new
        return self.message_json(chat, old.message_id)

    def _delete_message(self, params: Params) -> bool:
        chat, message_id = self._chat(params), _integer(params, "message_id")
        if chat.messages.pop(message_id, None) is None:
            raise _missing(chat, message_id, "message to delete not found")
        return True

    def _send_chat_action(self, params: Params) -> bool:
        chat, action = self._chat(params), params.get("action")
        if action not in CHAT_ACTIONS:
            raise Refusal("wrong parameter action in request")
        _thread(chat, params)
        chat.actions.append((str(action), time.monotonic()))
        return True

    def _answer_callback(self, params: Params) -> bool:
        if params.get("callback_query_id") not in self.callbacks:
            problem = "query is too old and response timeout expired or query ID is invalid"
            raise Refusal(problem)
        if len(str(params.get("text", ""))) > 200:
            raise Refusal("MESSAGE_TOO_LONG")
        self.callback_answers.append(dict(params))
        return True

    def _send_draft(self, params: Params) -> bool:
        chat, kept = self._chat(params), _text(params, None)
        if chat.kind != "private":
            raise Refusal("TEXTDRAFT_PEER_INVALID")
        draft_id = _integer(params, "draft_id")
        if not draft_id:
            raise Refusal("draft identifier must be non-zero")
        thread_id, at = _thread(chat, params), time.monotonic()
        self.drafts.append(Draft(chat.chat_id, draft_id, kept.text, kept.entities, at, thread_id))
        return True


def _integer(params: Params, name: str) -> int:
    try:
        return int(params.get(name) or 0)
    except (TypeError, ValueError):
        return 0


def _thread(chat: Chat, params: Params) -> int | None:
    """The topic that is meant; the bot is not to blame for naming one that was deleted."""
    thread_id = _integer(params, "message_thread_id")
    if thread_id and thread_id not in chat.threads:
        raise Refusal("message thread not found", fault=thread_id not in chat.deleted_threads)
    return thread_id or None


def _thread_of(message: Shown | Json | None) -> int | None:
    """The topic in which it stands; the topic General, which is the first one, is none."""
    if message is None or isinstance(message, Shown):
        return message and message.thread_id
    is_of_topic = message.get("is_topic_message") and message["message_thread_id"] != 1
    return message["message_thread_id"] if is_of_topic else None


def _text(params: Params, empty: str | None) -> Any:
    _refuse_markup(params)
    return formatted(params.get("text"), params.get("entities"), TEXT_LIMIT, empty)


def _caption(params: Params) -> Any:
    _refuse_markup(params)
    return formatted(params.get("caption"), params.get("caption_entities"), CAPTION_LIMIT, None)


def _refuse_markup(params: Params) -> None:
    if params.get("parse_mode"):
        raise Refusal("can't parse entities: the double reads entities, no parse_mode")


def _missing(chat: Chat, message_id: int, description: str) -> Refusal:
    """The bot cannot know that a person deleted a message before it is told so once."""
    fault = message_id not in chat.vanished
    chat.vanished.discard(message_id)
    return Refusal(description, fault=fault)


def _photo_size(shown: Shown) -> Json:
    return {
        "file_id": shown.file_id,
        "file_unique_id": f"unique-{shown.file_id}",
        "width": 800,
        "height": 600,
        "file_size": len(shown.photo or b""),
    }
