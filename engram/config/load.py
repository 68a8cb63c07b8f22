"""`config.ini` and `.env` into one frozen `Settings`; every mistake is reported at once.

A mistake is told without what was written, unless that cannot be a secret: tokens are pasted into
wrong lines, in place of keys and of sections.
"""

import configparser
import io
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from dotenv.parser import parse_stream

from engram.config import credentials
from engram.config.edited import ini_parser
from engram.config.mistakes import Mistakes, is_nearly, shown
from engram.config.paths import path_mistakes
from engram.config.readers import items
from engram.config.settings import OTHER_PROVIDERS, SECRETS, SECTIONS, ExchangeSettings, Settings
from engram.config.text_file import read_text, what_is
from engram.core.errors import ConfigError
from engram.core.formats import did_you_mean, near
from engram.core.masking.masking import Masking

# A value of .env that is longer is none of ours.
LONGEST_SECRET = 4096
# Exchanges that people have sections for; others' are named by their lines, as anything may be.
EXCHANGES = ("binance", "kraken")


def load(
    file: Path,
    environ: Mapping[str, str] | None = None,
    masking: Masking | None = None,
    without: Collection[str] = (),
) -> Settings:
    """Read `file` and the `.env` beside it; names in `environ` win, unless they are blank there.

    A file that does not exist gives the defaults. Raises `ConfigError` with the first mistakes and
    the number of the others. `masking` learns every secret that is found, in either case.
    Secrets named in `without` are taken for missing.
    """
    masking = masking or Masking()
    mistakes = Mistakes()
    environ = os.environ if environ is None else environ
    masking.learn(credentials.of_environment(environ, SECRETS))
    env_file = file.with_name(".env")
    # Where it is no file there is a warning, because all it may hold may be in the environment.
    env_text = "" if what_is(env_file) else _text(env_file, mistakes)
    bindings = [*parse_stream(io.StringIO(env_text))]
    variables = {one.key: one.value or "" for one in bindings if one.key is not None}
    masking.learn(credentials.of_variables(variables, SECRETS))
    text = _text(file, mistakes)
    for one in (env_text, text):
        masking.learn(credentials.of_text(one))
    settings = _settings(file, text, mistakes)
    masking.learn(credentials.of_whole_address(settings.monitor.heartbeat_url))
    given = {name: value for name, value in environ.items() if value.strip()}
    read = {**variables, **given, **dict.fromkeys(without, "")}
    secrets = _read_secrets(read, mistakes)
    for mistake in path_mistakes(file, settings.storage.path, settings.logging.file):
        mistakes.add("{} {}".format, file.name, mistake)
    if mistakes.sentences:
        raise ConfigError([masking(sentence) for sentence in mistakes.sentences])
    unread = [one.original.line for one in bindings if one.error]
    warnings = (*_exposed(env_file, unread), *_mistyped(env_file, variables, secrets))
    return replace(settings, secrets=secrets, warnings=warnings)


def _settings(file: Path, text: str, mistakes: Mistakes) -> Settings:
    """The sections in `text`; those with mistakes as they are without `file`."""
    parser = _parse(file, text, mistakes)
    values: dict[str, Any] = {}
    providers = dict(OTHER_PROVIDERS)
    exchanges: dict[str, ExchangeSettings] = {}
    named = items(parser.get("market", "exchange", fallback=""))
    for section in parser.sections():
        place = _Place(file.name, text, section)
        if section in SECTIONS:
            read = _read_section(place, parser.items(section), SECTIONS[section], mistakes)
            (providers if section in providers else values)[section] = read
        elif section in named or not near(section, SECTIONS):
            default = ExchangeSettings()
            exchanges[section] = _read_section(place, parser.items(section), default, mistakes)
        else:
            mistakes.add(place.unknown_section)
    return Settings(file.parent, **values, providers=providers, exchanges=exchanges)


