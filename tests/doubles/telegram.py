"""A Telegram on the loopback: Bot API over HTTP, people who write, and what they have on screen.

    with TelegramDouble() as telegram:
        apihelper.API_URL = telegram.url + "/bot{0}/{1}"
        telegram.say(7, "/start")
        telegram.wait_for_text(7, "Welcome")
        assert telegram.violations == []

It refuses what the real server refuses (`telegram_rules`, `telegram_api`) and writes down each
refusal that was the bot's own fault in `violations`. Groups behave as if the bot's privacy mode
were off: it gets all that is said.

As a process: `python -m tests.doubles.telegram --port 0`, which can then be driven from elsewhere
with `curl 'http://127.0.0.1:PORT/control/say?chat_id=7&text=hi'`.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from email.utils import formatdate
from typing import Any

from tests.doubles.forms import parameters
from tests.doubles.server import Connection, Gone, Request, serve
from tests.doubles.telegram_api import COUNTED, Json, Params, Shown
from tests.doubles.telegram_files import DOWNLOADS, misbehave
from tests.doubles.telegram_people import Call, bot_user
from tests.doubles.telegram_rules import CONFLICT, FloodControl, Refusal, parsed_json, words
from tests.doubles.telegram_stopwatch import Stopwatch

TOKEN = "123456:TEST-token-of-35-characters-abcdefgh"
_WELL_FORMED = re.compile(r"\d+:[\w-]{30,}", re.ASCII)
_LONGEST_POLL = 50
# An offset so far above the newest number is of another numbering: it is answered from the head.
_FAR = 1_000_000
_CONTROLS = words(
    "say paste attach quote react press edit_said delete block fail fail_for fail_raw slow_down "
    "send_photo send_file send_sticker send_album replace_photo "
    "revoke accept screen texts transcript calls violations pending chat_actions drafts "
    "callback_answers commands ask ask_all say_all signs first_poll refused"
)
_TEXTS = words("text data expect caption source name")
_DESCRIPTIONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: CONFLICT,
    413: "Request Entity Too Large",
    420: "FLOOD",
    500: "Internal Server Error",
    502: "Bad Gateway",
}


@dataclass
class Scripted:
    """A failure that a test asked for: a status, or a raw behaviour of the connection.

    It happens `times` times, or for `seconds` from the first time on. `late`: how many seconds
    later than it acts the server replies.
    """

    method: str
    times: float
    refusal: Refusal | None = None
    raw: str = ""
    chat_id: int | None = None
    met: int = 0
    seconds: float = math.inf
    late: float = 0.0
    until: float = math.inf

    def take(self) -> None:
        """It happens now."""
        if not self.met:
            self.until = time.monotonic() + self.seconds
        self.times -= 1
        self.met += 1

    def applies(self, call: Call) -> bool:
        """Is it this call's turn to fail?"""
        # Those that have happened are looked at with every call, too: that has to be cheap.
        if self.times <= 0 or self.method.lower() not in ("*", call.method.lower()):
            return False
        here = self.chat_id is None or self.chat_id == call.chat_id
        return here and time.monotonic() < self.until


