"""Recording candles from an exchange: page by page, and on from where it was interrupted."""

import ccxt
import numpy as np
import pytest

from engram.market.ccxt_client import moved, spot_only
from tests.doubles.exchange import candles
from tests.study.candle_files import Folder
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
    # Three pages, and one that says that there is nothing more.
    assert exchange.count("klines") == 4
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


def test_a_page_that_fails_once_is_asked_for_again(client, exchange, tmp_path):
    """One lost packet would end a download of hours."""
    client.load_markets()
    exchange.fail("klines", "503", times=2)
    assert len(fetched(client, tmp_path).close) == 2599
