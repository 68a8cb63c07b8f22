"""Edits of config.ini and .env while the bot runs: noticed, and checked before they hold."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

from engram.config.load import load
from engram.config.settings import SECRETS, SECTIONS, Settings
from engram.core.errors import ConfigError
from engram.core.masking.masking import Masking

_BOT = "TELEGRAM_BOT_TOKEN"


@dataclass(frozen=True, slots=True)
class ConfigEdit:
    """An edit that changes something, by keys as people write them: see `changes`.

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
        self._started = self._read = self._in_effect = settings
        self._seen = self._taken = self._state()

    def look(self) -> ConfigEdit | None:
        """Read the file if it was changed and is no longer being written."""
        state = self._state()
        # An editor may have written half of it so far: it has to look the same twice.
        settled, self._seen = state == self._seen, state
        is_gone = any(now is None and was for now, was in zip(state, self._taken, strict=True))
        if is_gone or state == self._taken or not settled:
            return None
        self._taken = state
        try:
            new = load(self._file, masking=self._masking)
        except ConfigError as err:
            return ConfigEdit(self._started, problems=tuple(err.problems))
        if self._started.secrets[_BOT] and not new.secrets[_BOT]:
            # What is left of the file would be without its owner as well.
            return ConfigEdit(self._started, problems=(f".env {_BOT}: is missing",))
        taken = _taken(self._started, new)
        at_once = tuple(changes(self._in_effect, taken))
        # What was set back to its value at the start needs no restart any more.
        waiting = set(changes(taken, new))
        after_restart = tuple(key for key in changes(self._read, new) if key in waiting)
        self._read, self._in_effect = new, taken
        return ConfigEdit(taken, at_once, after_restart)

    def _state(self) -> list[tuple[int, ...] | None]:
        return [_state(file) for file in (self._file, self._file.with_name(".env"))]


def _state(file: Path) -> tuple[int, ...] | None:
    """What is another after `file` was written or replaced; None if there is no such file.

    Nor is one that is empty: it is just being written, or its disk is full.
    """
    try:
        found = file.stat()
    except OSError:
        return None
    if stat.S_ISREG(found.st_mode) and not found.st_size:
        return None
    return found.st_mtime_ns, found.st_size, found.st_mode


def _taken(started: Settings, new: Settings) -> Settings:
    """The settings of the start, with those of `new` that hold at once."""
    return replace(
        started,
        telegram=replace(new.telegram, api_url=started.telegram.api_url),
        lmstudio=new.lmstudio,
        fallback=new.fallback,
        providers=new.providers,
        monitor=new.monitor,
        logging=replace(new.logging, file=started.logging.file),
        secrets={**new.secrets, _BOT: started.secrets[_BOT]},
    )


def changes(old: Settings, new: Settings) -> Iterator[str]:
    """Each key that differs, as people write it: "[lmstudio] url", "[kraken]", "LM_API_TOKEN"."""
    for section in SECTIONS:
        before, after = old.section(section), new.section(section)
        for one in fields(before):
            if getattr(before, one.name) != getattr(after, one.name):
                yield f"[{section}] {one.name}"
    # Sections of exchanges that are not asked change nothing, and may be called anything.
    for exchange in sorted({*old.market.exchange, *new.market.exchange}):
        if old.exchanges.get(exchange) != new.exchanges.get(exchange):
            yield f"[{exchange}]"
    for name in SECRETS:
        if old.secrets[name] != new.secrets[name]:
            yield name
