"""`config.ini` and `.env` into one frozen `Settings`; every mistake is reported at once.

The schema is the dataclasses below: a section is a class, a key is a field with its default and
the function of `values` that reads it.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from dotenv import dotenv_values

from engram.errors import ConfigError
from engram.values import (
    choice,
    did_you_mean,
    items,
    listed,
    matching,
    near,
    number,
    optional,
    proxy,
    server_url,
    several,
    text,
    url,
    whole,
)

RESPONDERS = ("lmstudio", "openai", "anthropic", "mock", "rules")
SECRETS = (
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_CHAT_ID",
    "LM_API_TOKEN",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
)

T = TypeVar("T")


def key(default: T, read: Callable[[str], T]) -> T:
    """A key of a section: its default, and how its text is read."""
    made: T = field(default=default, metadata={"read": read})
    return made


CHAT_ID = matching(r"-?\d{1,20}", "1007321485, as the bot or @userinfobot tells it")
EXCHANGE_ID = matching(r"[a-z0-9_]+", "binance, an exchange's id in ccxt")


@dataclass(frozen=True, slots=True)
class Telegram:
    """`[telegram]`."""

    api_url: str = key("https://api.telegram.org", url)
    allowed_chat_ids: tuple[str, ...] = key((), listed(CHAT_ID))
    stream: str = key("edit", choice("edit", "draft", "off"))
    per_second: int = key(30, whole(1, 1000))


@dataclass(frozen=True, slots=True)
class LMStudio:
    """`[lmstudio]`; times in seconds."""

    url: tuple[str, ...] = key(("http://localhost:1234",), several(listed(server_url)))
    model: str = key("GLM-4.7-flash", text)
    timeout: float = key(60.0, number(0.1, 3600))
    max_retries: int = key(3, whole(1, 10))
    connect_timeout: float = key(3.0, number(0.1, 60))
    probe_interval: float = key(15.0, number(0.1, 3600))
    parallel: int = key(4, whole(1, 256))


@dataclass(frozen=True, slots=True)
class Fallback:
    """`[fallback]`."""

    order: tuple[str, ...] = key(("lmstudio", "mock", "rules"), listed(choice(*RESPONDERS)))


@dataclass(frozen=True, slots=True)
class OpenAI:
    """`[openai]`."""

    base_url: str = key("https://api.openai.com/v1", url)
    model: str = key("", text)


@dataclass(frozen=True, slots=True)
class Anthropic:
    """`[anthropic]`."""

    base_url: str = key("https://api.anthropic.com", url)
    model: str = key("", text)


@dataclass(frozen=True, slots=True)
class Market:
    """`[market]`; `horizon` counts candles."""

    exchange: tuple[str, ...] = key(("binance", "kraken"), listed(EXCHANGE_ID))
    quote: str = key("USDT", matching(r"[A-Z0-9]{2,10}", "USDT, in capitals"))
    timeframe: str = key("1h", matching(r"[1-9]\d?[smhdwM]", "15m, 1h or 4h"))
    horizon: int = key(24, whole(1, 200))


@dataclass(frozen=True, slots=True)
class Exchange:
    """`[binance]`, `[kraken]` ...: what is special about one exchange."""

    api_url: str = key("", optional(url))
    proxy: str = key("", proxy)


@dataclass(frozen=True, slots=True)
class Storage:
    """`[storage]`."""

    path: str = key("engram.db", text)


@dataclass(frozen=True, slots=True)
class Metrics:
    """`[metrics]`."""

    port: int = key(0, whole(0, 65535))
    host: str = key("127.0.0.1", matching(r"[\w.:-]+", "127.0.0.1"))


@dataclass(frozen=True, slots=True)
class Monitor:
    """`[monitor]`."""

    heartbeat_url: str = key("", optional(matching(r"https?://[^\s]+", "https://hc-ping.com/...")))


@dataclass(frozen=True, slots=True)
class Logging:
    """`[logging]`."""

    level: str = key("INFO", choice("DEBUG", "INFO", "WARNING", "ERROR"))
    file: str = key("logs/bot_runner.log", text)


SECTIONS: Mapping[str, type[Any]] = {
    "telegram": Telegram,
    "lmstudio": LMStudio,
    "fallback": Fallback,
    "openai": OpenAI,
    "anthropic": Anthropic,
    "market": Market,
    "storage": Storage,
    "metrics": Metrics,
    "monitor": Monitor,
    "logging": Logging,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be configured. `folder` is where relative paths start; secrets are not shown.

    `warnings` are sentences about what should be changed, but keeps nothing from working.
    """

    folder: Path
    telegram: Telegram = Telegram()
    lmstudio: LMStudio = LMStudio()
    fallback: Fallback = Fallback()
    openai: OpenAI = OpenAI()
    anthropic: Anthropic = Anthropic()
    market: Market = Market()
    storage: Storage = Storage()
    metrics: Metrics = Metrics()
    monitor: Monitor = Monitor()
    logging: Logging = Logging()
    exchanges: Mapping[str, Exchange] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def owners(self) -> tuple[int, ...]:
        """The chats in TELEGRAM_CHAT_ID, in their order."""
        return tuple(int(part) for part in items(self.secrets.get("TELEGRAM_CHAT_ID", "")))

    @property
    def allowed_chats(self) -> frozenset[int]:
        """Every chat that may speak to the bot."""
        return frozenset((*self.owners, *map(int, self.telegram.allowed_chat_ids)))

    def path(self, name: str) -> Path:
        """The file `name` of the configuration, as an absolute path."""
        return self.folder / name


