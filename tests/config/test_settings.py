"""What the settings say about themselves; how they are read is in test_load."""

from pathlib import Path

import pytest

from engram.config.settings import Settings, TelegramSettings


@pytest.mark.parametrize(
    ("chat_id", "allowed", "owners", "chats"),
    [
        ("", (), (), set()),
        ("7", (), (7,), {7}),
        ("7, 5", ("-100", "7"), (7, 5), {7, 5, -100}),
        ("", ("-100",), (), {-100}),
    ],
)
def test_owners_are_those_of_the_secrets_and_may_speak_too(chat_id, allowed, owners, chats):
    """The owner would be a stranger to the bot, or everybody who may speak to it its owner."""
    secrets = {"TELEGRAM_CHAT_ID": chat_id} if chat_id else {}
    settings = Settings(
        Path(), telegram=TelegramSettings(allowed_chat_ids=allowed), secrets=secrets
    )
    assert settings.owners == owners
    assert settings.allowed_chats == chats


def test_files_are_found_beside_the_configuration(tmp_path):
    """The store would be another one for each folder that the bot is started from."""
    settings = Settings(tmp_path)
    assert settings.path("engram.db") == tmp_path / "engram.db"
    assert settings.path("/var/lib/engram.db") == Path("/var/lib/engram.db")
