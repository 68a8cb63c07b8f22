import io
import signal
import zlib

import pytest
from pypdf import PageObject, PdfWriter
from pypdf.errors import DependencyError

from engram.chat.attachments.child import pdf as reading
from engram.chat.attachments.child.plain import MOST
from engram.chat.attachments.child.refusals import RefusedError, Why
from tests.chat.attachments.samples import locked_pdf, pdf
from tests.machine_speed import slowness

reading.load()


def refused(data):
    with pytest.raises(RefusedError) as caught:
        reading.document(data)
    return caught.value


def test_pages_are_read_in_their_order():
    """A report would not reach the model."""
    facts, content = reading.document(pdf("Buy (low).", "", "Sell high."))
    assert content == b"[page 1 of 3]\nBuy (low).\n\n[page 3 of 3]\nSell high."
    assert facts == {"pages": 3, "read": 3, "left": 0}


def test_a_scan_is_known_as_such():
    """The model would be asked about an empty page."""
    error = refused(pdf("", ""))
    assert (error.why, error.facts) == (Why.SCANNED, {"pages": 2})


def test_a_password_is_needed_only_where_there_is_one():
    """A bank's statement that everybody can open would be refused."""
    assert refused(locked_pdf("secret")).why is Why.LOCKED
    _, content = reading.document(locked_pdf(""))
    assert b"Buy low." in content


def test_encryption_that_needs_another_library_is_a_locked_file(monkeypatch):
    """The person would read that a package is missing."""

    def lacks(*_):
        raise DependencyError("cryptography is required")

    monkeypatch.setattr("pypdf.PdfReader.decrypt", lacks)
    assert refused(locked_pdf("")).why is Why.LOCKED


@pytest.mark.parametrize("missing", [DependencyError, MemoryError])
def test_what_concerns_the_whole_file_is_not_taken_for_a_damaged_page(monkeypatch, missing):
    """The person would be told that the file is damaged."""

    def lacks(*_):
        raise missing("x")

    monkeypatch.setattr("pypdf.PageObject.extract_text", lacks)
    with pytest.raises((RefusedError, MemoryError)) as caught:
        reading.document(pdf("Buy."))
    assert isinstance(caught.value, MemoryError) or caught.value.why is Why.LOCKED


def test_a_damaged_page_costs_that_page():
    """One broken font would cost the whole report."""
    whole = pdf("Buy low.", "Sell high.")
    damaged = whole.replace(b"/Contents 5 0 R", b"/Contents true ")
    facts, content = reading.document(damaged)
    assert b"Sell high." in content
    assert facts["read"] == 2


def test_a_file_without_a_page_that_can_be_read_is_broken(monkeypatch):
    """It would be called a scan."""

    def fails(*_):
        raise KeyError("/Font")

    monkeypatch.setattr("pypdf.PageObject.extract_text", fails)
    assert refused(pdf("Buy.")).why is Why.BROKEN


def test_a_book_is_read_as_far_as_there_is_room(monkeypatch):
    """A thousand pages would take minutes."""
    pages = ["word " * 1000] * 60
    facts, content = reading.document(pdf(*pages))
    assert len(content) == MOST
    assert facts["read"] < facts["pages"] == 60
    assert facts["left"] > 0
    monkeypatch.setattr(reading, "ENOUGH", -1.0)
    assert refused(pdf("Buy.")).why is Why.SLOW


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows interrupts nothing")
def test_a_page_that_takes_for_ever_does_not_cost_those_before_it(monkeypatch):
    """One chart of a million lines would cost the whole report."""
    extract = PageObject.extract_text

    def takes_for_ever(page):
        text = extract(page)
        while "slow" in text:
            continue
        return text

    monkeypatch.setattr(PageObject, "extract_text", takes_for_ever)
    monkeypatch.setattr(reading, "ENOUGH", slowness())
    before = signal.getsignal(signal.SIGALRM)
    facts, content = reading.document(pdf("Buy low.", "slow", "Sell high."))
    assert content == b"[page 1 of 3]\nBuy low."
    assert facts == {"pages": 3, "read": 1, "left": 0}
    assert signal.getsignal(signal.SIGALRM) is before


def test_a_system_without_such_alarms_looks_between_pages(monkeypatch):
    """On Windows no PDF would be read."""
    monkeypatch.delattr(signal, "setitimer", raising=False)
    assert reading.document(pdf("Buy low."))[1] == b"[page 1 of 1]\nBuy low."
    monkeypatch.setattr(reading, "ENOUGH", -1.0)
    assert refused(pdf("Buy low.")).why is Why.SLOW


def test_a_file_without_pages_is_a_scan_of_nothing():
    """Nothing at all would be given to the model."""
    file = io.BytesIO()
    PdfWriter().write(file)
    assert refused(file.getvalue()).why is Why.SCANNED


def test_a_page_that_unpacks_to_gigabytes_is_no_text():
    """A file of a kilobyte would fill the memory."""
    packed = zlib.compress(bytes(80_000_000), 1)
    bomb = pdf("x", stream=packed, extra=b"/Filter /FlateDecode")
    assert refused(bomb).why in (Why.BROKEN, Why.SCANNED)
