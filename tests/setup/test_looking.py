"""What is at the addresses where LM Studio may be."""

import socket
import threading

import pytest

from engram.setup import looking
from engram.setup.looking import Found, look, look_at
from tests.doubles.lmstudio import LMStudioDouble
from tests.machine_speed import LONG


def test_what_answers_is_told_apart(lmstudio, openai, monkeypatch):
    """A server of another kind would be taken for LM Studio."""
    monkeypatch.setattr(looking, "PATIENCE", LONG)
    with LMStudioDouble(token="k3y") as closed:
        urls = ["http://127.0.0.1:9", openai.url, closed.url, lmstudio.url]
        found = look_at(urls)
    assert [one.url for one in found] == urls
    assert [one.answers for one in found] == [False, False, True, True]
    assert [one.closed for one in found] == [False, False, True, False]
    assert [model.name for model in found[-1].models] == ["glm-4.7-flash", "qwen3-8b"]
    assert found[0].problem == "connection refused; is the server started?"
    assert found[1].problem.startswith("it answers 404")


@pytest.mark.parametrize(("token", "closed"), [("k3y", False), ("", True), ("other", True)])
def test_a_token_opens(monkeypatch, token, closed):
    """Whoever has switched on authentication would never come further."""
    monkeypatch.setattr(looking, "PATIENCE", LONG)
    with LMStudioDouble(token="k3y") as double:
        found = look(double.url, token)
    assert (found.closed, found.answers, bool(found.models)) == (closed, True, not closed)


def test_a_server_that_is_silent_does_not_answer(monkeypatch):
    """A port that is open to something else would be taken for LM Studio."""
    monkeypatch.setattr(looking, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = look(f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert found.problem == "silent for 0.2 s"
    assert not found.answers


def test_all_are_asked_at_once(monkeypatch):
    """Each address that is silent would be waited for, one after the other."""
    together = threading.Barrier(3)

    def ask(url, _token):
        together.wait(LONG)
        return Found(url, answers=True)

    monkeypatch.setattr(looking, "look", ask)
    assert all(one.answers for one in look_at(["a", "b", "c"]))


def test_a_name_that_is_looked_up_for_ever_holds_nobody_up(monkeypatch):
    """A resolver that does not answer would keep whoever sets up the bot waiting for minutes."""
    monkeypatch.setattr(looking, "LONGEST", 0.2)
    released = threading.Event()
    monkeypatch.setattr(looking, "look", lambda *_: released.wait(LONG))
    (found,) = look_at(["http://nowhere:1234"])
    released.set()
    assert found == Found("http://nowhere:1234", problem="no answer within 0.2 s")
