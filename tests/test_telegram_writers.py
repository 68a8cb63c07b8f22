"""What the people of the Telegram double send is what Telegram delivers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.doubles.telegram import TelegramDouble
from tests.doubles.telegram_rules import TEXT_LIMIT, utf16_len
from tests.doubles.telegram_writers import cut
from tests.machine_speed import LONG

ANN, GROUP = 7, -1001


@pytest.fixture
def telegram() -> Iterator[TelegramDouble]:
    """A Telegram."""
    with TelegramDouble() as double:
        yield double
        assert double.errors == []


def updates(double: TelegramDouble) -> list[dict[str, Any]]:
    """The updates that the bot has not acknowledged."""
    url = f"{double.url}/bot{double.token}/getUpdates"
    found: list[dict[str, Any]] = requests.post(url, timeout=LONG).json()["result"]
    return found


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("hi", ["hi"]),
        ("x" * 5000, ["x" * 4096, "x" * 904]),
        ("word " * 1000, [("word " * 819)[:-1], "word " * 181]),
        ("line\n" * 1000, [("line\n" * 819)[:-1], "line\n" * 181]),
        ("😀" * 2049, ["😀" * 2048, "😀"]),
    ],
)
def test_a_paste_is_cut_as_clients_cut_it(text: str, pieces: list[str]) -> None:
    """The bot would be tried with pieces that no person sends."""
    assert list(cut(text)) == pieces
    assert all(utf16_len(piece) <= TEXT_LIMIT for piece in cut(text))


def test_albums_captions_quotations_and_reactions_reach_the_bot(telegram: TelegramDouble) -> None:
    """The bot would be tried with what Telegram does not send."""
    first, second = telegram.send_album(GROUP, ["", "/analyze BTC"], user_id=ANN)
    telegram.quote(GROUP, "is it?", second, "BTC")
    telegram.react(GROUP, second)
    telegram.edit_said(GROUP, second, "/analyze ETH")
    one, two, quote, same, edited = (update.popitem()[1] for update in updates(telegram))
    assert one["media_group_id"] == two["media_group_id"]
    assert (one["message_id"], two["message_id"]) == (first, second)
    assert "caption" not in one
    assert (two["caption"], two["caption_entities"][0]["type"]) == ("/analyze BTC", "bot_command")
    assert (quote["quote"]["text"], quote["reply_to_message"]["caption"]) == ("BTC", "/analyze BTC")
    assert same == two | {"edit_date": same["edit_date"]}
    assert edited["caption"] == "/analyze ETH"
