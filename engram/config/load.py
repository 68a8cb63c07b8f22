"""`config.ini` and `.env` into one frozen `Settings`; every mistake is reported at once."""

import configparser
import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from engram.config.readers import items
from engram.config.settings import OTHER_PROVIDERS, SECRETS, SECTIONS, ExchangeSettings, Settings
from engram.core.errors import ConfigError
from engram.core.formats import did_you_mean, near


def load(file: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Read `file` and the `.env` beside it; names in `environ` win over those in `.env`.

    A file that does not exist gives the defaults. Raises `ConfigError` with every mistake.
    """
    problems: list[str] = []
    parser = _parse(file, problems)
    values: dict[str, Any] = {}
    providers = dict(OTHER_PROVIDERS)
    exchanges: dict[str, ExchangeSettings] = {}
    named = items(parser.get("market", "exchange", fallback=""))
    for section in parser.sections():
        where, keys = f"{file.name} [{section}]", parser.items(section)
        if section in SECTIONS:
            read = _read_section(where, keys, SECTIONS[section], problems)
            (providers if section in providers else values)[section] = read
        elif section in named or not near(section, SECTIONS):
            exchanges[section] = _read_section(where, keys, ExchangeSettings(), problems)
        else:
            problems.append(f"{where}: this section is not known{did_you_mean(section, SECTIONS)}")
    secrets = _read_secrets(file.with_name(".env"), environ, problems)
    if problems:
        raise ConfigError(problems)
    warnings = tuple(_exposed(file.with_name(".env")))
    return Settings(
        file.parent,
        **values,
        providers=providers,
        exchanges=exchanges,
        secrets=secrets,
        warnings=warnings,
    )


def _exposed(file: Path) -> Iterator[str]:
    """Say when others on this machine can read the secrets in `file`."""
    # Windows knows no such bits.
    if os.name == "posix" and file.is_file() and file.stat().st_mode & 0o077:
        yield f"{file.name} can be read by other users of this machine; run: chmod 600 {file.name}"


def _parse(file: Path, problems: list[str]) -> configparser.ConfigParser:
    # A section named DEFAULT would leak its keys into all others.
    parser = configparser.ConfigParser(
        interpolation=None, inline_comment_prefixes=(";",), default_section="\0"
    )
    try:
        with contextlib.suppress(FileNotFoundError):
            parser.read_string(file.read_text(encoding="utf-8-sig"), source=file.name)
    except OSError as err:
        problems.append(f"{file} cannot be read ({err.strerror}); check its name and permissions")
    except UnicodeDecodeError:
        problems.append(f"{file} is not UTF-8 text; save it again with that encoding")
    except configparser.Error as err:
        parser.clear()
        reason = " ".join(str(err).split())
        problems.append(f"{file.name} is not in the form of an ini file: {reason}")
    return parser


def _read_section(
    section: str, keys: Iterable[tuple[str, str]], default: Any, problems: list[str]
) -> Any:
    known = {item.name: item.metadata["reader"] for item in fields(default)}
    values: dict[str, Any] = {}
    for name, raw in keys:
        where = f"{section} {name} = {raw}"
        if name not in known:
            meant = did_you_mean(name, known) or f"; known here: {', '.join(known)}"
            problems.append(f"{where}: this key is not known{meant}")
            continue
        try:
            values[name] = known[name](raw.strip())
        except ValueError as err:
            problems.append(f"{where}: must be {err}")
    return replace(default, **values)


def _read_secrets(
    file: Path, environ: Mapping[str, str] | None, problems: list[str]
) -> dict[str, str]:
    try:
        found = dotenv_values(file, interpolate=False) if file.is_file() else {}
    except (OSError, UnicodeDecodeError) as err:
        do = "check its permissions" if isinstance(err, OSError) else "save it as UTF-8 text"
        problems.append(f"{file} cannot be read ({type(err).__name__}); {do}")
        found = {}
    merged = {**found, **(os.environ if environ is None else environ)}
    secrets = {name: (merged.get(name) or "").strip() for name in SECRETS}
    for name, reader in SECRETS.items():
        try:
            reader(secrets[name])
        except ValueError as err:
            # Without the value: it is a secret even when it is wrong.
            problems.append(f".env {name}: must be {err}")
    return secrets
