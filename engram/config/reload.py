"""Edits of config.ini while the bot runs: noticed, and checked before they are taken up."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

from engram.config.load import load
from engram.config.settings import OTHER_PROVIDERS, SECTIONS, Settings
from engram.core.errors import ConfigError
from engram.core.masking.masking import Masking

# The sections that hold from the next question on; a change of any other waits for a restart.
AT_ONCE = tuple(f"[{section}]" for section in ("lmstudio", "fallback", *OTHER_PROVIDERS))


@dataclass(frozen=True, slots=True)
class ConfigEdit:
    """An edit that changes something, by keys as people write them: "[lmstudio] url".

    `settings` are those of the start, with what can change at once as it is now. A file with
    `problems` changes nothing.
    """

    settings: Settings
    at_once: tuple[str, ...] = ()
    after_restart: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Reload:
    """Watches `file`, from which `settings` were read, and .env; call `look` every second or so.

    `masking` learns the secrets of each edit.
    """

    def __init__(self, file: Path, settings: Settings, masking: Masking | None = None) -> None:
        self._file = file
        self._masking = masking
        self._started = self._read = settings
        self._seen = self._taken = self._state()

    def look(self) -> ConfigEdit | None:
        """Read the file if it was changed and is no longer being written."""
        state = self._state()
        # An editor may have written half of it so far: it has to look the same twice.
        settled, self._seen = state == self._seen, state
        is_gone = state[0] is None and self._taken[0] is not None
        if is_gone or state == self._taken or not settled:
            return None
        self._taken = state
        try:
            new = load(self._file, masking=self._masking)
        except ConfigError as err:
            return ConfigEdit(self._started, problems=tuple(err.problems))
        changed = list(changes(self._read, new))
        self._read = new
        # What was set back to its value at the start needs no restart any more.
        waiting = set(changes(self._started, new))
        taken = {name: getattr(new, name) for name in ("lmstudio", "fallback", "providers")}
        return ConfigEdit(
            replace(self._started, **taken),
            tuple(key for key in changed if key.startswith(AT_ONCE)),
            tuple(key for key in changed if key in waiting and not key.startswith(AT_ONCE)),
        )

    def _state(self) -> list[tuple[int, ...] | None]:
        return [_state(file) for file in (self._file, self._file.with_name(".env"))]


def _state(file: Path) -> tuple[int, ...] | None:
    """What is another after `file` was written or replaced; None if there is no such file."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_mode


def changes(old: Settings, new: Settings) -> Iterator[str]:
    """Each key that differs, as people write it: "[lmstudio] url", "[kraken]", ".env"."""
    for section in SECTIONS:
        before, after = old.section(section), new.section(section)
        for one in fields(before):
            if getattr(before, one.name) != getattr(after, one.name):
                yield f"[{section}] {one.name}"
    # Sections of exchanges that are not asked change nothing, and may be called anything.
    for exchange in sorted({*old.market.exchange, *new.market.exchange}):
        if old.exchanges.get(exchange) != new.exchanges.get(exchange):
            yield f"[{exchange}]"
    if old.secrets != new.secrets:
        yield ".env"