def load(file: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Read `file` and the `.env` beside it; names in `environ` win over those in `.env`.

    A file that does not exist gives the defaults. Raises `ConfigError` with every mistake.
    """
    problems: list[str] = []
    parser = _parse(file, problems)
    values: dict[str, Any] = {}
    exchanges: dict[str, Exchange] = {}
    named = items(parser.get("market", "exchange", fallback=""))
    for section in parser.sections():
        if section in SECTIONS:
            values[section] = _read_section(file, parser, section, SECTIONS[section], problems)
        elif section in named or not near(section, SECTIONS):
            exchange = _read_section(file, parser, section, Exchange, problems)
            exchanges[section] = exchange
        else:
            meant = did_you_mean(section, SECTIONS)
            problems.append(f"{file.name} [{section}]: this section is not known{meant}")
    secrets = _read_secrets(file.with_name(".env"), environ, problems)
    if problems:
        raise ConfigError(problems)
    warnings = tuple(_exposed(file.with_name(".env")))
    return Settings(file.parent, **values, exchanges=exchanges, secrets=secrets, warnings=warnings)


def _exposed(file: Path) -> Iterator[str]:
    """Say when others on this machine can read the secrets in `file`."""
    # Windows knows no such bits.
    if os.name == "posix" and file.is_file() and file.stat().st_mode & 0o077:
        yield f"{file.name} can be read by other users of this machine; run: chmod 600 {file.name}"


def _parse(file: Path, problems: list[str]) -> configparser.ConfigParser:
    parser, empty = _empty_parser(), _empty_parser()
    try:
        parser.read_string(file.read_text(encoding="utf-8-sig"), source=file.name)
    except FileNotFoundError:
        return empty
    except OSError as err:
        problems.append(f"{file} cannot be read ({err.strerror}); check its name and permissions")
        return empty
    except UnicodeDecodeError:
        problems.append(f"{file} is not UTF-8 text; save it again with that encoding")
        return empty
    except configparser.Error as err:
        reason = " ".join(str(err).split())
        problems.append(f"{file.name} is not in the form of an ini file: {reason}")
        return empty
    return parser


def _empty_parser() -> configparser.ConfigParser:
    # A section named DEFAULT would leak its keys into all others.
    return configparser.ConfigParser(
        interpolation=None, inline_comment_prefixes=(";",), default_section="\0"
    )


def _read_section(
    file: Path,
    parser: configparser.ConfigParser,
    section: str,
    schema: type[T],
    problems: list[str],
) -> T:
    known = {item.name: item.metadata["read"] for item in fields(schema)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for name, raw in parser.items(section):
        where = f"{file.name} [{section}] {name} = {raw}"
        if name not in known:
            meant = did_you_mean(name, known) or f"; known here: {', '.join(known)}"
            problems.append(f"{where}: this key is not known{meant}")
            continue
        try:
            values[name] = known[name](raw.strip())
        except ValueError as err:
            problems.append(f"{where}: must be {err}")
    return schema(**values)


def _read_secrets(
    file: Path, environ: Mapping[str, str] | None, problems: list[str]
) -> dict[str, str]:
    try:
        found = dotenv_values(file, interpolate=False) if file.is_file() else {}
    except (OSError, UnicodeDecodeError) as err:
        problems.append(f"{file} cannot be read ({type(err).__name__}); save it as UTF-8 text")
        found = {}
    merged = {**found, **(os.environ if environ is None else environ)}
    secrets = {name: (merged.get(name) or "").strip() for name in SECRETS}
    token = secrets["TELEGRAM_BOT_TOKEN"]
    # The value is a secret even when it is wrong: it is never part of the sentence.
    if token and not re.fullmatch(r"\d+:[\w-]{20,}", token, re.ASCII):
        problems.append(
            ".env TELEGRAM_BOT_TOKEN: must be a token as @BotFather gives it, like 123456789:AAE..."
        )
    for name in ("LM_API_TOKEN", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        if not re.fullmatch(r"[!-~]*", secrets[name]):
            problems.append(f".env {name}: must be plain characters without spaces")
    try:
        listed(CHAT_ID)(secrets["TELEGRAM_CHAT_ID"])
    except ValueError as err:
        problems.append(f".env TELEGRAM_CHAT_ID = {secrets['TELEGRAM_CHAT_ID']}: must be {err}")
    return secrets
