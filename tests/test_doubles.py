"""The doubles bite: they refuse what the real servers refuse, and take what those take."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from tests.conftest import wait_until
from tests.doubles import lmstudio as lm
from tests.doubles import telegram as telegram_module
from tests.doubles.exchange import ExchangeDouble, expected_prices
from tests.doubles.lmstudio import LMStudioDouble
from tests.doubles.tape import Tape
from tests.doubles.telegram import TelegramDouble
from tests.doubles.telegram_rules import FloodControl, found_entities
from tests.machine_speed import LONG, IdleClock, ends, exit_code

ANN, GROUP = 7, -1001
# Higher than the numbers of all updates, and of the same numbering.
ACKNOWLEDGED = 800_900_000
BOLD = {"type": "bold", "offset": 0, "length": 2}


@pytest.fixture
def telegram() -> Iterator[TelegramDouble]:
    """A Telegram with one private chat, whose first update is acknowledged."""
    with TelegramDouble() as double:
        double.say(ANN, "/start")
        call(double, "getUpdates", offset=ACKNOWLEDGED)
        yield double
        assert double.errors == []


@pytest.fixture
def lmstudio() -> Iterator[LMStudioDouble]:
    """An LM Studio with its default models."""
    with LMStudioDouble() as double:
        yield double
        assert double.errors == []


def call(double: TelegramDouble, method: str, **params: Any) -> dict[str, Any]:
    """One call with a JSON body, on a connection of its own."""
    return requests.post(
        f"{double.url}/bot{double.token}/{method}", json=params, timeout=LONG
    ).json()


def chat(double: LMStudioDouble, **body: Any) -> requests.Response:
    """One chat request."""
    body = {"model": "zai-org/glm-4.7-flash", "input": "hi", **body}
    stream = bool(body.get("stream"))
    return requests.post(f"{double.url}/api/v1/chat", json=body, stream=stream, timeout=LONG)


def nested(*entities: tuple[str, int, int]) -> dict[str, Any]:
    """A text with entities, each a type, an offset and a length."""
    names = ("type", "offset", "length")
    return {"text": "text", "entities": [dict(zip(names, one, strict=True)) for one in entities]}


def events(response: requests.Response) -> list[tuple[str, dict[str, Any]]]:
    """(event, data) of a whole stream."""
    blocks = [block.splitlines() for block in response.text.strip().split("\n\n")]
    return [(b[0].removeprefix("event: "), json.loads(b[1].removeprefix("data: "))) for b in blocks]


@pytest.mark.parametrize(
    ("method", "params", "description"),
    [
        ("sendMessage", {"text": ""}, "message text is empty"),
        ("sendMessage", {"text": " \n"}, "text must be non-empty"),
        ("sendMessage", {"text": "😀" * 2049}, "message is too long"),
        ("sendMessage", {"text": "x", "chat_id": 99}, "chat not found"),
        ("sendMessage", {"text": "x", "entities": "{["}, "can't parse entities JSON object"),
        ("sendMessage", {"text": "x", "entities": [{"offset": 0}]}, "can't parse MessageEntity"),
        ("sendMessage", {"text": "xy", "entities": [BOLD | {"offset": 1}]}, "ends after the end"),
        ("sendMessage", {"text": "xy", "entities": [BOLD | {"offset": 2}]}, "begins after the end"),
        ("sendMessage", {"text": "xy", "entities": [BOLD | {"offset": -1}]}, "incorrect offset -1"),
        ("sendMessage", {"text": "x😀y", "entities": [BOLD]}, "ends in a middle of a UTF-16"),
        ("sendMessage", {"text": "😀y", "entities": [BOLD | {"offset": 1}]}, "begins in a middle"),
        ("sendMessage", nested(("bold", 0, 2), ("italic", 1, 2)), "bold and italic overlap"),
        ("sendMessage", nested(("bold", 0, 2), ("code", 0, 1)), "code can't be in bold"),
        ("sendMessage", nested(("pre", 0, 2), ("bold", 0, 2)), "bold can't be in pre"),
        (
            "sendMessage",
            nested(("blockquote", 0, 4), ("bold", 0, 2), ("blockquote", 1, 1)),
            "blockquote can't be in bold",
        ),
        ("sendMessage", {"text": "x", "reply_parameters": {"message_id": 99}}, "to be replied not"),
        ("sendMessage", {"text": "x", "message_thread_id": 5}, "message thread not found"),
        (
            "sendMessage",
            {
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "b", "callback_data": "é" * 33}]]},
            },
            "BUTTON_DATA_INVALID",
        ),
        ("sendPhoto", {"caption": "x"}, "there is no photo in the request"),
        ("sendPhoto", {"photo": "photo-9", "caption": "x" * 1025}, "message caption is too long"),
        ("editMessageText", {"message_id": 99, "text": "x"}, "message to edit not found"),
        ("editMessageText", {"message_id": 1, "text": "x"}, "message can't be edited"),
        ("sendMessageDraft", {"draft_id": 0, "text": "x"}, "draft"),
        ("sendMessageDraft", {"draft_id": 1, "text": "x", "chat_id": GROUP}, "TEXTDRAFT_PEER"),
        ("sendChatAction", {"action": "thinking"}, "wrong parameter action"),
        ("answerCallbackQuery", {"callback_query_id": "5"}, "query is too old"),
        ("setMyCommands", {"commands": [{"command": "A", "description": "x"}]}, "COMMAND_INVALID"),
    ],
)
def test_telegram_refuses(
    telegram: TelegramDouble, method: str, params: dict[str, Any], description: str
) -> None:
    """Otherwise the bot's tests pass while the real Telegram shows people nothing."""
    telegram.say(GROUP, "hello")
    answer = call(telegram, method, **{"chat_id": ANN, **params})
    assert answer["error_code"] == 400
    assert description in answer["description"]
    assert description in telegram.violations[0]
    assert telegram.screen(ANN) == []


