"""Has the conversation of docs/watching.md, and prints it: `python3 -m tests.example_watching`.

Its exchange is simulated: a clock that stands still, and prices that are always the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from engram.core.events import Finished
from engram.core.person import Person
from engram.storage.store import Store
from tests.conftest import make_assistant
from tests.doubles.exchange import ExchangeDouble
from tests.watch.desk_stand import set_market

# Half past nine on 2026-11-22, UTC: the candle of 08:00 is open.
NOW = 1_795_339_800.0
PRICES = {"BTC/USDT": 97_012.35, "ETH/USDT": 3_121.4, "SOL/USDT": 184.22}
ANN = Person(51, "Ann", lambda: False, lambda: True)
PRIVATE, GROUP, TERMINAL = "1", "-100123", "console"
SAID = (
    ("/alert BTC > 100000", PRIVATE),
    ("wake me if eth drops 5%", PRIVATE),
    ("/alert SOL 4h rsi < 20", PRIVATE),
    ("/alert BTC > 90k", PRIVATE),
    ("tell me when btc moves 5%", PRIVATE),
    ("/alerts", PRIVATE),
    ("/watch BTC 4h", PRIVATE),
    ("/alert ETH > 3500", GROUP),
    ("/alert BTC > 100000", TERMINAL),
)


def conversation(folder: Path) -> Iterator[tuple[str, str]]:
    """What is said, and what is answered, with the labels of the buttons."""
    with ExchangeDouble() as exchange:
        exchange.now = lambda: NOW
        for number, (symbol, price) in enumerate(PRICES.items()):
            set_market(exchange, price, symbol, number)
        store = Store(folder / "engram.db")
        assistant = make_assistant(exchange=exchange, store=store)
        for text, chat in SAID:
            *_, answer = assistant.reply(chat, text, by=ANN if chat == GROUP else None)
            yield text, _shown(answer, has_buttons=chat != TERMINAL)
        store.close()


def _shown(answer: object, *, has_buttons: bool) -> str:
    assert isinstance(answer, Finished)
    rows = [" ".join(f"[{one.label}]" for one in row) for row in answer.buttons]
    return "\n".join([answer.text, *(rows if has_buttons else [])])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        for asked, answered in conversation(Path(made)):
            print(f"> {asked}\n\n{answered}\n")
