"""What the terminal chat says that it lacks."""

from dataclasses import replace

import pytest

from engram.config.settings import ExchangeSettings, MarketSettings, Settings
from engram.core.lru import LRUCache
from engram.llm.servers import Servers
from engram.market.analyst import Analyst
from engram.market.source.candle_source import CandleSource
from engram.ops.missing import missing
from tests.doubles.lmstudio import Hang

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def said(tmp_path, probing, lmstudio, exchange):
    """What is said when all is well, but for what is changed; `{url}` is LM Studio's."""

    def lines(url=lmstudio.url, model="auto", order=("lmstudio", "rules"), **market):
        settings = Settings(tmp_path)
        settings = replace(
            settings,
            lmstudio=replace(settings.lmstudio, url=(url,), model=model, connect_timeout=0.5),
            fallback=replace(settings.fallback, order=order),
        )
        mirror = ExchangeSettings(api_url=market.pop("mirror", exchange.url))
        wanted = MarketSettings(**{"exchange": ("binance",), **market})
        source = CandleSource(wanted, {"binance": mirror}, LRUCache(10))
        analyst = Analyst(source, wanted.quote, wanted.timeframe, wanted.horizon)
        servers = probing(Servers(settings))
        return [
            line.replace(lmstudio.url, "{url}")
            for line in missing(servers, analyst, source, wanted)
        ]

    return lines


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        ({}, []),
        ({"order": ("mock", "rules"), "exchange": ()}, []),
        (
            {"url": NOBODY},
            [
                f"⚠️  LM Studio at {NOBODY}: connection refused; is the server started? "
                "(to change: [lmstudio] in config.ini)"
            ],
        ),
        (
            {"model": "gml"},
            [
                '⚠️  LM Studio at {url}: it has no model "gml"; set [lmstudio] model to one of: '
                "zai-org/glm-4.7-flash, qwen/qwen3-8b, or to auto "
                "(to change: [lmstudio] in config.ini)"
            ],
        ),
        (
            {"mirror": NOBODY},
            ["⚠️  Binance could not be reached. (to change: [market] in config.ini)"],
        ),
        (
            {"exchange": ("krakenn",)},
            ['⚠️  [market] exchange = krakenn: ccxt knows no such exchange; did you mean "kraken"?'],
        ),
        (
            {"exchange": ("binnance", "binance")},
            [
                "⚠️  [market] exchange = binnance: ccxt knows no such exchange; "
                'did you mean "binance"?'
            ],
        ),
    ],
)
def test_only_what_is_missing_is_said_and_where_it_is_changed(said, changed, lines):
    """A person would read the wrong answers of the rules for those of the model."""
    assert said(**changed) == lines


def test_a_server_that_never_answers_is_missing(said, lmstudio):
    """The chat would begin as if all were well, and the first question wait in vain."""
    lmstudio.behave_models(Hang())
    (line,) = said(exchange=())
    assert line.startswith("⚠️  LM Studio at {url}: silent for 0.5 s")
