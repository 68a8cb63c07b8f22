"""The calls for one file: what each of them says, before anything is tried again."""

import time

import pytest

from engram.core.errors import AttachmentError
from engram.telegram.files.transfer import LaterError, Located, Transfer
from engram.telegram.sending.bot_api import BotApi
from tests.doubles.telegram import TOKEN
from tests.machine_speed import LONG

DATA = bytes(range(256)) * 100


@pytest.fixture
def api(telegram):
    """The bot's calls."""
    return BotApi(TOKEN, telegram.url)


@pytest.fixture
def transfer(api):
    """The calls for one file, with time enough."""
    with Transfer(api, time.monotonic() + LONG) as calls:
        yield calls


@pytest.fixture
def ref(telegram):
    """The id of a file that somebody has sent."""
    return telegram.files.keep(DATA, "document", suffix=".bin")["file_id"]


def test_a_file_is_located_and_then_fetched_whole(transfer, ref):
    """Half a picture would be shown to a model."""
    located = transfer.locate(ref)
    assert located.size == len(DATA)
    assert transfer.fetch(located, len(DATA)) == DATA


@pytest.mark.parametrize("told", [0, len(DATA)])
def test_a_file_that_is_too_large_is_none_whatever_is_told_of_it(transfer, ref, told):
    """A server that tells no size, or a wrong one, would fill the memory."""
    path = transfer.locate(ref).path
    with pytest.raises(AttachmentError, match=r"more than 25\.6 KB"):
        transfer.fetch(Located(path, told), len(DATA) - 1)


def test_a_file_of_another_size_than_told_may_be_whole_later(transfer, ref):
    """What broke off on its way would be opened as it is."""
    path = transfer.locate(ref).path
    with pytest.raises(LaterError, match="25,600 of 25,601 bytes came"):
        transfer.fetch(Located(path, len(DATA) + 1), len(DATA) + 1)


def test_nothing_is_called_once_somebody_has_hung_up(transfer, ref):
    """Whoever stops the answer would wait for a call that begins after that."""
    transfer.hang_up()
    with pytest.raises(LaterError, match="no answer"):
        transfer.locate(ref)


def test_nothing_is_called_after_the_time(api, ref):
    """A file would be waited for as long as a server likes."""
    with Transfer(api, time.monotonic()) as calls, pytest.raises(LaterError, match="no answer"):
        calls.locate(ref)
