"""What can be configured: one frozen `Settings`, a dataclass for each section of config.ini.

A key is a field with its default and the function of `readers` that reads it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from engram.config import readers as read
from engram.core.model import AUTO, EFFORTS, PROVIDERS

T = TypeVar("T")


def key(default: T, reader: Callable[[str], T]) -> T:
    """A key of a section: its default, and how its text is read."""
    made: T = field(default=default, metadata={"reader": reader})
    return made


CHAT_ID = read.matching(r"-?\d{1,20}", "like 1007321485, as the bot or @userinfobot tells it")
CHATS = read.listed(CHAT_ID, most=50_000)
SERVER_URLS = read.listed(read.server_url, may_be_empty=False)
EXCHANGE_ID = read.matching(r"[a-z0-9_]+", "like binance, an exchange's id in ccxt")
PROXY = read.matching(
    r"(https?|socks5h?)://[^\s/]+/?", "like http://127.0.0.1:3128 or socks5h://127.0.0.1:1080"
)
TOKEN = read.matching(
    r"[0-9]+:[A-Za-z0-9_-]{20,}", "a token as @BotFather gives it, like 123456789:AAE..."
)
KEY = read.matching(r"[!-~]*", "plain characters without spaces")
# What .env may hold, and how each of it is read.
SECRETS: Mapping[str, Callable[[str], Any]] = {
    "TELEGRAM_BOT_TOKEN": read.optional(TOKEN),
    "TELEGRAM_CHAT_ID": CHATS,
    **{provider.credential: KEY for provider in PROVIDERS.values()},
}


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """`[telegram]`."""

    api_url: str = key("https://api.telegram.org", read.url)
    allowed_chat_ids: tuple[str, ...] = key((), CHATS)
    stream: str = key("edit", read.choice("edit", "draft", "off"))
    per_second: int = key(30, read.whole(1, 1000))
    group_commands: str = key("all", read.choice("all", "admins"))
    show_speed: bool = key(default=False, reader=read.yes_or_no)


@dataclass(frozen=True, slots=True)
class LMStudioSettings:
    """`[lmstudio]`; times in seconds."""

    url: tuple[str, ...] = key((PROVIDERS["lmstudio"].base_url,), SERVER_URLS)
    model: str = key("GLM-4.7-flash", str)
    timeout: float = key(60.0, read.number(0.1, 3600))
    max_retries: int = key(3, read.whole(1, 10))
    connect_timeout: float = key(3.0, read.number(0.1, 60))
    probe_interval: float = key(15.0, read.number(0.1, 3600))
    parallel: int = key(4, read.whole(1, 256))
    reasoning: str = key(AUTO, read.choice(AUTO, *EFFORTS))
    #: Tokens that models are loaded with; 0: as LM Studio decides.
    context_length: int = key(0, read.zero_or(read.whole(256, 10_000_000)))


@dataclass(frozen=True, slots=True)
class FallbackSettings:
    """`[fallback]`."""

    order: tuple[str, ...] = key(
        ("lmstudio", "mock", "rules"), read.listed(read.choice(*PROVIDERS, "mock", "rules"))
    )


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """`[openai]`, `[anthropic]` ...: a provider other than LM Studio, made for many questions."""

    base_url: str = key("", read.url)
    model: str = key("", str)
    parallel: ClassVar[int] = 64

    @property
    def url(self) -> tuple[str, ...]:
        """The addresses, as in `[lmstudio]`."""
        return (self.base_url,)


@dataclass(frozen=True, slots=True)
class MarketSettings:
    """`[market]`; `horizon` counts candles."""

    exchange: tuple[str, ...] = key(("binance", "kraken"), read.listed(EXCHANGE_ID))
    quote: str = key("USDT", read.matching(r"[A-Z0-9]{2,10}", "like USDT, in capitals"))
    timeframe: str = key("4h", read.matching(r"[1-9]\d?[smhdwM]", "like 15m, 1h or 4h"))
    horizon: int = key(24, read.whole(1, 200))


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """`[binance]`, `[kraken]` ...: the settings of one exchange."""

    api_url: str = key("", read.optional(read.url))
    proxy: str = key("", read.optional(PROXY))


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """`[storage]`."""

    path: str = key("engram.db", str)


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """`[metrics]`."""

    port: int = key(0, read.whole(0, 65535))
    host: str = key("127.0.0.1", read.matching(r"[\w.:-]+", "like 127.0.0.1"))


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """`[monitor]`."""

    heartbeat_url: str = key(
        "", read.optional(read.matching(r"https?://[^\s]+", "like https://hc-ping.com/..."))
    )


@dataclass(frozen=True, slots=True)
class LoggingSettings:
    """`[logging]`."""

    level: str = key("INFO", read.choice("DEBUG", "INFO", "WARNING", "ERROR"))
    file: str = key("logs/bot_runner.log", str)


# LM Studio has a section of another form.
OTHER_PROVIDERS: Mapping[str, ProviderSettings] = {
    name: ProviderSettings(provider.base_url)
    for name, provider in PROVIDERS.items()
    if name != "lmstudio"
}


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be configured. Relative paths start at `folder`; secrets are not shown.

    `warnings` are sentences about what works, but should be changed.
    """

    folder: Path
    telegram: TelegramSettings = TelegramSettings()
    lmstudio: LMStudioSettings = LMStudioSettings()
    fallback: FallbackSettings = FallbackSettings()
    market: MarketSettings = MarketSettings()
    storage: StorageSettings = StorageSettings()
    metrics: MetricsSettings = MetricsSettings()
    monitor: MonitorSettings = MonitorSettings()
    logging: LoggingSettings = LoggingSettings()
    providers: Mapping[str, ProviderSettings] = field(default_factory=lambda: OTHER_PROVIDERS)
    exchanges: Mapping[str, ExchangeSettings] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()

    def section(self, name: str) -> Any:
        """The section `name` of config.ini."""
        return self.providers[name] if name in self.providers else getattr(self, name)

    @property
    def owners(self) -> tuple[int, ...]:
        """The chats in TELEGRAM_CHAT_ID, in their order."""
        return tuple(int(part) for part in read.items(self.secrets.get("TELEGRAM_CHAT_ID", "")))

    @property
    def allowed_chats(self) -> frozenset[int]:
        """Every chat that may speak to the bot."""
        return frozenset((*self.owners, *map(int, self.telegram.allowed_chat_ids)))

    def path(self, name: str) -> Path:
        """The file `name` of the configuration, as an absolute path."""
        return self.folder / name


# What each section is when config.ini does not have it.
SECTIONS: Mapping[str, Any] = {
    **{one.name: one.default for one in fields(Settings) if is_dataclass(one.default)},
    **OTHER_PROVIDERS,
}
