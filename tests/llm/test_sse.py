"""Server-sent events from bytes."""

import pytest

from engram.llm.sse import EventParser, ServerSentEvent

TABLE = [
    ("named", b"event: chat.start\ndata: {}\n\n", [("chat.start", "{}")]),
    ("unnamed", b"data: x\n\n", [("message", "x")]),
    ("crlf", b"event: a\r\ndata: 1\r\n\r\n", [("a", "1")]),
    ("cr", b"data: 1\r\rdata: 2\r\r\n", [("message", "1"), ("message", "2")]),
    ("several lines of data", b"data: a\ndata: b\n\n", [("message", "a\nb")]),
    ("comment and unknown field", b": warm\nid: 7\ndata: a\n\n", [("message", "a")]),
    ("field of an error", b"error: {}\n\n", [("error", "{}")]),
    ("retry, BOM, CRLF", b"\xef\xbb\xbfretry: 5\r\n\r\ndata: a\r\n\r\n", [("message", "a")]),
    ("byte order mark", b"\xef\xbb\xbfdata: a\n\n", [("message", "a")]),
    ("no space", b"data:a\n\n", [("message", "a")]),
    ("no data, no event", b"event: a\n\ndata: b\n\n", [("message", "b")]),
    ("pings", b"event: ping\ndata: {}\n\n: ping\n\ndata:\n\ndata: b\n\n", [("message", "b")]),
    ("unfinished", b"data: a\n\ndata: b", [("message", "a")]),
    ("emoji", "data: 🚀é\n\n".encode(), [("message", "🚀é")]),
    ("not utf-8", b"data: \xff\n\n", [("message", "\ufffd")]),
]


@pytest.mark.parametrize(
    ("stream", "events"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE]
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_events_are_read_wherever_the_stream_is_cut(stream, events, size):
    """Words would be missing when a packet ends in the middle of an event."""
    parser = EventParser()
    chunks = [stream[i : i + size] for i in range(0, len(stream), size)]
    found = [event for chunk in chunks for event in parser.feed(chunk)]
    assert found == [ServerSentEvent(name, data) for name, data in events]
