"""What it means when Telegram does not accept something, and when it is tried again; pure.

A failure is one of three. Telegram has surely not taken the call (no connection, an error status):
it is tried for as long as it takes. It refuses the call for a reason that may pass: it is tried for
ten minutes. Its reply was lost, so that nobody knows: what does no harm twice is tried for as long
as it takes, and a message is sent once more.
"""

from collections.abc import Callable
from typing import Any

from telebot import apihelper

from engram.core.errors import EngramError
from engram.core.waits import doubling
from engram.telegram.incoming import is_id
from engram.telegram.sending.turns import Turn

# Telegram has asked for hours; what asks for more is taken for a mistake.
LONGEST_PAUSE = 86_400.0
# What Telegram's descriptions say when something no longer exists.
MESSAGE_GONE = ("message to edit not found", "MESSAGE_ID_INVALID", "message to delete not found")
# A message that is there, and stays as it is.
MESSAGE_FIXED = (
    "message can't be edited",
    "MESSAGE_EDIT_TIME_EXPIRED",
    "MESSAGE_AUTHOR_REQUIRED",
    "there is no text in the message to edit",
    "there is no caption in the message to edit",
    "message can't be deleted",
)
# A topic that was closed while an answer to it was made takes no messages either.
TOPIC_GONE = ("message thread not found", "TOPIC_DELETED", "TOPIC_CLOSED")
CHAT_GONE = ("chat not found", "user is deactivated", "PEER_ID_INVALID")
# A press that was answered already, or so long ago that nobody waits for the answer.
PRESS_GONE = "query is too old"
# Telegram does not know the bot's token: whatever is sent meets that.
TOKEN_REFUSED = {401, 404}

LONGEST_WAIT = 60.0
# So long altogether, in seconds, is waited after refusals.
REFUSED_FOR = 600.0
# How often a message is sent at most, of which nobody knows whether it has arrived.
SENDS = 2
# Refusals that may lie in what is sent, so that a plainer form of it may be taken.
OF_CONTENT = {400, 413}
# Beyond that a timeout does not grow.
MOST_PATIENT = 64


class UndeliverableError(EngramError):
    """Telegram accepts this neither now nor later: give up.

    `code` is Telegram's error code and `description` its reason. Code 0: the bot is stopping.
    """

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"Telegram refuses it ({code}): {description}" if code else description)
        self.code = code
        self.description = description

    @property
    def is_on_screen(self) -> bool:
        """Whether nothing is wrong but that the message says so already."""
        return self.code == 400 and "message is not modified" in self.description

    @property
    def message_gone(self) -> bool:
        """Whether the message to be changed no longer exists."""
        return any(words in self.description for words in MESSAGE_GONE)

    @property
    def message_stays(self) -> bool:
        """Whether the message to be changed is gone, or stays as it is for good."""
        return self.message_gone or any(words in self.description for words in MESSAGE_FIXED)

    @property
    def topic_gone(self) -> bool:
        """Whether the topic takes no messages any more, while its chat may."""
        return self.code == 400 and any(words in self.description for words in TOPIC_GONE)

    @property
    def chat_gone(self) -> bool:
        """Whether nothing at all reaches this chat, for example because it blocked the bot."""
        return self.code == 403 or any(words in self.description for words in CHAT_GONE)

    @property
    def may_pass(self) -> bool:
        """Whether Telegram may accept the same later."""
        return self.code > 0 and not self.chat_gone


class UnconfirmedError(UndeliverableError):
    """Telegram may have taken the message, but no reply came, as often as it may be sent."""

    def __init__(self) -> None:
        super().__init__(0, f"sent {SENDS} times, and Telegram's reply was lost each time")


class NotNowError(EngramError):
    """Telegram may accept it in `wait` seconds; `reason` is empty for a limit or a pause.

    `turn` is when it may be tried again, where a limit of Engram's own is in the way. `is_lost`
    tells that Telegram may have taken it: only the reply is missing.
    """

    def __init__(
        self, wait: float, reason: str = "", turn: Turn | None = None, *, is_lost: bool = False
    ) -> None:
        super().__init__(f"not for {wait:.2f} s: {reason}")
        self.is_lost = is_lost
        self.wait = wait
        self.reason = reason
        self.turn = turn

    @property
    def is_pause(self) -> bool:
        """Whether Telegram itself wants nothing before that."""
        return not self.reason and self.turn is None and self.wait > 0


class Tries:
    """The tries of one call, which has `forms`: the plainer, the higher their numbers.

    `sends` limits how often its reply may be lost, and `refused_for` (seconds) how long it is tried
    while it is refused. `mends` tells which refusals the caller knows what to do about. `form` is
    the number of the form to try next, and `patience` how many times as long as usual its reply is
    waited for. `is_unsure` tells that it may have been sent, so that it had better not be sent
    again while nothing else is answered either.
    """

    def __init__(
        self,
        forms: int = 1,
        sends: int | None = None,
        refused_for: float = REFUSED_FOR,
        mends: Callable[[UndeliverableError], bool] = lambda _refusal: False,
    ) -> None:
        self.form = 0
        self.patience = 1
        self.is_unsure = False
        self._forms = forms
        self._sends = sends
        self._left = refused_for
        self._mends = mends
        self._waits = doubling(most=LONGEST_WAIT)

    @property
    def counts_sends(self) -> bool:
        """Whether it is a message, which would be there once more each time."""
        return self._sends is not None

    @property
    def is_over(self) -> bool:
        """Whether it was refused for so long that it is tried no more."""
        return self._left <= 0

    def failed(self) -> float:
        """The seconds to wait after a try that Telegram has surely not taken."""
        return next(self._waits)

    def lost(self) -> float | None:
        """The seconds to wait after a try whose reply was lost; None: do not try it again."""
        self.patience = min(2 * self.patience, MOST_PATIENT)
        if self._sends is not None:
            self.is_unsure = True
            self._sends -= 1
            if self._sends <= 0:
                return None
        return next(self._waits)

    def refused(self, refusal: UndeliverableError) -> float | None:
        """The seconds to wait after a refusal; None: it does not pass, or was tried long enough.

        A plainer form is tried at once, and after the plainest one all of them again.
        """
        if not refusal.may_pass or self._mends(refusal):
            return None
        if refusal.code in OF_CONTENT and self.form + 1 < self._forms:
            self.form += 1
            return 0.0
        self.form = 0
        if self.is_over:
            return None
        pause = next(self._waits)
        self._left -= pause
        return pause

    def plainer(self, form: int) -> None:
        """Try the form with this number next, or else the plainest one."""
        self.form = min(form, self._forms - 1)


def retry_after(err: Exception) -> float:
    """The number of seconds that Telegram asks to wait, at most a day; 0 if it asks for none."""
    wait = _parameter(err, "retry_after")
    # NaN is not greater, either.
    return float(min(wait, LONGEST_PAUSE)) if isinstance(wait, int | float) and wait > 0 else 0.0


def migrated_to(err: Exception) -> int | None:
    """The id of the supergroup that the group has become; None if that is not what is wrong."""
    chat = _parameter(err, "migrate_to_chat_id")
    return chat if is_id(chat) else None


def _parameter(err: Exception, name: str) -> Any:
    answer = err.result_json if isinstance(err, apihelper.ApiTelegramException) else {}
    parameters = answer.get("parameters")
    return parameters.get(name) if isinstance(parameters, dict) else None
