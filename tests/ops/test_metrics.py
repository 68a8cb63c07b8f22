"""Metrics, read as Prometheus reads them."""

import re
import socket

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from engram import __version__
from engram.core.errors import Cause
from engram.core.events import FellBack, Kind, Progress, Stage
from engram.core.listener import Answered
from engram.ops.metrics import Gauge, Metrics
from tests.machine_speed import LONG


@pytest.fixture
def port():
    """A port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def scrape(port):
    """All samples: {(name, labels): value}."""
    text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=LONG).text
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_happened_can_be_read(port):
    """The owner would see nothing of what goes wrong at night."""
    metrics = Metrics()
    metrics.registry.register(Gauge("x", "X.", lambda: {("1",): 2.0}, ("a",)))
    metrics.serve("127.0.0.1", port)
    metrics.answered(Answered("lmstudio", Kind.CHAT, 1.5, 0.2))
    metrics.answered(Answered("mock", Kind.CHAT, 0.1, fell_back=True))
    metrics.answered(Answered("rules", Kind.CHAT, 0.1, fell_back=True, failed=True))
    metrics.happened(FellBack("lmstudio", "silent for 60 s", Cause.NO_ANSWER))
    metrics.happened(Progress(Stage.RETRYING, attempt=2, attempts=3))
    metrics.happened(Progress(Stage.THINKING))
    metrics.called("sendMessage", 200)
    metrics.paused(7)
    metrics.made("watch")
    metrics.delivered("alert")
    metrics.asked("binance", "look", 429)
    found = scrape(port)
    assert found["engram_answers_total", "lmstudio", "ok"] == 1
    assert found["engram_answers_total", "fallback", "mock"] == 1
    assert found["engram_answers_total", "failed", "rules"] == 1
    assert found["engram_answer_seconds_sum", "lmstudio"] == 1.5
    assert found["engram_first_text_seconds_count", "lmstudio"] == 1
    assert found["engram_fallbacks_total", "lmstudio", "no answer"] == 1
    assert found["engram_retries_total",] == 1
    assert found["engram_telegram_calls_total", "200", "sendMessage"] == 1
    assert found["engram_telegram_pause_seconds_total",] == 7
    assert found["engram_made_total", "watch"] == 1
    assert found["engram_delivered_total", "alert"] == 1
    assert found["engram_exchange_requests_total", "429", "binance", "look"] == 1
    assert found["engram_x", "1"] == 2
    assert found["engram_build_info", __version__] == 1


def test_names_follow_the_conventions_of_prometheus(port):
    """Dashboards and alert rules of others would not find them."""
    Metrics().serve("127.0.0.1", port)
    text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=LONG).text
    for family in text_string_to_metric_families(text):
        assert re.fullmatch(r"engram_[a-z_]+", family.name)
        assert family.documentation.endswith(".")
        if family.type == "histogram":
            assert family.name.endswith("_seconds")


def test_a_port_that_is_taken_is_a_sentence_in_the_log(port, caplog):
    """A second program on that port would keep the bot from starting."""
    with socket.create_server(("127.0.0.1", port)):
        Metrics().serve("127.0.0.1", port)
    assert "name another port" in caplog.text
