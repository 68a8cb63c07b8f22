"""The standard streams where they are closed, broken or full, in real processes."""

import contextlib
import os
import signal
import subprocess
import sys

import pytest

from engram.terminal.streams import Streams
from tests.conftest import OWNER, ROOT, clean_environment
from tests.doubles.lmstudio import Answer
from tests.doubles.telegram import TOKEN
from tests.machine_speed import completed, exit_code, within
from tests.terminal.pseudo_terminal import own_the_terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs bash and signals")

FULL = "What should have been printed could not be written: No space left on device.\n"
ASK, CHECK = "--ask /help", "--check"
# What the shell does with the streams, and what a person then gets: the exit code of a command that
# ends well, and what stands on standard error.
STREAMS = [
    (">&-", 0, ""),
    ("2>&-", 0, ""),
    (">&- 2>&-", 0, ""),
    ("<&-", 0, ""),
    ("<&- >&- 2>&-", 0, ""),
    ("> /dev/full", 1, FULL),
    ("> /dev/full 2>&1", 1, ""),
    ("2> /dev/full", 0, ""),
    ("| true", 0, ""),
    ("| head -c 3", 0, ""),
]
# Two commands that only print, two that do some work, and the one that reads.
COMMANDS = ["--help", "--version", CHECK, ASK, "--console"]
# Each stream meets one of each kind, in turn; all pairs are tried by `-m long`.
PAIRS = [
    pytest.param(command, *row, marks=() if (number + turn) % 2 == 0 else pytest.mark.long)
    for number, command in enumerate(COMMANDS)
    for turn, row in enumerate(STREAMS)
]


@pytest.fixture
def shell(tmp_path, telegram):
    """Run launcher.py in bash, with these streams; without a model server and a market."""
    config = "[fallback]\norder = mock, rules\n[market]\nexchange =\n"
    (tmp_path / "config.ini").write_text(f"{config}[telegram]\napi_url = {telegram.url}\n")

    def start(arguments, streams, *, token=TOKEN, before="", **environment):
        (tmp_path / ".env").write_text(f"TELEGRAM_BOT_TOKEN={token}\n")
        launcher = f"'{sys.executable}' '{ROOT}/launcher.py' --config config.ini {arguments}"
        script = f"set -o pipefail; {before} {launcher} {streams}"
        environment = {**clean_environment(), **environment}
        return completed(["bash", "-c", script], 30, cwd=tmp_path, env=environment)

    return start


@pytest.mark.parametrize(("arguments", "streams", "code", "said"), PAIRS)
def test_every_command_ends_well_whatever_becomes_of_its_output(
    shell, arguments, streams, code, said
):
    """A script would see a traceback, or a success where the disk took nothing."""
    done = shell(arguments, f"< /dev/null {streams}" if "<" not in streams else streams)
    # A terminal chat that is asked nothing prints nothing, and nothing is lost.
    code, said = (code, said) if arguments != "--console" else (0, "")
    assert (done.returncode, done.stderr) == (code, said)


@pytest.mark.parametrize(
    ("streams", "unbuffered"),
    [(">&-", ""), ("2>&-", "1"), ("| true", ""), ("| true", "1"), ("> /dev/full", "")],
)
def test_a_check_that_nobody_reads_still_says_whether_the_bot_can_run(shell, streams, unbuffered):
    """`launcher.py --check | head -1 && start` would start a bot that cannot run."""
    done = shell(CHECK, streams, token="", PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.covered
@pytest.mark.parametrize("streams", ["2>&-", ">&- 2>&-", "2> /dev/full"])
def test_a_wrong_call_and_a_wrong_configuration_keep_their_exit_code(shell, streams, tmp_path):
    """A service manager would start again and again what a person has to mend."""
    assert shell("--consle", streams).returncode == 2
    (tmp_path / "config.ini").write_text("[lmstudio]\ntiemout = 1\n")
    assert shell(CHECK, streams).returncode == 2


@pytest.mark.covered
@pytest.mark.parametrize(
    ("streams", "code", "said"),
    [("| head -1", 0, ""), (">&-", 0, ""), ("> /dev/full", 1, FULL), ("2> /dev/full", 0, "")],
)
def test_a_chat_in_a_pipe_ends_with_its_reader(shell, streams, code, said):
    """A model would be asked thousands of questions whose answers nobody reads."""
    done = shell("--console", streams, before="for _ in {1..50}; do echo /help; done |")
    assert (done.returncode, done.stderr) == (code, said)


def test_the_store_never_gets_what_was_to_be_printed(shell, tmp_path):
    """The first file that is opened takes the place of a closed output, and what is printed."""
    done = shell("--console", ">&- 2>&-", before="printf '/help\\nhi\\n' |")
    assert done.returncode == 0
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert b"What I can do" not in file.read_bytes(), file


@pytest.mark.covered
def test_a_reader_that_is_slow_gets_everything(tmp_path):
    """A terminal that another program made non-blocking would lose the end of an answer."""
    code = (
        "import os; os.set_blocking(1, False)\n"
        "from engram.terminal.streams import Streams\n"
        "streams = Streams()\n"
        "print('x' * 1_000_000, flush=True)\n"
        "raise SystemExit(streams.exit_code(0))"
    )
    pipe = f"set -o pipefail; '{sys.executable}' -c \"$0\" | cat | wc -c"
    done = completed(["bash", "-c", pipe, code], 30, cwd=ROOT, env=clean_environment())
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) == 1_000_001


