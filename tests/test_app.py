"""The command line."""

import subprocess
import sys
import threading

import pytest

from engram import __version__
from engram.app import main
from tests.conftest import ROOT, clean_environment
from tests.doubles.telegram import TOKEN
from tests.machine_speed import completed
from tests.test_end_to_end import run


def test_version_and_help(capsys):
    """Nobody could tell which Engram runs, or what it can do."""
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"engram {__version__}\n"
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    shown = capsys.readouterr().out
    for option in (
        "--console",
        "--ask TEXT",
        "--continue",
        "--check",
        "--quick",
        "--backup FILE",
        "--restore FILE",
        "--setup",
        "--config FILE",
        "--version",
    ):
        assert option in shown


def test_the_package_is_the_same_as_the_launcher():
    """`python3 -m engram`, as other packages are started, would do nothing."""
    command = [sys.executable, "-m", "engram", "--version"]
    assert completed(command, 20, cwd=ROOT).stdout == f"engram {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--consle"],
        ["--ask"],
        ["--ask", "x", "--check"],
        ["--backup", "x", "--restore", "x"],
        ["extra"],
        ["--continue"],
        ["--quick"],
    ],
)
def test_a_wrong_call_is_answered_with_the_usage(capsys, arguments):
    """A typing error would start something else."""
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert capsys.readouterr().err.startswith("usage: engram")


def test_setup_needs_a_terminal_and_no_file(tmp_path, monkeypatch, capsys):
    """Whoever begins with an empty folder would be told that there is no config.ini in it."""
    monkeypatch.setattr("engram.app._end", lambda _code: None)
    monkeypatch.setattr("engram.app.exit_on", lambda *_: None)
    with pytest.raises(SystemExit, match="2"):
        main(["--setup", "--check"])
    assert main(["--setup", "--config", str(tmp_path / "new.ini")]) == 2
    assert "--setup asks questions, and needs a terminal for that" in capsys.readouterr().err


def test_setup_without_a_token_ends_in_the_chat(tmp_path, monkeypatch, capsys):
    """Whoever has just left out the token would be told to begin with --setup."""
    monkeypatch.setattr("engram.app._end", lambda _code: None)
    monkeypatch.setattr("engram.app.exit_on", lambda *_: None)
    walk = "engram.setup.walk.run_setup"
    monkeypatch.setattr(walk, lambda settings, _file, _printer, go_on: go_on(settings))
    monkeypatch.setattr("engram.talking.run_chat", lambda *_: 7)
    assert main(["--setup"], home=tmp_path) == 7
    assert capsys.readouterr().err == ""


def test_paths_are_relative_to_the_configuration(tmp_path):
    """Started from another folder, the log would be written there."""
    (tmp_path / "config.ini").write_text("[fallback]\norder = mock\n[logging]\nfile = here.log\n")
    done = run("--ask", "hi", "--config", str(tmp_path / "config.ini"))
    assert done.returncode == 0
    assert "answered by mock" in (tmp_path / "here.log").read_text(encoding="utf-8")


@pytest.mark.covered
def test_a_reader_that_goes_away_is_no_error(tmp_path):
    """`launcher.py --ask ... | head -1` would end in a traceback."""
    (tmp_path / "config.ini").write_text("[fallback]\norder = mock\n")
    command = f"'{sys.executable}' '{ROOT}/launcher.py' --console --config '{tmp_path}/config.ini'"
    pipe = ["bash", "-c", f"yes /help | {command} | head -1"]
    done = completed(pipe, 20, env=clean_environment())
    assert done.stdout == "What I can do:\n"
    assert done.stderr == ""


HEAVY = {"ccxt", "talib", "numpy", "matplotlib", "rich", "prometheus_client", "prompt_toolkit"}
HEAVY |= {"zoneinfo", "statistics"}
ANSWERING = {"engram.chat.assistant", "engram.llm", "engram.market.analyst", "engram.watch"}
ANSWERING |= {"engram.core.events", "engram.chat.commands"}


@pytest.mark.parametrize(
    ("module", "waits"),
    [
        ("app", HEAVY | ANSWERING | {"telebot", "requests"}),
        ("running", HEAVY | ANSWERING | {"telebot", "requests"}),
        ("polling", HEAVY | ANSWERING | {"asyncio"}),
        ("starting", HEAVY | {"asyncio"}),
        ("talking", HEAVY | {"telebot"}),
    ],
)
def test_what_is_heavy_waits_until_it_is_used(module, waits):
    """The bot would start slowly and idle large."""
    code = f"import sys, engram.{module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert waits & {*done.stdout.split()} == set()


@pytest.mark.skipif(sys.platform == "win32", reason="a process can only be killed")
def test_a_stop_that_meets_a_library_is_a_stop(tmp_path):
    """A service manager would wait for a bot that has just been started, and then kill it."""
    (tmp_path / "config.ini").write_text("[telegram]\napi_url = http://127.0.0.1:9\n")
    (tmp_path / ".env").write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    # There telebot passes over whatever the import of this one ends in.
    (tmp_path / "redis.py").write_text(
        "import os, signal, sys\n"
        "if 'telebot.handler_backends' not in sys.modules:\n    raise ImportError\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
    )
    code = "import sys; sys.path.append('.'); from engram.app import main; sys.exit(main())"
    environment = {**clean_environment(), "PYTHONPATH": str(ROOT)}
    done = completed([sys.executable, "-c", code], 20, cwd=tmp_path, env=environment)
    assert done.returncode == 0


@pytest.mark.parametrize(
    "err",
    [
        ModuleNotFoundError("No module named 'prompt_toolkit'", name="prompt_toolkit"),
        ImportError("libz.so.1: no such file"),
        SyntaxError("source code string cannot contain null bytes"),
    ],
)
def test_a_package_that_cannot_be_loaded_is_named(tmp_path, monkeypatch, capsys, err):
    """Whoever updates the code alone would see a traceback in place of the chat."""

    def start(*_):
        raise err

    monkeypatch.setattr("engram.app._run", start)
    monkeypatch.setattr("engram.app._end", lambda _code: None)
    assert main([], home=tmp_path) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"A package that Engram needs cannot be loaded ({err}): run the first")


@pytest.mark.parametrize(
    ("mode", "code"), [(["--backup", "b"], 130), (["--restore", "b"], 130), (["--check"], 0)]
)
@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_a_backup_that_has_not_begun_does_not_look_done(tmp_path, monkeypatch, mode, code, end):
    """A script that was stopped early would go on to delete what it believes to be kept."""

    def start(*_):
        raise end

    monkeypatch.setattr("engram.app._run", start)
    monkeypatch.setattr("engram.app._end", lambda _code: None)
    assert main(mode, home=tmp_path) == code


def test_an_exit_that_meets_the_start_of_a_thread_is_an_exit(tmp_path, monkeypatch):
    """A service manager would see a crash where it had asked the bot to end."""

    def start_of_a_thread(*_):
        lock = threading.Condition()
        with lock:
            lock.release()
            raise SystemExit(0)

    monkeypatch.setattr("engram.app._run", start_of_a_thread)
    monkeypatch.setattr("engram.app._end", lambda _code: None)
    assert main([], home=tmp_path) == 0
