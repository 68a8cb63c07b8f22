"""A configuration with mistakes, before setup asks for anything."""

import pytest

from engram.core.errors import ConfigError
from engram.setup.reading import load_for_setup
from tests.doubles.telegram import TOKEN

WRONG = ".env TELEGRAM_BOT_TOKEN: must be a token as @BotFather gives it, like 123456789:AAE..."


def written(person, config, env):
    """Files with these texts."""
    person.file.write_text(config)
    person.files.env.write_text(env)
    person.files.env.chmod(0o600)


def test_a_wrong_secret_is_what_setup_is_there_for(person, capsys):
    """Whoever has put half a token into .env would have to mend it by hand first."""
    written(person, "[lmstudio]\nmodel = x\n", "TELEGRAM_BOT_TOKEN=half\nTELEGRAM_CHAT_ID=7\n")
    settings = load_for_setup(person.file, person.printer)
    assert settings.lmstudio.model == "x"
    assert settings.owners == (7,)
    assert settings.secrets["TELEGRAM_BOT_TOKEN"] == ""
    assert capsys.readouterr().out == f"⚠️  {WRONG}\n"


@pytest.mark.parametrize("env", [f"TELEGRAM_BOT_TOKEN={TOKEN}", "TELEGRAM_BOT_TOKEN=half"])
def test_any_other_mistake_is_to_be_mended_first(person, env):
    """Setup would write into a file of which it has read only half."""
    written(person, "[lmstudio]\ntiemout = 1\n", env)
    with pytest.raises(ConfigError) as caught:
        load_for_setup(person.file, person.printer)
    assert caught.value.problems == [
        'config.ini [lmstudio] tiemout = 1: this key is not known; did you mean "timeout"?',
        *([WRONG] if "half" in env else []),
        "Mend that first, then run --setup again.",
    ]


def test_without_mistakes_nothing_is_said(person, capsys):
    """A first start would begin with a warning about nothing."""
    written(person, "", f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    assert load_for_setup(person.file, person.printer).secrets["TELEGRAM_BOT_TOKEN"] == TOKEN
    assert capsys.readouterr().out == ""
