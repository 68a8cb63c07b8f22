"""Brings what is in the outbox to Telegram: for each chat in its order, until it has arrived."""

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from textwrap import shorten

from engram.chat.texts import WRITTEN_AGO
from engram.core.clock import Clock
from engram.core.errors import StoreError
from engram.core.formats import format_duration
from engram.core.listener import NOBODY, Listener
from engram.core.waits import Steps
from engram.storage.moves import is_id
from engram.storage.outbox import ALERT, DAY, MERGED, NOTICE, TERMINAL, OutboxEntry, Outgoing
from engram.storage.watch.tables import WatchTables
from engram.telegram import texts
from engram.telegram.access import Access
from engram.telegram.incoming import Destination
from engram.telegram.lanes import ChatLanes
from engram.telegram.screen.messenger import Messenger
from engram.telegram.sending.egress import Egress
from engram.telegram.sending.refusals import UndeliverableError
from engram.telegram.sending.turns import Urgency
from engram.telegram.unasked.suspensions import Suspensions
from engram.telegram.unasked.unasked_message import OutdatedError, UnaskedMessage

log = logging.getLogger(__name__)

THREADS = 4
# What another process has put into the outbox is found after so many seconds at the latest; and
# after one look the next comes no sooner than after so many.
LOOK, PAUSE = 10.0, 0.05
# So many messages that cannot be kept on the disk are known for each chat.
MOST_UNWRITTEN = 200
# Of so many characters is the name of a notice, and so many names has the one line.
LONGEST_NAME, NAMED = 60, 20
# A notice that comes so many seconds late says when it was written.
LATE = 60.0


