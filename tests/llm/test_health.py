"""Whether a model server is reachable."""

import logging
import threading

import pytest

from engram.core.errors import TryAgainError
from engram.core.model import PROVIDERS, Status
from engram.llm.health import Health
from engram.llm.patience import Outcomes
from tests.machine_speed import within

UP, SLOW, DOWN = "up", "slow", "down"


class Server:
    """A server that is reachable, or not, as scripted."""

    provider = PROVIDERS["lmstudio"]
    base_url = "http://localhost:1234"

    def __init__(self, *states):
        self._states = list(states)
        self.problem = ""
        self.available = True
        self.outcomes = Outcomes()
        self.probed = threading.Semaphore(0)

    def probe(self):
        there = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        self.probed.release()
        if isinstance(there, Exception):
            raise there
        self.problem = "" if there is UP else "connection refused"
        self.available = there is not DOWN
        return there is UP


@pytest.mark.parametrize(
    ("states", "seen"),
    [
        ([UP], [Status.CONNECTED]),
        ([DOWN], [Status.OFFLINE]),
        ([UP, DOWN, DOWN, DOWN], [Status.CONNECTED, *[Status.RETRYING] * 2, Status.OFFLINE]),
        ([UP, DOWN, UP], [Status.CONNECTED, Status.RETRYING, Status.CONNECTED]),
        ([DOWN, UP], [Status.OFFLINE, Status.CONNECTED]),
        ([SLOW] * 4 + [UP, SLOW], [Status.RETRYING] * 4 + [Status.CONNECTED, Status.RETRYING]),
        ([UP, DOWN, DOWN, DOWN, DOWN, UP], [Status.CONNECTED, *[Status.RETRYING] * 2,
                                            *[Status.OFFLINE] * 2, Status.CONNECTED]),
    ],
)  # fmt: skip
def test_the_status_follows_the_probes(states, seen):
    """/status would not show whether people are answered by the model."""
    health = Health(Server(*states), 15)
    assert [health.check() for _ in states] == seen


def test_only_changes_are_told(caplog):
    """The log would fill with the same line every 15 seconds."""
    caplog.set_level(logging.INFO)
    health = Health(Server(DOWN, DOWN, UP, UP, DOWN), 15)
    statuses = [health.check() for _ in range(5)]
    assert statuses == [Status.OFFLINE] * 2 + [Status.CONNECTED] * 2 + [Status.RETRYING]
    assert [record.getMessage().partition("1234")[2] for record in caplog.records] == [
        ": connection refused",
        " is reachable",
        ": connection refused",
    ]


def test_probing_goes_on_in_the_background_whatever_happens():
    """LM Studio coming back would not be noticed after one odd failure."""
    server = Server(RuntimeError("odd"), DOWN, UP)
    health = Health(server, 0.01)
    health.start()
    for _ in range(4):
        assert within(5, lambda moment: server.probed.acquire(timeout=moment))
    health.stop()
    assert health.wait_for_first(5) is Status.CONNECTED


def test_a_server_that_a_question_found_gone_is_announced_when_it_is_back(caplog):
    """The log would say that it went, and never that it came back."""
    caplog.set_level(logging.INFO)
    server = Server(UP)
    health = Health(server, 15)
    health.check()
    server.problem = "connection refused"
    health.check()
    assert "LM Studio at http://localhost:1234 is reachable" in caplog.text


def test_what_questions_have_met_counts_as_well():
    """/status would be green although the last three questions failed."""
    server = Server(UP)
    health = Health(server, 15)
    assert health.as_seen is Status.OFFLINE
    health.check()
    assert health.as_seen is Status.CONNECTED
    for _ in range(3):
        server.outcomes.failed(TryAgainError("silent"))
    assert health.as_seen is Status.FAILING
    server.available = False
    assert health.as_seen is Status.RETRYING
