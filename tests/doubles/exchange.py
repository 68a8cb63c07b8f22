"""Binance, Kraken, Upbit and Bithumb on the loopback, as far as candles and prices are concerned.

    with ExchangeDouble() as exchange:
        exchange.shape = "falling"
        exchange.fail("klines", "451")           # once; times=None: until `exchange.heal()`
        exchange.fail("klines/1d", "held")       # one interval alone, until `let_go.set()`
        exchange.fail("klines/BTCUSDT", "hang")  # one market alone, by its id
        exchange.tapes["BTC/USDT"] = Tape([(minute, 100.0), (minute + 90, 105.0)])
        exchange.freeze("BTC/USDT")              # candles and price stand still; `thaw`
        exchange.delist("BTC/USDT")
        ... [binance] api_url = exchange.url ...
        assert exchange.count("klines") == 2

Paths and bodies follow https://developers.binance.com/docs/binance-spot-api-docs/rest-api and
https://docs.kraken.com/api-reference/market-data, https://docs.upbit.com/kr/reference and
https://apidocs.bithumb.com/reference. As a process, with the same failures:
`python -m tests.doubles.exchange --port 0 --shape walk --fail klines=hang`, where coins cost about
what people expect of them (`PRICES`), and `/control/trade?symbol=BTC/USDT&price=90000` trades on
one of its markets; with `--markets 100` it has that many, from C00/USDT on.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs

from tests.doubles.server import Connection, LoopbackServer, Request, serve
from tests.doubles.tape import Tape

Row = list[float]

# Seconds between two bytes: far below any timeout on silence.
DRIP = 0.01

MINUTES = {"1m": 1, "5m": 5, "15m": 15, "1h": 60, "2h": 120, "4h": 240, "1d": 1440, "1w": 10080}
SYMBOLS = ("BTC/USDT", "ETH/USDT", "ETH/BTC", "SOL/USDT", "DOGE/USDT", "BTC/EUR", "XRP/USDC")
KRAKEN_SYMBOLS = ("BTC/USD", "BTC/USDT", "ETH/USD", "XMR/USD", "USDT/USD")
KRAKEN_IDS = {"BTC/USD": ("XXBTZUSD", "XXBT", "ZUSD"), "XMR/USD": ("XXMRZUSD", "XXMR", "ZUSD")}
# In dollars, where somebody looks at them: a Bitcoin at 100 looks broken.
PRICES = {"BTC": 87_614.5, "ETH": 2_951.3, "SOL": 138.42, "XMR": 391.7, "XRP": 2.13, "DOGE": 0.15}
EURO = 1.16
ENDPOINTS = {
    "/api/v3/exchangeInfo": "exchangeInfo",
    "/api/v3/klines": "klines",
    "/api/v3/ticker/24hr": "ticker",
    "/0/public/AssetPairs": "AssetPairs",
    "/0/public/Assets": "Assets",
    "/0/public/OHLC": "OHLC",
    "/0/public/Ticker": "Ticker",
    "/v1/market/all": "market/all",
    **{f"/v1/candles/minutes/{unit}": "candles" for unit in (1, 5, 15, 60, 240)},
    "/v1/candles/days": "candles",
    "/v1/candles/weeks": "candles",
}
KOREAN_PAGE = 200
KOREAN_TIME = timezone(timedelta(hours=9))
BLOCKED = {"code": 0, "msg": "Service unavailable from a restricted location according to 'b. Eli"
           "gibility' in the terms."}  # fmt: skip
TOO_MANY = {"code": -1003, "msg": "Too many requests; current limit of IP is 6000 per minute."}
BODIES: dict[str, Any] = {"451": BLOCKED, "418": TOO_MANY, "429": TOO_MANY}
# What is said of a market that is not known, or not any more.
INVALID = {"code": -1121, "msg": "Invalid symbol."}
UNKNOWN_PAIR = {"error": ["EQuery:Unknown asset pair"]}
BINANCE_PAGE, KRAKEN_PAGE = 1000, 720
CLOSES: dict[str, Callable[[int], float]] = {
    "rising": lambda i: 100 * 1.002**i,
    "falling": lambda i: 1000 * 0.998**i,
    "flat": lambda i: 100.0,
    "waves": lambda i: 100 + 10 * math.sin(i / 15),
}


def candles(
    n: int, shape: str, timeframe: str = "1h", end: float | None = None, seed: int = 1
) -> list[Row]:
    """`n` rows [opening time in ms, open, high, low, close, volume]; the last is open at `end`.

    `shape` is rising, falling, flat, waves, or walk: a random one that `seed` repeats.
    """
    step = MINUTES[timeframe] * 60_000
    now = int((time.time() if end is None else end) * 1000)
    # Weeks begin on Monday, the epoch was a Thursday.
    shift = 4 * 86_400_000 if timeframe == "1w" else 0
    last = (now - shift) // step * step + shift
    chance = random.Random(seed)
    closes = list(_walk(n, chance)) if shape == "walk" else [CLOSES[shape](i) for i in range(n)]
    wick = 0.0 if shape == "flat" else 0.001
    rows = []
    for i, close in enumerate(closes):
        start = closes[i - 1] if i else close
        high, low = max(start, close) * (1 + wick), min(start, close) * (1 - wick)
        volume = 10.0 if shape != "walk" else chance.uniform(1, 20)
        rows.append([last - (n - 1 - i) * step, start, high, low, close, volume])
    return rows


def _walk(n: int, chance: random.Random) -> Iterator[float]:
    price = 100.0
    for _ in range(n):
        price *= math.exp(chance.gauss(0, 0.01))
        yield price


class ExchangeDouble(LoopbackServer):
    """All exchanges on one port.

    Candles and ticker of a symbol that has a tape follow from it; those of others have the `shape`,
    which ends at the symbol's price in `prices` if there is one. `series` overrides both for a
    (symbol, timeframe). An answer has at most `page` candles, also where more are asked for.
    `outage` is what a series lacks: so many candles from this index on. `now` is the double's
    clock, also that of the `Date` header, which `dated = False` leaves out.
    """

    def __init__(self, port: int = 0, shape: str = "rising") -> None:
        super().__init__(port)
        self.shape = shape
        self.length = 1000
        self.page = 1000
        self.outage: tuple[int, int] = (0, 0)
        self.symbols: Sequence[str] = SYMBOLS
        self.series: dict[tuple[str, str], list[Any]] = {}
        self.tapes: dict[str, Tape] = {}
        self.prices: dict[str, float] = {}
        self._clients: set[Any] = set()
        self._frozen: dict[str, float] = {}
        self._delisted: set[str] = set()
        self._halted: set[str] = set()
        self.now: Callable[[], float] = time.time
        self.dated = True
        self.is_controlled = False
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.delay = 0.0
        self.let_go = threading.Event()
        self._failures: dict[str, list[tuple[str, float | None]]] = {}

    def fail(
        self, endpoint: str, how: str, times: int | None = 1, retry_after: float | None = None
    ) -> None:
        """Make the next requests to `endpoint` (klines, exchangeInfo, AssetPairs, OHLC) fail.

        With the interval or market behind it, as Binance and Kraken write it (klines/1d,
        klines/BTCUSDT), others do not fail.
        `how`: a status ("451", "418", "429", "503"), or html, broken, empty, junk, nan, null,
        refused (Kraken's own kind of error), unlisted (as if there were no such market), hang,
        drip, drip_head, huge, reset; or held: answered as ever, but not before `let_go` is set.
        """
        with self.changed:
            times = 1_000_000 if times is None else times
            self._failures[endpoint] = [(how, retry_after)] * times

    def heal(self) -> None:
        """No failures any more."""
        with self.changed:
            self._failures.clear()

    def count(self, endpoint: str) -> int:
        """How often `endpoint` was asked, with an interval behind it (klines/1d) for that one."""
        with self.changed:
            return sum(endpoint in _names(*asked) for asked in self.asked)

    @property
    def connections(self) -> int:
        """How many connections requests came through so far."""
        with self.changed:
            return len(self._clients)

    def freeze(self, symbol: str) -> None:
        """Have candles and price of `symbol` stay as they are, while all else goes on."""
        self._frozen[symbol] = self.now()

    def thaw(self, symbol: str) -> None:
        """Undo `freeze`."""
        del self._frozen[symbol]

    def delist(self, symbol: str, *, halted: bool = False) -> None:
        """Take `symbol` off the list; its candles are refused, or with `halted` stand still."""
        if halted:
            self._halted.add(symbol)
            self.freeze(symbol)
        else:
            self._delisted.add(symbol)

    def relist(self, symbol: str) -> None:
        """Undo `delist`."""
        self._delisted.discard(symbol)
        self._halted.discard(symbol)
        self._frozen.pop(symbol, None)

    def moment(self, symbol: str) -> float:
        """The time up to which `symbol` was traded."""
        return min(self.now(), self._frozen.get(symbol, math.inf))

    def price(self, symbol: str) -> float:
        """The latest price, as the ticker tells it."""
        tape = self.tapes.get(symbol)
        price = tape.price(self.moment(symbol)) if tape else self.rows(symbol, "1m")[-1][4]
        return float(price)

    def rows(self, symbol: str, timeframe: str, since: int = 0) -> list[Any]:
        """What there is of a market, from `since` (ms) on, the candle still open last."""
        known, now = self.series.get((symbol, timeframe)), self.moment(symbol)
        if known is None and symbol in self.tapes:
            step = MINUTES[timeframe] * 60
            rows = self.tapes[symbol].candles(step, now, BINANCE_PAGE, since / 1000)
        else:
            rows = known or self._shaped(symbol, timeframe, now)
        first, count = self.outage
        return [row for row in [*rows[:first], *rows[first + count :]] if _opened(row) >= since]

    def _shaped(self, symbol: str, timeframe: str, now: float) -> list[Row]:
        rows = candles(self.length, self.shape, timeframe, now)
        factor = self.prices.get(symbol, rows[-1][4]) / rows[-1][4]
        return [[row[0], *(price * factor for price in row[1:5]), row[5]] for row in rows]

    def _tape(self, symbol: str) -> Tape:
        """The market's tape; where there was none, one that stands at its price."""
        return self.tapes.setdefault(symbol, Tape([(0, self.price(symbol))]))

    def respond(self, connection: Connection, request: Request) -> None:
        """Answers one request, as scripted."""
        endpoint = ENDPOINTS.get(request.path, request.path)
        query = {name: values[0] for name, values in parse_qs(request.query).items()}
        if self.is_controlled and request.path == "/control/trade":
            self._tape(query["symbol"]).trade(self.now(), float(query["price"]))
            return connection.reply_json(200, self.now())
        if endpoint == "candles":
            query["path"] = request.path
        with self.changed:
            self.asked.append((endpoint, query))
            self._clients.add(connection.client_address)
            failures = next(filter(None, map(self._failures.get, _names(endpoint, query))), None)
            how, retry_after = failures.pop() if failures else ("", None)
            self.changed.notify_all()
        if self.delay:
            connection.pause(self.delay)
        refusal = self._refusal(endpoint, query)
        if not how and refusal:
            self._reply(connection, refusal[1], refusal[0])
        elif not how:
            self._reply(connection, self._answer(endpoint, query))
        elif how.isdigit():
            wait = () if retry_after is None else (("Retry-After", f"{retry_after:.12g}"),)
            self._reply(connection, BODIES.get(how, {"msg": "Internal error"}), int(how), wait)
        else:
            getattr(self, f"_{how}")(connection, endpoint, query)

    def _reply(
        self,
        connection: Connection,
        value: object,
        status: int = 200,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        date = (("Date", formatdate(self.now(), usegmt=True)),) if self.dated else ()
        connection.reply_json(status, value, (*date, *headers))

    def _answer(self, endpoint: str, query: dict[str, str]) -> object:
        if endpoint == "exchangeInfo":
            listed = [name for name in self.symbols if name not in self._delisted]
            markets = [_binance_market(name, name in self._halted) for name in listed]
            return {"timezone": "UTC", "symbols": markets}
        if endpoint == "klines":
            return self._binance_candles(query)
        if endpoint == "ticker":
            symbol = self._binance_symbol(query)
            closed, price = int(self.moment(symbol) * 1000), _text(self.price(symbol))
            sizes = {"lastQty": "1", "bidQty": "1", "askQty": "1"}
            return {"symbol": query["symbol"], "lastPrice": price, "closeTime": closed, **sizes}
        if endpoint == "AssetPairs":
            listed = [name for name in KRAKEN_SYMBOLS if name not in self._delisted]
            pairs = [_kraken_market(name, name in self._halted) for name in listed]
            return {"error": [], "result": {pair["id"]: pair for pair in pairs}}
        if endpoint == "OHLC":
            return self._kraken_candles(query)
        if endpoint == "Ticker":
            last = [_text(self.price(_kraken_symbol(query))), "1"]
            return {"error": [], "result": {query["pair"]: {"c": last, "a": last, "b": last}}}
        if endpoint == "market/all":
            listed = [name for name in self.symbols if name not in self._delisted]
            return [{"market": "-".join(name.split("/")[::-1])} for name in listed]
        if endpoint == "candles":
            return self._korean_candles(query)
        is_proxy = endpoint.startswith("http://")
        assert is_proxy or endpoint in ENDPOINTS.values(), f"no exchange has {endpoint}"
        return {"error": [], "result": {}}

    def _refusal(self, endpoint: str, query: dict[str, str]) -> tuple[int, object] | None:
        """What is said to who asks for a market that is delisted."""
        if endpoint in ("klines", "ticker") and self._binance_symbol(query) in self._delisted:
            return 400, INVALID
        if endpoint in ("OHLC", "Ticker") and _kraken_symbol(query) in self._delisted:
            return 200, UNKNOWN_PAIR
        return None

    def _binance_symbol(self, query: dict[str, str]) -> str:
        return {name.replace("/", ""): name for name in self.symbols}[query["symbol"]]

    def _binance_candles(self, query: dict[str, str]) -> object:
        since, most = int(query.get("startTime", 0)), int(query.get("limit", 500))
        assert 1 <= most <= BINANCE_PAGE, f"Binance has no pages of {most} candles"
        assert since == 0 or since > 1e11, f"{since} is no time in milliseconds"
        rows = self.rows(self._binance_symbol(query), query["interval"], since)
        most = min(most, self.page)
        return [_kline(row, query["interval"]) for row in (rows[:most] if since else rows[-most:])]

    def _korean_candles(self, query: dict[str, str]) -> object:
        """Upbit's and Bithumb's candles, the newest first; `to` is in UTC with a Z, else Korean."""
        names = {"days": "1d", "weeks": "1w"}
        minutes = {f"{unit}": name for name, unit in MINUTES.items()}
        unit, symbol = query["path"].rpartition("/")[2], query["market"].split("-")[::-1]
        count = int(query.get("count", 1))
        assert count <= KOREAN_PAGE, f"Upbit and Bithumb would refuse to send {count} candles"
        rows = self.rows("/".join(symbol), names.get(unit) or minutes[unit])
        if to := query.get("to"):
            moment = datetime.fromisoformat(to.replace("Z", "+00:00"))
            moment = moment if moment.tzinfo else moment.replace(tzinfo=KOREAN_TIME)
            rows = [row for row in rows if row[0] < moment.timestamp() * 1000]
        return [_korean_candle(row) for row in rows[-min(count, self.page) :][::-1]]

    def _kraken_candles(self, query: dict[str, str]) -> object:
        """The latest candles, those that opened later than `since`, a time in seconds."""
        interval, since = int(query["interval"]), int(query.get("since", 0))
        assert since < 1e11, f"{since} is no time in seconds"
        timeframe = next(name for name, minutes in MINUTES.items() if minutes == interval)
        rows = self.rows(_kraken_symbol(query), timeframe)[-KRAKEN_PAGE:]
        sent = [
            [int(row[0] / 1000), *map(str, row[1:5]), str(row[4]), str(row[5]), 7]
            for row in rows
            if row[0] > since * 1000
        ]
        last = sent[-1][0] if sent else since
        return {"error": [], "result": {query["pair"]: sent, "last": last}}

    def _html(self, connection: Connection, *_: object) -> None:
        page = b"<!DOCTYPE html><html><body>Log in to the 1st network of 2026</body></html>"
        connection.reply(200, page, "text/html")

    def _broken(self, connection: Connection, endpoint: str, query: dict[str, str]) -> None:
        whole = json.dumps(self._answer(endpoint, query)).encode()
        connection.reply(200, whole[: len(whole) // 2])

    def _empty(self, connection: Connection, endpoint: str, query: dict[str, str]) -> None:
        answer: Any = {"symbols": []} if endpoint == "exchangeInfo" else {"error": [], "result": {}}
        self._reply(connection, [] if endpoint == "klines" else answer)

    def _junk(self, connection: Connection, *_: object) -> None:
        self._reply(connection, [None, 7, "candle", [], {}, [1, 2], [None] * 12, ["x"] * 12])

    def _nan(self, connection: Connection, endpoint: str, query: dict[str, str]) -> None:
        self._reply(connection, [[row[0], *["NaN"] * 5] for row in self._answer(endpoint, query)])  # type: ignore[attr-defined]

    def _null(self, connection: Connection, *_: object) -> None:
        self._reply(connection, None)

    def _refused(self, connection: Connection, *_: object) -> None:
        self._reply(connection, {"error": ["EService:Unavailable"]})

    def _unlisted(self, connection: Connection, endpoint: str, query: dict[str, str]) -> None:
        if endpoint in ("klines", "ticker"):
            self._reply(connection, INVALID, 400)
        else:
            self._reply(connection, UNKNOWN_PAIR)

    def _held(self, connection: Connection, endpoint: str, query: dict[str, str]) -> None:
        while not self.let_go.is_set():
            connection.pause(DRIP)
        self._reply(connection, self._answer(endpoint, query))

    def _hang(self, connection: Connection, *_: object) -> None:
        connection.pause(None)

    def _drip(self, connection: Connection, *_: object) -> None:
        connection.open_stream("application/json")
        while True:
            connection.chunk(b" ")
            connection.pause(DRIP)

    def _drip_head(self, connection: Connection, *_: object) -> None:
        connection.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            connection.wfile.write(b"z")
            connection.pause(DRIP)

    def _huge(self, connection: Connection, *_: object) -> None:
        connection.open_stream("application/json")
        while True:
            connection.chunk(b"[" * 1_000_000)

    def _reset(self, connection: Connection, *_: object) -> None:
        connection.reset()


def _names(endpoint: str, query: dict[str, str]) -> tuple[str, ...]:
    """What a request is counted as, and fails as."""
    market = query.get("symbol") or query.get("pair")
    return endpoint, f"{endpoint}/{query.get('interval')}", f"{endpoint}/{market}"


def _opened(row: Any) -> float:
    """When a candle opened; what is none stays where it is."""
    return row[0] if isinstance(row, list) and row and isinstance(row[0], float | int) else math.inf


def _binance_market(symbol: str, is_halted: bool) -> dict[str, Any]:
    base, quote = symbol.split("/")
    return {
        "symbol": base + quote,
        "status": "BREAK" if is_halted else "TRADING",
        "baseAsset": base,
        "quoteAsset": quote,
        "isSpotTradingAllowed": True,
        "filters": [{"filterType": "PRICE_FILTER", "tickSize": "0.01"}],
    }


def _kraken_symbol(query: dict[str, str]) -> str:
    return next(one for one in KRAKEN_SYMBOLS if _kraken_market(one)["id"] == query["pair"])


def _kraken_market(symbol: str, is_halted: bool = False) -> dict[str, Any]:
    base, quote = symbol.split("/")
    id_, base_id, quote_id = KRAKEN_IDS.get(symbol, (base + quote, base, quote))
    names = {"id": id_, "altname": base + quote, "base": base_id, "quote": quote_id}
    status = "cancel_only" if is_halted else "online"
    return {**names, "status": status, "pair_decimals": 1, "lot_decimals": 8}


def _kline(row: Any, timeframe: str) -> Any:
    if not isinstance(row, list) or len(row) != len("tohlcv"):
        return row
    ends = row[0] + MINUTES[timeframe] * 60_000 - 1
    return [row[0], *map(_text, row[1:]), ends, "0", 7, "0", "0", "0"]


def _korean_candle(row: Row) -> dict[str, Any]:
    opened = datetime.fromtimestamp(row[0] / 1000, timezone.utc)
    names = ("opening_price", "high_price", "low_price", "trade_price", "candle_acc_trade_volume")
    utc = {"candle_date_time_utc": f"{opened:%Y-%m-%dT%H:%M:%S}"}
    return {**utc, **dict(zip(names, row[1:], strict=True))}


def expected_prices() -> dict[str, float]:
    """About what each market costs."""
    worth = {**PRICES, "EUR": EURO}
    pairs = [symbol.split("/") for symbol in (*SYMBOLS, *KRAKEN_SYMBOLS)]
    return {f"{one}/{two}": worth.get(one, 1.0) / worth.get(two, 1.0) for one, two in pairs}


def _text(value: object) -> object:
    return format(value, ".12g") if isinstance(value, float) else value


def main() -> None:
    """Runs the double as a process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--shape", default="rising", choices=[*CLOSES, "walk"])
    parser.add_argument("--fail", action="append", default=[], metavar="ENDPOINT=HOW")
    parser.add_argument("--markets", type=int, default=0)
    arguments = parser.parse_args()
    double = ExchangeDouble(arguments.port, arguments.shape)
    double.is_controlled = True
    double.prices = expected_prices()
    if arguments.markets:
        double.symbols = [f"C{number:02d}/USDT" for number in range(arguments.markets)]
        ago = time.time() - 86_400
        double.tapes = {symbol: Tape([(ago, 100.0)]) for symbol in double.symbols}
    for failure in arguments.fail:
        endpoint, _, how = failure.partition("=")
        double.fail(endpoint, how, times=None)
    serve(double)


if __name__ == "__main__":
    main()
