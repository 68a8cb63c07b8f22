import logging
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from engram.chat.attachments import isolated
from engram.chat.attachments.child.refusals import Why
from engram.chat.attachments.isolated import Reply, ask
from engram.core.errors import StoppedError
from engram.core.stop import Stop
from tests.conftest import wait_until
from tests.machine_speed import LONG, ends, slowness

READS = "import sys; data = sys.stdin.buffer.read(); out = sys.stdout; "


@pytest.fixture
def program(monkeypatch):
    """Have the child process run a program, in place of ours: one that is broken by its input."""

    def run(code):
        monkeypatch.setattr(isolated, "COMMAND", ("-c", READS + code))

    return run


def asked(data=b"x", seconds=LONG):
    return ask("picture", "", data, Stop(), seconds)


def test_a_whole_reply_is_taken(program):
    """No picture would arrive."""
    program('out.write(\'{"width": 5, "length": 3}\\nabc\')')
    assert asked() == Reply(None, {"width": 5, "length": 3}, b"abc")


@pytest.mark.parametrize(
    "code",
    [
        "",
        "sys.exit(3)",
        "import os; os.abort()",
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
        "out.write('hello')",
        "out.write('[1]\\n')",
        "out.write('null\\n')",
        'out.write(\'{"why": "no such reason", "length": 0}\\n\')',
        'out.write(\'{"why": [], "length": 0}\\n\')',
        "out.write('{}\\n')",
        "out.write('{\"length\": 4}\\nabc')",
        "out.write('{\"length\": 2}\\nabc')",
        "out.write('[' * 100_000 + '\\n')",
        "out.write('{\"length\": ' + '9' * 3000)",
        "out.write('{\"length\": ' + '9' * 9000 + '}\\n')",
        "out.write('{\"length\": 9000000}\\n' + 'x' * 9_000_000)",
        "out.buffer.write(bytes(range(256)) * 99)",
        "sys.stdin.close(); out.write('\\n\\n\\n')",
    ],
)
def test_what_a_broken_process_says_is_not_believed(program, code):
    """A picture that breaks its reader would break the bot."""
    program(code)
    assert asked(b"x" * 1_000_000).why is Why.DIED


def test_a_process_that_does_not_read_is_no_obstacle(program, monkeypatch):
    """The bot would wait for ever for somebody to take the bytes."""
    monkeypatch.setattr(isolated, "COMMAND", ("-c", "import sys; sys.stdin.close()"))
    assert asked(b"x" * 5_000_000).why is Why.DIED


@pytest.mark.parametrize(
    "code", ["import time; time.sleep(999)", "while True: pass", "while True: out.write('x' * 9)"]
)
def test_a_process_that_does_not_end_is_killed(program, code):
    """One picture would take a processor for ever."""
    program(code)
    began = time.monotonic()
    reply = asked(seconds=1.5 * slowness())
    # What says too much may be ended for that before.
    assert reply.why in (Why.SLOW, Why.DIED)
    assert time.monotonic() - began < LONG


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows has no groups of processes")
def test_what_a_process_has_begun_ends_with_it(program, tmp_path):
    """A picture that breaks its reader could leave a program behind."""
    alive = tmp_path / "alive"
    writes = tmp_path / "writes.py"
    writes.write_text(
        "import pathlib, sys, time\nfor n in range(100_000):\n"
        "    pathlib.Path(sys.argv[1]).write_text(str(n)); time.sleep(0.01)\n"
    )
    program(
        f"import os, subprocess, time; alive = {str(alive)!r}\n"
        f"subprocess.Popen([sys.executable, {str(writes)!r}, alive], stdout=2)\n"
        "while not os.path.exists(alive): time.sleep(0.01)"
    )
    assert asked().why is Why.DIED

    def is_still():
        before = alive.read_text()
        time.sleep(0.2)
        return alive.read_text() == before

    wait_until(is_still, 5)


def test_a_stop_ends_the_process_at_once(program):
    """Whoever sends /stop would wait ten seconds for it."""
    program("import time; time.sleep(999)")
    stop = Stop()
    caught = []

    def run():
        with pytest.raises(StoppedError):
            ask("picture", "", b"x", stop, LONG)
        caught.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    wait_until(lambda: stop._actions, 10)
    stop.request()
    assert ends(thread, 10)
    assert caught


