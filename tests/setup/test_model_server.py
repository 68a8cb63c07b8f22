"""Where LM Studio is."""

import pytest

from engram.setup import looking, model_server
from engram.setup.model_server import ModelServer
from tests.doubles.lmstudio import LMStudioDouble
from tests.machine_speed import LONG

DOWN = "http://127.0.0.1:9"
KEY = "k3y-Of-Nobody-99"


@pytest.fixture
def asked(person, capsys, monkeypatch, tmp_path):
    """Asks somebody who types these answers on a machine of which only `places` are known.

    Returns what was found, and what was printed.
    """
    monkeypatch.setattr(looking, "PATIENCE", LONG)

    def ask(*answers, config="", env="", places=(DOWN,)):
        monkeypatch.setattr(model_server, "addresses", lambda _root: [*places])
        settings = person.settings(config, env)
        person.answers = [*answers]
        found = None
        with person.dialog.step("2"):
            found = ModelServer(person.dialog, person.files, settings, tmp_path).ask()
        assert person.answers == []
        printed = capsys.readouterr().out
        assert KEY not in printed
        return found, printed

    return ask


def configured(*urls):
    """A config.ini with these."""
    return f"[lmstudio]\nurl = {', '.join(urls)} ; mine\n"


def test_one_that_answers_as_configured_is_all_that_is_asked(asked, person, lmstudio):
    """Others on the way would be asked for nothing."""
    found, printed = asked("", config=configured(lmstudio.url))
    assert found.models
    assert DOWN not in printed
    assert person.files.config.read_text() == configured(lmstudio.url)


def test_one_is_found_where_it_may_be(asked, person, lmstudio):
    """Whoever runs Engram in WSL or VirtualBox would have to find out an address first."""
    found, printed = asked("", config=configured(DOWN), places=(DOWN, lmstudio.url))
    assert found.models
    assert f"⚠️ {DOWN}: connection refused" in printed
    assert person.written.lmstudio.url == (lmstudio.url,)
    assert f"[lmstudio] url = {lmstudio.url} is in {person.file}." in printed


def test_skip_leaves_the_address_as_it_is(asked, person, lmstudio):
    """Whoever has LM Studio switched off for now would have its address replaced."""
    found, _ = asked("skip", config=configured(DOWN), places=(lmstudio.url,))
    assert (found.url, found.answers) == (DOWN, False)
    assert person.written.lmstudio.url == (DOWN,)


def test_an_address_is_typed_as_people_write_it(asked, person, lmstudio):
    """Whoever leaves out http:// would be sent away."""
    host = lmstudio.url.removeprefix("http://")
    found, printed = asked("ftp://x", host, config=configured(DOWN))
    assert found.models
    assert person.written.lmstudio.url == (lmstudio.url,)
    assert printed.count("⚠️ It must be an address") == 1
    assert "In LM Studio, start the server: Developer → Start server." in printed


@pytest.mark.parametrize(
    ("typed", "urls"),
    [
        ("pc", ("http://pc:1234",)),
        ("10.0.0.5:80, https://x", ("http://10.0.0.5:80", "https://x")),
        ("[::1]:1234", None),
        ("http://pc:1234/v1", ("http://pc:1234",)),
        ("pc:1234/api/v1/", ("http://pc:1234",)),
        (
            "v2-host:1234, http://v1.lan:5, http://v1",
            ("http://v2-host:1234", "http://v1.lan:5", "http://v1"),
        ),
        ("localhost:9/", ("http://localhost:9",)),
    ],
)
def test_the_port_and_the_scheme_may_be_left_out(typed, urls):
    """People copy an address as LM Studio or their router shows it."""
    completed = tuple(model_server._completed(one) for one in typed.split(", "))
    assert completed == (urls or (typed,))


@pytest.mark.parametrize(("agrees", "url"), [(["yes"], "http://127.0.0.1:7"), (["", ""], DOWN)])
def test_one_that_does_not_answer_may_be_taken(asked, person, agrees, url):
    """Whoever sets up the bot before LM Studio would have to come again."""
    found, _ = asked("127.0.0.1:7", *agrees, config=configured(DOWN))
    assert not found.answers
    assert person.written.lmstudio.url == (url,)


def test_it_is_looked_for_again(asked, person, lmstudio, monkeypatch):
    """Whoever has just started the server would have to begin anew."""
    looks = iter([[], [lmstudio.url]])
    ask = model_server.look_at

    def look_at(urls, token=""):
        return ask(urls, token) if urls != [lmstudio.url] or next(looks) else ask([DOWN])

    monkeypatch.setattr(model_server, "look_at", look_at)
    found, _ = asked("again", "", config=configured(DOWN), places=(lmstudio.url,))
    assert found.models
    assert person.written.lmstudio.url == (lmstudio.url,)


def test_a_token_is_asked_for_until_it_opens(asked, person):
    """Whoever has switched on authentication would never come further."""
    with LMStudioDouble(token=KEY) as closed:
        found, printed = asked("", "two words", "wrong", KEY, config=configured(closed.url))
    assert found.models
    assert person.written.secrets["LM_API_TOKEN"] == KEY
    assert "⚠️ It must be plain characters without spaces." in printed
    assert "⚠️ LM Studio does not take this token." in printed


@pytest.mark.parametrize("typed", ["", "skip"])
def test_the_token_may_be_left_out(asked, person, typed):
    """Whoever does not have it at hand could not go on."""
    with LMStudioDouble(token=KEY) as closed:
        found, _ = asked("", typed, config=configured(DOWN), places=(closed.url,))
    assert found is None or found.closed
    assert person.written.lmstudio.url == (closed.url,)


def test_a_token_that_is_there_opens_what_somebody_chooses_and_goes_nowhere_else(asked):
    """A server that was only guessed would be given the token of another."""
    env = f"LM_API_TOKEN={KEY}"
    with LMStudioDouble(token=KEY) as closed:
        skipped, _ = asked("skip", config=configured(DOWN), env=env, places=(closed.url,))
        sent = [one.headers.get("authorization") for one in closed.requests]
        found, _ = asked("", config=configured(DOWN), env=env, places=(closed.url,))
    assert sent == [None]
    assert not skipped.answers
    assert found.models


def test_a_token_in_the_environment_is_not_asked_for(asked, monkeypatch):
    """What is typed would stand in .env, and another be sent."""
    monkeypatch.setenv("LM_API_TOKEN", "other")
    with LMStudioDouble(token=KEY) as closed:
        found, printed = asked("", config=configured(closed.url))
    assert found.closed
    assert "LM_API_TOKEN is set in the environment" in printed
