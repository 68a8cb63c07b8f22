"""Getting files from Telegram: whatever happens, an end, a sentence, and no token anywhere."""

import logging
import threading
import time
import traceback
import tracemalloc

import pytest

from engram.core.errors import AttachmentError, StoppedError
from engram.core.listener import Listener
from engram.core.stop import Stop
from engram.storage.store import Store
from engram.telegram import texts
from engram.telegram.files import download
from engram.telegram.files.download import DEADLINE, TelegramFiles
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.egress import Egress
from tests.doubles.dripping import Dripping, kinds
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.doubles.telegram_files import LARGEST, Kept
from tests.machine_speed import ends

SECRET = TOKEN.partition(":")[2]
DATA = bytes(range(256)) * 1000
MB = 1_000_000


class Counting(Listener):
    """Notes each call of the Bot API."""

    def __init__(self):
        self.calls = []

    def called(self, method, status):
        self.calls.append((method, status))


@pytest.fixture
def listener():
    return Counting()


@pytest.fixture
def files(telegram, listener, caplog, monkeypatch):
    """Files of a bot whose pauses are short; nothing that is logged may hold the token."""
    monkeypatch.setattr(download, "LONGEST_PAUSE", 0.05)
    caplog.set_level(logging.DEBUG, "engram")
    egress = Egress(BotApi(TOKEN, telegram.url, listener), Store(None))
    yield TelegramFiles(egress)
    assert SECRET not in caplog.text
    egress.stop()


def kept(telegram, data=DATA, **more):
    return telegram.files.keep(data, "document", suffix=".bin", **more)["file_id"]


def refusal(files, ref, most=MB):
    """The sentence with which the file is refused; neither it nor its traces name the token."""
    with pytest.raises(AttachmentError) as caught:
        files.read(ref, most, Stop())
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    # Not even where a traceback would not show it.
    err: BaseException | None = caught.value
    assert (err.__cause__, err.__context__) == (None, None)
    return str(err)


def tries(telegram, method="file"):
    return sum(call.method == method for call in telegram.calls)


def test_a_file_is_had_whenever_it_is_asked_for(files, telegram, listener):
    """No picture would reach a model."""
    ref = kept(telegram)
    assert files.read(ref, MB, Stop()) == files.read(ref, len(DATA), Stop()) == DATA
    assert listener.calls == [("getFile", 200), ("file", 200)] * 2


@pytest.mark.parametrize("behaviour", ["html502", "reset", "reply_lost", "cut", "odd"])
def test_a_download_that_fails_is_tried_again(files, telegram, behaviour):
    """One hiccup of the network would cost a picture, or show a model half of it."""
    ref = kept(telegram)
    telegram.fail_raw("file", behaviour, times=2)
    assert files.read(ref, MB, Stop()) == DATA
    assert tries(telegram) == 3


@pytest.mark.parametrize("behaviour", ["html502", "reset", "reply_lost", "odd"])
def test_a_question_where_the_file_is_that_fails_is_asked_again(files, telegram, behaviour):
    """One hiccup of the network would cost a picture."""
    ref = kept(telegram)
    telegram.fail_raw("getFile", behaviour, times=2)
    assert files.read(ref, MB, Stop()) == DATA
    assert tries(telegram, "getFile") == 3


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (500, None),
        (502, None),
        (401, None),
        (400, "Bad Request: wrong file_id or the file is temporarily unavailable"),
    ],
)
def test_a_refusal_that_may_pass_is_not_the_end(files, telegram, status, description):
    """Whoever sends a picture in a bad moment would have to send it again."""
    ref = kept(telegram)
    telegram.fail("getFile", status, description, times=2)
    assert files.read(ref, MB, Stop()) == DATA


