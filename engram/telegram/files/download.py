"""`TelegramFiles`: gets what people have sent from Telegram, now or long after."""

import logging
import time

from engram.core.errors import AttachmentError
from engram.core.stop import Stop
from engram.core.waits import doubling, finished
from engram.telegram import texts
from engram.telegram.files.local import is_local, read_local
from engram.telegram.files.transfer import LaterError, OutOfReachError, Transfer
from engram.telegram.sending.egress import Egress

log = logging.getLogger(__name__)

# A file that has not come after so many seconds is given up, and so is one that Telegram says so
# often it has not got.
DEADLINE, REFUSALS = 30.0, 3
LONGEST_PAUSE = 8.0


class TelegramFiles:
    """The files that people have sent to the bot, by their `file_id`.

    An id is good for ever, for one bot; the address of a file is asked for each time.
    """

    def __init__(self, egress: Egress) -> None:
        self._egress, self._api = egress, egress.api

    def read(self, ref: str, most: int, stop: Stop) -> bytes:
        """The content of a file, tried again and again for half a minute at most.

        Raises `AttachmentError`, without any secret, and `StoppedError` once `stop` is requested.
        """
        until, refusals = time.monotonic() + DEADLINE, 0
        waits = doubling(most=LONGEST_PAUSE)
        while True:
            stop.check()
            found = self._tried(ref, most, until, stop)
            if isinstance(found, bytes):
                return found
            refusals += found.is_refused
            pause = max(found.wait, next(waits))
            log.warning("a file that somebody sent cannot be had now: %s", found)
            if refusals >= REFUSALS:
                raise AttachmentError(texts.FILE_GONE)
            if time.monotonic() + pause >= until or self._egress.is_stopped():
                raise AttachmentError(texts.FILE_NOT_HAD)
            finished(stop.wait(pause))

    def _tried(self, ref: str, most: int, until: float, stop: Stop) -> bytes | LaterError:
        """The content, or why it may be had later."""
        try:
            with Transfer(self._api, until) as transfer, stop.calls(transfer.hang_up):
                located = transfer.locate(ref)
                if is_local(located.path):
                    return read_local(located.path, self._api.bot.token, most)
                return transfer.fetch(located, most)
        except LaterError as err:
            return err
        except OutOfReachError as err:
            log.error("a file that somebody sent cannot be had: %s", err)
        raise AttachmentError(texts.FILE_OUT_OF_REACH)
