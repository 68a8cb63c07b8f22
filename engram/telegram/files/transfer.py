"""Calls that bring a file from a Bot API server; the token in their addresses is in no error.

Wire format: https://core.telegram.org/bots/api#getfile
"""

import contextlib
import io
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests
from urllib3.exceptions import HTTPError

from engram.core.errors import AttachmentError, EngramError
from engram.core.formats import format_size
from engram.core.http.hang_up import HangUpSession
from engram.core.http.headers import retry_after
from engram.core.key_value import read_json
from engram.core.text.surrogates import well_formed
from engram.telegram import texts
from engram.telegram.incoming import is_id
from engram.telegram.sending.bot_api import BotApi, RedirectedError

# For a connection, and for the next byte of an answer (s): Telegram's server may have to get the
# file first.
TIMEOUT = (10.0, 20.0)
# What says where a file is has some hundred bytes; a path is no longer.
LARGEST_ANSWER, LONGEST_PATH = 100_000, 1000
CHUNK = 1 << 16
TOO_BIG = "file is too big"
# Telegram says the same of a file that it does not know and of one that it cannot get just now.
MAY_COME_BACK = "temporarily unavailable"


class LaterError(EngramError):
    """The file may be had in `wait` seconds; `is_refused` tells that Telegram says it has none."""

    def __init__(self, reason: str, wait: float = 0.0, *, is_refused: bool = False) -> None:
        super().__init__(reason)
        self.wait, self.is_refused = wait, is_refused


class OutOfReachError(EngramError):
    """The file is not to be had from this server; its text tells the owner of the bot why."""


@dataclass(frozen=True, slots=True)
class Located:
    """Where a file is, and of how many bytes, 0 if that is not told."""

    path: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class _Answer:
    """A call's; the body is None if there is more of it than is read."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None


class Transfer:
    """The calls for one file, all of them over at the time `until` (monotonic).

    They end at once when another thread calls `hang_up`.
    """

    def __init__(self, api: BotApi, until: float) -> None:
        self._api = api
        self._until = until
        self._session = api.session(HangUpSession)

    def __enter__(self) -> "Transfer":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def hang_up(self) -> None:
        """End the call in progress, and make no more."""
        self._session.hang_up()

    def locate(self, ref: str) -> Located:
        """Ask where the file with that id is.

        Raises `LaterError`, `OutOfReachError`, and `AttachmentError` where asking again is in vain.
        """
        url = self._api.bot_url("getFile")
        answer = self._called("getFile", LARGEST_ANSWER, "POST", url, data={"file_id": ref})
        told = read_json((answer.body or b"").decode("utf-8", "replace"))
        told = told if isinstance(told, dict) else {}
        result = told.get("result")
        if told.get("ok") is not True or not isinstance(result, dict):
            raise _refusal(answer, told)
        path, size = result.get("file_path"), result.get("file_size")
        if not isinstance(path, str) or not 0 < len(path) <= LONGEST_PATH:
            raise LaterError("Telegram does not say where the file is", is_refused=True)
        return Located(path, size if is_id(size) and size > 0 else 0)

    def fetch(self, located: Located, most: int) -> bytes:
        """The content of a file; of more than `most` bytes there are never more in memory.

        Raises as `locate` does.
        """
        if located.size > most:
            raise too_large(most)
        url = self._api.file_url(quote(well_formed(located.path)))
        answer = self._called("file", most, "GET", url, headers={"Accept-Encoding": "identity"})
        if answer.status != 200:
            # An address is good for an hour; a server that sends no files has none.
            is_refused = answer.status < 500 and answer.status != 429
            reason = f"the server of files answers {answer.status}"
            raise LaterError(reason, _pause(answer, {}), is_refused=is_refused)
        if answer.body is None:
            raise too_large(most)
        if located.size and len(answer.body) != located.size:
            raise LaterError(f"{len(answer.body):,} of {located.size:,} bytes came")
        return answer.body

    def _called(self, method: str, most: int, verb: str, url: str, **form: Any) -> _Answer:
        """The answer to one call, of at most `most` bytes."""
        answer, seconds = None, self._until - time.monotonic()
        with (
            contextlib.suppress(requests.RequestException, HTTPError, OSError),
            self._session.ended_after(seconds),
            self._session.request(
                verb, url, allow_redirects=False, stream=True, timeout=TIMEOUT, **form
            ) as response,
        ):
            answer = _Answer(response.status_code, response.headers, _body(response, most))
        self._api.listener.called(method, answer.status if answer else 0)
        # The original error is gone by now: its text would contain the URL, and with it the token.
        if answer is None:
            raise LaterError("no answer from Telegram")
        if 300 <= answer.status < 400:
            raise OutOfReachError(str(RedirectedError(answer.headers.get("Location", ""))))
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise LaterError("an answer that is compressed without being asked for")
        return answer


def too_large(most: int) -> AttachmentError:
    """What is said of a file of more than `most` bytes."""
    # A megabyte of Telegram's limit has 2**20 of them.
    size = f"{most >> 20} MB" if most >= 1 << 20 else format_size(most)
    return AttachmentError(texts.FILE_TOO_LARGE.format(most=size))


def _body(response: requests.Response, most: int) -> bytes | None:
    """The body as it is sent, once it has come to its end; None for more than `most` bytes."""
    body = io.BytesIO()
    while chunk := response.raw.read1(CHUNK, decode_content=False):
        body.write(chunk)
        if body.tell() > most:
            return None
    return body.getvalue()


def _refusal(answer: _Answer, told: Mapping[str, Any]) -> EngramError:
    """Why Telegram does not say where a file is."""
    said = told.get("description")
    said = said if isinstance(said, str) else ""
    if TOO_BIG in said:
        return AttachmentError(texts.FILE_OVER_TELEGRAM)
    is_refused = MAY_COME_BACK in said
    if answer.status == 400 and said and not is_refused:
        return AttachmentError(texts.FILE_GONE)
    reason = f"Telegram answers {answer.status}"
    return LaterError(reason, _pause(answer, told), is_refused=is_refused)


def _pause(answer: _Answer, told: Mapping[str, Any]) -> float:
    """The seconds that Telegram asks to wait, 0 if it asks for none."""
    parameters = told.get("parameters")
    asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
    seconds = asked if isinstance(asked, int | float) else retry_after(answer.headers)
    return max(0.0, float(seconds or 0.0))
