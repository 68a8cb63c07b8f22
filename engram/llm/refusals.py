"""What a server means by refusing: its statuses and errors become errors that say what to do."""

import re
from json import JSONDecoder
from typing import Any

from engram.core.errors import (
    BusyError,
    Cause,
    GiveUpError,
    LoadingError,
    NotLoadedError,
    QuestionError,
    ResponderError,
    TooLongError,
    TryAgainError,
)
from engram.llm.context.overflow import Overflow, overflow
from engram.llm.reading import message_of, parameter_of, typed
from engram.llm.sse import ServerSentEvent

# Asked too much or too early: it says nothing against the server.
BUSY_STATUSES = {408, 425, 429}
TOO_LARGE = 413
# A bill is to be paid first, or the law forbids it: so it will be for every question.
FOR_EVERY_QUESTION = {402: Cause.UNPAID, 451: Cause.REFUSED}
# Unavailable, and Anthropic's "overloaded".
OVERLOADED = {503, 529}
# Kinds of errors that lie in the question, or in the model that it asks for; so do codes 4xx, but
# for those below.
REFUSALS = {
    "invalid_request",
    "model_not_found",
    "not_implemented",
    "invalid_request_error",
    "not_found_error",
    "request_too_large",
}
# Kinds, and codes, of errors that every question will meet.
HOPELESS = {
    **dict.fromkeys(("authentication_error", "permission_error", "401", "403"), Cause.DENIED),
    **dict.fromkeys(("insufficient_quota", "billing_error", "402"), Cause.UNPAID),
    "451": Cause.REFUSED,
}
BUSY = {"rate_limit_error", "rate_limit_exceeded", "408", "409", "425", "429"}
# Characters of a reason that is shown to everybody.
SHORT = 160
# What stands in quotation marks, or in braces; where nothing ends it, all that follows.
_QUOTED = re.compile(
    r'"[^"]*(?:"|$)|“[^”]*(?:”|$)|„[^“”]*(?:[“”]|$)|«[^»]*(?:»|$)|`[^`]*(?:`|$)'
    r"|(?<!\w)['‘].*?(?:['’](?!\w)|$)|\[?\{.*"
)
# A model, a key or a kind of error in quotation marks.
_NAME = re.compile(r"^\W[\w./:@+-]{1,64}\W$", re.ASCII)
# What servers say, with any status, once no money is left.
_ABOUT_MONEY = re.compile(
    r"credit balance|insufficient (credits?|balance|funds)|exceeded your current quota"
    r"|payment required",
    re.IGNORECASE,
)
# What LM Studio says where no request may load a model.
_NOT_LOADED = re.compile(r"no models? (is |are )?(currently )?loaded", re.IGNORECASE)
# `json.loads` takes a third of its time to look at its options, for each of many events.
_from_json = JSONDecoder().decode
# What servers say of a model that is not loaded, or does not fit into memory.
_ABOUT_MODEL = re.compile(
    r"(fail|error|unable|could not|cannot)\w{0,8} .{0,30}load|no models? (is |are )?loaded|unloaded"
    r"|model not loaded|insufficient .{0,20}(resources|memory)|out of memory"
    r"|model .{0,20}(crash|exited|terminated|not (an? )?llm)|exit code|unknown model architecture",
    re.IGNORECASE,
)


class RequestRejectedError(QuestionError):
    """The server understood and refused: `status`, and its `message` where it gave one.

    `parameter` is the key of the request that it names beside the message, "" where it does not.
    """

    def __init__(self, status: int, message: str, parameter: str = "") -> None:
        super().__init__(f"it answers {status}: {message}" if message else f"it answers {status}")
        self.status = status
        self.message = message
        self.parameter = parameter


class ForbiddenError(GiveUpError):
    """The server does not let us in, whatever the question; `status` is 401 or 403."""

    cause = Cause.DENIED

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"it answers {status}{reason}")
        self.status = status


def stated(document: Any, *, failed: bool = False) -> Any:
    """What a `document` of a server says is wrong; nothing where nothing is.

    Forms: `{"error": "..."}`, `{"error": {"message": "..."}}`, FastAPI's `{"detail": "..."}`,
    Cloudflare's `{"errors": [...]}`, Gemini's list with one of these; where it `failed` also vLLM's
    and Bedrock's `{"message": "..."}`.
    """
    whole = typed(dict, next(iter(document), None) if isinstance(document, list) else document)
    found = whole.get("error")
    if "choices" not in whole:
        found = found or whole.get("errors") or whole.get("detail")
    says_so = failed or "error" in (whole.get("object"), whole.get("type"))
    return found or (whole if says_so else None)


