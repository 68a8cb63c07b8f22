"""Asks a person in a terminal, one question after the other."""

import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from functools import partial
from getpass import getpass
from textwrap import TextWrapper

from engram.config.writing import ConfigFiles
from engram.core.errors import ConfigError
from engram.core.text.printable import one_line
from engram.core.text.surrogates import well_formed
from engram.setup import texts
from engram.terminal.printer import Printer


class SkippedError(Exception):
    """Leave the step as it is, as the person wants it."""


class Dialog:
    """Asks by `printer`."""

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        with contextlib.suppress(ImportError):
            # What is typed can then be edited.
            import readline  # noqa: F401

    def say(self, *lines: str) -> None:
        """Print `lines`, broken between words where the terminal ends."""
        width = shutil.get_terminal_size().columns - 1
        for line in lines:
            self._printer.say(*(_broken(line, max(width, 20)) or [""]))

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """A step called `title`, which may be left out in the middle."""
        self.say("", title)
        try:
            yield
        except SkippedError:
            self.say(texts.LEFT)

    def ask(self, question: str, default: str) -> str:
        """What is typed, or the `default`. Raises `SkippedError`, `EOFError` after Ctrl-D."""
        prompt = one_line(self._printer.masking(f"{question} [{default}]:"))
        return _unless_skipped(well_formed(input(f"{prompt} "))) or default

    def ask_hidden(self, question: str) -> str:
        """What is typed unseen; raises as `ask` does."""
        try:
            with _never_stopped():
                typed = getpass(question)
        except UnicodeError:
            # Of a terminal with another encoding; it is no secret that anything takes.
            typed = "\ufffd"
            self.say("")
        return _unless_skipped(typed)

    def is_in_environment(self, name: str) -> bool:
        """Whether the environment has `name`, which comes before .env; says so if it does."""
        is_there = bool(os.environ.get(name, "").strip())
        if is_there:
            self.say(texts.IN_ENVIRONMENT.format(name=name))
        return is_there

    def hide(self, secret: str) -> None:
        """Have nothing that is printed or logged from now on show the `secret`."""
        self._printer.masking.learn([secret])

    def agrees(self, question: str, default: str = texts.NO[0]) -> bool:
        """Whether the person says yes; asks until it is yes or no."""
        while (said := self.ask(question, default).casefold()) not in (*texts.YES, *texts.NO):
            self.say(texts.YES_OR_NO)
        return said in texts.YES

    def write_key(self, files: ConfigFiles, section: str, key: str, value: str) -> None:
        """Set `key` in `[section]` of config.ini, and say so. Raises as `write` does."""
        what = {"section": section, "key": key, "value": value, "file": files.config}
        by_hand = texts.INI_BY_HAND.format(**what)
        self.write(partial(files.set_key, section, key, value), by_hand)
        self.say(texts.INI_WRITTEN.format(**what))

    def write_secret(self, files: ConfigFiles, name: str, value: str) -> None:
        """Set `name` in .env, and say so. Raises as `write` does."""
        by_hand = texts.ENV_BY_HAND.format(name=name, file=files.env)
        self.write(partial(files.set_secret, name, value), by_hand)
        self.say(texts.ENV_WRITTEN.format(name=name, file=files.env))

    def write(self, write: Callable[[], None], by_hand: str) -> None:
        """Do `write` until it works; raises `SkippedError` if it is left to be done `by_hand`."""
        while True:
            try:
                write()
            except ConfigError as err:
                self.say(texts.NOT_WRITTEN.format(problem=err, by_hand=by_hand))
                if not self.agrees(texts.TRY_AGAIN, texts.YES[0]):
                    raise SkippedError from err
            else:
                return


@contextlib.contextmanager
def _never_stopped() -> Iterator[None]:
    """During the block, heed no Ctrl-Z: shells would then show what is typed after `fg`."""
    stop = getattr(signal, "SIGTSTP", None)
    if stop is None:
        yield
        return
    before = signal.signal(stop, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(stop, before)


def _broken(line: str, width: int) -> list[str]:
    # An address or a path that is longer stays in one piece.
    wrapper = TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(line)


def _unless_skipped(typed: str) -> str:
    typed = typed.strip()
    if typed.casefold() == texts.SKIP:
        raise SkippedError
    return typed