@pytest.mark.parametrize("method", ["getFile", "file"])
def test_a_pause_that_telegram_asks_for_is_kept(files, telegram, method):
    """Asking during a pause makes it longer, for all that the bot sends."""
    ref = kept(telegram)
    telegram.fail(method, 429, retry_after=1)
    began = time.monotonic()
    if method == "getFile":
        assert files.read(ref, MB, Stop()) == DATA
        assert time.monotonic() - began >= 1
    telegram.fail("getFile", 429, retry_after=3600)
    assert refusal(files, ref) == texts.FILE_NOT_HAD
    assert time.monotonic() - began < DEADLINE / 2


@pytest.mark.parametrize(
    ("description", "sentence", "asked"),
    [
        ("Bad Request: file is too big", texts.FILE_OVER_TELEGRAM, 1),
        ("Bad Request: invalid file_id", texts.FILE_GONE, 1),
        (
            "Bad Request: wrong file_id or the file is temporarily unavailable",
            texts.FILE_GONE,
            download.REFUSALS,
        ),
    ],
)
def test_what_telegram_does_not_give_is_told_in_a_sentence(
    files, telegram, description, sentence, asked
):
    """A person would wait for half a minute, and not know what to do then."""
    ref = kept(telegram)
    telegram.fail("getFile", 400, description, times=9)
    assert refusal(files, ref) == sentence
    assert tries(telegram, "getFile") == asked


def test_a_server_that_sends_no_files_is_not_asked_for_ever(files, telegram):
    """Each picture would keep a thread for half a minute, where no picture can ever be had."""
    ref = kept(telegram)
    telegram.fail("file", 404, times=9)
    assert refusal(files, ref) == texts.FILE_GONE
    assert tries(telegram) == download.REFUSALS


def test_a_file_over_the_limit_of_telegram_is_no_fault_of_the_bot(files, telegram):
    """Whoever sends 25 MB would get no answer."""
    assert (
        refusal(files, kept(telegram, size=LARGEST + 1), 10 * LARGEST) == texts.FILE_OVER_TELEGRAM
    )


def test_a_file_over_the_limit_of_engram_is_not_downloaded(files, telegram):
    """Somebody could fill the memory, or the line, of the machine."""
    ref = kept(telegram)
    assert "more than 1 KB" in refusal(files, ref, 1000)
    assert tries(telegram) == 0


@pytest.mark.parametrize("claimed", [0, 100])
def test_a_file_that_never_ends_is_cut_off_in_time(files, telegram, claimed):
    """A server that lies about sizes could fill the memory of the machine."""
    ref = kept(telegram, size=claimed)
    telegram.fail_raw("file", "endless")
    tracemalloc.start()
    try:
        assert "more than 1 MB" in refusal(files, ref)
        assert tracemalloc.get_traced_memory()[1] < 4 * MB
    finally:
        tracemalloc.stop()


def test_a_file_of_another_size_than_told_is_asked_for_again(files, telegram, monkeypatch):
    """A page of some proxy would be opened as a picture."""
    monkeypatch.setattr(download, "DEADLINE", 0.5)
    assert refusal(files, kept(telegram, size=len(DATA) + 1)) == texts.FILE_NOT_HAD
    assert tries(telegram) > 1


@pytest.mark.parametrize(
    ("method", "behaviour"), [("getFile", "hang"), ("file", "hang"), ("file", "drip")]
)
def test_a_server_that_keeps_one_waiting_is_given_up(
    files, telegram, monkeypatch, method, behaviour
):
    """A thread would hang for as long as the server likes, for each picture."""
    monkeypatch.setattr(download, "DEADLINE", 0.5)
    ref = kept(telegram)
    telegram.fail_raw(method, behaviour, times=99)
    began = time.monotonic()
    assert refusal(files, ref) == texts.FILE_NOT_HAD
    assert time.monotonic() - began < DEADLINE / 2


