"""The doubles of OpenAI's and Anthropic's servers refuse what the real ones would."""

import pytest
import requests

from tests.machine_speed import LONG

HI = [{"role": "user", "content": "hi"}]
OPENAI = {"model": "gpt-5", "messages": HI}
ANTHROPIC = {"model": "claude-new", "max_tokens": 10, "messages": HI}
VERSION = {"anthropic-version": "2023-06-01"}


def say(*roles):
    return {"messages": [{"role": role, "content": "hi"} for role in roles]}


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({}, 200, ""),
        (say("system", "user", "assistant", "user"), 200, ""),
        ({"max_token": 1}, 400, "Unrecognized request argument supplied: max_token"),
        ({"model": None}, 400, "must provide a model"),
        ({"model": "gpt-0"}, 404, "`gpt-0` does not exist"),
        ({"messages": []}, 400, "empty array"),
        (say("person"), 400, "messages[0].role"),
        ({"messages": [{"role": "user", "content": None}]}, 400, "messages[0].content"),
        ({"stream_options": {"include_usage": True}}, 400, "only allowed when 'stream'"),
    ],
)
def test_openai_refuses(openai, change, status, reason):
    """The client could send what only a double takes."""
    response = requests.post(f"{openai.url}/chat/completions", json=OPENAI | change, timeout=LONG)
    assert response.status_code == status
    assert reason in response.json().get("error", {"message": ""})["message"]


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({}, 200, ""),
        (say("user", "assistant", "user"), 200, ""),
        ({"system": "be brief"}, 200, ""),
        ({"max_tokens": None}, 400, "max_tokens: Field required"),
        ({"stream_options": {}}, 400, "stream_options: Extra inputs"),
        ({"model": "claude-0"}, 404, "model: claude-0"),
        (say("system", "user"), 400, 'Unexpected role "system"'),
        (say("assistant"), 400, "roles must alternate"),
        (say("user", "user"), 400, "roles must alternate"),
        ({"messages": [{"role": "user", "content": " "}]}, 400, "must be non-empty"),
    ],
)
def test_anthropic_refuses(anthropic, change, status, reason):
    """The client could send what only a double takes."""
    url = f"{anthropic.url}/v1/messages"
    response = requests.post(url, json=ANTHROPIC | change, headers=VERSION, timeout=LONG)
    assert response.status_code == status
    assert reason in response.json().get("error", {"message": ""})["message"]


@pytest.mark.parametrize(
    ("engine", "change", "status", "reason"),
    [
        ("llamacpp", {"return_progress": True}, 200, ""),
        ("llamacpp", {"model": "any"}, 200, ""),
        ("litellm", {"return_progress": True}, 400, "Unrecognized"),
        ("litellm", {"model": "any"}, 400, "Invalid model name passed in model=any"),
    ],
)
def test_engines_differ(openai, engine, change, status, reason):
    """The client could ask llama.cpp for what it refuses, or others for what only it knows."""
    openai.engine = engine
    response = requests.post(f"{openai.url}/chat/completions", json=OPENAI | change, timeout=LONG)
    assert response.status_code == status
    assert reason in response.json().get("error", {"message": ""})["message"]


@pytest.mark.parametrize(
    ("engine", "status", "reason"),
    [("", 401, "Incorrect API key"), ("llamacpp", 401, "Invalid API Key"),
     ("litellm", 400, "No connected db.")],
)  # fmt: skip
def test_a_list_that_needs_no_key_says_nothing_about_it(openai, engine, status, reason):
    """A wrong key would pass for a right one in all tests."""
    openai.engine, openai.token, openai.lists_to_all = engine, "right", True
    assert requests.get(f"{openai.url}/models", timeout=LONG).status_code == 200
    url, wrong = f"{openai.url}/chat/completions", {"Authorization": "Bearer wrong"}
    response = requests.post(url, json=OPENAI, headers=wrong, timeout=LONG)
    assert response.status_code == status
    assert reason in response.json()["error"]["message"]


def test_both_want_their_key(openai, anthropic):
    """A client that sends none would pass its tests."""
    openai.token = anthropic.token = "right"
    for url, right in (
        (f"{openai.url}/models", {"Authorization": "Bearer right"}),
        (f"{anthropic.url}/v1/models", {"x-api-key": "right", **VERSION}),
    ):
        assert requests.get(url, timeout=LONG).status_code == 401
        wrong = {name: value.replace("right", "wrong") for name, value in right.items()}
        assert requests.get(url, headers=wrong, timeout=LONG).status_code == 401
        assert requests.get(url, headers=right, timeout=LONG).status_code == 200


def test_anthropic_wants_a_version(anthropic):
    """A client that sends none would pass its tests."""
    assert requests.get(f"{anthropic.url}/v1/models", timeout=LONG).status_code == 400


def test_other_paths_are_unknown(openai, anthropic):
    """A wrong path would pass for a right one."""
    for double in (openai, anthropic):
        assert requests.post(f"{double.url}/v2/chat", json={}, timeout=LONG).status_code == 404
