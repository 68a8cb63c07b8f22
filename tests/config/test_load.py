"""config.ini and .env into Settings."""

import dataclasses
import os
from pathlib import Path

import pytest
from dotenv import dotenv_values

from engram.config.load import load
from engram.config.settings import SECRETS, SECTIONS, Settings
from engram.core.errors import ConfigError

ROOT = Path(__file__).parents[2]
TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz0123"


def read(folder: Path, text: str, env: str = "", environ: dict[str, str] | None = None) -> Settings:
    (folder / "config.ini").write_text(text, encoding="utf-8")
    (folder / ".env").write_text(env, encoding="utf-8")
    return load(folder / "config.ini", environ or {})


def problems(folder: Path, text: str, env: str = "") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, text, env)
    return caught.value.problems


def test_the_committed_file_shows_the_defaults():
    """Comments in config.ini would promise other values than those that hold without it."""
    shown = load(ROOT / "config.ini", {})
    defaults = load(ROOT / "nothing here.ini", {})
    assert shown == dataclasses.replace(defaults, exchanges=shown.exchanges)


def test_the_committed_file_names_every_key():
    """A person who reads config.ini could not find a key."""
    text = (ROOT / "config.ini").read_text(encoding="utf-8")
    for section, default in SECTIONS.items():
        assert f"[{section}]" in text
        for key in dataclasses.fields(default):
            assert f"\n{key.name} =" in text, f"{section}.{key.name}"


def test_the_committed_example_names_every_secret():
    """A person who reads .env.example could not find a token."""
    names = dotenv_values(ROOT / ".env.example")
    assert sorted(names) == sorted(SECRETS)


def test_values_are_taken_over(tmp_path):
    """Editing config.ini would change nothing."""
    settings = read(
        tmp_path,
        "[lmstudio]\nurl = http://a:1, http://b:2/ ; two\ntimeout=5\n"
        "[telegram]\nallowed_chat_ids = -5, 7\n[bybit]\nproxy = http://p:1\n",
        "TELEGRAM_CHAT_ID=1007321485\n",
    )
    assert settings.lmstudio.url == ("http://a:1", "http://b:2")
    assert settings.lmstudio.timeout == 5.0
    assert settings.allowed_chats == {1007321485, -5, 7}
    assert settings.exchanges["bybit"].proxy == "http://p:1"
    assert settings.path("logs/x.log") == tmp_path / "logs" / "x.log"


def test_the_environment_wins_over_the_file(tmp_path):
    """A service manager could not hand over a token."""
    settings = read(
        tmp_path,
        "",
        f"TELEGRAM_BOT_TOKEN={TOKEN}\nLM_API_TOKEN=file\n",
        {"LM_API_TOKEN": "environment", "PATH": "/bin"},
    )
    assert settings.secrets["TELEGRAM_BOT_TOKEN"] == TOKEN
    assert settings.secrets["LM_API_TOKEN"] == "environment"
    assert "PATH" not in settings.secrets


def test_secrets_are_not_shown(tmp_path):
    """A token would be in the log as soon as the settings are."""
    settings = read(tmp_path, "", f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    assert TOKEN not in repr(settings)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[lmstudio]\ntiemout = 3", '[lmstudio] tiemout = 3: this key is not known; did you mean'),
        ("[storage]\nzzz = 3", "config.ini line 2: this key is not known; known here: path"),
        ("[lmstuido]\nurl = x", '[lmstuido]: this section is not known; did you mean "lmstudio"?'),
        ("[lmstudio]\ntimeout = 0", "[lmstudio] timeout = 0: must be a number from 0.1 to 3600"),
        ("[lmstudio]\nurl =", "[lmstudio] url = : must be at least one, comma-separated"),
        ("[fallback]\norder = lmstudo", "[fallback] order = lmstudo: must be one of lmstudio,"),
        ("[market]\ntimeframe = hourly", "[market] timeframe: must be like 15m, 1h or 4h"),
        ("[binance]\nurl = x", '[binance] url: this key is not known; did you mean "api_url"?'),
        ("timeout = 3", "is not in the form of an ini file"),
        ("[market]\nquote = A1\nquote = B1", "is not in the form of an ini file"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_section_key_and_value(tmp_path, text, sentence):
    """The owner would have to search for the mistake."""
    (problem,) = problems(tmp_path, text)
    assert sentence in problem
    assert problem.startswith("config.ini")


def test_all_mistakes_are_reported_at_once(tmp_path):
    """Ten mistakes would take ten starts to find."""
    found = problems(
        tmp_path,
        "[telegram]\nstream = x\n[metrics]\nport = 70000\n[markt]\nquote = EUR\n",
        "TELEGRAM_BOT_TOKEN=secret-nonsense\nTELEGRAM_CHAT_ID=me\nLM_API_TOKEN=a b\n",
    )
    assert len(found) == 6
    assert "secret-nonsense" not in "".join(found)


@pytest.mark.parametrize("content", [b"\xff\xfe[\x00", b"[telegram]\napi_url = \xe4\n"])
def test_a_file_that_is_no_text_is_named(tmp_path, content):
    """A file saved by the wrong editor would end in a traceback."""
    (tmp_path / "config.ini").write_bytes(content)
    with pytest.raises(ConfigError, match="not UTF-8 text"):
        load(tmp_path / "config.ini", {})


def test_an_unreadable_file_is_named(tmp_path):
    """A folder in the place of config.ini would end in a traceback."""
    (tmp_path / "config.ini").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "config.ini", {})


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_that_leads_nowhere_is_named(tmp_path):
    """The bot would start with the defaults, as if there were no file, and nobody would know."""
    (tmp_path / "config.ini").symlink_to("config.ini")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "config.ini", {})


def test_windows_files_are_read(tmp_path):
    """Notepad's byte order mark and line ends would break the first section, or hide the token."""
    (tmp_path / "config.ini").write_bytes(b"\xef\xbb\xbf[lmstudio]\r\ntimeout = 9\r\n")
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfTELEGRAM_CHAT_ID=5\r\n")
    settings = load(tmp_path / "config.ini", {})
    assert settings.lmstudio.timeout == 9
    assert settings.secrets["TELEGRAM_CHAT_ID"] == "5"


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has such permissions")
@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o644, True), (0o640, True)])
def test_secrets_that_others_can_read_are_a_warning(tmp_path, mode, warned):
    """Everybody on the machine could take over the bot."""
    (tmp_path / ".env").write_text("TELEGRAM_CHAT_ID=5\n")
    (tmp_path / ".env").chmod(mode)
    warnings = load(tmp_path / "config.ini", {}).warnings
    assert [("chmod 600 .env" in warning) for warning in warnings] == [True] * warned
