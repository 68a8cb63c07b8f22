"""The bot's token is asked for until Telegram knows it."""

import pytest

from engram.setup.bot_token import ask_token
from tests.doubles.telegram import TOKEN

OTHER = "123456:OTHER-token-of-35-characters-abcdef"


@pytest.fixture
def asked(person, telegram, capsys):
    """Asks somebody who types these answers; returns what was printed."""

    def ask(*answers, env="", url=telegram.url):
        settings = person.settings(f"[telegram]\napi_url = {url}\n", env)
        person.answers = [*answers]
        ask_token(person.dialog, person.files, settings)
        assert person.answers == []
        printed = capsys.readouterr().out
        assert TOKEN not in printed
        assert OTHER not in printed
        return printed

    return ask


@pytest.mark.parametrize("typed", [TOKEN, f"Use this token to access the HTTP API:\t{TOKEN} "])
def test_a_token_that_works_is_kept(asked, person, typed):
    """A new bot would not start."""
    printed = asked(typed)
    assert person.written.secrets["TELEGRAM_BOT_TOKEN"] == TOKEN
    assert "✅ The bot is @engram_test_bot." in printed
    assert f"✅ TELEGRAM_BOT_TOKEN is in {person.files.env}." in printed


def test_a_wrong_one_is_asked_for_again(asked, person):
    """Whoever has copied half a token would find out when the bot does not start."""
    printed = asked("123456:AAE", OTHER, TOKEN)
    assert "⚠️ That is no bot token. One looks like 123456789:AAE..." in printed
    assert "⚠️ Telegram does not know the token; copy it again from @BotFather." in printed
    assert person.written.secrets["TELEGRAM_BOT_TOKEN"] == TOKEN


@pytest.mark.parametrize(("agrees", "kept"), [(["yes"], OTHER), (["", ""], "")])
def test_without_a_network_it_may_be_taken_unchecked(asked, person, agrees, kept):
    """Whoever sets up a machine that is offline could not."""
    printed = asked(OTHER, *agrees, url="http://127.0.0.1:9")
    assert "⚠️ The token could not be checked: http://127.0.0.1:9 does not answer; is" in printed
    assert person.written.secrets["TELEGRAM_BOT_TOKEN"] == kept


@pytest.mark.parametrize(
    ("env", "said"),
    [
        (f"TELEGRAM_BOT_TOKEN={TOKEN}", "✅ The bot is @engram_test_bot."),
        (f"TELEGRAM_BOT_TOKEN={OTHER}", "⚠️ Telegram does not know the token"),
        ("A=1", "There is none yet: send /newbot to @BotFather"),
    ],
)
def test_enter_keeps_what_is_there_and_says_what_it_is(asked, person, env, said):
    """Whoever comes for the model alone would have to find the token again."""
    assert said in asked("", env=env)
    assert person.files.env.read_text() == env
    assert person.asked == [
        f"Bot token, which is not shown [{'none' if env == 'A=1' else 'keep it'}]: "
    ]


def test_a_token_in_the_environment_is_not_asked_for(asked, person, monkeypatch):
    """What is typed would stand in .env, and another bot start."""
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    assert "TELEGRAM_BOT_TOKEN is set in the environment, which comes before .env" in asked()
    assert person.asked == []