def test_telegram_takes_what_is_within_the_limits(telegram: TelegramDouble) -> None:
    """Otherwise the bot would be held to limits that do not exist."""
    button = {"text": "4h", "callback_data": "x" * 64}
    call(telegram, "sendMessage", chat_id=ANN, text="😀" * 2048, entities=[BOLD])
    quoted = nested(("blockquote", 0, 4), ("pre", 0, 1), ("bold", 2, 2), ("italic", 2, 1))
    assert call(telegram, "sendMessage", chat_id=ANN, **quoted)["ok"]
    sent = call(
        telegram,
        "sendMessage",
        chat_id=str(ANN),
        text="  hi  ",
        entities=json.dumps([{"type": "bold", "offset": 2, "length": 4}]),
        reply_parameters={"message_id": 99, "allow_sending_without_reply": True},
        reply_markup={"inline_keyboard": [[button]]},
    )["result"]
    assert (sent["text"], sent["entities"]) == ("hi", [BOLD])
    assert telegram.screen(ANN)[2].buttons == [("4h", "x" * 64)]
    assert telegram.violations == []


def test_telegram_edits_only_what_changes(telegram: TelegramDouble) -> None:
    """An edit that adds white space is refused, as in the real chat; a real one is seen."""
    message_id = call(telegram, "sendMessage", chat_id=ANN, text="a")["result"]["message_id"]
    edit = {"chat_id": ANN, "message_id": message_id}
    refused = call(telegram, "editMessageText", text="a \n", **edit)
    assert refused["description"].startswith("Bad Request: message is not modified: ")
    call(telegram, "editMessageText", text="ab", **edit)
    (shown,) = telegram.screen(ANN)
    assert (shown.text, shown.edits) == ("ab", 1)


@pytest.mark.parametrize("how", ["params", "data", "json"])
def test_telegram_takes_parameters_in_every_form(telegram: TelegramDouble, how: str) -> None:
    """telebot puts parameters into the URL, a custom sender into the body: both must work."""
    given = {how: {"chat_id": ANN, "text": "ünï & 😀"}}
    requests.post(f"{telegram.url}/bot{telegram.token}/sendMessage", timeout=LONG, **given)  # type: ignore[arg-type]
    assert telegram.screen(ANN)[0].text == "ünï & 😀"


def test_telegram_keeps_uploaded_photos(telegram: TelegramDouble) -> None:
    """Charts travel as multipart bodies; a test must be able to look at them."""
    url, png = f"{telegram.url}/bot{telegram.token}", b"\x89PNG\r\n--\x00\xff"
    form = {"chat_id": str(ANN), "caption": "BTC"}
    requests.post(f"{url}/sendPhoto", data=form, files={"photo": ("c.png", png)}, timeout=LONG)
    (shown,) = telegram.screen(ANN)
    assert (shown.photo, shown.caption) == (png, "BTC")
    media = json.dumps({"type": "photo", "media": "attach://new", "caption": "ETH"})
    form = {"chat_id": str(ANN), "message_id": str(shown.message_id), "media": media}
    requests.post(f"{url}/editMessageMedia", data=form, files={"new": png + b"2"}, timeout=LONG)
    assert (telegram.screen(ANN)[0].photo, telegram.screen(ANN)[0].caption) == (png + b"2", "ETH")
    assert telegram.violations == []


def test_telegram_checks_token_and_size_of_the_url(telegram: TelegramDouble) -> None:
    """A wrong token and a text in the URL that is too long fail as they do in production."""
    other = telegram.token[:-1] + "X"
    assert requests.get(f"{telegram.url}/bot{other}/getMe", timeout=LONG).status_code == 401
    assert requests.get(f"{telegram.url}/botabc/getMe", timeout=LONG).status_code == 404
    long = {"chat_id": str(ANN), "text": "x" * 9000}
    url = f"{telegram.url}/bot{telegram.token}/sendMessage"
    assert requests.get(url, params=long, timeout=LONG).status_code == 431
    assert call(telegram, "sendFax")["error_code"] == 404
    assert len(telegram.violations) == 2


