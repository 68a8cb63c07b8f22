"""A group that becomes a supergroup gets another id: `launcher.py` as a process meets that."""

import sqlite3
from contextlib import closing

import pytest

from tests.conftest import OWNER, wait_until
from tests.doubles.lmstudio import Answer, model
from tests.doubles.telegram_api import Chat
from tests.talk import HeldBack, ask, echo, known, say

pytestmark = pytest.mark.unpaced

OLD, NEW = -4711, -1001234567890
ALLOWED = f"allowed_chat_ids = {OLD}"
# In which order, and how often, Telegram says it.
TOLD = {
    "both": ("to", "from"),
    "the other way round": ("from", "to"),
    "the old chat alone": ("to",),
    "the new chat alone": ("from",),
    "twice": ("to", "from", "to", "from"),
    "by the refusal alone": (),
}


@pytest.fixture(autouse=True)
def owner(telegram):
    """The owner has a chat with the bot, as it was made."""
    telegram.remember(Chat(OWNER, "private"))


def upgrade(telegram, told, old=OLD, new=NEW):
    """The group is a supergroup now, and Telegram tells so."""
    telegram.upgrade(old, new, tells=False)
    for which in told:
        telegram.tell_upgrade(old, new, which)


@pytest.mark.parametrize("stream", ["edit", "off"])
def test_an_answer_in_progress_comes_into_the_new_chat(bot, telegram, lmstudio, stream):
    """The answer would be refused, and the next question be that of a stranger."""
    groups = {OLD - n: (NEW - n, told) for n, told in enumerate(TOLD.values())}
    held = HeldBack()
    lmstudio.behave(lambda exchange: (held if "slow" in exchange.body["input"] else echo)(exchange))
    ids = ", ".join(map(str, groups))
    running = bot(
        f"parallel = {len(groups)}", telegram_keys=f"allowed_chat_ids = {ids}\nstream = {stream}\n"
    )
    for old in groups:
        ask(telegram, old, f"first {old}")
        say(telegram, old, f"slow {old}")
    telegram.wait_for(lambda: len(lmstudio.chats) == 2 * len(groups))
    for old in groups:
        if stream == "edit":
            telegram.wait_for_text(old, f"Half of slow {old}")
        say(telegram, old, f"queued {old}")
    telegram.wait_for(lambda: telegram.pending == 0)
    before = {old: [shown.text for shown in telegram.screen(old)] for old in groups}
    for old, (new, told) in groups.items():
        upgrade(telegram, told, old, new)
    held.release.set()
    for old, (new, _) in groups.items():
        telegram.wait_for_text(new, f"Half of slow {old}. All.")
        telegram.wait_for_text(new, f"queued {old}\n\n💡")
        assert [shown.text for shown in telegram.screen(old)] == before[old]
        assert [shown.reply_to for shown in telegram.screen(new)] == [None, None]
        ask(telegram, new, f"last {old}")
        assert known(lmstudio, f"last {old}") == [
            f"{one} {old}" for one in ("first", "slow", "queued")
        ]
        telegram.wait_for_text(OWNER, str(new))
        assert len([s for s in telegram.screen(OWNER) if str(new) in s.text]) == 1
    assert "Traceback" not in running.log


@pytest.mark.parametrize("told", [("to", "from"), ("from",)], ids=["both", "the new chat"])
def test_permission_conversation_and_model_outlive_the_next_start(bot, telegram, lmstudio, told):
    """With .env naming the old id, the group would be shut out by the next restart."""
    lmstudio.models[:] = [model("qwen/one", loaded=True), model("qwen/two", loaded=True)]
    lmstudio.behave(echo)
    running = bot("model = qwen/one\n", telegram_keys=ALLOWED)
    ask(telegram, OLD, "first")
    telegram.say(OLD, "/models qwen/two")
    telegram.wait_for_text(OLD, "answers this chat from now on")
    upgrade(telegram, told)
    ask(telegram, NEW, "second")
    telegram.wait_for_text(OWNER, str(NEW))
    assert running.stop() == 0
    running.start()
    ask(telegram, NEW, "third")
    assert known(lmstudio, "third") == ["first", "second"]
    assert {one.body["model"] for one in lmstudio.chats[1:]} == {"qwen/two"}
    # At each start the owner is told, as long as the configuration names the old id.
    telegram.wait_for(lambda: len([s for s in telegram.screen(OWNER) if str(NEW) in s.text]) == 2)
    running.stop()
    config = running.folder / "config.ini"
    config.write_text(config.read_text().replace(str(OLD), str(NEW)))
    running.start()
    ask(telegram, NEW, "fourth")
    assert len([s for s in telegram.screen(OWNER) if str(NEW) in s.text]) == 2