def refused(status: int, error: Any, wait: float | None, credential: str) -> ResponderError:
    """What to raise for an answer with `status` and an `error` in its document, if any.

    The server asks to `wait` so many seconds; its token is called `credential` in .env.
    """
    if 300 <= status < 400:
        return GiveUpError(f"it redirects ({status}); set the address that it redirects to")
    if status == 401:
        # A server may repeat part of the token in its message: that text goes nowhere.
        return ForbiddenError(401, f"; put its token as {credential} into .env")
    message = message_of(error)
    unpaid = Cause.UNPAID if _ABOUT_MONEY.search(in_short(message)) else None
    if cause := unpaid or FOR_EVERY_QUESTION.get(status):
        return GiveUpError(f"it answers {status}: {message}", cause=cause)
    if status == 403:
        return ForbiddenError(403, f": {message}" if message else "")
    if found := overflow(error) or (Overflow() if status == TOO_LARGE else None):
        return TooLongError(f"it answers {status}: {message}", found.limit, found.counted)
    if status in BUSY_STATUSES | OVERLOADED:
        return _busy(status, error, wait)
    if status < 300 and (meant := verdict(error)):
        return meant
    if status >= 500:
        return _failed(f"it failed ({status}) {message}".rstrip())
    if message == "No connected db.":
        message += f" So LiteLLM answers a wrong key: put its own as {credential} into .env"
    rejected = RequestRejectedError(status, message, parameter_of(error))
    return NotLoadedError(str(rejected)) if _NOT_LOADED.search(message) else rejected


def _busy(status: int, error: Any, wait: float | None) -> ResponderError:
    message = message_of(error)
    if "loading model" in message.casefold():  # llama.cpp's server
        return LoadingError("it is loading its model")
    if type(found := reported(error)) is GiveUpError:  # no quota is left
        return found
    busy = BusyError if status in BUSY_STATUSES else TryAgainError
    return busy(f"it is busy ({status}) {message}".rstrip(), retry_after=wait)


def reported(error: Any) -> ResponderError:
    """What to raise for the `error` that a server reports inside a stream."""
    error = next(iter(error), None) if isinstance(error, list) else error
    details = error if isinstance(error, dict) else {}
    kind, code = str(details.get("type") or ""), str(details.get("code") or "")
    name = kind or code or "unknown"
    # A server may repeat part of the token in such a message.
    message = "" if "authentication" in name else message_of(error)
    if found := overflow(error):
        return TooLongError(f"it reports {name}: {message}", found.limit, found.counted)
    return _meaning(kind, code, f"it reports {name}: {message}")


def verdict(error: Any) -> ResponderError | None:
    """What to raise for the `error` of a whole answer; None where it names no kind or code."""
    found = reported(error)
    coded = str(typed(dict, error).get("code") or "")[:1] == "5"
    return found if coded or type(found) is not TryAgainError else None


def decode(event: ServerSentEvent) -> dict[str, Any]:
    """The JSON object that `event` carries.

    Raises `TryAgainError` when it carries none, and what `reported` says when it is an error.
    """
    failed = event.name == "error"
    try:
        data = _from_json(event.data)
    except (ValueError, RecursionError) as err:
        if failed:
            raise reported(event.data) from err
        raise TryAgainError("it sends events that are not JSON") from err
    if error := stated(data, failed=failed):
        raise reported(error)
    if not isinstance(data, dict):
        raise TryAgainError("it sends events that are not objects")
    return data


def _meaning(kind: str, code: str, reason: str) -> ResponderError:
    if cause := HOPELESS.get(kind) or HOPELESS.get(code):
        return GiveUpError(reason, cause=cause)
    if not BUSY.isdisjoint((kind, code)):
        return BusyError(reason)
    if not (code.startswith("4") or not REFUSALS.isdisjoint((kind, code))):
        return _failed(reason)
    return NotLoadedError(reason) if _NOT_LOADED.search(reason) else QuestionError(reason)


def _failed(reason: str) -> TryAgainError:
    """The error of a server that is there, but failed."""
    return TryAgainError(reason, cause=Cause.MODEL_FAILED if is_about_model(reason) else None)


def in_short(reason: str) -> str:
    """The `reason` of a failure in one line, to be shown to everybody who asks for the status.

    A server may quote somebody's question in it: what stands in quotation marks is left out, unless
    it is a name, and so is all data.
    """
    line = next(iter(reason.splitlines()), "")
    said = _QUOTED.sub(lambda quoted: quoted[0] if _NAME.search(quoted[0]) else "…", line)
    return said if len(said) <= SHORT else f"{said[: SHORT - 1]}…"


def is_about_model(reason: str) -> bool:
    """Whether a server failed for the `reason` that the model is not in its memory."""
    return bool(_ABOUT_MODEL.search(reason))