@pytest.mark.parametrize("kind", kinds())
def test_a_server_that_drips_is_given_up_wherever_it_drips(monkeypatch, kind):
    """A hostile server could hold all threads that get files."""
    monkeypatch.setattr(download, "DEADLINE", 0.5)
    with Dripping(kind) as server:
        egress = Egress(BotApi(TOKEN, server.url), Store(None))
        assert refusal(TelegramFiles(egress), "x") == texts.FILE_NOT_HAD
        assert server.is_left(5)
        egress.stop()


@pytest.mark.parametrize(
    ("method", "behaviour"),
    [("getFile", "hang"), ("file", "hang"), ("file", "drip"), ("file", "cut")],
)
def test_whoever_stops_an_answer_stops_the_download(
    files, telegram, monkeypatch, method, behaviour
):
    """/stop would be answered half a minute later."""
    monkeypatch.setattr(download, "LONGEST_PAUSE", 60.0)
    monkeypatch.setattr(download, "DEADLINE", 600.0)
    ref, stop, outcome = kept(telegram), Stop(), []
    telegram.fail_raw(method, behaviour, times=99)

    def read():
        try:
            files.read(ref, MB, stop)
        except StoppedError:
            outcome.append("stopped")

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    telegram.wait_for(lambda: tries(telegram, method) >= 1)
    stop.request()
    assert ends(reading, 5)
    assert outcome == ["stopped"]
    with pytest.raises(StoppedError):
        files.read(ref, MB, stop)


def test_at_the_end_of_the_process_nothing_is_tried_again(files, telegram, listener):
    """The bot would look for a file while it is to end."""
    ref = kept(telegram)
    telegram.fail("getFile", 502, times=9)
    files._egress.stop()
    assert refusal(files, ref) == texts.FILE_NOT_HAD
    assert listener.calls == [("getFile", 502)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(files, telegram, caplog, status):
    """Whoever stands where the server points to would own the bot from then on."""
    ref = kept(telegram)
    with TelegramDouble() as other:
        telegram.redirects_to, telegram.redirect_status = other.url, status
        assert refusal(files, ref) == texts.FILE_OUT_OF_REACH
        assert f"redirects to {other.url}, " in caplog.text
        assert other.calls == []


@pytest.mark.parametrize(
    "path",
    ["a?x=1#y", "http://127.0.0.1:9/x", "@127.0.0.1:9/x", "grüße.txt", "x\r\nHost: y", "\ufffd"],
)
def test_no_path_leads_to_another_server(files, telegram, path):
    """A path that a server makes up would send the token elsewhere."""
    ref = kept(telegram)
    telegram.files._kept[ref] = Kept(DATA, path, len(DATA))
    assert files.read(ref, MB, Stop()) == DATA
    # Half of a character cannot be sent.
    half = {"file_path": path.replace("\ufffd", "\ud83d")}
    telegram._api._methods["getfile"] = lambda _params: half
    assert files.read(ref, MB, Stop()) == DATA


@pytest.mark.parametrize(
    "result", [{}, {"file_path": 7}, {"file_path": ""}, {"file_path": "x" * 2000}]
)
def test_an_answer_that_names_no_path_is_a_refusal(files, telegram, result):
    """The bot would ask for "None", or crash."""
    telegram._api._methods["getfile"] = lambda _params: result
    assert refusal(files, "x") == texts.FILE_GONE
    assert tries(telegram, "getFile") == download.REFUSALS


def test_a_file_on_the_machine_of_a_local_server_is_read_there(files, telegram, tmp_path, caplog):
    """Whoever runs a Bot API server with --local could send no pictures."""
    telegram.files.local = tmp_path / TOKEN.replace(":", "~")
    ref = kept(telegram)
    assert files.read(ref, MB, Stop()) == DATA
    assert "more than 1 KB" in refusal(files, ref, 1000)
    telegram.files.local = tmp_path / "elsewhere"
    assert refusal(files, ref) == texts.FILE_OUT_OF_REACH
    assert "where Engram reads nothing" in caplog.text
    assert tries(telegram) == 0
