"""config.ini and .env into Settings."""

import dataclasses
import os
from pathlib import Path

import pytest
from dotenv import dotenv_values

from engram.config.load import load
from engram.config.settings import SECRETS, SECTIONS, Settings
from engram.core.errors import ConfigError
from engram.core.masking.masking import Masking
from tests.growth import is_in_proportion

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


@pytest.mark.parametrize(
    ("text", "timeframe"), [("timeframe = 1h", "1h"), ("quote = EUR", "4h"), ("", "4h")]
)
def test_a_timeframe_that_somebody_chose_stays(tmp_path, text, timeframe):
    """Whoever has 1h in config.ini would be answered on 4h after an update."""
    assert read(tmp_path, f"[market]\n{text}\n").market.timeframe == timeframe


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


@pytest.mark.parametrize(("name", "shown"), [("config.ini", "config.ini"), ("env", ".env.example")])
def test_an_installed_engram_brings_the_files_of_the_checkout(name, shown):
    """Who installs a wheel would begin with another config.ini than the documents describe."""
    assert (ROOT / "engram/config/template" / name).read_bytes() == (ROOT / shown).read_bytes()


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
        # A container is given blank ones for what a file lacks.
        {"LM_API_TOKEN": "environment", "PATH": "/bin", "TELEGRAM_BOT_TOKEN": ""},
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


@pytest.mark.parametrize(
    ("text", "lines"),
    [('A=1\nLM_API_TOKEN="x\n', "2"), ("LM_API_TOKEN='x'y'\nB=1\nC D\n", "1, 3"), ("B=1\n", "")],
)
def test_a_line_of_env_that_cannot_be_read_is_a_warning(tmp_path, text, lines):
    """A token with one quote too many would be missing, and the server refuse every question."""
    (tmp_path / ".env").write_text(text)
    (tmp_path / ".env").chmod(0o600)
    warnings = load(tmp_path / "config.ini", {}).warnings
    assert [one.partition(" is not read")[0] for one in warnings] == [f".env line {lines}"] * bool(
        lines
    )


@pytest.mark.parametrize(
    ("env", "meant"),
    [
        ("TELEGRAM_TOKEN", "TELEGRAM_BOT_TOKEN"),
        ("telegram_bot_token", "TELEGRAM_BOT_TOKEN"),
        ("LM_API_KEY", "LM_API_TOKEN"),
        ("PATH", ""),
        ("AAEabcdefghijklmnopqrstuvwxyz", ""),
    ],
)
def test_a_mistyped_name_in_env_is_a_warning(tmp_path, env, meant):
    """A person who wrote TELEGRAM_TOKEN would read that there is none, and not why."""
    warnings = read(tmp_path, "", f"{env}={TOKEN}\n").warnings
    told = [warning for warning in warnings if "did you mean" in warning]
    assert told == [f'.env {env}: this name is not known; did you mean "{meant}"?'] * bool(meant)
    # Where the right one is there as well, the other is none of ours.
    named = read(tmp_path, "", f"{env}=1\n{meant or 'X'}={TOKEN}\n").warnings
    assert not any("did you mean" in warning for warning in named)


KEY = "sk-lm-aB3dE9fG:hJ2kL5mN8pQ1rS4tU7vW"
PLAIN = "Xk29fjQ0mWz8LrT4"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"[lmstudio]\n{KEY} = 1", "config.ini line 2: this key is not known; known here: url"),
        (f"[telegram]\nTELEGRAM_BOT_TOKEN = {TOKEN}", "line 2: a secret belongs into .env, as "),
        (f"[telegram]\nbot_token = {PLAIN}", "a secret belongs into .env, as TELEGRAM_BOT_TOKEN"),
        (f"[openai]\napi_key = {KEY}", "line 2: a secret belongs into .env, as OPENAI_API_KEY"),
        (f"[lmstudio]\nzzz = {TOKEN}", "a secret belongs into .env, as TELEGRAM_BOT_TOKEN"),
        (f"[telegram]\napi_url = {TOKEN}", "1234; a bot token belongs into .env, as TELEGRAM_BOT_"),
        (f"[storage]\nkey = {PLAIN}", "config.ini line 2: this key is not known; known here: path"),
        (f"[{PLAIN}]\nx = 1", "config.ini line 2: this key is not known; known here: api_url"),
        (f"[kraken]\nproxi = {PLAIN}", 'config.ini [kraken] proxi: this key is not known; did you'),
        (f"[lmstudio1]\nx = {PLAIN}", 'line 1: this section is not known; did you mean "lm'),
        (f"[lmstudio]\nparallel = {PLAIN}", "[lmstudio] parallel: must be a whole number"),
        (f"[fallback]\norder = {PLAIN}", "[fallback] order: must be one of lmstudio"),
        (f"{PLAIN} = 1", "in the form of an ini file: line 1 stands before the first [section]"),
        (f"[market]\n{PLAIN}\n{PLAIN}", "no [section] and no key = value in line 2, 3"),
        (f"[market]\n{PLAIN} = 1\n{PLAIN} = 2", "line 3 has a key that its section has already"),
        (f"[\0]\nx = {PLAIN}\n[market]", "line 2: this key is not known; known here: api_url"),
        (f"[{PLAIN}]\n[{PLAIN}]", "line 2 begins a section that is there already"),
        ("[logging]\nfile = .env", "[logging] file: names a file of the configuration"),
        ("[storage]\npath = .ENV", "[storage] path: names a file of the configuration"),
    ],
)  # fmt: skip
def test_a_mistake_is_found_by_its_line_and_told_without_what_is_written(tmp_path, text, sentence):
    """A token in the wrong line would be on the screen, or the line be hard to find."""
    (problem,) = problems(tmp_path, text)
    assert sentence in problem
    for part in (KEY, PLAIN, "fjQ0"):
        assert part.lower() not in problem.lower()


