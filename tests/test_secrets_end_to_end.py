"""Secrets, and files that are no configuration: all that comes out of the bot as a process."""

import base64
import json
import os
import sys
from urllib.parse import quote

import pytest
import requests

from engram.app import main
from tests.conftest import OWNER, ROOT, clean_environment, wait_until
from tests.doubles.lmstudio import Answer, ErrorEvent, Status, model
from tests.doubles.telegram import TOKEN
from tests.machine_speed import LONG, completed
from tests.test_end_to_end import run
from tests.test_service import edit
from tests.test_service import port as port

OTHER = "987654321:AAF-mW3xT8vKq_5RgZ2yLbN9cHs4DpJj7eUa"
KEY = "sk-lm-aB3dE9fG:hJ2kL5mN8pQ1rS4tU7vW"
PLAIN = "Xk29fjQ0mWz8LrT4"
PASSWORD = "hunter2pass"
UUID = "0d4f2a7e-1b2c-4d3e-8f90-a1b2c3d4e5f6"
SECRETS = (OTHER, OTHER.partition(":")[2], KEY, KEY.partition(":")[2], PLAIN, PASSWORD, UUID)


@pytest.fixture
def talking(bot, telegram):
    """Start the bot, which the owner has spoken to."""

    def start(**more):
        running = bot(**more)
        telegram.say(OWNER, "hello")
        telegram.wait_for_text(OWNER, "Powered by")
        return running

    return start


def given_away(text, *secrets):
    """The secrets that are in `text`, in one of the forms that programs write them in."""
    small = text.lower()
    return [
        one
        for one in secrets or SECRETS
        for form in (one, quote(one, safe=""), base64.b64encode(one.encode()).decode())
        if form.lower() in small or form.lower()[:12] in small
    ]


MISTAKES = [
    f"[telegram]\ntoken = {OTHER}\n",
    f"[telegram]\n{OTHER}\n",
    f"[telegram]\n{OTHER} = x\n",
    f"{OTHER}\n[telegram]\n",
    f"[{OTHER}]\nx = 1\n",
    f"[lmstudio]\n{KEY} = 1\n",
    f"[lmstudio]\nurl = {KEY}\ntimeout = {PLAIN}\nparallel = {PASSWORD}\n",
    f"[lmstudio]\nurl = http://me:{PASSWORD}@host:1\n",
    f"[lmstudio]\nurl = http://host:1/?key={PLAIN}\n",
    f"[lmstudio]\nurl = http://host:1/v1/{PLAIN}\n",
    f"[openai]\nbase_url = https://host:{KEY}/{UUID}?x\n",
    f"[fallback]\norder = lmstudo, {PLAIN}\n",
    f"[market]\nexchange = {PLAIN}\nquote = {KEY}\ntimeframe = {PASSWORD}\n",
    f"[{PLAIN}]\nproxy = http://me:{PASSWORD}@host:1 x\n",
    f"[lmstudoi]\n{PLAIN} = {KEY}\n",
    f"[monitor]\nheartbeat_url = hc-ping.com/{UUID}\n",
    f"[monitor]\nheartbeat = https://hc-ping.com/{UUID}\n",
    f"[logging]\nfile = .env\nlevel = {PLAIN}\n",
    f"[metrics]\nport = {PLAIN}\nhost = {KEY} x\n",
    f"[market]\nquote = {PLAIN}\nquote = {KEY}\n",
    f"[telegram]\nstream = x ; {OTHER}\n",
]