@pytest.mark.covered
def test_a_program_without_a_console_starts():
    """A bot that Windows starts without a window would end before it has written a line of why."""
    # There the streams are None, and no file gets their numbers: on what has them all fails.
    code = (
        "import os, sys\n"
        "for number in range(3): os.dup2(os.open('/', os.O_RDONLY), number)\n"
        "sys.stdin = sys.stdout = sys.stderr = None\n"
        "known = os.fstat\n"
        "os.fstat = lambda number: known(number if number > 2 else -1)\n"
        "from engram.terminal.streams import Streams\n"
        "streams = Streams()\n"
        "print(sys.stdin.read(), flush=True)\n"
        "raise SystemExit(streams.exit_code(7))"
    )
    done = completed([sys.executable, "-c", code], 30, cwd=ROOT, env=clean_environment())
    assert done.returncode == 7


def test_streams_of_a_test_are_left_alone(capsys):
    """Whoever embeds Engram would lose the output that they collect."""
    streams = Streams()
    print("here")
    assert streams.exit_code(0) == 0
    assert capsys.readouterr().out == "here\n"


def _config(telegram, lmstudio):
    return (
        f"[telegram]\napi_url = {telegram.url}\n[market]\nexchange =\n"
        f"[lmstudio]\nurl = {lmstudio.url}\nprobe_interval = 0.2\n"
    )


@pytest.fixture
def started(tmp_path, telegram, lmstudio):
    """Start the bot with these streams; it is polling."""
    running = []
    (tmp_path / "config.ini").write_text(_config(telegram, lmstudio))
    env = f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_CHAT_ID={OWNER}\n"
    (tmp_path / ".env").write_text(env)

    def start(**streams):
        command = [sys.executable, str(ROOT / "launcher.py"), "--config", "config.ini"]
        process = subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), **streams)
        running.append(process)
        telegram.wait_for(lambda: telegram._polling)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.parametrize("kind", ["pipe", "full", "closed"])
def test_the_bot_goes_on_when_its_output_breaks(started, telegram, lmstudio, tmp_path, kind):
    """A log viewer that is closed, or a full disk, would leave everybody unanswered."""
    read, written = os.pipe()
    if kind == "full":
        os.close(written)
        written = os.open("/dev/full", os.O_WRONLY)
    streams = {"stdout": written, "stderr": written, "stdin": subprocess.DEVNULL}
    if kind == "closed":
        streams = {"preexec_fn": lambda: [os.close(number) for number in range(3)]}
    process = started(**streams)
    os.close(written)
    os.close(read)
    for text in ("one", "two"):
        lmstudio.behave(Answer(text))
        telegram.say(OWNER, "hi")
        telegram.wait_for_text(OWNER, f"{text}\n\n💡 Powered by")
    # Only now is anything printed again.
    process.send_signal(signal.SIGTERM)
    assert exit_code(process, 10) == 0
    assert "Traceback" not in (tmp_path / "logs" / "bot_runner.log").read_text(encoding="utf-8")


def test_the_bot_leaves_in_order_when_its_terminal_goes_away(started, telegram, tmp_path):
    """An answer in progress would be cut off without a word, as if the machine had crashed."""
    pty = pytest.importorskip("pty")
    terminal, child = pty.openpty()

    process = started(stdin=child, stdout=child, stderr=child, preexec_fn=own_the_terminal)
    os.close(child)
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "Powered by")
    # All that a terminal says: SIGHUP, and no more output.
    os.close(terminal)
    assert exit_code(process, 10) == 0
    log = (tmp_path / "logs" / "bot_runner.log").read_text(encoding="utf-8")
    assert "Stopping." in log
    assert "Traceback" not in log


def test_a_bot_that_is_to_survive_its_terminal_does(started, telegram):
    """`nohup python3 launcher.py &` would end with the window in which it was typed."""
    ignore = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)}
    process = started(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **ignore)
    process.send_signal(signal.SIGHUP)
    telegram.say(OWNER, "hi")
    telegram.wait_for_text(OWNER, "Powered by")
    assert process.poll() is None


def test_a_chat_whose_terminal_goes_away_ends(terminal, tmp_path):
    """It would stay behind for ever, with a traceback for whoever looks."""
    terminal.type("hi\r")
    terminal.wait_for("Powered by")
    terminal.wait_for_prompt()
    terminal.process.send_signal(signal.SIGHUP)
    with contextlib.suppress(OSError):
        within(10, lambda _: terminal.read_all() or terminal.process.poll() is not None)
    assert exit_code(terminal.process, 10) == 0
    assert "Traceback" not in terminal.text