def test_what_waits_when_the_bot_is_killed_is_answered_in_the_new_chat(bot, telegram, lmstudio):
    """Questions from before would be answered nowhere, or over somebody else's message."""
    held = HeldBack()
    lmstudio.behave(held, echo)
    running = bot(telegram_keys=ALLOWED)
    say(telegram, OLD, "slow")
    telegram.wait_for_text(OLD, "Half of slow")
    say(telegram, OLD, "queued")
    telegram.wait_for(lambda: telegram.pending == 0)
    running.process.kill()
    running.process.wait()
    upgrade(telegram, ("to", "from"))
    # The new chat's messages have the numbers that the old one's had.
    for number in range(12):
        say(telegram, NEW, f"new {number}") if number < 3 else telegram.say(NEW, "just talk")
    running.start()
    for text in ("slow", "queued", "new 0", "new 1", "new 2"):
        telegram.wait_for_text(NEW, f"{text}\n\n💡")
    assert len(telegram.screen(NEW)) == 5
    assert len(telegram.screen(OLD)) == 1


def test_a_chart_goes_along(bot, telegram, lmstudio, market):
    """The picture of an analysis would be lost on the way, or stand without its text."""
    held = HeldBack()
    lmstudio.behave(held)
    bot(telegram_keys=ALLOWED, after=market)
    telegram.say(OLD, "/analyze BTC")
    telegram.wait_for_text(OLD, "Signal:")
    upgrade(telegram, ())
    held.release.set()
    assert "All." in telegram.wait_for_text(NEW, "All.").text
    telegram.say(NEW, "/analyze ETH")
    assert telegram.wait_for_text(NEW, "ETH/USDT").photo


@pytest.mark.parametrize("stop", ["/stop", "button"])
def test_an_answer_from_before_can_be_stopped_in_the_new_chat(bot, telegram, lmstudio, stop):
    """The graphics card would go on for a question that nobody can take back."""
    lmstudio.behave(Answer("word " * 500, delay_between=0.2))
    bot(telegram_keys=ALLOWED)
    say(telegram, OLD, "slow")
    telegram.wait_for_text(OLD, "word")
    upgrade(telegram, ("to", "from"))
    shown = telegram.wait_for_text(NEW, "word")
    if stop == "button":
        telegram.press(NEW, shown.message_id, "/stop")
    else:
        telegram.say(NEW, "/stop")
    telegram.wait_for_text(NEW, "word\n\n⏹ Stopped.")


def test_a_group_that_owns_the_bot_stays_its_owner(bot, telegram, lmstudio, launcher):
    """The owner's notices would go nowhere, and the bot ask for an owner again."""
    lmstudio.behave(echo)
    running = bot()
    (running.folder / ".env").write_text(
        (running.folder / ".env").read_text().replace(str(OWNER), str(OLD))
    )
    running.stop()
    running.start()
    ask(telegram, OLD, "first")
    upgrade(telegram, ("to",))
    assert "TELEGRAM_CHAT_ID" in telegram.wait_for_text(NEW, f"its id is {NEW}").text
    ask(telegram, NEW, "second")


def test_a_group_that_may_not_speak_gains_nothing(bot, telegram, lmstudio):
    """A stranger's group would be let in, or fill the store with its moves."""
    lmstudio.behave(echo)
    running = bot()
    telegram.say(OLD, "@engram_test_bot hi")
    telegram.wait_for_text(OLD, "This bot is private")
    upgrade(telegram, ("to", "from"))
    telegram.say(NEW, "@engram_test_bot hi")
    telegram.wait_for_text(NEW, "This bot is private")
    ask(telegram, OWNER, "owner")
    assert [one.body["input"] for one in lmstudio.chats] == ["owner"]
    with closing(sqlite3.connect(running.folder / "engram.db")) as db:
        assert db.execute("SELECT * FROM kept WHERE key LIKE 'moved/%'").fetchall() == []


def test_a_move_that_cannot_be_written_is_written_once_it_can(bot, telegram, lmstudio):
    """With the disk full at that moment the group would be shut out by the next restart."""
    lmstudio.behave(echo)
    running = bot(telegram_keys=ALLOWED)
    ask(telegram, OLD, "first")
    with closing(sqlite3.connect(running.folder / "engram.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        upgrade(telegram, ("to",))
        telegram.wait_for_text(OWNER, f"its id is {NEW}", timeout=60)
        db.execute("ROLLBACK")
        kept = "SELECT value FROM kept WHERE key = ?"
        wait_until(lambda: db.execute(kept, (f"moved/{OLD}",)).fetchone() == (str(NEW),), 60)
    ask(telegram, NEW, "second")
    assert known(lmstudio, "second") == ["first"]
