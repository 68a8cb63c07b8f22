"""When a call to Telegram that failed is tried again, in which form and how patiently; pure.

A failure is one of three. Telegram has surely not taken the call (no connection, an error status
of its own or of a proxy): it is tried for as long as it takes. It refuses the call for a reason
that may pass: it is tried for ten minutes. Its reply was lost, so that nobody knows: what does no
harm twice is tried for as long as it takes, and a message is sent once more.
"""

import backoff

LONGEST_WAIT = 60.0
# So long altogether, in seconds, is waited after refusals.
REFUSED_FOR = 600.0
# How often a message is sent at most, of which nobody knows whether it has arrived.
SENDS = 2
# Refusals that may lie in what is sent, so that a plainer form of it may be taken.
OF_CONTENT = {400, 413}
# Beyond that a timeout does not grow.
MOST_PATIENT = 64


class Tries:
    """The tries of one call, which has `forms`: the plainer, the higher their numbers.

    `sends` limits how often its reply may be lost, and `refused_for` (seconds) how long it is tried
    while it is refused. `form` is the number of the form to try next, and `patience` how many times
    as long as usual its reply is waited for.
    """

    def __init__(
        self, forms: int = 1, sends: int | None = None, refused_for: float = REFUSED_FOR
    ) -> None:
        self.form = 0
        self.patience = 1
        self._forms = forms
        self._sends = sends
        self._left = refused_for
        self._waits = backoff.expo(max_value=LONGEST_WAIT)
        next(self._waits)

    def failed(self) -> float:
        """The seconds to wait after a try that Telegram has surely not taken."""
        return next(self._waits)

    def lost(self) -> float | None:
        """The seconds to wait after a try whose reply was lost; None: do not try it again."""
        self.patience = min(2 * self.patience, MOST_PATIENT)
        if self._sends is not None:
            self._sends -= 1
            if self._sends <= 0:
                return None
        return next(self._waits)

    def refused(self, code: int) -> float | None:
        """The seconds to wait after a refusal with `code`; None: it was tried long enough.

        A plainer form is tried at once, and after the plainest one all of them again.
        """
        if code in OF_CONTENT and self.form + 1 < self._forms:
            self.form += 1
            return 0.0
        self.form = 0
        if self._left <= 0:
            return None
        pause = next(self._waits)
        self._left -= pause
        return pause
