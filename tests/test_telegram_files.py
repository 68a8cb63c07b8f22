"""What the Telegram double does with files is what Telegram does."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.doubles.telegram import TelegramDouble
from tests.doubles.telegram_files import LARGEST, plain_picture
from tests.machine_speed import LONG

ANN = 7
TEXT = b"time,close\n1,2\n"


@pytest.fixture
def telegram() -> Iterator[TelegramDouble]:
    """A Telegram."""
    with TelegramDouble() as double:
        yield double
        assert double.errors == []


def message(double: TelegramDouble) -> dict[str, Any]:
    """The latest message that the bot gets."""
    url = f"{double.url}/bot{double.token}/getUpdates"
    update: dict[str, Any] = requests.post(url, timeout=LONG).json()["result"][-1]
    return next(iter(value for name, value in update.items() if name != "update_id"))


def get_file(double: TelegramDouble, file_id: str) -> dict[str, Any]:
    """What getFile answers."""
    url = f"{double.url}/bot{double.token}/getFile"
    answer: dict[str, Any] = requests.post(url, data={"file_id": file_id}, timeout=LONG).json()
    return answer


def download(double: TelegramDouble, path: str) -> requests.Response:
    """A download by the path that getFile told."""
    return requests.get(f"{double.url}/file/bot{double.token}/{path}", timeout=LONG)


def sent(double: TelegramDouble, file: dict[str, Any]) -> bytes:
    """The content of a file in a message."""
    answer = get_file(double, file["file_id"])
    return download(double, answer["result"]["file_path"]).content


def test_a_photo_comes_in_several_sizes_and_a_file_as_it_was_sent(telegram: TelegramDouble) -> None:
    """The bot would be tried with a Telegram that keeps photos as they are."""
    from PIL import Image

    telegram.send_photo(ANN, plain_picture(1, 3000, 2000), "what is it?")
    found = message(telegram)
    assert found["caption"] == "what is it?"
    sizes = [(one["width"], one["height"]) for one in found["photo"]]
    assert sizes == [(90, 60), (320, 213), (800, 533), (1280, 853), (2560, 1707)]
    image = Image.open(io.BytesIO(sent(telegram, found["photo"][-1])))
    assert (image.format, image.size) == ("JPEG", (2560, 1707))
    telegram.send_file(ANN, TEXT, name="trades.csv")
    document = message(telegram)["document"]
    assert (document["file_name"], document["mime_type"]) == ("trades.csv", "text/csv")
    assert (document["file_size"], sent(telegram, document)) == (len(TEXT), TEXT)
    telegram.send_sticker(ANN)
    sticker = message(telegram)["sticker"]
    assert Image.open(io.BytesIO(sent(telegram, sticker))).format == "WEBP"
    assert not sticker["is_animated"]
    assert telegram.violations == []


def test_a_photo_that_is_replaced_is_an_edit(telegram: TelegramDouble) -> None:
    """The bot would be tried with edits that Telegram does not send."""
    said = telegram.send_photo(ANN, plain_picture(1), "what is it?")
    before = message(telegram)
    telegram.replace_photo(ANN, said, plain_picture(2))
    after = message(telegram)
    assert after["caption"] == "what is it?"
    assert after["photo"][-1]["file_unique_id"] != before["photo"][-1]["file_unique_id"]


def test_what_telegram_has_not_got_or_does_not_give_is_refused(telegram: TelegramDouble) -> None:
    """The bot would never be seen to meet a file of 25 MB."""
    assert get_file(telegram, "")["description"] == "Bad Request: file_id not specified"
    assert get_file(telegram, "nothing")["description"] == "Bad Request: invalid file_id"
    assert len(telegram.violations) == 2
    telegram.send_file(ANN, TEXT, size=LARGEST + 1)
    answer = get_file(telegram, message(telegram)["document"]["file_id"])
    assert answer["description"] == "Bad Request: file is too big"
    assert len(telegram.violations) == 2
    assert download(telegram, "documents/nothing").status_code == 404


def test_downloads_fail_as_they_are_told(telegram: TelegramDouble) -> None:
    """A broken download would not be tried at all."""
    telegram.send_file(ANN, TEXT)
    path = get_file(telegram, message(telegram)["document"]["file_id"])["result"]["file_path"]
    telegram.fail_raw("file", "cut")
    with pytest.raises(requests.RequestException):
        download(telegram, path)
    telegram.fail_raw("file", "html502")
    assert download(telegram, path).status_code == 502
    telegram.fail("file", 404)
    assert download(telegram, path).status_code == 404
    telegram.fail_raw("file", "drip")
    began = time.monotonic()
    assert download(telegram, path).content == TEXT
    assert time.monotonic() - began > 0.05 * len(TEXT) / 2
    telegram.fail_raw("file", "endless")
    url = f"{telegram.url}/file/bot{telegram.token}/{path}"
    with requests.get(url, stream=True, timeout=LONG) as response:
        assert len(response.raw.read(1_000_000)) == 1_000_000
    telegram.fail_raw("file", "reply_lost")
    with pytest.raises(requests.ConnectionError):
        download(telegram, path)
    assert [call.status for call in telegram.calls if call.method == "file"][-1] == 0
    assert download(telegram, path).content == TEXT
