"""The doubles of model servers look at pictures, and refuse them as the real ones would."""

from dataclasses import replace

import pytest
import requests

from tests.doubles.lmstudio import model
from tests.doubles.pictures import Seen
from tests.machine_speed import LONG
from tests.pictures import an_image

NO_BASE64 = "'url' field must be a base64 encoded image."
UNSUPPORTED = "You uploaded an unsupported image."
NOT_PROCESSED = "image.source.base64.data: Could not process image"
EYELESS = "image input is not supported - hint: if this is unexpected, you may need"
GOOD = an_image()


def to_lmstudio(server, image):
    server.models = [model("sees", vision=True), model("blind")]
    items = [{"type": "text", "content": "hi"}, {"type": "image", "data_url": image.data_url}]
    body = {"model": "sees" if server.sees else "blind", "input": items}
    return requests.post(f"{server.url}/api/v1/chat", json=body, timeout=LONG)


def to_openai(server, image):
    parts = [{"type": "text", "text": "hi"}]
    parts += [{"type": "image_url", "image_url": {"url": image.data_url}}]
    body = {"model": "gpt-5", "messages": [{"role": "user", "content": parts}]}
    return requests.post(f"{server.url}/chat/completions", json=body, timeout=LONG)


def to_anthropic(server, image):
    source = {"type": "base64", "media_type": image.media_type, "data": image.base64}
    parts = [{"type": "image", "source": source}, {"type": "text", "text": "hi"}]
    messages = [{"role": "user", "content": parts}]
    body = {"model": "claude-new", "max_tokens": 10, "messages": messages}
    version = {"anthropic-version": "2023-06-01"}
    return requests.post(f"{server.url}/v1/messages", json=body, headers=version, timeout=LONG)


SEND = {"lmstudio": to_lmstudio, "openai": to_openai, "anthropic": to_anthropic}
BROKEN = {"lmstudio": NO_BASE64, "openai": UNSUPPORTED, "anthropic": NOT_PROCESSED}
BLIND = {
    "lmstudio": "Model does not support images. Please use a model that does.",
    "openai": "Invalid content type. image_url is only supported by certain models.",
    "anthropic": "this model does not support image input",
}


@pytest.fixture
def send(server_name, double):
    """Send a picture to each model server in turn, as one would without any client."""
    return lambda image: SEND[server_name](double, image)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_good_picture_is_looked_at(send, double, kind):
    """Every picture would be refused, or none be looked at."""
    image = an_image(1568, 20, kind)
    assert send(image).status_code == 200
    assert double.pictures == [(Seen(image.media_type, 1568, 20),)]


@pytest.mark.parametrize(
    "image",
    [an_image(kind="WEBP"), replace(GOOD, data=GOOD.data[:80]), replace(GOOD, data=b"PNG"),
     replace(GOOD, media_type="image/jpeg")],
    ids=["webp", "truncated", "no picture", "another format"],
)  # fmt: skip
def test_what_is_no_picture_is_refused(send, double, server_name, image):
    """Engram could send what LM Studio does not take."""
    response = send(image)
    assert response.status_code == 400
    assert BROKEN[server_name] in response.json()["error"]["message"]
    assert double.pictures == []


@pytest.mark.parametrize(
    ("image", "why"),
    [(an_image(1569, 20), "1569 x 20 pixels"), (an_image(20, 1569, "JPEG"), "20 x 1569 pixels"),
     (an_image(kind="JPEG", lying=True), "it lies on its side")],
)  # fmt: skip
def test_what_engram_promises_not_to_send_is_refused(send, image, why):
    """A photo would be read on its side, or a large one take a minute to read."""
    response = send(image)
    assert response.status_code == 400
    assert why in response.json()["error"]["message"]


def test_a_model_without_vision_refuses_every_picture(send, double, server_name):
    """No test would see what becomes of a picture there."""
    double.sees = False
    response = send(GOOD)
    assert response.status_code == 400
    assert response.json()["error"]["message"] == BLIND[server_name]


@pytest.mark.parametrize(("engine", "words"), [("llamacpp", ""), ("litellm", "Lm_studioException")])
def test_engines_call_it_their_own_failure(openai, engine, words):
    """llama.cpp's refusal would be taken for a failure of the server."""
    openai.engine, openai.sees = engine, False
    openai.models.append({"id": "gpt-5"})
    response = to_openai(openai, GOOD)
    assert response.status_code == 500
    assert EYELESS in (message := response.json()["error"]["message"])
    assert words in message


@pytest.mark.parametrize(("sees", "inputs"), [(True, ["text", "image"]), (False, ["text"])])
def test_llama_cpp_lists_what_its_model_takes(openai, sees, inputs):
    """Engram could not know it before it asks."""
    openai.engine, openai.sees = "llamacpp", sees
    (first, *_) = requests.get(f"{openai.url}/models", timeout=LONG).json()["data"]
    assert first["architecture"] == {"input_modalities": inputs}


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([{"role": "user", "content": [{"type": "image"}]}], "Invalid value"),
        ([{"role": "system", "content": [{"type": "image_url"}]}], "only allowed"),
    ],
)
def test_openai_refuses_other_parts(openai, messages, reason):
    """The client could send what only a double takes."""
    body = {"model": "gpt-5", "messages": messages}
    response = requests.post(f"{openai.url}/chat/completions", json=body, timeout=LONG)
    assert response.status_code == 400
    assert reason in response.json()["error"]["message"]
