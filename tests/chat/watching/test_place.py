"""For which conversation something is armed."""

import pytest

from engram.chat.texts import STOPPED
from engram.chat.watching.place import home
from engram.storage.inbox import Arrived, Inbox


@pytest.mark.parametrize(
    ("chat", "where"),
    [("7", "7"), ("-100123", "-100123"), ("-100123/5", "-100123/5"), ("console", "console"),
     ("ask", "console")],
)  # fmt: skip
def test_all_of_the_terminal_is_one_place(chat, where):
    """What a single question arms would be looked at, and told to nobody."""
    assert home(chat) == where


@pytest.mark.parametrize("text", ["/alert BTC > 100", "/watch BTC"])
def test_what_is_stopped_before_it_is_armed_is_not_armed(talk, text):
    """Somebody reads that it is stopped, and is told of it weeks later."""
    events = talk.assistant.reply("7", text)
    next(events)
    assert talk.assistant.stop("7")
    (last,) = events
    assert (last.text, last.stopped) == (STOPPED, True)
    assert "No alert is armed here" in talk("/alerts").text
    assert "I watch nothing" in talk("/unwatch BTC").text


@pytest.mark.parametrize("text", ["/alert BTC > 100", "/watch BTC"])
def test_what_is_armed_is_said_whoever_stops_it(talk, text):
    """An alert would be armed, and all that is on screen is that it was stopped."""
    *_, last = talk.assistant.reply("7", text)
    assert not last.stop.is_requested
    assert not last.stopped


@pytest.mark.parametrize(
    ("before", "text", "answer"),
    [
        (["/watch BTC"], "/unwatch BTC", "No longer watched: BTC/USDT"),
        (["/alert BTC > 100"], "/resume", "🔁 Armed anew"),
    ],
)
def test_what_is_done_is_known_after_a_crash(talk, before, text, answer):
    """Who ended something would read that there was nothing to end."""
    for one in before:
        talk(one)
    talk.store.write("UPDATE alerts SET state = 'suspended'")
    inbox = Inbox(talk.store)
    rows = inbox.receive([Arrived({"update_id": 1}, "message/7/1")])
    assert answer in talk(text, rows=tuple(rows)).text
    (left,) = inbox.unfinished()
    assert answer in left.reply
