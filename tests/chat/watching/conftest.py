"""Conversations in which something is armed."""

import pytest

from engram.core.person import Person
from engram.storage.store import Store
from tests.chat.test_assistant import make
from tests.watch.arming.desk_stand import set_price


def person(number, name, *, leads=False, may_change=True):
    """Somebody in a group."""
    return Person(number, name, lambda: leads, lambda: may_change)


ANN, BEN = person(5, "Ann"), person(6, "Ben")
CARL, GUEST = person(7, "Carl", leads=True), person(8, "Gus", may_change=False)
UNKNOWN = person(9, "Una", leads=None, may_change=None)


class Talk:
    """Says something to an assistant, and returns its answer."""

    def __init__(self, assistant, store, exchange):
        self.assistant, self.store, self.exchange = assistant, store, exchange

    def __call__(self, text, chat="7", **how):
        """The last event of the answer."""
        (*_, last) = self.assistant.reply(chat, text, **how)
        return last


@pytest.fixture
def talk(exchange, tmp_path):
    set_price(exchange, 90.0)
    set_price(exchange, 9.0, "ETH/USDT")
    store = Store(tmp_path / "engram.db")
    assistant = make(exchange=exchange, store=store)
    # However slow the machine is, names of markets are known.
    assistant._parts.analyst._source.preload()
    yield Talk(assistant, store, exchange)
    store.close()