@pytest.fixture
def started(tmp_path, capsys):
    """What Engram says in a mode, and its exit code: as a process, or where we are."""
    config = ("--config", str(tmp_path / "config.ini"))

    def start(mode, is_process):
        if is_process:
            done = run(mode, *config)
            return done.returncode, done.stdout, done.stderr
        return main([mode, *config], home=tmp_path), *capsys.readouterr()

    return start


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_repeats_no_secret(tmp_path, started, text):
    """A token that was pasted into the wrong line would be in every terminal and bug report."""
    (tmp_path / "config.ini").write_text(text)
    (tmp_path / ".env").write_text(f"LM_API_TOKEN={KEY}\nTELEGRAM_BOT_TOKEN=wrong {OTHER}\n")
    for mode in ("--check", "--console"):
        code, out, err = started(mode, is_process=text == MISTAKES[0])
        assert code == 2
        assert "config.ini" in err
        assert ".env TELEGRAM_BOT_TOKEN: must be a token" in err
        assert given_away(out + err) == []


@pytest.mark.parametrize("arguments", [[OTHER], ["--token", KEY], ["--config", f"/{OTHER}"]])
def test_the_command_line_repeats_no_secret(tmp_path, arguments):
    """A token that was given as an argument would be in the terminal's history of output, too."""
    done = run(*arguments, folder=tmp_path, LM_API_TOKEN=KEY)
    assert done.returncode == 2
    assert given_away(done.stdout + done.stderr) == []


def test_an_edit_with_mistakes_repeats_no_secret(talking, telegram):
    """A token pasted while the bot runs would be in the log and in the owner's chat."""
    running = talking()
    for number, text in enumerate(MISTAKES[:10]):
        edit(running, "[telegram]", f"; {number}\n[telegram]")
        before = (running.folder / "config.ini").read_text()
        (running.folder / "config.ini").write_text(f"{before}\n{text}")
        telegram.wait_for(
            lambda number=number: len(telegram.screen(OWNER)) > number + 1, timeout=30
        )
        (running.folder / "config.ini").write_text(before)
    said = "\n".join(one.text for one in telegram.screen(OWNER))
    assert "config.ini has mistakes" in said
    assert given_away(said + running.log + running.output) == []


def is_final(telegram, message):
    """Whether this message of the bot is an answer's final form."""
    (text,) = [one.text for one in telegram.screen(OWNER) if one.message_id == message]
    return "Powered by" in text or "Note:" in text


def test_what_servers_and_models_say_of_a_secret_is_masked(bot, telegram, lmstudio, port):
    """A model server that repeats its key in an error would tell it to everybody in a group."""
    lmstudio.token = KEY
    running = bot(
        after=f"[metrics]\nport = {port}\n[logging]\nlevel = DEBUG\n", env=f"LM_API_TOKEN={KEY}\n"
    )
    echo = f"key {KEY}, {quote(KEY)}, {base64.b64encode(f'me:{KEY}'.encode()).decode()}, {KEY[:14]}"
    for behaviour in (
        Status(403, {"error": {"message": echo, "type": "permission_error"}}),
        Status(400, {"error": {"message": echo}}),
        ErrorEvent(message=echo),
        Answer(text=f"Your key is **{KEY}**, in pieces {' '.join(KEY)}, and {TOKEN}."),
    ):
        lmstudio.behave(behaviour)
        shown = len(telegram.screen(OWNER))
        telegram.say(OWNER, f"hello {shown}")
        telegram.wait_for(lambda shown=shown: len(telegram.screen(OWNER)) > shown, timeout=30)
        last = telegram.screen(OWNER)[-1].message_id
        telegram.wait_for(lambda last=last: is_final(telegram, last), timeout=30)
    telegram.say(OWNER, "/status")
    telegram.wait_for_text(OWNER, "Answers in the last 24 hours")
    scraped = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=LONG).text
    running.stop()
    kept = b"".join(file.read_bytes() for file in running.folder.glob("engram.db*"))
    everything = {
        "screen": "\n".join(one.text for one in telegram.screen(OWNER)),
        "log": running.log,
        "output": running.output,
        "metrics": scraped,
        "store": kept.decode("latin-1"),
    }
    for where, text in everything.items():
        assert given_away(text, KEY, KEY.partition(":")[2]) == [], where
        assert TOKEN.partition(":")[2] not in text, where
    assert "Your key is" in everything["screen"]