@pytest.mark.parametrize(
    "lines",
    [
        "x\n" * 9_000, "[a\n" * 9_000, "".join(f"x{number} = 1\n" for number in range(9_000)),
        "".join(f"[x{number}]\ny = 1\n" for number in range(4_000)), "x = 1\n" * 100_000,
        "k" * 900_000 + " = 1\n", "k = " + "v" * 900_000, "k" + " " * 900_000 + "= 1",
        "[" + "s" * 900_000 + "]\nx = 1", "[market]\nexchange = " + "a," * 400_000,
        "[market]\nquote = " + ";" * 900_000, " x\n" * 9_000,
    ],
)  # fmt: skip
def test_however_many_mistakes_few_are_told_and_soon(tmp_path, lines):
    """The log line would be 8.5 MB, or the thread that looks after the bot busy for minutes."""
    found = problems(tmp_path, f"[lmstudio]\n{lines}")
    assert sum(map(len, found)) < 4000

    def case(length):
        return lambda: problems(tmp_path, f"[lmstudio]\n{lines[:length]}")

    assert is_in_proportion(case, len(lines))


@pytest.mark.parametrize(
    "env",
    ["A=b\n" * 9_000, "A\n" * 9_000, "A='" * 100_000, "A=x" + " " * 900_000 + "y", "=" * 900_000,
     "A=" + "'\\" * 300_000, "export " * 100_000],
)  # fmt: skip
def test_a_hostile_environment_file_is_read_soon(tmp_path, env):
    """The start would take minutes."""

    def case(length):
        return lambda: read(tmp_path, "", env[:length])

    assert is_in_proportion(case, len(env))


def test_every_secret_is_learned_also_from_files_with_mistakes(tmp_path):
    """A token that a mistake keeps from being used would still be in the log."""
    masking = Masking()
    (tmp_path / "config.ini").write_text(f"x {PLAIN}2\n[monitor]\n")
    (tmp_path / ".env").write_text(f"LM_API_TOKEN={KEY}\nTELEGRAM_CHAT_ID=1007321485\n#{PLAIN}1\n")
    environ = {"https_proxy": "http://me:hunter2pass@host", "SSH_AUTH_SOCK": "/run/ssh-1234/agent"}
    with pytest.raises(ConfigError):
        load(tmp_path / "config.ini", environ, masking)
    text = f"{KEY} {PLAIN}1 {PLAIN}2 hunter2pass"
    assert masking(text) == "*** *** *** ***"
    assert masking("1007321485 /run/ssh-1234/agent") == "1007321485 /run/ssh-1234/agent"


def test_the_address_of_a_heartbeat_is_a_secret_below_its_host(tmp_path):
    """Whoever reads the log could tell the service that the bot is alive."""
    masking = Masking()
    url = f"https://me:hunter2pass@hb.example/push/{PLAIN}?token=qW7xY9zK"
    (tmp_path / "config.ini").write_text(f"[monitor]\nheartbeat_url = {url}\n")
    load(tmp_path / "config.ini", {}, masking)
    masked = masking(f"hb.example:443 GET /push/{PLAIN}?token=qW7xY9zK HTTP/1.1 hunter2pass")
    assert masked == "hb.example:443 GET /*** HTTP/1.1 ***"


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has named pipes")
def test_what_is_no_file_is_a_mistake_or_a_warning(tmp_path):
    """A token in the environment would be of no use, because a container made a folder `.env`."""
    (tmp_path / ".env").mkdir()
    found = load(tmp_path / "config.ini", {"LM_API_TOKEN": "x"})
    assert found.warnings == (".env is a folder and not read; put a file in its place",)
    os.mkfifo(tmp_path / "config.ini")
    with pytest.raises(ConfigError, match=r"config.ini cannot be read \(it is a named pipe\)"):
        load(tmp_path / "config.ini", {})


def test_a_secret_has_an_end(tmp_path):
    """A file that was pasted into a line would be a header of megabytes."""
    (problem,) = problems(tmp_path, "", f"LM_API_TOKEN={'x1' * 3000}\n")
    assert problem == ".env LM_API_TOKEN: must be at most 4,096 characters long"
