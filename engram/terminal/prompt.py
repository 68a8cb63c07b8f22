"""What a person types in a real terminal: edited, with a history, and a paste in one piece."""

import contextlib
import os
import sys
from collections.abc import Iterator

from engram.core.text.surrogates import well_formed

# With the first a terminal marks where a paste begins and ends; with the second no longer.
MARK_PASTES, LEAVE_PASTES = "\x1b[?2004h", "\x1b[?2004l"
DUMB = ("dumb", "unknown")


class Prompt:
    """Asks for questions; needs a terminal on standard input and on standard output.

    prompt_toolkit does so on every system. GNU readline knows pastes, too, but many Pythons have
    libedit in its place, which does not, and those for Windows have neither.
    """

    def __init__(self) -> None:
        # prompt_toolkit is heavy, and only a real terminal needs it.
        from prompt_toolkit import PromptSession

        # It would ask the terminal where the cursor is, which such a prompt need not know, wait a
        # second for the answer, and warn people whose terminal gives none.
        os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")
        self._session: PromptSession[str] = PromptSession("\n> ", enable_suspend=True)

    def read(self) -> str:
        """The next question; a paste of several lines is one, and waits for Enter.

        Ctrl-C clears what is typed. On an empty line it leaves, as Ctrl-D does: `EOFError` is
        raised. What other threads print meanwhile stands above the question.
        """
        from prompt_toolkit.patch_stdout import patch_stdout

        while True:
            try:
                with patch_stdout():
                    # A key that is no UTF-8 arrives as half a character.
                    return well_formed(self._session.prompt())
            except KeyboardInterrupt:
                if not self._session.default_buffer.text:
                    raise EOFError from None
            finally:
                _write(MARK_PASTES)


@contextlib.contextmanager
def hidden_keys() -> Iterator[None]:
    """During the block, keep keys and pastes out of sight until a `Prompt` reads them.

    A terminal would show them in the middle of an answer, and tear a paste into its lines. Ctrl-C
    and Ctrl-Z still do what they do.
    """
    try:
        import termios
    except ImportError:
        # Windows shows keys to nobody but who reads them.
        yield
        return
    terminal = sys.stdin.fileno()
    before, during = termios.tcgetattr(terminal), termios.tcgetattr(terminal)
    during[0] &= ~termios.ICRNL
    during[3] &= ~(termios.ECHO | termios.ICANON)
    try:
        termios.tcsetattr(terminal, termios.TCSANOW, during)
        _write(MARK_PASTES)
        yield
    finally:
        # There may be no terminal any more.
        with contextlib.suppress(OSError, termios.error):
            _write(LEAVE_PASTES)
            termios.tcsetattr(terminal, termios.TCSANOW, before)


def _write(sequence: str) -> None:
    if os.environ.get("TERM", "").lower() not in DUMB:
        sys.stdout.write(sequence)
        sys.stdout.flush()