class Delivery:
    """Sends what the outbox of `tables` has, behind the answers that people wait for.

    A chat that refuses all for good, or that `access` does not allow any more, is suspended: what
    is to be said there waits until somebody has been answered there. What is for the terminal goes
    to the first owner, and waits until there is one. `listener` is told what has arrived.
    """

    def __init__(
        self,
        egress: Egress,
        tables: WatchTables,
        access: Access,
        clock: Clock | None = None,
        listener: Listener = NOBODY,
    ) -> None:
        self._egress, self._tables, self._access = egress, tables, access
        self._outbox = tables.outbox
        self._clock = clock or Clock()
        self._listener = listener
        self._suspensions = Suspensions(tables, egress.moves)
        self._lanes = ChatLanes(THREADS, "outbox", egress.timer, spare=THREADS)
        self._stopped = threading.Event()
        # By conversation what could not be put into the outbox; and by lane the rows with which
        # nothing is to be done any more, with what notes that, where it cannot be written.
        self._unwritten: dict[str, deque[Outgoing]] = {}
        self._unnoted: dict[str, dict[int, Callable[..., bool]]] = {}

    def start(self) -> None:
        """Begin to send, in the background, with what an earlier process has left."""
        self.suspend_strangers()
        for key in self._outbox.chats():
            if where := self._destination(key):
                self._egress.turns.assume_spent(where.chat_id)
        threading.Thread(target=self._run, name="outbox", daemon=True).start()

    def suspend_strangers(self) -> None:
        """Suspend the chats that `access` does not allow any more."""
        self._suspensions.begin_where(lambda chat: not self._access.allows(chat))

    def stop(self) -> None:
        """Begin to send nothing more; what has not arrived stays in the outbox."""
        self._stopped.set()
        self._outbox.arrived.set()
        self._catch_up()

    def tell_owner(self, text: str) -> None:
        """Tell the owners `text`, or who comes to be the owner."""
        name = shorten(text, LONGEST_NAME, placeholder=" …")
        for chat in [str(owner) for owner in self._access.owners] or [TERMINAL]:
            said = Outgoing(chat, NOTICE, text, name=name)
            try:
                self._outbox.add(said, self._clock.now())
            except StoreError:
                self.direct(said)

    def direct(self, said: Outgoing) -> None:
        """Send what cannot be put into the outbox; it is lost when the process ends before."""
        self._unwritten.setdefault(said.chat, deque(maxlen=MOST_UNWRITTEN)).append(said)
        self._outbox.arrived.set()

    def waits(self, said: Outgoing) -> bool:
        """Whether something that could not be put into the outbox has not arrived yet."""
        # As a list: while it is looked through another thread may change it.
        return said in list(self._unwritten.get(said.chat, ()))

    def answered(self, conversation: str) -> None:
        """Know that somebody was answered there: what waits for that is said now."""
        chat = int(conversation.partition("/")[0])
        if not self._access.allows(chat):
            # What was asked before it was taken out may have armed something.
            self._suspensions.begin(chat)
        elif self._suspensions.holds(chat):
            log.info("chat %d can be reached again", chat)
            self._suspensions.end(conversation, chat, self._clock.now())
        elif chat in self._access.owners:
            # What is for the terminal may have waited for an owner.
            self._outbox.arrived.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._outbox.arrived.clear()
            try:
                self._look()
            except Exception:
                log.exception("looking at the outbox failed unexpectedly")
            self._outbox.arrived.wait(LOOK)
            # A thousand alerts that fire at once are one look.
            self._stopped.wait(PAUSE)

    def _look(self) -> None:
        """Have everything sent for which there is a way, and nobody at work on it."""
        self._suspensions.save()
        self._catch_up()
        unwritten = [key for key, said in list(self._unwritten.items()) if said]
        for key in {*self._outbox.chats(), *unwritten}:
            lane = self._lane(key)
            if self._destination(key) and not self._lanes.depth(lane):
                self._lanes.put(lane, partial(self._send_all, key, lane))

    def _catch_up(self) -> None:
        """Note with what nothing is to be done any more, where that could not be written."""
        for notes in list(self._unnoted.values()):
            for number, note in list(notes.items()):
                # What a lock prevents waits already, and need not wait a second time.
                if note(later=False):
                    notes.pop(number, None)

    def _lane(self, key: str) -> str:
        """The conversation `key` by a key that stays when its chat gets another id."""
        chat, slash, topic = key.partition("/")
        first = str(self._egress.moves.first(int(chat))) if is_id(chat) else chat
        return f"{first}{slash}{topic}"

    def _destination(self, key: str) -> Destination | None:
        """Where the messages for `key` go; None while nothing can be said there."""
        chat, _, topic = key.partition("/")
        if key == TERMINAL:
            chat = str(next(iter(self._access.owners), ""))
        if not is_id(chat) or self._suspensions.holds(int(chat)):
            return None
        return Destination(int(chat), topic=int(topic) if is_id(topic) else None)

    def _send_all(self, key: str, lane: str) -> Steps[None]:
        """Send one message after the other, until there is none, or no way to the chat."""
        where = self._destination(key)
        if where is None:
            return
        messenger = Messenger(self._egress, where, urgency=Urgency.UNASKED)
        while self._destination(key) and not self._egress.is_stopped():
            message = self._next(key, lane)
            if message is None:
                return
            yield from self._send(message, messenger, lane)

    def _next(self, key: str, lane: str) -> UnaskedMessage | None:
        """The next message for `key`: of the outbox, and then of what could not be put there."""
        now, done = self._clock.now(), max(self._unnoted.get(lane, ()), default=0)
        entry = self._outbox.next(key, done)
        if entry and self._is_outdated(entry.outgoing.kind, entry.at):
            merged = partial(self._merged, key)
            if self._outbox.merge_old(key, now - DAY, merged, now):
                entry = self._outbox.next(key, done)
        if entry:
            return self._message(entry, lane, now)
        unwritten = self._unwritten.get(key)
        return self._message(OutboxEntry(0, now, unwritten[0]), lane, now) if unwritten else None

    def _message(self, entry: OutboxEntry, lane: str, now: float) -> UnaskedMessage:
        kind, at = entry.outgoing.kind, entry.at
        if kind == NOTICE and now - at >= LATE:
            ago = WRITTEN_AGO.format(age=format_duration(now - at))
            said = replace(entry.outgoing, text=f"{entry.outgoing.text}\n{ago}")
            entry = replace(entry, outgoing=said)
        # What is too old by now could not be merged, and is sent as it is.
        may_wait = not self._is_outdated(kind, at)
        return UnaskedMessage(
            entry,
            self._outbox,
            arrived=partial(self._arrived, lane),
            is_outdated=lambda: may_wait and self._is_outdated(kind, at),
        )

    def _is_outdated(self, kind: str, at: float) -> bool:
        return kind not in (ALERT, MERGED) and at < self._clock.now() - DAY

    def _merged(self, key: str, names: list[str]) -> Outgoing:
        """The one line that stands for the messages with these names."""
        named = [name or texts.NAMELESS for name in names[:NAMED]]
        more = [texts.MORE.format(count=len(names) - NAMED)] if len(names) > NAMED else []
        text = texts.OUTDATED.format(what="; ".join([*named, *more]))
        return Outgoing(self._egress.moves.key(key), MERGED, text)

    def _send(self, message: UnaskedMessage, messenger: Messenger, lane: str) -> Steps[None]:
        chat = messenger.destination.chat_id
        try:
            yield from message.send(messenger, self._egress)
        except OutdatedError:
            return
        except UndeliverableError as err:
            if self._egress.is_stopped():
                return
            if err.chat_gone:
                log.warning("chat %d: %s; what is to be said there waits", chat, err)
                self._suspensions.begin(chat)
                return
            log.error("chat %d: a message (%s) can never arrive: %s", chat, message.kind, err)
            note = partial(self._outbox.failed, message.number, self._clock.now())
            self._note(lane, message, note)
        except Exception:
            log.exception("chat %d: a message (%s) waits for a restart", chat, message.kind)
            self._note(lane, message, lambda **_options: False)

    def _arrived(self, lane: str, message: UnaskedMessage, ids: tuple[int, ...]) -> None:
        self._listener.delivered(message.kind)
        note = partial(self._outbox.sent, message.number, ids, self._clock.now())
        self._note(lane, message, note)

    def _note(self, lane: str, message: UnaskedMessage, note: Callable[..., bool]) -> None:
        """Note that nothing is left to do for the message; if that cannot be written, later."""
        if message.unwritten:
            with contextlib.suppress(ValueError):
                self._unwritten[message.unwritten.chat].remove(message.unwritten)
        elif not note():
            self._unnoted.setdefault(lane, {})[message.number] = note
