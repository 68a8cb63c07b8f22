"""What people have armed, for the owner: at the start of the bot, and in `--check`."""

from collections import Counter
from collections.abc import Collection, Iterator

from engram.ops import texts
from engram.storage.watch.tables import WatchTables
from engram.watch.texts import counted


def armed(tables: WatchTables) -> str:
    """How many alerts and watched markets there are, in all chats."""
    count = counted(tables.alerts.count, tables.watched.count)
    return texts.ARMED.format(count=count or texts.NOTHING)


def left_out(tables: WatchTables, exchanges: Collection[str]) -> Iterator[str]:
    """A line for each exchange on which something is armed, and that is none of `exchanges`."""
    alerts = Counter(one.exchange for one in tables.alerts.armed())
    watched = Counter(one.exchange for one in tables.watched.armed())
    for exchange in sorted({*alerts, *watched} - {*exchanges}):
        count = counted(alerts[exchange], watched[exchange])
        yield texts.LEFT_OUT.format(exchange=exchange, count=count)