class TelegramDouble(Stopwatch):
    """Telegram's servers, the people in their chats, and their screens.

    `enforce_flood` switches the limits of `FloodControl` on; `control` opens /control/. `latency`:
    the seconds that an answer is on its way back, during which what was asked for is done already.
    """

    def __init__(
        self,
        token: str = TOKEN,
        *,
        enforce_flood: bool = False,
        port: int = 0,
        username: str = "engram_test_bot",
        control: bool = False,
        latency: float = 0.0,
    ) -> None:
        super().__init__(bot_user(token, username), port)
        self.token = token
        self.latency = latency
        self._flood = FloodControl(enforce_flood)
        self._scripts: list[Scripted] = []
        self._control = control
        self._polling: object | None = None
        self._revoked = 0
        #: "repeat": a server that takes no offset, and returns all updates again and again;
        #: "empty": one that has no long polls, and returns none at once.
        self.polls = ""
        #: The server to which all calls are redirected, with this status.
        self.redirects_to = ""
        self.redirect_status = 307

    # The Bot API over HTTP

    def respond(self, connection: Connection, request: Request) -> None:
        """Answers /bot<token>/<method>, and /control/<verb> in a process of its own."""
        if self._control and request.path.startswith("/control/"):
            return self._be_controlled(connection, request)
        if self.redirects_to:
            location = ("Location", self.redirects_to + request.path)
            return connection.reply(self.redirect_status, b"", headers=(location,))
        is_file = request.path.startswith("/file/")
        token, _, method = request.path.removeprefix("/file").removeprefix("/bot").partition("/")
        if not method or not _WELL_FORMED.fullmatch(token):
            return connection.reply_json(404, _error(404, "Not Found"))
        if token != self.token:
            return connection.reply_json(401, _error(401, "Unauthorized"))
        if self._revoked:
            with self.changed:
                self.calls.append(Call(method, {}, request.at, self._revoked))
                self.changed.notify_all()
            status = self._revoked
            return connection.reply_json(status, _error(status, _DESCRIPTIONS[status]))
        if is_file:
            return self._serve_file(connection, Call("file", {"path": method}, request.at))
        try:
            call = Call(method, parameters(request), request.at)
        except ValueError:
            return connection.reply_json(400, _error(400, "Bad Request: can't parse the body"))
        self._answer(connection, call)

    def _serve_file(self, connection: Connection, call: Call) -> None:
        """Answer /file/bot<token>/<path>; failures of "file" are its own."""
        with self.changed:
            self.calls.append(call)
            raw = self._raw_behaviour(call)
            data = self.files.at(call.params["path"])
            self.changed.notify_all()
        if raw and raw.raw in DOWNLOADS:
            call.status = 200
            return misbehave(connection, data or b"", raw.raw)
        if raw and not raw.late:
            # Nothing is done by a download whose reply is lost.
            return self._misbehave(connection, call, raw.raw.replace("reply_lost", "reset"))
        try:
            self._refuse_as_scripted(call)
            call.status = 200 if data is not None else 404
        except Refusal as refusal:
            call.status = refusal.status
        connection.pause(self.latency + (raw.late if raw else 0.0))
        if data is None or call.status != 200:
            return connection.reply_json(call.status, _error(call.status, "Not Found"))
        connection.reply(200, data, "application/octet-stream")

    def on_oversized_head(self, request: Request) -> None:
        """Parameters in the URL of a long text lead here."""
        with self.changed:
            self.violations.append(f"{request.method}: {request.head_bytes} bytes of headers (431)")
            self.changed.notify_all()

    def _answer(self, connection: Connection, call: Call) -> None:
        with self.changed:
            self.calls.append(call)
            raw = self._raw_behaviour(call)
            self.changed.notify_all()
        late = raw.late if raw else 0.0
        if raw and not late:
            return self._misbehave(connection, call, raw.raw)
        with self.changed:
            call.status, answer = self._perform(connection, call)
            self.changed.notify_all()
        connection.pause(self.latency + late)
        retry_after = answer.get("parameters", {}).get("retry_after")
        headers = [("Date", formatdate(usegmt=True))]
        headers += [("Retry-After", str(retry_after))] if retry_after else []
        connection.reply_json(call.status, answer, tuple(headers))

    def _misbehave(self, connection: Connection, call: Call, behaviour: str) -> None:
        if behaviour == "html502":
            call.status = 502
            page = b"<html><head><title>502 Bad Gateway</title></head></html>"
            return connection.reply(502, page, "text/html")
        if behaviour == "hang":
            connection.pause(None)
        if behaviour in ("reply_lost", "odd") and call.method != "file":
            with self.changed:
                self._perform(connection, call)
                self.changed.notify_all()
        if behaviour == "odd":
            call.status = 200
            return connection.reply_json(200, {"ok": True, "result": {}})
        connection.reset()

    def _perform(self, connection: Connection, call: Call) -> tuple[int, Json]:
        try:
            self._refuse_floods(call)
            self._refuse_as_scripted(call)
            return 200, {"ok": True, "result": self._result(connection, call)}
        except Refusal as refusal:
            if refusal.fault:
                text = str(call.params.get("text") or call.params.get("caption") or "")[:60]
                where = f"{call.method} to {call.chat_id}" if call.chat_id else call.method
                self.violations.append(f"{where}: {refusal.status} {refusal.description} {text!r}")
            status = refusal.status
            hints = {"retry_after": refusal.retry_after, "migrate_to_chat_id": refusal.migrate_to}
            return status, _error(status, refusal.description, hints)

    def _result(self, connection: Connection, call: Call) -> Any:
        name = call.method.lower()
        if name == "getupdates":
            return self._get_updates(connection, call.params)
        if name == "deletewebhook":
            if str(call.params.get("drop_pending_updates", "")).lower() == "true":
                self._updates.clear()
            return True
        return self._api.call(call.method, call.params)

    def _get_updates(self, connection: Connection, params: Params) -> list[Json]:
        """Updates below `offset` are forgotten, the others are handed out, again and again."""
        if "allowed_updates" in params:
            self._allowed = parsed_json(params["allowed_updates"], "allowed updates") or []
        if self.polls == "empty":
            return []
        offset = int(params.get("offset") or 0)
        if offset > self._last_update_id + _FAR or self.polls == "repeat":
            offset = 0
        if offset < 0:
            self._updates = self._updates[offset:]
        self._updates = [update for update in self._updates if update["update_id"] >= offset]
        wait = min(float(params.get("timeout") or 0), _LONGEST_POLL)
        self._await_update(connection, time.monotonic() + wait)
        return self._updates[: min(int(params.get("limit") or 100), 100)]

    def _await_update(self, connection: Connection, deadline: float) -> None:
        me = self._polling = object()
        self._arrived.notify_all()
        while not self._updates and (left := deadline - time.monotonic()) > 0:
            self._arrived.wait(left)
            if connection.server.stopping:
                raise Gone
            if self._revoked:
                raise self._refusal(self._revoked, None, None)
            if self._polling is not me:
                raise Refusal(CONFLICT, status=409, fault=False)
        self._polling = None

    # Failures on demand; none of them is a violation

    def fail(
        self,
        method: str,
        status: int,
        description: str | None = None,
        retry_after: int | None = None,
        times: float = 1,
        chat_id: int | None = None,
    ) -> None:
        """The next `times` calls of the method (in that chat) fail with this status.

        With `retry_after`, whatever is sent to the chat within those seconds is a violation, is
        refused as well and lengthens the time.
        """
        refusal = self._refusal(status, description, retry_after)
        with self.lock:
            self._scripts.append(Scripted(method, times, refusal, chat_id=chat_id))

    def fail_for(
        self,
        seconds: float,
        method: str,
        status: int,
        description: str | None = None,
        chat_id: int | None = None,
    ) -> None:
        """All calls of the method ("*": of every one) fail for some time from the first one on."""
        refusal = self._refusal(status, description, None)
        one = Scripted(method, math.inf, refusal, chat_id=chat_id, seconds=seconds)
        with self.lock:
            self._scripts.append(one)

    def revoke(self, status: int = 401) -> None:
        """The bot's token is not valid any more: every call gets this status, until `accept`."""
        with self.changed:
            self._revoked = status
            self._arrived.notify_all()

    def accept(self) -> None:
        """The token is valid again."""
        with self.lock:
            self._revoked = 0

    @staticmethod
    def _refusal(status: int, description: str | None, retry_after: int | None) -> Refusal:
        if description is None:
            default = f"Too Many Requests: retry after {retry_after}"
            description = default if status == 429 else _DESCRIPTIONS.get(status, "Error")
        return Refusal(description, status, retry_after, fault=False)

    def slow_down(
        self, method: str, late: float, times: float = 1, chat_id: int | None = None
    ) -> None:
        """The next `times` calls of the method ("*": of any) are acted on at once, and the replies
        come `late` seconds afterwards."""
        one = Scripted(method, times, raw="late", chat_id=chat_id, late=late)
        with self.lock:
            self._scripts.append(one)

    def fail_raw(
        self,
        method: str,
        behaviour: str,
        times: float = 1,
        chat_id: int | None = None,
        seconds: float = math.inf,
    ) -> None:
        """The connection itself fails: "html502" (a proxy's page), "reset" before anything is done,
        "reply_lost" (done, then reset), "odd" (done, and the reply tells nothing of it), "hang" (no
        answer until the double stops). For "file", which is a download, also "cut", "drip" and
        "endless"."""
        downloads = DOWNLOADS if method == "file" else ()
        if behaviour not in ("html502", "reset", "reply_lost", "odd", "hang", *downloads):
            raise ValueError(behaviour)
        with self.lock:
            one = Scripted(method, times, raw=behaviour, chat_id=chat_id, seconds=seconds)
            self._scripts.append(one)

    def has_failed(self, chat_id: int | None) -> bool:
        """Whether the bot has met a failure that was meant for this chat, None: for any."""
        with self.lock:
            met = any(s.met for s in self._scripts if s.chat_id == chat_id)
            return met or any(c.status == 403 for c in self.calls if c.chat_id == chat_id)

    def down(self) -> None:
        """Telegram cannot be reached."""
        self.stop()

    def up(self) -> None:
        """Telegram is back, on the same port."""
        self.start()

    def _raw_behaviour(self, call: Call) -> Scripted | None:
        script = next((s for s in self._scripts if s.applies(call)), None)
        if script is None or script.refusal is not None:
            return None
        script.take()
        return script

    def _refuse_as_scripted(self, call: Call) -> None:
        script = next((s for s in self._scripts if s.refusal and s.applies(call)), None)
        if script is None or script.refusal is None:
            return
        script.take()
        # Limits of sending are not those of asking.
        if script.refusal.retry_after and call.method.lower() in COUNTED:
            self._flood.penalise(call.chat_id, script.refusal.retry_after, time.monotonic())
        raise script.refusal

    def _refuse_floods(self, call: Call) -> None:
        if call.method.lower() not in COUNTED or not call.chat_id:
            return
        seconds = self._flood.retry_after(call.chat_id, time.monotonic())
        if seconds:
            raise Refusal(f"Too Many Requests: retry after {seconds}", 429, seconds)

    def _be_controlled(self, connection: Connection, request: Request) -> None:
        verb = request.path.removeprefix("/control/")
        if verb not in _CONTROLS:
            return connection.reply_json(404, {"error": f"one of {sorted(_CONTROLS)}"})
        member, params = getattr(self, verb), _typed(parameters(request))
        with self.lock:
            result = member(**params) if callable(member) else member
            body = json.dumps(result, default=_plain, ensure_ascii=False).encode()
        connection.reply(200, body)


def _error(status: int, description: str, hints: Mapping[str, int | None] | None = None) -> Json:
    error: Json = {"ok": False, "error_code": status, "description": description}
    parameters = {name: value for name, value in (hints or {}).items() if value}
    return error | ({"parameters": parameters} if parameters else {})


def _typed(params: Params) -> Params:
    """From a query string everything comes as text; numbers are meant as numbers, except texts."""
    return {
        key: int(value) if key not in _TEXTS and re.fullmatch(r"-?\d+", str(value)) else value
        for key, value in params.items()
    }


def _plain(value: object) -> object:
    if isinstance(value, Shown):
        return asdict(value) | {"buttons": value.buttons}
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else str(value)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves until SIGTERM, with /control/ open."""
    parser = argparse.ArgumentParser(description="A Telegram Bot API double on the loopback")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--enforce-flood", action="store_true")
    given = parser.parse_args(arguments)
    flood = given.enforce_flood
    serve(TelegramDouble(given.token, enforce_flood=flood, port=given.port, control=True))


if __name__ == "__main__":
    main()