def test_a_model_that_is_called_like_a_secret_can_be_chosen(bot, telegram, lmstudio):
    """Telegram would refuse the list for ten minutes, or the button would name no model."""
    lmstudio.models = [model(f"evil/{KEY}", loaded=True), model("ok/b")]
    bot("model = ok/b", env=f"LM_API_TOKEN={KEY}\n")
    telegram.say(OWNER, "/models")
    listed = telegram.wait_for_text(OWNER, "Language models")
    telegram.press(OWNER, listed.message_id, listed.buttons[0][1])
    telegram.wait_for_text(OWNER, "answers this chat from now on")
    assert given_away("\n".join(map(repr, telegram.screen(OWNER)))) == []


def test_the_address_of_a_heartbeat_is_in_no_log(bot, telegram, heartbeat):
    """Whoever reads the log could tell the service that the bot is alive."""
    url = f"{heartbeat.url}/{UUID}/{PLAIN}?id={PASSWORD}"
    running = bot(after=f"[monitor]\nheartbeat_url = {url}\n[logging]\nlevel = DEBUG\n")
    assert heartbeat.asked.wait(LONG)
    wait_until(lambda: running.log.count('"GET') >= 1, 30)
    running.stop()
    assert given_away(running.log + running.output) == []


@pytest.fixture
def heartbeat():
    """What is asked each minute."""
    from tests.ops.test_heartbeat import Service

    with Service() as double:
        yield double


def test_a_password_of_a_proxy_is_in_no_output(tmp_path):
    """`--check` behind a proxy would print its password."""
    (tmp_path / "config.ini").write_text(
        f"[telegram]\napi_url = http://telegram.invalid\n[market]\nexchange = binance\n"
        f"[binance]\nproxy = http://me:{PLAIN}@127.0.0.1:9\n[logging]\nlevel = DEBUG\n"
    )
    (tmp_path / ".env").write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    proxy = f"http://me:{PASSWORD}@127.0.0.1:9"
    done = run(
        "--check", "--config", str(tmp_path / "config.ini"), HTTP_PROXY=proxy, https_proxy=proxy
    )
    log = (tmp_path / "logs" / "bot_runner.log").read_text(encoding="utf-8")
    assert "❌ Telegram" in done.stdout
    assert given_away(done.stdout + done.stderr + log, PASSWORD, PLAIN) == []


def test_a_crash_tells_no_secret(tmp_path, monkeypatch, capsys):
    """A traceback on stderr, copied into a bug report, would hand over the bot."""

    def crash(*_):
        raise ZeroDivisionError(f"https://api.telegram.org/bot{OTHER}/getMe {KEY}\x1b[2J")

    (tmp_path / ".env").write_text(f"LM_API_TOKEN={KEY}\n")
    monkeypatch.setattr("engram.app._run", crash)
    with pytest.raises(SystemExit, match="1"):
        main([], home=tmp_path)
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "\x1b" not in said
    assert given_away(said) == []


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has named pipes")
@pytest.mark.parametrize("name", ["config.ini", ".env"])
def test_a_named_pipe_holds_nothing_up(tmp_path, name):
    """The start would wait for ever."""
    os.mkfifo(tmp_path / name)
    environment = {**clean_environment(), "PYTHONPATH": str(ROOT)}
    for mode, code in (("--check", 1), ("--console", 0)):
        command = [sys.executable, "-m", "engram", mode]
        done = completed(command, 20, cwd=tmp_path, env=environment)
        assert done.returncode == (2 if name == "config.ini" else code)
        assert "Traceback" not in done.stderr
        if mode == "--check":
            assert f"{name} " in done.stdout + done.stderr
            assert "is a named pipe" in done.stdout + done.stderr


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has named pipes")
@pytest.mark.parametrize("name", ["config.ini", ".env"])
def test_a_named_pipe_that_is_swapped_in_holds_nothing_up(talking, telegram, name):
    """Edits, notices and the disk's alarm would stop, and nobody would know."""
    running = talking()
    file = running.folder / name
    before = file.read_text()
    file.unlink()
    os.mkfifo(file)
    if name == "config.ini":
        telegram.wait_for_text(OWNER, "it is a named pipe")
        file.unlink()
        file.write_text(before.replace("probe_interval = 0.2", "probe_interval = 0.3"))
        telegram.wait_for_text(OWNER, "[lmstudio] probe_interval: in effect")
    else:
        telegram.wait_for_text(OWNER, ".env TELEGRAM_BOT_TOKEN: is missing")


