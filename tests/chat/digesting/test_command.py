"""/digest, /timezone and /watchlist in a conversation."""

import re
from datetime import datetime, timedelta, timezone

import pytest

from engram.chat.texts import ADMINISTRATORS_ONLY
from engram.core.events import Finished, Progress, TextDelta, TextReset
from engram.core.person import Person
from engram.storage.outbox import Outbox
from engram.storage.watch.tables import WatchTables
from engram.watch.watchlist import watchlist as module
from tests.chat.test_commands import GUEST
from tests.conftest import make_assistant

ADA = Person(8, "Ada", leads=lambda: True, may_change=lambda: True)
#: "Mon 30 Nov, in 18 h 5 min"
SOON = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} \w{3}, in (\d+ h )?(\d+ min)?"


@pytest.fixture
def tables(store):
    return WatchTables(store, Outbox(store))


@pytest.fixture
def talk(store, exchange):
    """Says something in a chat; the end of the answer."""
    exchange.shape = "flat"
    assistant = make_assistant(store=store, exchange=exchange)

    def said(text, chat="7", **more):
        *_, last = assistant.reply(chat, text, **more)
        assert isinstance(last, Finished)
        return last

    said.assistant = assistant
    return said


def test_a_digest_is_set_told_and_ended(talk, tables):
    """A person would not know which digest is set, or for which time zone."""
    assert talk("/digest").text.startswith("No digest is set. /digest 08:00 ")
    text = talk("/digest 8.30 pm").text
    assert re.fullmatch(
        rf"🗞 Digest: each day at 20:30 UTC, the first one {SOON}. /digest off ends it.\n"
        r"You have set no time zone, so that is UTC. /timezone Europe/Berlin sets one.",
        text,
    )
    assert tables.digests.plan("7").minute == "20:30"
    assert "each day at 20:30 UTC, the next one " in talk("/digest").text
    assert talk("/digest off").text == "🗞 No more digests. /digest 20:30 brings them back."
    assert talk("/digest off").text == "No digest is set, so there is none to end."
    assert tables.digests.wanted() == []


def test_a_time_zone_is_set_and_told(talk, tables):
    """A person would get the digest at eight in the morning of another continent."""
    assert re.fullmatch(
        r"🕐 No time zone is set, so all times are UTC: it is \d\d:\d\d now. "
        r"/timezone Europe/Berlin sets one.",
        talk("/timezone").text,
    )
    text = talk("/timezone asia/kolkata").text
    assert re.fullmatch(r"🕐 Time zone: Asia/Kolkata, where it is \d\d:\d\d now.", text)
    assert tables.digests.plan("7").zone == "Asia/Kolkata"
    text = talk("/digest 8").text
    assert text.startswith("🗞 Digest: each day at 08:00 in Kolkata, the first one ")
    assert "/timezone" not in text
    assert re.search(rf"digest comes at 08:00 there, the next one {SOON}\.", talk("/timezone").text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("/digest soon", ["Which time is “soon”?", "/digest 08:00", "/digest off"]),
        ("/digest 08:00 Europe/Berlin", ["Which time is", "/timezone Europe/Berlin"]),
        ("/digest " + "x" * 5000, ["Which time is “" + "x" * 39 + "…”?"]),
        ("/timezone here", ["I know no time zone “here”", "/timezone UTC+2"]),
        ("/timezone UTC+25", ["I know no time zone “UTC+25”"]),
        ("/timezone Berlin", ["Did you mean Europe/Berlin? Send /timezone Europe/Berlin."]),
        ("/timezone istanbul", ["Did you mean Asia/Istanbul or Europe/Istanbul?"]),
        ("/timezone UTC+2", ["UTC+02:00, where it is", "It has no summer time"]),
    ],
)
def test_what_is_not_understood_is_asked_back(talk, tables, text, parts):
    """A person would be left with a digest at a time that they did not mean."""
    answer = talk(text).text
    for part in parts:
        assert part in answer
    assert tables.digests.plan("7").minute == ""


def test_what_may_be_meant_is_a_button(talk):
    """A person on a phone would have to type the name of the zone once more."""
    ((button,),) = talk("/timezone berlin").buttons
    assert (button.label, button.command) == ("Europe/Berlin", "/timezone Europe/Berlin")
    longest = talk("/timezone argentina/comod").buttons
    assert all(len(one.command.encode()) <= 64 for (one,) in longest)


def test_it_is_kept_apart_for_each_topic_and_for_the_whole_terminal(talk, tables):
    """A topic would change the digest of another one; `-p` that of nobody."""
    talk("/digest 8", chat="-100/3")
    talk("/digest 9", chat="-100")
    talk("/digest 10", chat="ask")
    plans = {one.chat: one.minute for one in tables.digests.wanted()}
    assert plans == {"-100/3": "08:00", "-100": "09:00", "console": "10:00"}