class _Place:
    """A section of a file, for the sentences about mistakes in it.

    A section or key is named only if it is known, or nearly; else there is the number of its line.
    """

    def __init__(self, file: str, text: str, section: str) -> None:
        self._file, self._text, self._section = file, text, section

    def __str__(self) -> str:
        if is_nearly(self._section, (*SECTIONS, *EXCHANGES)):
            return f"{self._file} [{self._section}]"
        return f"{self._file} line {self._line()}"

    def unknown_section(self) -> str:
        """The sentence for a section that is nearly one."""
        return f"{self}: this section is not known{did_you_mean(self._section, SECTIONS)}"

    def unknown_key(self, name: str, raw: str, known: Iterable[str]) -> str:
        """The sentence for a key that the section does not have."""
        if secret := credentials.variable_for(self._section, name, raw):
            return f"{self._file} line {self._line(name)}: a secret belongs into .env, as {secret}"
        meant = did_you_mean(name, known) or f"; known here: {', '.join(known)}"
        if is_nearly(name, known):
            return f"{self} {name}{shown(raw, '')}: this key is not known{meant}"
        return f"{self._file} line {self._line(name)}: this key is not known{meant}"

    def wrong(self, name: str, raw: str, wanted: str) -> str:
        """The sentence for a value that its reader does not take."""
        secret = credentials.variable_for(self._section, "", raw)
        belongs = f"; a bot token belongs into .env, as {secret}" if secret else ""
        return f"{self} {name}{shown(raw, wanted)}: must be {wanted}{belongs}"

    def _line(self, key: str = "") -> int:
        """The number of the line in which the section, or the `key` in it, begins."""
        inside = False
        for number, line in enumerate(self._text.split("\n"), 1):
            if line.startswith("["):
                inside = line.startswith(f"[{self._section}]")
                if inside and not key:
                    return number
            elif inside and line.replace(":", "=").partition("=")[0].strip().lower() == key:
                return number
        return 0


def _text(file: Path, mistakes: Mistakes) -> str:
    try:
        return read_text(file) or ""
    except ValueError as err:
        mistakes.add("{} {}".format, file.name, err)
        return ""


def _parse(file: Path, text: str, mistakes: Mistakes) -> configparser.ConfigParser:
    parser = ini_parser()
    try:
        parser.read_string(text, source=file.name)
    except configparser.Error as err:
        parser.clear()
        mistakes.add("{} is not in the form of an ini file: {}".format, file.name, _reason(err))
    return parser


def _reason(err: configparser.Error) -> str:
    """What is wrong, by the numbers of lines; `err` itself repeats what is in them."""
    if isinstance(err, configparser.MissingSectionHeaderError):
        return f"line {err.lineno} stands before the first [section]"
    if isinstance(err, configparser.ParsingError):
        lines = ", ".join(str(number) for number, _ in err.errors[:5])
        more = f" and {len(err.errors) - 5:,} more" if len(err.errors) > 5 else ""
        return f"no [section] and no key = value in line {lines}{more}"
    if isinstance(err, configparser.DuplicateOptionError):
        return f"line {err.lineno} has a key that its section has already"
    return f"line {getattr(err, 'lineno', None) or '?'} begins a section that is there already"


def _read_section(
    place: _Place, keys: Iterable[tuple[str, str]], default: Any, mistakes: Mistakes
) -> Any:
    known = {item.name: item.metadata["reader"] for item in fields(default)}
    values: dict[str, Any] = {}
    for name, raw in keys:
        if name not in known:
            mistakes.add(place.unknown_key, name, raw, known)
            continue
        try:
            values[name] = known[name](raw.strip())
        except ValueError as err:
            mistakes.add(place.wrong, name, raw, str(err))
    return replace(default, **values)


def _read_secrets(variables: Mapping[str, str], mistakes: Mistakes) -> dict[str, str]:
    secrets = {name: variables.get(name, "").strip() for name in SECRETS}
    for name, reader in SECRETS.items():
        try:
            if len(secrets[name]) > LONGEST_SECRET:
                raise ValueError(f"at most {LONGEST_SECRET:,} characters long")
            reader(secrets[name])
        except ValueError as err:
            # Without the value: it is a secret even when it is wrong.
            mistakes.add(".env {}: must be {}".format, name, err)
    return secrets


def _mistyped(
    file: Path, variables: Mapping[str, str], secrets: Mapping[str, str]
) -> Iterator[str]:
    """Name what is in `file` under a name that is nearly that of a secret which is missing."""
    known = {name.lower(): name for name in SECRETS}
    for name, value in variables.items():
        meant = known[near(name, known)[0]] if is_nearly(name, known) else name
        if value and name != meant and not secrets[meant]:
            yield f'{file.name} {name}: this name is not known; did you mean "{meant}"?'


def _exposed(file: Path, unread: Sequence[int]) -> Iterator[str]:
    """Say when others on this machine can read the secrets in `file`, or when there is no file.

    `unread` are the numbers of lines in it that could not be read.
    """
    if unread:
        lines = ", ".join(map(str, unread[:5]))
        yield f"{file.name} line {lines} is not read; write NAME=value, with quotes in pairs"
    if kind := what_is(file):
        yield f"{file.name} is {kind} and not read; put a file in its place"
    # Windows knows no such bits.
    elif os.name == "posix" and file.is_file() and file.stat().st_mode & 0o077:
        yield f"{file.name} can be read by other users of this machine; run: chmod 600 {file.name}"
