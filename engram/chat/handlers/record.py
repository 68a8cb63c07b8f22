"""/record: what became of the signals that were shown, and all of them as a file."""

from engram.chat import texts
from engram.chat.handlers.parts import Events, Parts
from engram.chat.turns.said import Said
from engram.core.events import Finished, TextFile
from engram.storage.watch.ledger_table import Scope
from engram.watch.ledger.record import no_such_market

# The word that asks for the file, and its name.
CSV, FILE = "csv", "ledger.csv"


def record(parts: Parts, _said: Said, argument: str) -> Events:
    """Say what became of the signals of the markets and the timeframe in `argument`, or of all."""
    words = argument.split()
    rest = [word for word in words if word.casefold() != CSV]
    # Nobody is waited for: the ledger knows its markets, also those that were delisted since.
    reading = parts.analyst.read_of(" ".join(rest), parts.ledger.symbols())
    if reading.unknown:
        return texts.own_words(no_such_market(reading.unknown))
    scope = Scope(reading.symbols, reading.timeframe or "")
    if len(rest) < len(words):
        return _file(parts, scope)
    return _finished(Finished(parts.ledger.record(scope), "engram", markdown=True))


def _file(parts: Parts, scope: Scope) -> Events:
    text, table = parts.ledger.export(scope)
    file = TextFile(FILE, table) if table else None
    return _finished(Finished(text, "engram", file=file))


def _finished(answer: Finished) -> Events:
    yield answer