def test_a_clock_that_was_far_ahead_leaves_no_gap_in_the_words(talk, tables):
    """A person would read of a digest that comes "None"."""
    talk("/digest 8")
    now = datetime.now(timezone.utc).date()
    days = [str(now + timedelta(days=i)) for i in range(-1, 4)]
    tables.digests.made(tables.digests.plan("7"), days, None, 0.0)
    assert "the next one in some days." in talk("/digest").text


def test_nothing_is_promised_that_would_be_forgotten(exchange):
    """A person would rely on a digest that is gone after a restart."""
    assistant = make_assistant(exchange=exchange)
    for text in ("/digest 8", "/timezone Europe/Berlin"):
        (last,) = assistant.reply("7", text)
        assert "in memory only" in last.text


def test_what_cannot_be_kept_is_said(talk, store):
    """A person would rely on a digest that was never written."""
    store.close()
    for text in ("/digest 8", "/timezone Europe/Berlin"):
        assert "I kept nothing: my store cannot be written right now" in talk(text).text


def test_who_may_changes_it_for_a_group_and_is_named(talk, tables):
    """Anybody could end everybody's digest, and nobody would know who did."""
    assert talk("/digest 8", by=GUEST).text == ADMINISTRATORS_ONLY
    assert talk("/timezone UTC", by=GUEST).text == ADMINISTRATORS_ONLY
    assert talk("/digest", by=GUEST).text.startswith("No digest is set.")
    assert talk("/digest 8", by=ADA).text.startswith("Ada: 🗞 Digest: each day at 08:00")
    assert talk("/timezone CET", by=ADA).text.startswith("Ada: 🕐 Time zone: CET")
    assert tables.digests.plan("7").minute == "08:00"


def test_the_same_again_changes_nothing(talk, tables):
    """A late digest would be lost because somebody asked for it once more."""
    talk("/digest 8")
    talk("/timezone CET")
    before = tables.digests.plan("7")
    talk("/digest 08:00")
    talk("/timezone cet")
    assert tables.digests.plan("7") == before


def test_a_suspended_digest_is_resumed(talk, tables):
    """Who comes back would be told that a digest is set, and get none."""
    talk("/digest 8")
    tables.suspend("7")
    assert talk("/digest").text.startswith("⏸ It is suspended")
    assert "digest comes" not in talk("/timezone").text
    assert "the first one" in talk("/digest 8").text
    assert len(tables.digests.wanted()) == 1


def test_the_watchlist_of_this_moment(talk):
    """A person would have to wait for the digest of the next morning."""
    assert talk("/watchlist").text.startswith("Nothing is watched here. /watch BTC 4h ")
    for text in ("/watch BTC 4h", "/watch ETH 1d"):
        talk(text)
    answer = talk("/watchlist")
    assert answer.markdown
    assert [line.split() for line in answer.text.splitlines()[2:5]] == [
        ["USDT", "price", "24h%", "4h", "1d"],
        ["BTC", "100.00", "+0.0", "▬"],
        ["ETH", "100.00", "+0.0", "▬"],
    ]


def test_what_is_suspended_is_not_called_nothing(talk, tables):
    """A person who unblocked the bot would think that all is lost."""
    talk("/watch btc 4h")
    tables.suspend("7")
    text = talk("/watchlist").text
    assert "1 watched market. /resume arms all of it anew" in text
    talk("/watch eth 4h")
    text = talk("/watchlist").text
    assert "👁 1 market" in text
    assert "/resume" in text


def test_a_slow_watchlist_comes_in_parts_and_can_be_stopped(talk, exchange, monkeypatch):
    """A person would look at nothing until the slowest exchange has answered."""
    monkeypatch.setattr(module, "FIRST", 0.2)
    monkeypatch.setattr(module, "STEP", 0.1)
    for text in ("/watch BTC 4h", "/watch ETH 4h"):
        talk(text)
    exchange.fail("klines", "held")
    events = talk.assistant.reply("7", "/watchlist")
    shown = [next(event for event in events if isinstance(event, TextDelta))]
    assert "More prices are on their way" in shown[0].text
    talk.assistant.stop("7")
    last = [event for event in events if not isinstance(event, Progress)][-1]
    assert last.stopped
    assert last.text == f"{shown[0].text}\n\n⏹ Stopped."
    exchange.let_go.set()


def test_each_part_of_a_slow_watchlist_takes_the_place_of_the_one_before(
    talk, exchange, monkeypatch
):
    """A person would read the table twice, one below the other."""
    monkeypatch.setattr(module, "FIRST", 0.1)
    monkeypatch.setattr(module, "STEP", 0.1)
    for text in ("/watch BTC 4h", "/watch ETH 4h", "/watch SOL 4h"):
        talk(text)
    exchange.delay = 0.5
    events = list(talk.assistant.reply("7", "/watchlist"))
    kinds = [type(event) for event in events if isinstance(event, TextDelta | TextReset)]
    assert kinds[:3] == [TextDelta, TextReset, TextDelta]
    assert "More prices" not in events[-1].text