def test_updates_are_kept_until_acknowledged(telegram: TelegramDouble) -> None:
    """A message that the bot fetched but lost in a crash must come again."""
    telegram.say(ANN, "one")
    telegram.say(ANN, "two")
    first = call(telegram, "getUpdates")["result"]
    assert first == call(telegram, "getUpdates")["result"]
    assert [u["message"]["text"] for u in first] == ["one", "two"]
    rest = call(telegram, "getUpdates", offset=first[0]["update_id"] + 1, limit=1)["result"]
    assert rest == first[1:]
    assert telegram.pending == 1


def test_a_second_poll_ends_the_first(telegram: TelegramDouble) -> None:
    """Two bots with one token: the first gets 409, and the second gets the message at once."""
    answers: list[dict[str, Any]] = []

    def poll() -> None:
        answers.append(call(telegram, "getUpdates", timeout=50))

    first, second = threading.Thread(target=poll), threading.Thread(target=poll)
    first.start()
    telegram.wait_for(lambda: len(telegram.calls) == 2)
    second.start()
    first.join()
    assert (answers[0]["error_code"], answers[0]["description"][:8]) == (409, "Conflict")
    telegram.say(ANN, "hi")
    second.join()
    assert answers[1]["result"][0]["message"]["text"] == "hi"


