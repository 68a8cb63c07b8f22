"""Recording candles from an exchange: page by page, and on from where it was interrupted."""

import subprocess
import sys

import ccxt
import numpy as np
import pytest

from engram.market.exchanges.lines import moved, spot_only
from tests.conftest import ROOT
from tests.doubles.exchange import candles
from tests.study.candle_files import CandleFileError, Folder
from tests.study.download import download

NOW = 1_795_339_800.0
ROWS = candles(2600, "walk", "1h", NOW)


@pytest.fixture
def client(exchange):
    """ccxt's Binance, at the double."""
    exchange.now = lambda: NOW
    exchange.series["BTC/USDT", "1h"] = ROWS
    found = ccxt.binance({"timeout": 20_000})
    found.options = {**found.options, **spot_only(found.options)}
    found.urls["api"] = moved(found.urls["api"], exchange.url)
    found.milliseconds = lambda: int(NOW * 1000)
    found.sleep = lambda _: None
    return found


def fetched(client, folder, told=lambda _: None):
    """Record BTC on 1h into `folder`."""
    download(client, folder, ["BTC/USDT"], ["1h"], 2020, told)
    return Folder.of(folder).series("BTC/USDT")["1h"]


def test_all_closed_candles_are_recorded(client, exchange, tmp_path):
    """The study would miss candles, or count one that is still open."""
    told = []
    series = fetched(client, tmp_path / "candles", told.append)
    assert series.time.tolist() == [row[0] for row in ROWS[:-1]]
    for place, name in enumerate(("open", "high", "low", "close", "volume"), 1):
        np.testing.assert_allclose(getattr(series, name), [row[place] for row in ROWS[:-1]])
    assert exchange.count("klines") == 3
    assert told[-1] == "BTC/USDT 1h: 2,599 candles, complete"


@pytest.mark.parametrize("failure", ["503", "reset"])
def test_an_interruption_costs_nothing(client, exchange, tmp_path, failure):
    """Whoever loses the network after an hour would begin again."""
    pages = []
    fetch = client.fetch_ohlcv

    def failing(*arguments):
        if len(pages) == 2:
            exchange.fail("klines", failure, times=None)
        pages.append(arguments)
        return fetch(*arguments)

    client.fetch_ohlcv = failing
    with pytest.raises(ccxt.NetworkError):
        fetched(client, tmp_path)
    assert len(Folder.of(tmp_path).series("BTC/USDT")["1h"].close) == 2000
    exchange.heal()
    asked = exchange.count("klines")
    client.fetch_ohlcv = fetch
    assert len(fetched(client, tmp_path).close) == 2599
    assert exchange.count("klines") <= asked + 2
    assert [file.name for file in tmp_path.iterdir()] == ["crypto-BTC_USDT-1h.npz"]


def test_time_before_a_coin_was_listed_is_passed_over(client, exchange, tmp_path):
    """An exchange that sends an empty page for it would seem to have no candles at all."""
    fetch = client.fetch_ohlcv

    def early(symbol, timeframe, after, limit):
        end = after + limit * 3_600_000
        return [row for row in fetch(symbol, timeframe, after, limit) if row[0] < end]

    client.fetch_ohlcv = early
    assert len(fetched(client, tmp_path).close) == 2599


def test_what_is_complete_costs_no_request(client, exchange, tmp_path):
    """Going on with forty markets would ask for each of them again."""
    fetched(client, tmp_path)
    asked = exchange.count("klines")
    assert len(fetched(client, tmp_path).close) == 2599
    assert exchange.count("klines") == asked


def test_a_damaged_file_is_not_gone_on_with(client, tmp_path):
    """New candles would be written behind rubbish, or a traceback be read."""
    file = tmp_path / "crypto-BTC_USDT-1h.npz"
    file.write_bytes(b"half")
    with pytest.raises(CandleFileError, match="crypto-BTC_USDT-1h"):
        fetched(client, tmp_path)
    assert file.read_bytes() == b"half"


@pytest.mark.parametrize(
    ("arguments", "failure", "says"),
    [
        (["--symbols", "BTC/USDT"], None, "BTC/USDT 1d: "),
        (["--symbols", "NOPE/USDT"], None, "binance does not have market symbol NOPE/USDT"),
        (["--symbols", "BTC/USDT"], "451", "Service unavailable from a restricted location"),
        (["--since", "1"], None, "--since is 1, it must be a year from 2000"),
        (["--timeframes", "2h"], None, "invalid choice: '2h'"),
    ],
)
def test_a_person_reads_what_came_of_it(exchange, tmp_path, arguments, failure, says):
    """A traceback would be all that is left of a download."""
    if failure:
        exchange.fail("exchangeInfo", failure, times=None)
    command = [
        sys.executable,
        "-m",
        "tests.study",
        tmp_path,
        "--download",
        "--api-url",
        exchange.url,
    ]
    done = subprocess.run(
        [*command, "--timeframes", "1d", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert (done.returncode == 0) == done.stderr.endswith("candles, complete\n")


def test_a_page_that_fails_once_is_asked_for_again(client, exchange, tmp_path):
    """One lost packet would end a download of hours."""
    client.load_markets()
    exchange.fail("klines", "503", times=2)
    assert len(fetched(client, tmp_path).close) == 2599
