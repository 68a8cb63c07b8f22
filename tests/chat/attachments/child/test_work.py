import io
import json
import runpy
import sys
import warnings
from types import SimpleNamespace

import pytest

from engram.chat.attachments import child
from engram.chat.attachments.child import work
from engram.chat.attachments.child.refusals import RefusedError, Why
from tests.chat.attachments.samples import pdf, plain


@pytest.fixture
def said(monkeypatch):
    """What the program says to some bytes; this process keeps its memory."""
    monkeypatch.setattr(work, "confine", lambda: None)

    def run(data, *arguments):
        sink = io.BytesIO()
        with warnings.catch_warnings():
            work.main(arguments, io.BytesIO(data), sink)
        line, _, content = sink.getvalue().partition(b"\n")
        return json.loads(line), content

    return run


def test_a_picture_is_said_with_its_size(said):
    """The parent would not know how many tokens it takes."""
    facts, content = said(plain((64, 48)), "picture")
    assert facts == {
        "width": 64, "height": 48, "media_type": "image/png", "length": len(content)
    }  # fmt: skip
    assert content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("data", "ending", "text"),
    [
        (b"Buy low.", "md", b"Buy low."),
        (b"a,b\n1,2\n", "csv", b"A table of 1 rows"),
        (pdf("Buy low."), "txt", b"[page 1 of 1]\nBuy low."),
    ],
)
def test_what_a_file_is_its_contents_say(said, data, ending, text):
    """A PDF called notes.txt would be given to the model as noise."""
    facts, content = said(data, "document", ending)
    assert content.startswith(text)
    assert facts["length"] == len(content)


@pytest.mark.parametrize(
    ("error", "facts"),
    [
        (RefusedError(Why.SMALL, {"width": 1}), {"why": "small", "width": 1}),
        (MemoryError(), {"why": "memory"}),
        (KeyError("a secret in a file"), {"why": "broken", "error": "KeyError"}),
        (RecursionError("deep"), {"why": "broken", "error": "RecursionError"}),
    ],
)
def test_whatever_a_library_raises_is_a_reason(error, facts):
    """The process would end in a traceback that nobody reads."""

    def fails(_):
        raise error

    assert work.opened(fails, b"x") == (facts, b"")


def test_nothing_is_opened_of_nothing():
    """A library would be asked about no bytes at all."""
    assert work.opened(lambda _: ({}, b"x"), b"") == ({"why": "empty"}, b"")


def test_it_runs_as_a_program(monkeypatch):
    """No file would be opened at all."""
    sink = io.BytesIO()
    monkeypatch.setattr(work, "confine", lambda: None)
    monkeypatch.setattr(sys, "argv", ["x", "document", "txt"])
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"hello")))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=sink))
    with warnings.catch_warnings():
        runpy.run_module(child.__name__, run_name="__main__")
    assert sink.getvalue() == b'{"left": 0, "length": 5}\nhello'
