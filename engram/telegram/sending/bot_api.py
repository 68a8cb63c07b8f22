"""The connection that telebot uses: one session, parameters in the body, no secret in an error."""

import contextlib
import math
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter
from telebot import TeleBot, apihelper
from urllib3.exceptions import MaxRetryError

from engram.core.http.deadlines import Deadlines
from engram.core.http.hang_up import HangUpSession
from engram.core.http.headers import http_date
from engram.core.http.whole import WholeAdapter
from engram.core.listener import NOBODY, Listener
from engram.core.masking.masking import Masking
from engram.telegram.sending.replies import is_answer

# A call has failed after this many seconds of silence: with telebot's 30, a preview that hangs
# would hold up the final answer. Calls that are worth nothing later get less, uploads more.
TIMEOUT = 10.0
TIMEOUTS = {
    "sendChatAction": 5.0,
    "answerCallbackQuery": 5.0,
    "getChatAdministrators": 5.0,
    "sendPhoto": 30.0,
    "sendDocument": 30.0,
    "editMessageMedia": 30.0,
}
# Telegram is called slow by the slowest of so many replies: calls then wait twice as long as that.
REPLIES = 8
LONGEST = 600.0
# A reply that drips in byte by byte may take so many times as long as silence.
DRIPPING = 2
# The replies to these tell the time.
CLOCKS = ("getMe", "getUpdates")
# A preview is not worth more: the answer itself may be waiting behind it.
PREVIEW_TIMEOUT = 30.0

S = TypeVar("S", bound=HangUpSession)


class UnsentError(requests.ConnectionError):
    """There was no connection: Telegram has surely not got the call."""


class RedirectedError(requests.RequestException):
    """The server sends calls elsewhere, which would hand the token in their addresses on."""

    def __init__(self, location: str) -> None:
        # Only the name of the server: a path could hold the token.
        server = re.match(r"https?://[\w.-]+(:\d+)?(?=/|$)", location, re.ASCII)
        super().__init__(
            f"the Bot API server redirects {f'to {server[0][:200]}' if server else 'elsewhere'}, "
            "where Engram does not follow because the address holds the bot token; write the "
            "server's own address as [telegram] api_url, with https if it wants that"
        )


