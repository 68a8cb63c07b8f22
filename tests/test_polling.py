"""The part of the bot that takes messages."""

import pytest

from engram.config.load import load
from engram.core.errors import StoreError
from engram.core.masking.masking import Masking
from engram.polling import Polling
from tests.doubles.telegram import TOKEN


def test_a_bot_whose_store_another_one_has_takes_nothing(telegram, tmp_path):
    """It would hang up the poll of the bot that is running, which would answer late."""
    file = tmp_path / "config.ini"
    file.write_text(f"[telegram]\napi_url = {telegram.url}\n")
    settings = load(file, {"TELEGRAM_BOT_TOKEN": TOKEN})
    first = Polling.of(settings, Masking())
    telegram.wait_for(lambda: len(telegram.calls) == 2, 10)
    with pytest.raises(StoreError, match="another"):
        Polling.of(settings, Masking())
    assert {call.method for call in telegram.calls} == {"getUpdates", "getMe"}
    assert len(telegram.calls) == 2
    first.poll.stop()
    first.store.close()
