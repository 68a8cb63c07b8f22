"""What the chain's model says about a digest, with its numbers checked."""

import contextlib
import logging
import re
import threading
import time

from engram.chat.chain import FallbackChain
from engram.chat.digesting import texts
from engram.chat.number_check import not_in_data
from engram.chat.prompts import SYSTEM
from engram.chat.texts import NOT_IN_DATA
from engram.core.errors import EngramError
from engram.core.events import Finished, Question
from engram.core.model import PROVIDERS, Remarks
from engram.core.stop import Stop

log = logging.getLogger(__name__)

# Models write more than they are asked for.
SENTENCES, LONGEST = 2, 600
_END = re.compile(r"(?<=[.!?…])\s+(?=[^\W\d_a-z])")


class ModelRemarks(Remarks):
    """Asks `chain` for remarks; what the rules would say in place of a model is none."""

    def __init__(self, chain: FallbackChain) -> None:
        self._chain = chain

    def remark(self, prompt: str, data: str, until: float) -> str:
        """See `Remarks`; numbers that follow from nothing in `data` are named below the text."""
        first = next((link for link in self._chain.links if link.ready), None)
        if first is None or first.responder.name not in PROVIDERS:
            return ""
        stop = Stop()
        timer = threading.Timer(max(0.0, until - time.monotonic()), stop.request)
        timer.daemon = True
        timer.start()
        prompt = f"{prompt}\n\n{data}"
        asked = Question("digest", prompt=prompt, system=SYSTEM, calm=True, stop=stop)
        try:
            answer = self._answer(asked)
        except EngramError as err:
            log.info("no remark on a digest: %s", err)
            return ""
        finally:
            timer.cancel()
        if answer is None or answer.source not in PROVIDERS or answer.cut_short:
            return ""
        return _checked(answer, data)

    def _answer(self, question: Question) -> Finished | None:
        with contextlib.closing(self._chain.respond(question)) as events:
            return next((event for event in events if isinstance(event, Finished)), None)


def _checked(answer: Finished, data: str) -> str:
    sentences = _END.split(" ".join(answer.text.split()))
    text = " ".join(sentences[:SENTENCES])
    if not text or len(text) > LONGEST:
        return ""
    lines = [texts.REMARK.format(text=text, model=answer.model or answer.source)]
    if odd := not_in_data(text, data, strict=True):
        lines.append(NOT_IN_DATA.format(numbers=", ".join(odd)))
    return "\n".join(lines)
