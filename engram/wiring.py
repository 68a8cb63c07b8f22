"""Puts together what the settings ask for, without a front end."""

import threading
from collections.abc import Callable, Collection, Iterator
from functools import partial

from engram.chat.asking import Asking
from engram.chat.assistant import Assistant
from engram.chat.chain import FallbackChain, Responder
from engram.chat.digesting.remarks import ModelRemarks
from engram.chat.handlers.parts import Parts
from engram.chat.mock_ai import MockAIAnalyzer
from engram.chat.rules import RuleBasedFallback
from engram.chat.sent.album import Album
from engram.chat.turns.turns import Turns
from engram.config.settings import Settings
from engram.core.clock import Clock
from engram.core.listener import NOBODY, Listener
from engram.core.masking.masking import Masking
from engram.llm.servers import Servers
from engram.market.analyst import Analyst
from engram.market.feed import Feed
from engram.market.source.candle_source import CandleSource
from engram.storage.conversations import Conversations
from engram.storage.inbox import identity_of
from engram.storage.outbox import Outbox
from engram.storage.statistics import Statistics
from engram.storage.store import Store
from engram.storage.watch.tables import WatchTables
from engram.watch.arming.desk import Desk
from engram.watch.digest.making import DigestMaker
from engram.watch.digest.rounds import DigestRounds
from engram.watch.latest import Latest
from engram.watch.ledger.judging import Judging
from engram.watch.ledger.ledger import Ledger
from engram.watch.watching import Watching


class Engram:
    """Everything that `settings` ask for, put together.

    `listener` is told what happens; `waiting` tells how many messages the front end holds whose
    answers have not begun. What `masking` knows is not kept. `clock` is what happens unasked by, by
    default the machine's. Without a `store` it opens the one of the settings, which may raise a
    `StoreError`. `owners` are the chats that own the bot.
    """

    def __init__(
        self,
        settings: Settings,
        listener: Listener = NOBODY,
        store: Store | None = None,
        waiting: Callable[[], int] = lambda: 0,
        masking: Masking | None = None,
        clock: Clock | None = None,
        *,
        owners: Callable[[], Collection[int]] = tuple,
    ) -> None:
        self.store = store or Store(settings.path(settings.storage.path))
        self.clock = clock or Clock()
        self.outbox = Outbox(self.store)
        self.tables = WatchTables(self.store, self.outbox, owners)
        self.ledger = Ledger(self.tables.ledger, self.clock)
        self.conversations = Conversations(self.store, (masking or Masking()).in_place)
        self.statistics = Statistics(self.store, listener)
        market, exchanges, now = settings.market, settings.exchanges, self.clock.now
        self.candle_source = CandleSource(
            market, exchanges, self.store, clock=now, listener=listener
        )
        how = (market.quote, market.timeframe, market.horizon)
        self.analyst = Analyst(self.candle_source, *how, self.ledger.history)
        self.feed, self.latest = Feed(self.candle_source, self.clock.monotonic), Latest()
        self.judging = Judging(self.tables.ledger, self.feed, self.store, self.clock)
        identity = partial(identity_of, self.store)
        self.desk = Desk.of(self.tables, self.feed, self.analyst, self.clock, self.latest, identity)
        self.servers = Servers(settings)
        self.chain = FallbackChain(self._responders(settings))
        self.assistant = self._assistant(waiting, listener, settings.telegram.show_speed)
        #: What happens unasked, once it is started.
        self.watching = self._watching(listener)

    def _assistant(
        self, waiting: Callable[[], int], listener: Listener, show_speed: bool
    ) -> Assistant:
        album = Album()
        turns = Turns(self.conversations, album)
        noted = self.statistics, self.ledger
        self.asking = Asking(self.chain, turns, *noted, listener, show_speed=show_speed)
        parts = Parts(
            asking=self.asking,
            analyst=self.analyst,
            servers=self.servers,
            conversations=self.conversations,
            statistics=self.statistics,
            ledger=self.ledger,
            desk=self.desk,
            album=album,
            waiting=waiting,
        )
        return Assistant(parts)

    def _watching(self, listener: Listener) -> Watching:
        remarks = ModelRemarks(self.chain)
        maker = DigestMaker(self.tables, self.desk.watchlist, remarks, self.clock)
        return Watching(
            tables=self.tables,
            feed=self.feed,
            analyst=self.analyst,
            clock=self.clock,
            latest=self.latest,
            digests=DigestRounds(self.tables.digests, maker, self.clock, listener),
            judging=self.judging,
            listener=listener,
        )

    def preload(self) -> None:
        """Begin to load what the first analysis needs, in the background."""
        threading.Thread(target=self.analyst.preload, name="preload", daemon=True).start()

    def apply(self, settings: Settings) -> None:
        """Answer as `settings` say from the next question on."""
        self.asking.show_speed = settings.telegram.show_speed
        self.servers.apply(settings)
        self.chain.replace(self._responders(settings))

    def _responders(self, settings: Settings) -> Iterator[Responder]:
        for name in settings.fallback.order:
            if name == "mock":
                yield MockAIAnalyzer(self.analyst)
            else:
                yield from self.servers.named(name)
        yield RuleBasedFallback()
