"""Connections that are kept for the next call."""

from __future__ import annotations

import contextlib
import math
import socket
import threading
from collections.abc import Iterator

import pytest
import requests

from engram.core.http import kept
from engram.core.http.arriving import chunks, read_end
from engram.core.http.deadlines import Deadline
from engram.core.http.hang_up import HangUpSession
from engram.core.http.kept import KeptSessions
from tests.doubles.keeping import END, Keeping, answered
from tests.machine_speed import LONG, ends

HELLO = answered("hello")
COOKIE = HELLO.replace(b"\r\n", b"\r\nSet-Cookie: who=ann\r\n", 1)


def say(data: bytes) -> object:
    """A step that answers with `data`."""
    return lambda sock: sock.sendall(data)


def call(sessions: KeptSessions, url: str, session: HangUpSession | None = None) -> HangUpSession:
    """Ask, on a connection that is kept if there is one."""
    session = session or sessions.take()
    with sessions.ended_after(session, LONG), asked(session, url) as response:
        assert b"".join(chunks(response)) == b"data: hello\n\n"
    return session


def asked(session: HangUpSession, url: str) -> requests.Response:
    """The head of an answer."""
    return session.ask(session.prepared("GET", url), stream=True, timeout=LONG)


@contextlib.contextmanager
def begun(
    sessions: KeptSessions, url: str
) -> Iterator[tuple[HangUpSession, requests.Response, Deadline]]:
    """A call on a new connection, with the head of its answer."""
    session = sessions.take(anew=True)
    with sessions.ended_after(session, LONG) as deadline, asked(session, url) as response:
        yield session, response, deadline


@contextlib.contextmanager
def ended_early(sessions: KeptSessions, session: HangUpSession) -> Iterator[Deadline]:
    """A call that has to fail because it was ended from elsewhere."""
    with pytest.raises(requests.ReadTimeout), sessions.ended_after(session, LONG) as deadline:
        yield deadline


def test_one_call_after_the_other_uses_one_connection() -> None:
    """Each answer would wait for a new connection, and behind TLS for two or three more rounds."""
    sessions = KeptSessions()
    with Keeping(say(HELLO)) as server:
        used = {id(call(sessions, server.url)) for _ in range(5)}
        assert (len(used), server.accepted) == (1, 1)
        assert sessions.take().is_connected
        assert not sessions.take().is_connected


def test_calls_at_the_same_time_have_a_connection_each_and_few_are_kept() -> None:
    """Answers would get mixed up; or a server with few threads be taken by idle connections."""
    sessions = KeptSessions()
    with Keeping(say(HELLO)) as server:
        several = [sessions.take(anew=True) for _ in range(kept.MOST + 2)]
        for session in several:
            call(sessions, server.url, session)
        assert server.accepted == kept.MOST + 2
        *left, another = [sessions.take() for _ in range(kept.MOST + 1)]
        # The one that was used last is surely still open.
        assert left == [*reversed(several[-kept.MOST :])]
        assert not another.is_connected
        for session in several[-kept.MOST :]:
            session.close()
        assert server.is_left()


def test_a_connection_that_nobody_uses_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot that is asked once a day would hold connections to all its servers."""
    monkeypatch.setattr(kept, "KEPT_FOR", 0.05)
    sessions = KeptSessions()
    with Keeping(say(HELLO)) as server:
        call(sessions, server.url)
        assert server.is_left()
    assert not sessions.take().is_connected


@pytest.mark.parametrize(
    ("answer", "is_kept"),
    [
        (HELLO, True),
        # Its end never comes.
        (HELLO.removesuffix(END), False),
        (HELLO.replace(b"\r\n", b"\r\nConnection: close\r\n", 1), False),
        (HELLO[:-9], False),
        # Somebody talks on.
        (HELLO.removesuffix(END) + b"c\r\ndata: more", False),
    ],
)
def test_only_what_was_read_to_its_end_is_kept(answer: bytes, is_kept: bool) -> None:
    """The rest of one answer would be the beginning of the next."""
    sessions = KeptSessions()
    with Keeping(say(answer)) as server:
        with begun(sessions, server.url) as (session, response, deadline):
            next(chunks(response))
            read_end(response, deadline)
        assert (sessions.take() is session) == is_kept
        session.close()
        assert server.is_left()


def test_an_end_that_comes_a_moment_later_is_waited_for_no_longer_than_that() -> None:
    """A server that ends its answers in a packet of its own would never be asked twice."""
    sessions, later = KeptSessions(), threading.Event()

    def in_two(sock: socket.socket) -> None:
        sock.sendall(HELLO.removesuffix(END))
        assert later.wait(LONG)
        sock.sendall(END)

    with Keeping(in_two) as server:
        session = sessions.take(anew=True)
        with (
            sessions.ended_after(session, LONG) as deadline,
            asked(session, server.url) as response,
        ):
            assert next(chunks(response)) == b"data: hello\n\n"
            later.set()
            # It is there before it is looked for.
            response.raw.connection.sock.recv(len(END), socket.MSG_PEEK)
            read_end(response, deadline)
        assert sessions.take() is session
        # How long a reply may take is as it was.
        call(sessions, server.url, session)


def test_a_call_that_was_ended_leaves_nothing_to_the_next() -> None:
    """What is left of an answer that nobody wanted would be the beginning of the next."""
    sessions = KeptSessions()
    with Keeping(say(HELLO.removesuffix(END)), say(HELLO)) as server:
        session = sessions.take(anew=True)
        with ended_early(sessions, session) as deadline, asked(session, server.url) as response:
            deadline.end_now()
            list(chunks(response))
        assert not sessions.take().is_connected
        assert server.is_left()
        call(sessions, server.url)
        # Who asks for the end of a call too late ends no other.
        deadline.end_now()
        call(sessions, server.url)
        assert server.accepted == 2


def test_a_call_that_ends_by_itself_while_it_is_being_ended_is_not_kept() -> None:
    """The next answer would be hung up on, because of one that nobody wanted any more."""
    sessions = KeptSessions()
    with Keeping(say(HELLO)) as server:
        session = sessions.take(anew=True)
        with ended_early(sessions, session) as deadline:
            with asked(session, server.url) as response:
                assert list(chunks(response))
            deadline.end_now()
        assert not sessions.take().is_connected
        assert server.is_left()


def test_a_server_is_not_told_of_earlier_calls() -> None:
    """A server could tell that questions of several people come from one bot, and mix them up."""
    sessions = KeptSessions()
    with Keeping(say(COOKIE)) as server:
        session = call(sessions, server.url)
        with asked(session, server.url) as response:
            assert "Cookie" not in response.request.headers
        session.close()


def test_threads_share_what_is_kept() -> None:
    """Two questions at once would be asked on one connection."""
    sessions, failures = KeptSessions(), []

    def ask() -> None:
        try:
            for _ in range(20):
                call(sessions, server.url)
        except Exception as err:
            failures.append(err)

    with Keeping(say(HELLO)) as server:
        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        assert all(ends(thread, 20) for thread in threads)
        assert failures == []
        assert len(server.heard) == 120
        while (session := sessions.take()).is_connected:
            session.close()
        assert server.is_left()


def test_a_deadline_holds_for_a_call_and_not_for_what_is_kept() -> None:
    """A kept connection would be closed when the answer before might have been too late."""
    sessions = KeptSessions()
    with Keeping(say(HELLO)) as server:
        with begun(sessions, server.url) as (session, response, deadline):
            list(chunks(response))
        assert deadline.until == math.inf
        assert sessions.take() is session
        session.close()
