"""Edits of config.ini while the bot runs: noticed, checked, and taken up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path

from engram.config.load import load
from engram.config.settings import OTHER_PROVIDERS, SECTIONS, Settings
from engram.core.errors import ConfigError

log = logging.getLogger(__name__)

# The sections that hold from the next question on; a change of any other waits for a restart.
AT_ONCE = ("lmstudio", "fallback", *OTHER_PROVIDERS)


class Reload:
    """Watches `file`, from which `settings` were read; `look` is to be called every second or so.

    `apply` gets the settings of the start with what can change at once as it is now, `tell` a
    sentence for the owner. A file with mistakes changes nothing.
    """

    def __init__(
        self,
        file: Path,
        settings: Settings,
        apply: Callable[[Settings], None],
        tell: Callable[[str], None],
    ) -> None:
        self._file = file
        self._started = self._read = settings
        self._apply = apply
        self._tell = tell
        self._seen = self._taken = self._state()

    def look(self) -> None:
        """Read the file if it was changed and is not being written any more."""
        state = self._state()
        # An editor may have written half of it yet: it has to look the same twice.
        settled, self._seen = state == self._seen, state
        if state is None or state == self._taken or not settled:
            return
        self._taken = state
        try:
            new = load(self._file)
        except ConfigError as err:
            problems = "; ".join(err.problems)
            self._say(f"{self._file.name} has mistakes and changes nothing: {problems}")
            return
        changed = list(changes(self._read, new))
        self._read = new
        now = [key for section, key in changed if section in AT_ONCE]
        # What was set back to what it was at the start needs no restart any more.
        waiting = {key for _, key in changes(self._started, new)}
        later = [key for section, key in changed if section not in AT_ONCE and key in waiting]
        if now:
            taken = {name: getattr(new, name) for name in ("lmstudio", "fallback", "providers")}
            self._apply(replace(self._started, **taken))
            self._say(f"{self._file.name}: {', '.join(now)}: in force from the next question on")
        if later:
            self._say(f"{self._file.name}: {', '.join(later)}: needs a restart")

    def _say(self, text: str) -> None:
        log.warning("%s", text)
        self._tell(f"⚙️ {text}")

    def _state(self) -> tuple[int, int] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size


def changes(old: Settings, new: Settings) -> Iterator[tuple[str, str]]:
    """Each key that differs, as its section and as people write it: "[lmstudio] url"."""
    for section in SECTIONS:
        before, after = old.section(section), new.section(section)
        for one in fields(before):
            if getattr(before, one.name) != getattr(after, one.name):
                yield section, f"[{section}] {one.name}"
    for exchange in sorted({*old.exchanges, *new.exchanges}):
        if old.exchanges.get(exchange) != new.exchanges.get(exchange):
            yield exchange, f"[{exchange}]"
    if old.secrets != new.secrets:
        yield "", ".env"