def test_telegram_can_be_killed_and_comes_back(telegram: TelegramDouble) -> None:
    """A long poll breaks off at once, and nothing that was said meanwhile is lost."""
    failures: list[Exception] = []

    def poll() -> None:
        try:
            call(telegram, "getUpdates", timeout=30)
        except requests.ConnectionError as err:
            failures.append(err)

    thread = threading.Thread(target=poll)
    thread.start()
    telegram.wait_for(lambda: len(telegram.calls) == 2)
    telegram.down()
    assert ends(thread, 2)
    assert len(failures) == 1
    with pytest.raises(requests.ConnectionError):
        call(telegram, "getMe")
    telegram.say(ANN, "still there?")
    telegram.up()
    assert len(call(telegram, "getUpdates")["result"]) == 1


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes for a Telegram, however long the calls to it take."""
    monkeypatch.setattr(telegram_module, "time", SimpleNamespace(monotonic=lambda: 100.0))


def test_flood_limits_bite(stopped_clock: None) -> None:
    """A bot that edits too often would be locked out for hours; here its test fails instead."""
    with TelegramDouble(enforce_flood=True) as telegram:
        telegram.say(ANN, "hi")
        answers = [call(telegram, "sendMessage", chat_id=ANN, text="x") for _ in range(6)]
        assert [answer["ok"] for answer in answers] == [True] * 3 + [False] * 3
        waits = [answer["parameters"]["retry_after"] for answer in answers[3:]]
        assert waits == [1, 2, 3]
        assert len(telegram.violations) == 3
        assert call(telegram, "sendChatAction", chat_id=ANN, action="typing")["ok"]


@pytest.mark.parametrize(
    ("chats", "pace", "count", "passed"),
    [
        ([ANN], 1.0, 60, 60),
        ([ANN], 0.5, 6, 5),
        ([GROUP], 3.0, 60, 60),
        ([GROUP], 1.0, 5, 4),
        ([GROUP], 2.75, 60, 20),
        (range(1, 100), 0.001, 60, 30),
    ],
)
def test_flood_limits_fit_the_documentation(
    chats: list[int], pace: float, count: int, passed: int
) -> None:
    """1 a second in private, 20 a minute in groups, 30 a second in all, and no more."""
    flood, given = FloodControl(enforce=True), 0
    for number in range(count):
        if flood.retry_after(chats[number % len(chats)], 100 + number * pace):
            break
        given += 1
    assert given == passed


def test_sending_during_a_scripted_retry_after_is_a_violation(
    telegram: TelegramDouble, stopped_clock: None
) -> None:
    """The bot must really wait as long as it was told."""
    telegram.fail("sendMessage", 429, retry_after=1, chat_id=ANN)
    refused = call(telegram, "sendMessage", chat_id=ANN, text="x")
    assert refused["parameters"] == {"retry_after": 1}
    assert telegram.violations == []
    assert call(telegram, "sendMessage", chat_id=ANN, text="x")["parameters"]["retry_after"] == 2
    assert len(telegram.violations) == 1


@pytest.mark.parametrize(
    ("behaviour", "error", "shown"),
    [
        ("html502", "502 Server Error", 0),
        ("reset", "reset", 0),
        ("reply_lost", "reset", 1),
        ("hang", "timed out", 0),
    ],
)
def test_telegram_connections_fail_on_demand(
    telegram: TelegramDouble, behaviour: str, error: str, shown: int
) -> None:
    """After "reply_lost" the message is on screen although the bot saw a failure."""
    telegram.fail_raw("sendMessage", behaviour)
    url, params = f"{telegram.url}/bot{telegram.token}/sendMessage", {"chat_id": ANN, "text": "x"}
    timeout = 0.2 if behaviour == "hang" else LONG
    with pytest.raises(requests.RequestException, match=error):
        requests.post(url, json=params, timeout=timeout).raise_for_status()
    assert len(telegram.screen(ANN)) == shown
    assert call(telegram, "sendMessage", chat_id=ANN, text="y")["ok"]


def test_telegram_refuses_for_a_while_and_only_in_that_chat(telegram: TelegramDouble) -> None:
    """A test of a passing refusal would try one that never passes, or none."""
    telegram.fail_for(0.3, "*", 413, chat_id=ANN)
    telegram.say(ANN + 1, "hi")
    message = {"chat_id": ANN, "text": "x"}
    refused = call(telegram, "sendMessage", **message)
    assert (refused["error_code"], refused["description"]) == (413, "Request Entity Too Large")
    assert call(telegram, "sendMessage", chat_id=ANN + 1, text="x")["ok"]
    assert call(telegram, "getMe")["ok"]
    wait_until(lambda: call(telegram, "sendMessage", **message)["ok"], 5)
    assert telegram.texts(ANN) == ["x"]
    assert telegram.violations == []


def test_telegram_acts_at_once_and_replies_late(telegram: TelegramDouble) -> None:
    """A test of slow replies would find no message on screen that nobody confirmed."""
    telegram.slow_down("sendMessage", 0.2, times=2, chat_id=ANN)
    url, params = f"{telegram.url}/bot{telegram.token}/sendMessage", {"chat_id": ANN, "text": "x"}
    with pytest.raises(requests.ReadTimeout):
        requests.post(url, json=params, timeout=0.05)
    assert telegram.texts(ANN) == ["x"]
    began = time.monotonic()
    assert call(telegram, "sendMessage", chat_id=ANN, text="y")["ok"]
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("status", [401, 404])
def test_telegram_revokes_a_token(telegram: TelegramDouble, status: int) -> None:
    """A test of a revoked token would have a bot that goes on as ever."""
    polled: list[dict[str, Any]] = []
    poll = threading.Thread(
        target=lambda: polled.append(call(telegram, "getUpdates", offset=ACKNOWLEDGED, timeout=50))
    )
    poll.start()
    telegram.wait_for(lambda: telegram.calls[-1].params.get("timeout"))
    telegram.revoke(status)
    assert ends(poll, 5)
    assert [polled[0]["error_code"], call(telegram, "getMe")["error_code"]] == [status] * 2
    assert telegram.calls[-1].status == status
    telegram.accept()
    assert call(telegram, "getMe")["ok"]
    assert telegram.violations == []


def test_people_block_and_delete(telegram: TelegramDouble) -> None:
    """The bot is to blame only for what it was told before."""
    message_id = call(telegram, "sendMessage", chat_id=ANN, text="a")["result"]["message_id"]
    telegram.delete(ANN, message_id)
    edit = {"chat_id": ANN, "message_id": message_id, "text": "b"}
    assert "message to edit not found" in call(telegram, "editMessageText", **edit)["description"]
    assert telegram.violations == []
    call(telegram, "editMessageText", **edit)
    assert len(telegram.violations) == 1
    telegram.block(ANN)
    blocked = call(telegram, "sendMessage", chat_id=ANN, text="x")
    assert blocked["description"] == "Forbidden: bot was blocked by the user"
    assert len(telegram.violations) == 1


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("/analyze@engram_test_bot BTC", [("bot_command", 0, 24)]),
        ("😀 /start, @someone!", [("bot_command", 3, 6), ("mention", 11, 8)]),
        ("and/or a@b.example", []),
    ],
)
def test_commands_and_mentions_are_found(text: str, entities: list[tuple[str, int, int]]) -> None:
    """telebot recognises commands by these entities."""
    found = [(e["type"], e["offset"], e["length"]) for e in found_entities(text)]
    assert found == entities


def test_buttons_groups_and_edits_reach_the_bot(telegram: TelegramDouble) -> None:
    """What people do besides writing arrives as the updates that Telegram sends."""
    said = telegram.say(GROUP, "hello", thread_id=5)
    sent = call(telegram, "sendMessage", chat_id=GROUP, text="hi", message_thread_id=5)["result"]
    telegram.say(GROUP, "really?", reply_to=sent["message_id"])
    callback_id = telegram.press(GROUP, sent["message_id"], "4h")
    telegram.edit_said(GROUP, said, "hello!")
    updates = call(telegram, "getUpdates")["result"]
    assert [set(update) - {"update_id"} for update in updates] == [
        {"message"},
        {"message"},
        {"callback_query"},
        {"edited_message"},
    ]
    assert updates[1]["message"]["reply_to_message"]["from"]["is_bot"]
    assert call(telegram, "answerCallbackQuery", callback_query_id=callback_id)["ok"]
    assert telegram.transcript(GROUP).splitlines()[:2] == ["[2] Ann: hello!", "[3] bot: hi"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"messages": []}, 400, "unrecognized_keys"),
        ({"model": None}, 400, "missing_required_parameter"),
        ({"model": "GLM-4.7-flash"}, 404, "model_not_found"),
        ({"model": "text-embedding-nomic-embed-text-v1.5"}, 404, "model_not_found"),
        ({"input": [{"type": "message", "content": "hi"}]}, 400, "invalid_value"),
        ({"temperature": "0"}, 400, "invalid_type"),
        ({"previous_response_id": "resp_unknown"}, 400, "invalid_value"),
    ],
)
def test_lmstudio_refuses(
    lmstudio: LMStudioDouble, body: dict[str, Any], status: int, code: str
) -> None:
    """Otherwise the client's tests pass while the real LM Studio answers with an error."""
    response = chat(lmstudio, **body)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_lmstudio_wants_its_token_and_knows_few_paths() -> None:
    """A 401 repeats part of the token (it must not reach the log); unknown paths look like 200."""
    with LMStudioDouble(token="sk-lm-right") as double:
        url = f"{double.url}/api/v1/models"
        wrong = requests.get(url, headers={"Authorization": "Bearer sk-lm-wrong-one"}, timeout=LONG)
        assert wrong.status_code == 401
        assert "sk-lm-wron*****" in wrong.json()["error"]["message"]
        right = requests.get(url, headers={"Authorization": "Bearer sk-lm-right"}, timeout=LONG)
        assert len(right.json()["models"]) == 3
        unknown = requests.get(double.url + "/api/v2/x", timeout=LONG)
        assert unknown.status_code == 200
        assert unknown.json() == {"error": "Unexpected endpoint or method. (GET /api/v2/x)"}


