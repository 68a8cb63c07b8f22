"""Reads what people type for a coin and a timeframe; pure."""

import re
from dataclasses import dataclass

COINS = {
    "bitcoin": "BTC",
    "ethereum": "ETH",
    "ether": "ETH",
    "tether": "USDT",
    "ripple": "XRP",
    "binance coin": "BNB",
    "solana": "SOL",
    "dogecoin": "DOGE",
    "cardano": "ADA",
    "tron": "TRX",
    "avalanche": "AVAX",
    "chainlink": "LINK",
    "polkadot": "DOT",
    "litecoin": "LTC",
    "stellar": "XLM",
    "monero": "XMR",
    "uniswap": "UNI",
    "toncoin": "TON",
    "shiba inu": "SHIB",
}
# Quotes that people write without a separator, and how many letters must stand before each: SUSDT
# is S in USDT, but CBBTC is a coin of its own. Longest first, so that USDT is not read as USD.
QUOTES = {"FDUSD": 1, "USDT": 1, "USDC": 1, "USD": 3, "EUR": 3, "GBP": 3, "BTC": 3, "ETH": 3}
# Tickers that are also everyday words are taken for a coin only in capitals or with a $.
EVERYDAY = {"LINK", "DOT", "UNI", "TON", "SOL", "ADA"}
TIMEFRAME = re.compile(r"([1-9]\d?)\s?(m|min|h|d|w|M)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Request:
    """What to analyse: `base` in `quote` ("BTC", "USDT") on a `timeframe` ("4h")."""

    base: str
    quote: str
    timeframe: str

    @property
    def symbol(self) -> str:
        """The market's name as exchanges write it: BTC/USDT."""
        return f"{self.base}/{self.quote}"

    def __str__(self) -> str:
        return f"{self.symbol} {self.timeframe}"


def parse_request(text: str, quote: str, timeframe: str) -> Request | None:
    """Read the words after /analyze; `quote` and `timeframe` stand in for what is not named.

    The timeframe may stand before or after the symbol. None unless there is exactly one symbol,
    and nothing that is neither.
    """
    words = _join_names(text).split()
    timeframes = [found for word in words if (found := _parse_timeframe(word))]
    others = [word for word in words if not _parse_timeframe(word)]
    if len(others) != 1:
        return None
    return _parse_symbol(others[0], quote, timeframes[-1] if timeframes else timeframe)


def find_coin(text: str) -> str | None:
    """The ticker of the first well-known coin that a sentence names, if any."""
    tickers = set(COINS.values()) - {"USDT"}
    for word in re.findall(r"\$?\w+", _join_names(text)):
        bare: str = word.lstrip("$").upper()
        meant = bare not in EVERYDAY or word.startswith("$") or word != word.lower()
        if bare in tickers and meant:
            return bare
    return None


def _join_names(text: str) -> str:
    for name, ticker in COINS.items():
        text = re.sub(rf"\b{name}\b", ticker, text, flags=re.IGNORECASE)
    return text


def _parse_timeframe(word: str) -> str | None:
    """Read "4h", "15min", "1D": the number and m, h, d, w, or M for a month."""
    match = TIMEFRAME.fullmatch(word) or TIMEFRAME.fullmatch(word.lower())
    return match[1] + match[2].replace("min", "m") if match else None


def _parse_symbol(word: str, quote: str, timeframe: str) -> Request | None:
    match = re.fullmatch(r"\$?([A-Z0-9]{1,15})(?:[/_:-]([A-Z0-9]{2,10}))?", word.upper())
    if not match:
        return None
    base, named = match[1], match[2]
    if not named:
        for ending, least in QUOTES.items():
            if base.endswith(ending) and len(base) >= len(ending) + least:
                return Request(base.removesuffix(ending), ending, timeframe)
    return Request(base, named or quote, timeframe)
