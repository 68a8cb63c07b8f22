"""Writes single values into `config.ini` and `.env`: whole files or none, at once."""

import contextlib
import glob
import os
import secrets
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

from engram.config.edited import with_key, with_variable
from engram.config.text_file import read_raw
from engram.core.errors import ConfigError

# The files as they are before anybody has changed anything; part of the package.
TEMPLATES = Path(__file__).parent / "template"
SECRET, ORDINARY = 0o600, 0o666
# What the name of a file ends in until it is whole; people call no file of theirs so.
NEW = ".engram-new"


class ConfigFiles:
    """The file `config` and the .env beside it; what is not there is made from its template.

    Raises `ConfigError` where a file cannot be read or written; it is then as it was.
    """

    def __init__(self, config: Path) -> None:
        self.config, self.env = config, config.with_name(".env")

    def create(self) -> None:
        """Write the files that are missing."""
        for file, edit in ((self.config, self._edit_config), (self.env, self._edit_env)):
            if not file.exists():
                edit(str)

    def set_key(self, section: str, key: str, value: str) -> None:
        """Set `key` in `[section]` of config.ini."""
        self._edit_config(partial(with_key, section=section, key=key, value=value))

    def set_secret(self, name: str, value: str) -> None:
        """Set `name` in .env, which from then on only its owner may read."""
        self._edit_env(partial(with_variable, name=name, value=value))

    def _edit_config(self, edit: Callable[[str], str]) -> None:
        _edit(self.config, TEMPLATES / "config.ini", edit)

    def _edit_env(self, edit: Callable[[str], str]) -> None:
        _edit(self.env, TEMPLATES / "env", edit, SECRET)


def _edit(file: Path, template: Path, edit: Callable[[str], str], mode: int | None = None) -> None:
    # What a link points to is replaced, and not the link.
    target = Path(os.path.realpath(file))
    try:
        text = read_raw(target)
        found = None if text is None else target.stat()
        _replace(target, edit(template.read_text("utf-8") if text is None else text), found, mode)
    except ValueError as err:
        raise ConfigError([f"{file.name} {err}"]) from err
    except OSError as err:
        raise ConfigError([f"{file} cannot be written ({err.strerror})"]) from err


def _replace(target: Path, text: str, found: os.stat_result | None, mode: int | None) -> None:
    """Put a file with this `text` in the place of `target`, of which `found` is the status."""
    # Of a process that was killed; one that is just writing says so, and is asked again.
    for left in target.parent.glob(f"{glob.escape(target.name)}.????????{NEW}"):
        with contextlib.suppress(OSError):
            left.unlink()
    new = target.with_name(f"{target.name}.{secrets.token_hex(4)}{NEW}")
    kept = stat.S_IMODE(found.st_mode) if found else ORDINARY
    # Windows would write other line ends.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    number = os.open(new, flags, mode or kept)
    try:
        with os.fdopen(number, "wb") as opened:
            opened.write(text.encode())
            opened.flush()
            os.fsync(opened.fileno())
        if os.name == "posix":
            _give(new, found or target.parent.stat())
            if found:
                new.chmod(mode or kept)
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _give(new: Path, like: os.stat_result) -> None:
    """Give `new` to the owner of what is `like` that, where we may."""
    with contextlib.suppress(PermissionError):
        # Where root sets up a service, its own user has to read the files.
        os.chown(new, like.st_uid, like.st_gid)