def test_lmstudio_streams_every_event_in_order(lmstudio: LMStudioDouble) -> None:
    """Progress on screen depends on these events; the last one equals the plain answer."""
    lmstudio.behave(lm.Answer("Hello there", prompt=(0.5,), reasoning="Hm"))
    streamed = events(chat(lmstudio, stream=True, model="qwen/qwen3-8b"))
    kinds = [kind for kind, _data in streamed]
    assert kinds == [
        "chat.start",
        "model_load.start",
        *["model_load.progress"] * 3,
        "model_load.end",
        "prompt_processing.start",
        "prompt_processing.progress",
        "prompt_processing.end",
        "reasoning.start",
        "reasoning.delta",
        "reasoning.end",
        "message.start",
        *["message.delta"] * 2,
        "message.end",
        "chat.end",
    ]
    result = streamed[-1][1]["result"]
    assert result["stats"]["model_load_time_seconds"] > 0
    plain = chat(lmstudio, model="qwen/qwen3-8b").json()
    assert plain["output"] == result["output"]
    assert "model_load_time_seconds" not in plain["stats"]


def test_lmstudio_keeps_conversations_until_it_forgets(lmstudio: LMStudioDouble) -> None:
    """Memory of a chat lives in the server; after a restart it is gone."""
    lmstudio.behave(lm.Answer("one"), lm.Answer("two"))
    first = chat(lmstudio, system_prompt="be brief").json()["response_id"]
    second = chat(lmstudio, previous_response_id=first, input="more").json()["response_id"]
    said = [("system", "be brief"), ("user", "hi"), ("assistant", "one")]
    assert lmstudio.thread(second) == [*said, ("user", "more"), ("assistant", "two")]
    assert "response_id" not in chat(lmstudio, store=False).json()
    lmstudio.forget()
    assert chat(lmstudio, previous_response_id=second).status_code == 400


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (lm.Cut(after_deltas=2), "message.delta"),
        (lm.Reset(after_deltas=2), requests.exceptions.ChunkedEncodingError),
        (lm.Reset(), requests.ConnectionError),
        (lm.Hang(after_headers=True), requests.ConnectionError),
        (lm.Hang(after_events=3), requests.ConnectionError),
        (lm.Hang(), requests.Timeout),
        (lm.BrokenJson(), json.JSONDecodeError),
        (lm.ErrorEvent(), "chat.end"),
        (lm.ErrorEvent(then_end=False), "error"),
        (lm.Empty(), "chat.end"),
        (lm.ReasoningOnly(), "chat.end"),
        (lambda exchange: exchange.connection.reset(), requests.ConnectionError),
    ],
)
def test_lmstudio_misbehaves(
    lmstudio: LMStudioDouble, step: Any, outcome: str | type[Exception]
) -> None:
    """Each way in which a stream goes wrong looks to `requests` as it does in the field."""
    lmstudio.behave(step)
    body = {"model": "zai-org/glm-4.7-flash", "input": "hi", "stream": True}
    url = f"{lmstudio.url}/api/v1/chat"
    if isinstance(outcome, str):
        assert events(requests.post(url, json=body, timeout=LONG))[-1][0] == outcome
    else:
        timeout = 0.2 if isinstance(step, lm.Hang) else LONG
        with pytest.raises(outcome):
            events(requests.post(url, json=body, timeout=timeout))