class _Session(HangUpSession):
    """A session that follows no redirect, also where telebot uses it by itself."""

    def _adapter(self) -> HTTPAdapter:
        return WholeAdapter(self, pool_maxsize=64)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere."""


class BotApi:
    """The Bot API at `api_url` for the bot with `token`; `bot` has its methods.

    telebot keeps its settings in its module, so there is one of these in a process. `listener` is
    told each call. `masking` takes the secrets out of all that is sent.
    """

    def __init__(
        self,
        token: str,
        api_url: str,
        listener: Listener = NOBODY,
        masking: Masking | None = None,
    ) -> None:
        self.listener = listener
        self._url = api_url
        self._deadlines = Deadlines()
        self._masking = masking or Masking()
        # The environment's proxies and certificates are looked up once: requests would look them up
        # for each call, and take a tenth of its time for that.
        self._environment = requests.Session().merge_environment_settings(
            api_url, {}, None, None, None
        )
        self._session, self._polling = self.session(_Session), self.session(_Session)
        self._seconds: deque[float] = deque(maxlen=REPLIES)
        self._patience = threading.local()
        # What Telegram's clock said last, and when (monotonic).
        self._told = "", 0.0
        telebot_settings: Any = apihelper
        telebot_settings.API_URL = f"{api_url}/bot{{0}}/{{1}}"
        telebot_settings.FILE_URL = f"{api_url}/file/bot{{0}}/{{1}}"
        telebot_settings.CUSTOM_REQUEST_SENDER = self._send
        telebot_settings.session = self._session
        self.bot: Any = TeleBot(token, threaded=False)

    def now(self) -> float:
        """Telegram's time, in seconds since the epoch; this machine's where it does not tell."""
        date, at = self._told
        told = http_date(date)
        return time.time() if told is None else told + time.monotonic() - at

    def bot_url(self, method: str) -> str:
        """The address of a method, which contains the token."""
        return f"{self._url}/bot{self.bot.token}/{method}"

    def file_url(self, path: str) -> str:
        """The address of a file, which contains the token."""
        return f"{self._url}/file/bot{self.bot.token}/{path}"

    def session(self, kind: type[S]) -> S:
        """A session of that kind, which goes the way that the environment says."""
        session, found = kind(self._deadlines), self._environment
        session.proxies, session.verify = found["proxies"], found["verify"]
        session.trust_env = False
        return session

    def reconnect(self) -> None:
        """Hang up the poll in progress; the next one opens a new connection."""
        old, self._polling = self._polling, self.session(_Session)
        old.hang_up()
        old.close()

    @contextlib.contextmanager
    def patience(self, times: int, most: float = LONGEST) -> Iterator[None]:
        """Wait `times` as long as usual for the replies to the calls of this thread.

        No longer than `most` seconds, however slow Telegram is.
        """
        self._patience.now = (times, most)
        try:
            yield
        finally:
            del self._patience.now

    def _timeout(self, method: str) -> tuple[float, float]:
        """For the connection and for the reply, in seconds."""
        usual = TIMEOUTS.get(method, TIMEOUT)
        times, most = getattr(self._patience, "now", (1, LONGEST))
        return usual, min(max(times * usual, 2 * max([0.0, *self._seconds])), most)

    def _send(self, _method: str, url: str, params: Any = None, **rest: Any) -> requests.Response:
        """Send telebot's requests with their parameters in the body.

        In the URL, where telebot puts them, they could exceed the server's limit on headers, and
        would appear in every exception together with the token.
        """
        method = url.rpartition("/")[2]
        is_poll = method == "getUpdates"
        session = self._polling if is_poll else self._session
        timeout = rest["timeout"] if is_poll else self._timeout(method)
        began = time.monotonic()
        try:
            call = self._call(url, params or {}, rest.get("files"))
            # Polls that drip are hung up by who waits for them.
            with session.ended_after(math.inf if is_poll else DRIPPING * sum(timeout)):
                response = session.ask(call, timeout=timeout, **self._environment)
        except (requests.RequestException, OSError) as err:
            self.listener.called(method, 0)
            if not is_poll and isinstance(err, requests.ReadTimeout):
                # At least so long does a reply take.
                self._seconds.append(time.monotonic() - began)
            # The text and the cause of the original contain the URL, and with it the token.
            raise _kind(err)("no answer from Telegram") from None
        if not is_poll:
            self._seconds.append(time.monotonic() - began)
        if method in CLOCKS and (date := response.headers.get("Date")):
            self._told = date, time.monotonic()
        self.listener.called(method, response.status_code)
        if response.is_redirect:
            raise RedirectedError(response.headers["Location"])
        if not is_answer(method, response):
            raise requests.exceptions.InvalidJSONError("not an answer of Telegram's")
        return response

    def _call(
        self, url: str, params: dict[str, Any], files: dict[str, Any] | None
    ) -> requests.PreparedRequest:
        """The call of the method at `url`."""
        # All positions in texts stay; ids are no texts.
        given = {
            name: self._masking.in_place(value)
            if isinstance(value, str) and not name.endswith("_id")
            else value
            for name, value in params.items()
            if value is not None
        }
        # Telegram takes POST for every method, also where telebot would use GET. A long text takes
        # as long as all else to be escaped for a form, and no time for JSON.
        call = self._session.prepared("POST", url, None if files else given)
        if files:
            call.prepare_body(given, {key: self._masked_file(one) for key, one in files.items()})
        return call

    def _masked_file(self, file: Any) -> Any:
        """A `file` as requests takes it, alone or with a name: a text without secrets."""
        *name, content = file if isinstance(file, tuple) else (file,)
        data = content if isinstance(content, bytes) else content.read()
        with contextlib.suppress(UnicodeDecodeError):
            data = self._masking.in_place(data.decode()).encode()
        return (*name, data) if name else data


def _kind(err: Exception) -> type[requests.RequestException]:
    """The class of error to raise for `err`."""
    # urllib3 gives up before it sends anything where it finds no way to the server.
    tried = isinstance(err, requests.ConnectionError) and err.args
    if tried and isinstance(err.args[0], MaxRetryError):
        return UnsentError
    return type(err) if isinstance(err, requests.RequestException) else requests.ConnectionError
