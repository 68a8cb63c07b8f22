"""A dead man's switch."""

import re
import threading

import pytest

from engram.ops import heartbeat
from engram.ops.heartbeat import Heartbeat
from tests.doubles.dripping import Dripping, kinds
from tests.doubles.server import LoopbackServer
from tests.machine_speed import within


class Service(LoopbackServer):
    """Remembers each request, and answers it with `status`."""

    def __init__(self):
        super().__init__()
        self.paths, self.status, self.asked = [], 200, threading.Event()

    def respond(self, connection, request):
        self.paths.append(request.path)
        connection.reply(self.status, b"OK")
        self.asked.set()


@pytest.fixture
def service():
    with Service() as double:
        yield double


def test_it_beats_while_the_bot_works_and_no_longer(service):
    """Nobody would notice that the bot is dead."""
    alive = [True]
    heart = Heartbeat(f"{service.url}/ping/secret-id", lambda: alive[0])
    heart.beat()
    alive[0] = False
    heart.beat()
    assert service.paths == ["/ping/secret-id"]


def test_it_beats_by_itself(service):
    """It would beat once, at the start."""
    heart = Heartbeat(service.url, lambda: True, every=0.01)
    heart.start()
    for _ in range(3):
        assert within(5, service.asked.wait)
        service.asked.clear()
    heart.stop()


def test_without_an_address_it_does_nothing():
    """Each minute the log would say that there is no such address."""
    threads = threading.active_count()
    Heartbeat("", lambda: True).start()
    assert threading.active_count() == threads


def test_trouble_is_logged_once_and_without_the_address(service, caplog):
    """Anybody who reads the log could switch off the alarm."""
    heart = Heartbeat(f"{service.url}/secret-id", lambda: True)
    service.status = 404
    heart.beat()
    heart.beat()
    service.stop()
    heart.beat()
    assert [record.getMessage() for record in caplog.records] == [
        "[monitor] heartbeat_url cannot be requested: it answers 404",
        "[monitor] heartbeat_url cannot be requested: ConnectionError",
    ]


@pytest.mark.parametrize("kind", ["status line", "headers", "many headers", "interim answers"])
def test_a_service_whose_answer_drips_in_is_asked_again(monkeypatch, caplog, kind):
    """One reply without an end would set off the alarm for ever."""
    monkeypatch.setattr(heartbeat, "TIMEOUT", 0.2)
    with Dripping(kind) as server:
        Heartbeat(f"{server.url}/secret-id", lambda: True).beat()
        assert server.is_left(5)
    # urllib3 names the address of a head that was cut off: the log masks that as all else.
    said = [one.getMessage() for one in caplog.records if one.name == heartbeat.__name__]
    # On a machine that is late to hang up, a hundred headers are an error of their own.
    (trouble,) = said
    assert re.fullmatch(r".* cannot be requested: (ReadTimeout|ConnectionError)", trouble)


@pytest.mark.parametrize("kind", [one for one in kinds() if "body" in one or "chunk" in one])
def test_the_head_of_an_answer_is_enough(caplog, kind):
    """A service that answers with a page would seem not to work."""
    with Dripping(kind) as server:
        Heartbeat(server.url, lambda: True).beat()
        assert server.is_left(5)
    assert not caplog.records