@pytest.mark.parametrize(
    ("step", "status", "kind"),
    [
        (lm.Status(503, headers=(("Retry-After", "2"),)), 503, "application/json"),
        (lm.Html(), 200, "text/html"),
        (lm.WrongContentType(), 200, "text/plain"),
        (lm.OldServer(), 200, "application/json"),
        (lm.Redirect(), 302, "application/json"),
    ],
)
def test_lmstudio_answers_nonsense(
    lmstudio: LMStudioDouble, step: Any, status: int, kind: str
) -> None:
    """What proxies, portals and old versions answer; the last behaviour stays."""
    lmstudio.behave(step)
    for _ in range(2):
        response = requests.post(
            f"{lmstudio.url}/api/v1/chat",
            json={"model": "zai-org/glm-4.7-flash", "input": "hi", "stream": True},
            allow_redirects=False,
            timeout=LONG,
        )
        assert (response.status_code, response.headers["Content-Type"]) == (status, kind)


@pytest.mark.parametrize(
    "step", [lm.Hang(), lm.Drip(0.01), lm.Loop(), lm.Answer("a b", delay_first=30)]
)
def test_lmstudio_notices_a_client_that_hangs_up(
    lmstudio: LMStudioDouble, idle_clock: IdleClock, step: Any
) -> None:
    """Hanging up is how a generation is stopped; it must be seen at once."""
    lmstudio.behave(step)
    with pytest.raises(requests.RequestException):
        requests.post(
            f"{lmstudio.url}/api/v1/chat",
            json={"model": "zai-org/glm-4.7-flash", "input": "hi"},
            timeout=0.1,
        )
    chat = lmstudio.wait_for(lambda: next(iter(lmstudio.chats), None), timeout=1)
    hung_up = lmstudio.wait_for(lambda: chat.disconnected_at, timeout=1)
    assert idle_clock.between(chat.at, hung_up) < 0.5
    assert (lmstudio.active, lmstudio.max_active) == (0, 1)


def test_lmstudio_can_be_killed_in_mid_answer(
    lmstudio: LMStudioDouble, idle_clock: IdleClock
) -> None:
    """The machine with the model is switched off, and on again at the same address."""
    lmstudio.behave(lm.Hang(after_events=2), lm.Answer("back"))
    response = chat(lmstudio, stream=True)
    began = time.monotonic()
    lmstudio.stop()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        assert response.text
    with pytest.raises(requests.ConnectionError):
        chat(lmstudio)
    assert idle_clock.since(began) < 1
    assert lmstudio.chats[0].disconnected_at is None
    lmstudio.start()
    assert chat(lmstudio).json()["output"] == [{"type": "message", "content": "back"}]


def test_a_failed_wait_shows_what_happened(telegram: TelegramDouble) -> None:
    """Whoever reads a failing test sees the conversation."""
    call(telegram, "sendMessage", chat_id=ANN, text="Hello Ann")
    with pytest.raises(AssertionError, match=r"bot: Hello Ann"):
        telegram.wait_for_text(ANN, "Goodbye", timeout=0.01)


signals = pytest.mark.skipif(os.name == "nt", reason="a process on Windows can only be killed")


