"""What an answer needs is what it waits for: beside a model, and an exchange, that hang."""

import time

import pytest

from engram.core.events import Finished
from engram.storage.store import Store
from engram.telegram.access import Access
from tests.conftest import wait_until
from tests.telegram.bench import OWNER, Gate


class Hanging(Gate):
    """A model that does not answer until the gate is open."""

    def respond(self, question):
        """Wait, and then repeat the question."""
        self.open.wait()
        yield Finished(f"echo {question.text}", "mock")


CHATS = range(100, 108)
# What is asked while candles of four hours and the model hang, and what is read at once. A command
# that needs neither belongs here.
AT_ONCE = [
    ("/price btc", "BTC/USDT "),  # in the cache
    ("/price sol", "SOL/USDT "),  # not in the cache: the exchange answers that
    ("/price eth/btc doge", "DOGE/USDT "),
    ("/size 10000 1% BTC 15m", "Position size for BTC/USDT (15m"),
    ("/alerts", "No alert is armed here"),
    ("/alert btc > 1000000", "🔔 Armed: BTC/USDT"),  # by the price in the cache
    ("/alert doge < 0.001", "🔔 Armed: DOGE/USDT"),  # by a candle of a minute
    ("tell me when sol rises above 1000000", "🔔 Armed: SOL/USDT"),
    ("/alerts", "3 alerts armed"),
    ("/unwatch btc", "I watch nothing of BTC"),
    ("/digest 08:00", "08:00"),
    ("/timezone Europe/Berlin", "Europe/Berlin"),
    ("/record", "signal"),
    ("/status", "Waiting messages"),
    ("/models", "model"),
    ("/help", "What I can do"),
    ("/nonsense", "I don't know that command"),
]
# The same while the exchange answers nothing.
ALL_HANG = [
    ("/price btc", "BTC/USDT "),
    ("/alert btc > 1000000", "🔔 Armed: BTC/USDT"),
    ("tell me when btc drops below 0.01", "🔔 Armed: BTC/USDT"),
    ("/alerts", "2 alerts armed"),
    ("/size 10000 1% BTC 15m", "Position size for BTC/USDT (15m"),
    ("/status", "Waiting messages"),
]


@pytest.fixture
def start(run, telegram, exchange, tmp_path):
    """Start a bot that knows the price of one market, and has eight chats that wait.

    They wait on a model, and for what they send of a market each: the `endpoints` hang.
    """
    exchange.shape = "waves"
    # No minute ends there for the next 50 s: near its end a price that is known arms nothing.
    ahead = 10 - time.time() % 60
    exchange.now = lambda: time.time() + ahead
    store = Store(tmp_path / "engram.db")
    access = Access([OWNER, *CHATS], [OWNER], store)
    gate = Hanging()
    run(gate, access=access, store=store, exchange=exchange)
    telegram.say(OWNER, "/price btc")
    telegram.wait_for_text(OWNER, "BTC/USDT ")

    def hang(*endpoints, send):
        for endpoint in endpoints:
            exchange.fail(endpoint, "hang", times=None)
        before = exchange.count("klines")
        # One more than the exchange has, so that all of its slots are taken.
        for chat, symbol in zip(CHATS, [*exchange.symbols, "BTC/USDT 2h"], strict=True):
            for text in ("slow", *send):
                telegram.say(chat, text.format(symbol))
        telegram.say(OWNER, "slow")
        wait_until(lambda: exchange.count("klines") - before >= len(CHATS), 10)

    yield hang
    gate.open.set()


def ask(telegram, chat, asked):
    """Have each of these answered before the next one is asked."""
    for text, answer in asked:
        before = len(telegram.screen(chat))
        telegram.say(chat, text)
        telegram.wait_for(
            lambda answer=answer, before=before: any(
                answer in one.text for one in telegram.screen(chat)[before:]
            )
        )
    telegram.say(chat, "/stop")
    telegram.wait_for_text(chat, "The answer in progress ends here.")
    shown = [one.text or one.caption for each in CHATS for one in telegram.screen(each)]
    # What hangs still does.
    assert not any("Market Analysis" in one or "for ETH/BTC" in one for one in shown)


@pytest.mark.parametrize("chat", [OWNER, CHATS[0]])
def test_what_needs_neither_is_answered_at_once(start, telegram, chat):
    """Nobody could see their prices, nor stop anything, while one exchange does not answer."""
    start("klines/4h", "klines/2h", send=["/analyze {}", "/size 10000 1% {}"])
    ask(telegram, chat, AT_ONCE)


def test_what_is_there_is_shown_while_the_exchange_answers_nothing(start, telegram):
    """A price that is known would be none to an alert, as soon as others ask for more."""
    send = ["/analyze {}", "/price eth sol", "/size 10000 1% {}", "/alert doge > 1000000"]
    start("klines", send=send)
    ask(telegram, OWNER, ALL_HANG)