def test_a_hundred_thousand_mistakes_are_a_few_lines(talking, telegram):
    """The log line would be 8.5 MB, and the owner's chat full."""
    running = talking()
    file = running.folder / "config.ini"
    text = file.read_text()
    file.write_text(text + "".join(f"x{number} = {PLAIN}\n" for number in range(9_000)))
    telegram.wait_for_text(OWNER, "more mistakes")
    file.write_text(text + "x = 1\n" * 100_000)
    telegram.wait_for_text(OWNER, "10,000 lines")
    file.write_text(text + "k" * 900_000 + f" = {PLAIN}\n")
    telegram.wait_for(lambda: len(telegram.screen(OWNER)) == 4)
    assert all(len(one.text) < 4000 for one in telegram.screen(OWNER))
    assert max(map(len, running.log.splitlines())) < 9000
    assert PLAIN not in running.log
    file.write_text(text)
    done = run("--check", "--config", str(file))
    assert done.returncode == 0


def test_names_of_models_cannot_drive_the_terminal(tmp_path, lmstudio, telegram):
    """A server could forge the lines of a check, or turn the terminal's writing around."""
    name = "evil\x1b[2J\n✅ Telegram: fine \u202egnirts"
    lmstudio.models = [model(name, loaded=True)]
    (tmp_path / "config.ini").write_text(
        f"[telegram]\napi_url = {telegram.url}\n[lmstudio]\nurl = {lmstudio.url}\n"
        "model = auto\n[market]\nexchange =\n"
    )
    (tmp_path / ".env").write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    (tmp_path / ".env").chmod(0o600)
    config = str(tmp_path / "config.ini")
    for encoding in ("utf-8", "ascii"):
        checked = run("--check", "--config", config, PYTHONIOENCODING=encoding, LC_ALL="C")
        asked = run("--ask", "/models", "--config", config, PYTHONIOENCODING=encoding, LC_ALL="C")
        assert (checked.returncode, asked.returncode) == (0, 0)
        assert not any(line.startswith("✅ Telegram: fine") for line in checked.stdout.splitlines())
        for done in (checked, asked):
            assert "evil" in done.stdout
            assert "\x1b" not in done.stdout
            assert "\u202e" not in done.stdout


def test_a_secret_that_is_added_while_the_bot_runs_is_known(talking, telegram, lmstudio):
    """What a server says of the new token would be on screen, and it would not be sent."""
    running = talking(after="[logging]\nlevel = DEBUG\n")
    (running.folder / ".env").write_text(
        f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\nLM_API_TOKEN={PLAIN}\n"
    )
    telegram.wait_for_text(OWNER, ".env: LM_API_TOKEN: in effect")
    lmstudio.behave(Answer(text=f"It is {json.dumps(PLAIN)}, is it not?"))
    telegram.say(OWNER, "hello")
    telegram.wait_for_text(OWNER, "is it not?")
    telegram.wait_for_text(OWNER, "Powered by")
    assert PLAIN not in "\n".join(one.text for one in telegram.screen(OWNER))
    assert lmstudio.chats[-1].headers["authorization"] == f"Bearer {PLAIN}"
    running.stop()
    assert PLAIN not in running.log