def process(module: str, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """A double in a process of its own, and its address."""
    command = [sys.executable, "-m", f"tests.doubles.{module}", "--port", "0", *arguments]
    root = Path(__file__).parents[1]
    child = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    return child, child.stdout.readline().strip().removeprefix("listening on ")


@signals
def test_telegram_runs_as_a_process() -> None:
    """Benchmarks and people with curl drive it over /control/."""
    child, url = process("telegram", "--token", "1:" + "x" * 35)
    with child:
        control = f"{url}/control"
        requests.get(f"{control}/say", params={"chat_id": str(ANN), "text": "42"}, timeout=LONG)
        bot = f"{url}/bot1:{'x' * 35}"
        (update,) = requests.get(f"{bot}/getUpdates", timeout=LONG).json()["result"]
        assert update["message"]["text"] == "42"
        requests.post(f"{bot}/sendMessage", json={"chat_id": ANN, "text": ""}, timeout=LONG)
        requests.post(f"{bot}/sendMessage", json={"chat_id": ANN, "text": "hi"}, timeout=LONG)
        screen = requests.get(
            f"{control}/screen", params={"chat_id": str(ANN)}, timeout=LONG
        ).json()
        assert [message["text"] for message in screen] == ["hi"]
        assert len(requests.get(f"{control}/violations", timeout=LONG).json()) == 1
        assert len(requests.get(f"{control}/calls", timeout=LONG).json()) == 3
        child.send_signal(signal.SIGTERM)
        assert exit_code(child, 5) == 0


@signals
def test_an_exchange_runs_as_a_process() -> None:
    """Whoever tries Engram by hand would see no alert fire."""
    child, url = process("exchange", "--shape", "walk")
    with child:
        traded = requests.get(f"{url}/control/trade?symbol=BTC/USDT&price=90000", timeout=LONG)
        ticker = requests.get(f"{url}/api/v3/ticker/24hr?symbol=BTCUSDT", timeout=LONG).json()
        path = f"{url}/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1"
        ((_, opened, high, *_),) = requests.get(path, timeout=LONG).json()
        child.send_signal(signal.SIGTERM)
        assert exit_code(child, 5) == 0
    assert traded.ok
    assert float(ticker["lastPrice"]) == float(high) == 90_000
    assert float(opened) == 87_614.5


@signals
def test_lmstudio_runs_as_a_process() -> None:
    """The same for the model server."""
    child, url = process("lmstudio")
    with child:
        steps = [{"kind": "Answer", "deltas": ["h", "i"], "delay_between": 0.01}]
        requests.post(f"{url}/control/behave", json=steps, timeout=LONG)
        body = {"model": "zai-org/glm-4.7-flash", "input": "x"}
        answer = requests.post(f"{url}/api/v1/chat", json=body, timeout=LONG).json()
        assert answer["output"] == [{"type": "message", "content": "hi"}]
        child.send_signal(signal.SIGTERM)
        assert exit_code(child, 5) == 0


def test_what_answers_at_once_says_what_the_other_says(lmstudio: LMStudioDouble) -> None:
    """The benchmark would measure answers that LM Studio never gives."""
    child, url = process("instant")
    with child, requests.Session() as session:
        models = session.get(f"{url}/api/v1/models", timeout=LONG).json()
        body = {"model": "zai-org/glm-4.7-flash", "input": "hello", "stream": True}
        first, second = (
            events(session.post(f"{url}/api/v1/chat", json=body, timeout=LONG)) for _ in range(2)
        )
        child.kill()
    assert models == requests.get(f"{lmstudio.url}/api/v1/models", timeout=LONG).json()
    words = tuple(data["content"] for kind, data in first if kind == "message.delta")
    assert len(words) == 90
    lmstudio.behave(lm.Answer(deltas=words, prompt=(0.5, 1.0)))
    expected = events(chat(lmstudio, stream=True))
    assert first[:-1] == second[:-1] == expected[:-1]
    ids = set()
    for _, data in (first[-1], second[-1], expected[-1]):
        ids.add(data["result"].pop("response_id"))
        assert data["result"].pop("stats").keys() == {
            "input_tokens",
            "total_output_tokens",
            "reasoning_output_tokens",
            "tokens_per_second",
            "time_to_first_token_seconds",
        }
    assert len(ids) == 3
    assert first[-1] == second[-1] == expected[-1]


def test_telegram_tells_how_long_each_has_waited_for_a_sign(telegram: TelegramDouble) -> None:
    """The benchmark would count what was shown before, or those who wait in vain as served."""
    call(telegram, "sendMessage", chat_id=ANN, text="before")
    telegram.say_all(ANN, 2, "hello")
    call(telegram, "sendMessage", chat_id=ANN, text="2nd in line")
    call(telegram, "sendMessage", chat_id=ANN, text="done")
    ann, bob = telegram.signs(ANN, 2)
    assert [(one.chat, one.text) for one in (ann, bob)] == [(ANN, "2nd in line"), (ANN + 1, None)]
    assert 0 < ann.after < bob.after
    assert telegram.signs(ANN, 2, since=time.monotonic()) == []


class TestExchange:
    """The double of the exchanges refuses what they refuse, and its markets go by its clock."""

    MINUTE = 1_795_339_800

    @pytest.fixture
    def exchange(self) -> Iterator[ExchangeDouble]:
        """A market that was at 100, and at 140 for a moment in the second of three minutes."""
        with ExchangeDouble() as double:
            double.now = lambda: self.MINUTE + 130.0
            second = self.MINUTE + 60
            trades = [(self.MINUTE, 100.0), (second + 5, 140.0), (second + 6, 101.0)]
            double.tapes["BTC/USDT"] = Tape(trades)
            yield double

    def asked(self, exchange: ExchangeDouble, path: str) -> requests.Response:
        """What is sent for `path`."""
        return requests.get(exchange.url + path, timeout=LONG)

    def rows(self, exchange: ExchangeDouble, interval: str, more: str) -> list[list[float]]:
        """Binance's candles of that market: opened (s), open, high, low, close, volume."""
        path = f"/api/v3/klines?symbol=BTCUSDT&interval={interval}&{more}"
        sent = self.asked(exchange, path).json()
        return [[row[0] / 1000, *map(float, row[1:6])] for row in sent]

    def test_minutes_follow_from_trades(self, exchange: ExchangeDouble) -> None:
        """A wick would be in no candle, or in two."""
        first, second, third = (self.MINUTE + 60 * i for i in range(3))
        assert self.rows(exchange, "1m", f"startTime={first}000&limit=5") == [
            [first, 100, 100, 100, 100, 1],
            [second, 100, 140, 100, 101, 2],
            [third, 101, 101, 101, 101, 0],
        ]
        exchange.now = lambda: second + 5.5
        assert self.rows(exchange, "1m", "limit=1") == [[second, 100, 140, 100, 140, 1]]
        assert self.rows(exchange, "5m", "limit=1")[0][1:] == [100, 140, 100, 140, 2]

    def test_from_a_time_on_the_first_come(self, exchange: ExchangeDouble) -> None:
        """After an absence the bot would be sent the latest minutes, and seem to miss none."""
        exchange.tapes["BTC/USDT"] = Tape([(self.MINUTE - 200_000, 100.0)])
        begin = self.MINUTE - 180_000
        found = self.rows(exchange, "1m", f"startTime={begin + 1}000&limit=1000")
        assert (found[0][0], len(found)) == (begin + 60, 1000)

    @pytest.mark.parametrize(
        "path",
        [
            "/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1001",
            "/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=1795339800",
            "/api/v3/klines?symbol=BTCUSDT&interval=7m",
            "/api/v3/klines?symbol=NEVER&interval=1m",
            "/api/v3/ticker/24hr?symbol=NEVER",
            "/api/v3/depth?symbol=BTCUSDT",
            "/0/public/OHLC?pair=XXBTZUSD&interval=1&since=1795339800000",
        ],
    )
    def test_what_no_exchange_answers_fails_the_test(
        self, exchange: ExchangeDouble, path: str
    ) -> None:
        """A request that the real exchange refuses would pass."""
        with pytest.raises(requests.ConnectionError):
            self.asked(exchange, path)
        assert exchange.errors

    def test_coins_cost_what_people_expect(self, exchange: ExchangeDouble) -> None:
        """Who tries the bot by hand would see a Bitcoin at 100, and take it for a fault."""
        exchange.shape, exchange.prices = "walk", expected_prices()
        path = "/api/v3/klines?limit=1&symbol="
        ends = [
            float(self.asked(exchange, path + market).json()[0][4])
            for market in ("ETHUSDT&interval=1h", "ETHUSDT&interval=1d", "ETHBTC&interval=1h")
        ]
        assert ends == pytest.approx([2951.3, 2951.3, 2951.3 / 87_614.5])
        assert exchange.prices["USDT/USD"] == 1

    def test_a_market_that_stands_still(self, exchange: ExchangeDouble) -> None:
        """Frozen data would show by a clock that has stopped as well."""
        exchange.freeze("BTC/USDT")
        exchange.now = lambda: self.MINUTE + 3600.0
        path = "/api/v3/ticker/24hr?symbol=BTCUSDT"
        sent = self.asked(exchange, path)
        assert sent.json()["closeTime"] == (self.MINUTE + 130) * 1000
        assert sent.headers["Date"] == formatdate(self.MINUTE + 3600, usegmt=True)
        assert self.rows(exchange, "1m", "limit=1")[0][0] == self.MINUTE + 120
        exchange.thaw("BTC/USDT")
        assert self.rows(exchange, "1m", "limit=1")[0][0] == self.MINUTE + 3600

    def test_a_market_that_is_delisted(self, exchange: ExchangeDouble) -> None:
        """A market that is gone would go on."""
        kraken = "/0/public/Ticker?pair=BTCUSDT"
        assert self.asked(exchange, kraken).json()["result"]["BTCUSDT"]["c"][0] == "101"
        exchange.delist("BTC/USDT")
        listed = self.asked(exchange, "/api/v3/exchangeInfo").json()["symbols"]
        assert "BTCUSDT" not in {market["symbol"] for market in listed}
        gone = self.asked(exchange, "/api/v3/klines?symbol=BTCUSDT&interval=1m")
        assert (gone.status_code, gone.json()["code"]) == (400, -1121)
        assert self.asked(exchange, kraken).json()["error"] == ["EQuery:Unknown asset pair"]
        exchange.relist("BTC/USDT")
        exchange.delist("BTC/USDT", halted=True)
        listed = self.asked(exchange, "/api/v3/exchangeInfo").json()["symbols"]
        status = {market["symbol"]: market["status"] for market in listed}
        assert (status["BTCUSDT"], status["ETHUSDT"]) == ("BREAK", "TRADING")
        assert self.rows(exchange, "1m", "limit=1")[0][0] == self.MINUTE + 120