def test_a_stop_that_was_requested_before_leaves_no_process(program, monkeypatch):
    """Each would stay for ten seconds."""
    program("import time; time.sleep(999)")
    stop = Stop()
    begun = []
    started = isolated._started
    monkeypatch.setattr(isolated, "_started", lambda a: begun.append(started(a)) or begun[-1])
    stop.request()
    with pytest.raises(StoppedError):
        ask("picture", "", b"x", stop, LONG)
    assert begun[0].returncode is not None


def test_two_at_most_run_at_once_and_a_stop_ends_the_wait(program, monkeypatch):
    """Ten pictures at once would take five gigabytes."""
    program("out.write('{\"length\": 0}\\n'); out.flush(); import time; time.sleep(0.1)")
    most, now, lock, started = 0, 0, threading.Lock(), isolated._started
    real_end = isolated._end

    def start(arguments):
        nonlocal now, most
        with lock:
            now += 1
            most = max(now, most)
        return started(arguments)

    def end(process):
        nonlocal now
        real_end(process)
        with lock:
            now -= 1

    monkeypatch.setattr(isolated, "_started", start)
    monkeypatch.setattr(isolated, "_end", end)
    with ThreadPoolExecutor(6) as pool:
        assert [reply.why for reply in pool.map(lambda _: asked(), range(6))] == [None] * 6
    assert most == 2
    monkeypatch.setattr(isolated, "_PLACES", threading.BoundedSemaphore(1))
    isolated._PLACES.acquire()
    stop = Stop()
    stop.request()
    with pytest.raises(StoppedError):
        ask("picture", "", b"x", stop, LONG)


def test_the_process_knows_no_secret_and_holds_no_file_of_the_bot(program, monkeypatch, tmp_path):
    """Whoever breaks a library with a picture would have the bot's token."""
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:secret")
    program(
        "import os, json; seen = json.dumps([dict(os.environ), sorted(os.listdir('/proc/self/fd')) "
        "if os.path.exists('/proc/self/fd') else []]); "
        "out.write(json.dumps({'length': len(seen)}) + '\\n' + seen)"
    )
    with (tmp_path / "engram.db").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        reply = asked()
    assert b"PATH" in reply.content
    assert b"secret" not in reply.content
    assert b'"6"' not in reply.content


def test_it_finds_libraries_where_the_bot_does(program, monkeypatch, tmp_path):
    """Whoever keeps packages in a folder of their own could send no picture."""
    (tmp_path / "kept_elsewhere.py").write_text("NAME = 'hello'")
    monkeypatch.syspath_prepend(tmp_path)
    program("import kept_elsewhere; out.write('{\"length\": 5}\\n' + kept_elsewhere.NAME)")
    assert asked().content == b"hello"


def test_a_system_that_begins_no_process_is_a_reason(monkeypatch):
    """The answer would end in a traceback."""
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert asked().why is Why.NOT_STARTED


def test_without_groups_of_processes_it_is_killed_all_the_same(program, monkeypatch):
    """On Windows it would run on."""
    monkeypatch.delattr(os, "killpg", raising=False)
    program("import time; time.sleep(999)")
    assert asked(seconds=0.5 * slowness()).why is Why.SLOW


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows limits no processor time")
def test_too_much_processor_time_is_slowness(program):
    """The person would read that the program broke down."""
    program("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)")
    assert asked().why is Why.SLOW


def test_why_a_file_was_not_opened_is_logged_without_what_is_in_it(program, caplog):
    """The owner could not find out why pictures are refused."""
    caplog.set_level(logging.DEBUG, isolated.__name__)
    program('out.write(\'{"why": "broken", "error": "OSError\\\\nx", "length": 0}\\n\')')
    asked(b"a secret")
    program("out.write('{\"length\": 0}\\n')")
    asked(b"a secret")
    refused, opened = caplog.messages
    assert refused.startswith("a picture was not opened (broken) in ")
    assert refused.endswith(": OSError x")
    assert opened.startswith("a picture of 8 bytes was opened in ")


@pytest.mark.parametrize(
    ("found", "number"),
    [(5, 5), (0, 0), (-1, 0), (True, 0), ("5", 0), (1.5, 0), (10**30, 0), (None, 0)],
)
def test_a_fact_is_a_number_only_if_it_is_one(found, number):
    """A sentence would say that a picture has True megapixels."""
    assert Reply(facts={"x": found}).number("x") == number


@pytest.mark.parametrize(
    ("found", "word"), [("HEIC", "HEIC"), ("<script>", ""), (5, ""), ([], ""), (None, "")]
)
def test_a_fact_is_a_word_only_if_it_is_known(found, word):
    """A picture could say things in the bot's name."""
    assert Reply(facts={"x": found}).word("x", ("HEIC",)) == word
