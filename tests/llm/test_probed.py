"""Whether a model server is there."""

from engram.llm.servers import CLIENTS
from tests.doubles.lmstudio import Hang, LoadingModel, Status
from tests.machine_speed import slowness


def test_a_server_that_was_never_reached_is_not_called_reachable(double, server_name):
    """The start would say "connected and ready", with a server that hangs."""
    double.behave_models(Status(500, "<html>"))
    server = CLIENTS[server_name](double.url)
    assert not server.probe()
    assert server.problem == "it failed (500)"
    assert server.available
    double.behave_models(None)
    assert server.probe()
    assert server.problem == ""


def test_a_slow_probe_is_forgiven_twice(double, server_name):
    """A server busy with loading a model would be called gone."""
    server = CLIENTS[server_name](double.url, connect_timeout=0.1 * slowness())
    assert server.probe()
    double.behave_models(Hang())
    assert [server.probe() for _ in range(3)] == [True, True, False]


def test_a_server_that_loads_its_model_is_not_called_slow(double, server_name):
    """A person would read that the model is unavailable, a moment before it is there."""
    server = CLIENTS[server_name](double.url)
    assert server.probe()
    double.behave_models(LoadingModel())
    assert [server.probe() for _ in range(5)] == [True] * 5
    assert server.problem == ""
