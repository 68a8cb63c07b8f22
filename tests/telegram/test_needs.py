"""What an answer needs is what it waits for: beside a model, and an exchange, that hang."""

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
# What is asked while all of that hangs, and what is read at once. A command that needs no model and
# no candles of four hours belongs here.
AT_ONCE = [
    ("/price btc", "BTC/USDT "),  # in the cache
    ("/price sol", "SOL/USDT "),  # not in the cache: the exchange answers that
    ("/price eth/btc doge", "DOGE/USDT "),
    ("/size 10000 1% BTC 15m", "Position size for BTC/USDT (15m"),
    ("/alerts", "No alert is armed here"),
    ("/alert btc > 1000000", "🔔 Armed: BTC/USDT"),  # by the price in the cache
    ("/alert doge < 0.001", "🔔 Armed: DOGE/USDT"),  # by a candle of a minute
    ("/alerts", "2 alerts armed"),
    ("/unwatch btc", "I watch nothing of BTC"),
    ("/record", "signal"),
    ("/status", "Waiting messages"),
    ("/models", "model"),
    ("/help", "What I can do"),
    ("/nonsense", "I don't know that command"),
]


@pytest.fixture
def hanging(run, telegram, exchange, tmp_path):
    """A bot with eight chats that wait on a model and on an exchange, each of which hangs."""
    exchange.shape = "waves"
    store = Store(tmp_path / "engram.db")
    access = Access([OWNER, *CHATS], [OWNER], store)
    gate = Hanging()
    running = run(gate, access=access, store=store, exchange=exchange)
    telegram.say(OWNER, "/price btc")
    telegram.wait_for_text(OWNER, "BTC/USDT ")
    exchange.fail("klines/4h", "hang", times=None)
    exchange.fail("klines/2h", "hang", times=None)
    for chat, symbol in zip(CHATS, [*exchange.symbols, "BTC/USDT 2h"], strict=True):
        telegram.say(chat, f"/analyze {symbol}")
        telegram.say(chat, "slow")
        telegram.say(chat, f"/size 10000 1% {symbol}")
    telegram.say(OWNER, "slow")
    asked = exchange.count
    wait_until(lambda: asked("klines/4h") + asked("klines/2h") >= len(CHATS), 10)
    yield running
    gate.open.set()


@pytest.mark.parametrize("chat", [OWNER, CHATS[0]])
def test_what_needs_neither_is_answered_at_once(hanging, telegram, chat):
    """Nobody could see their prices, nor stop anything, while one exchange does not answer."""
    for text, answer in AT_ONCE:
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
    assert not any("Market Analysis" in one or "for SOL" in one for one in shown)
