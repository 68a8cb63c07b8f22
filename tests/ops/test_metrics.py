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
from engram.core.usage import Usage
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


def test_what_answers_cost_can_be_read(port):
    """The owner could not see that a model got slow, or what a hosted one costs."""
    metrics = Metrics()
    metrics.serve("127.0.0.1", port)
    usage = Usage(798, 160, 90, 41.3, 0.35, 12.0, 700, 1916)
    metrics.answered(Answered("lmstudio", Kind.CHAT, 20.0, usage=usage))
    metrics.answered(Answered("lmstudio", Kind.CHAT, 20.0, usage=Usage(2, 0)))
    metrics.answered(Answered("mock", Kind.CHAT, 0.1))
    found = scrape(port)
    for name, value in (
        ("tokens_read_total", 800),
        ("tokens_cached_total", 700),
        ("tokens_written_total", 160),
        ("tokens_thought_total", 90),
        ("tokens_per_second_sum", 41.3),
        ("tokens_per_second_count", 1),
        ("time_to_first_token_seconds_sum", 0.35),
        ("model_load_seconds_sum", 12),
        ("context_used_ratio_sum", 0.5),
    ):
        assert found[f"engram_{name}", "lmstudio"] == value, name
        assert (f"engram_{name}", "mock") not in found


def test_names_follow_the_conventions_of_prometheus(port):
    """Dashboards and alert rules of others would not find them."""
    Metrics().serve("127.0.0.1", port)
    text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=LONG).text
    for family in text_string_to_metric_families(text):
        assert re.fullmatch(r"engram_[a-z_]+", family.name)
        assert family.documentation.endswith(".")
        if family.type == "histogram":
            assert family.name.endswith(("_seconds", "_per_second", "_ratio"))


def test_a_port_that_is_taken_is_a_sentence_in_the_log(port, caplog):
    """A second program on that port would keep the bot from starting."""
    with socket.create_server(("127.0.0.1", port)):
        Metrics().serve("127.0.0.1", port)
    assert "name another port" in caplog.text
