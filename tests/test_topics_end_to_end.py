"""Topics of groups and of private chats, with `launcher.py` as a process."""

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer, model
from tests.talk import HeldBack, ask, echo, known, previous, say

pytestmark = pytest.mark.unpaced

GROUP = -100200300
ALLOWED = f"allowed_chat_ids = {GROUP}"
NEWS, TRADES = 31, 32
FORUM = pytest.mark.parametrize("chat", [OWNER, GROUP], ids=["private", "forum"])


def test_a_topic_is_a_conversation_of_its_own(bot, telegram, lmstudio):
    """What is said in one topic would come up in another, and be forgotten with it."""
    lmstudio.behave(echo)
    bot(telegram_keys=ALLOWED)
    for chat, where in ((OWNER, "private"), (GROUP, "forum")):
        general, news, trades = (f"{where} {name}" for name in ("general", "news", "trades"))
        for text, topic in [(general, None), (news, NEWS), (trades, TRADES)]:
            assert ask(telegram, chat, text, topic).thread_id == topic
            assert previous(lmstudio, text) is None
        telegram.say(chat, "/new", thread_id=NEWS)
        telegram.wait_for_text(chat, "Forgotten")
        for text, topic in [(general, None), (news, NEWS), (trades, TRADES)]:
            assert ask(telegram, chat, f"more {text}", topic).thread_id == topic
        assert known(lmstudio, f"more {general}") == [general]
        assert known(lmstudio, f"more {trades}") == [trades]
        assert previous(lmstudio, f"more {news}") is None


@FORUM
def test_a_topic_has_its_own_model_its_own_queue_and_its_own_stop(bot, telegram, lmstudio, chat):
    """One slow answer would hold up, and one /stop or /models change, all topics of a group."""
    lmstudio.models[:] = [model("qwen/one", loaded=True), model("qwen/two", loaded=True)]
    held = HeldBack()
    lmstudio.behave(held, held, echo)
    bot("model = qwen/one\n", telegram_keys=ALLOWED)
    say(telegram, chat, "news", NEWS)
    telegram.wait_for_text(chat, "Half of news")
    say(telegram, chat, "trades", TRADES)
    telegram.wait_for_text(chat, "Half of trades")
    telegram.say(chat, "/stop", thread_id=TRADES)
    assert telegram.wait_for_text(chat, "Half of trades.\n\n⏹ Stopped.").thread_id == TRADES
    telegram.say(chat, "/models qwen/two", thread_id=TRADES)
    telegram.wait_for_text(chat, "answers this chat from now on")
    assert ask(telegram, chat, "more", TRADES).thread_id == TRADES
    held.release.set()
    assert telegram.wait_for_text(chat, "Half of news. All.").thread_id == NEWS
    assert ask(telegram, chat, "last", NEWS).thread_id == NEWS
    asked = [(one.body["input"].split("\n")[-1], one.body["model"]) for one in lmstudio.chats]
    assert asked[-2:] == [("more", "qwen/two"), ("last", "qwen/one")]


def test_the_general_topic_of_a_forum_is_the_chat(bot, telegram, lmstudio):
    """A forum's General topic, which some clients number, would refuse every answer."""
    lmstudio.behave(echo)
    bot(telegram_keys=ALLOWED)
    ask(telegram, GROUP, "one")
    assert ask(telegram, GROUP, "two", topic=1).thread_id is None
    assert known(lmstudio, "two") == ["one"]


# With "draft" the private chat has drafts, and the group edits.
@pytest.mark.parametrize("stream", ["draft", "off"])
def test_an_answer_to_a_topic_that_was_deleted_comes_into_the_chat(bot, telegram, lmstudio, stream):
    """Whoever deletes a topic while the model thinks would never read the answer."""
    held = HeldBack()
    lmstudio.behave(held, held, echo)
    running = bot(telegram_keys=f"{ALLOWED}\nstream = {stream}\n")
    chats = (OWNER, GROUP)
    for chat in chats:
        say(telegram, chat, f"news {chat}", NEWS)
    telegram.wait_for(lambda: len(lmstudio.chats) == 2)
    for chat in chats:
        if stream == "edit" or (stream == "draft" and chat < 0):
            assert telegram.wait_for_text(chat, "Half of news").thread_id == NEWS
        elif stream == "draft":
            telegram.wait_for(lambda: any("Half" in one.text for one in telegram.drafts))
            assert telegram.drafts[-1].thread_id == NEWS
        say(telegram, chat, f"queued {chat}", NEWS)
        telegram.delete_topic(chat, NEWS)
    held.release.set()
    for chat in chats:
        shown = telegram.wait_for_text(chat, f"Half of news {chat}. All.")
        queued = telegram.wait_for_text(chat, f"queued {chat}\n\n💡")
        assert [shown.thread_id, queued.thread_id] == [None, None]
        assert len(telegram.screen(chat)) == 2
        # A reply to it, in the chat by now, goes on from there.
        telegram.say(chat, f"and {chat}?", reply_to=shown.message_id)
        telegram.wait_for_text(chat, f"and {chat}?\n\n💡")
        assert known(lmstudio, f"and {chat}?") == [f"news {chat}"]
    assert "Traceback" not in running.log


def test_an_answer_that_moved_into_the_chat_can_be_stopped_there(bot, telegram, lmstudio):
    """The button ⏹ below an answer, or /stop beside it, would say that there is none."""
    lmstudio.behave(Answer("word " * 500, delay_between=0.2))
    bot(telegram_keys=f"{ALLOWED}, {GROUP - 1}")
    for chat in (GROUP, GROUP - 1):
        say(telegram, chat, "news", NEWS)
        telegram.wait_for_text(chat, "word")
        telegram.delete_topic(chat, NEWS)
        shown = telegram.wait_for(
            lambda chat=chat: [one for one in telegram.screen(chat) if one.thread_id is None]
        )[-1]
        if chat == GROUP:
            telegram.press(chat, shown.message_id, "/stop")
        else:
            telegram.say(chat, "/stop")
        telegram.wait_for_text(chat, "word\n\n⏹ Stopped.")


def test_a_chart_comes_into_the_chat_when_its_topic_is_gone(
    bot, telegram, lmstudio, exchange, market
):
    """The picture would be refused, and the panel come without it or not at all."""
    lmstudio.behave(Answer("Up."))
    bot(telegram_keys=ALLOWED, after=market)
    say(telegram, GROUP, "hi", NEWS)
    telegram.wait_for_text(GROUP, "Up.")
    exchange.delay = 0.5
    telegram.say(GROUP, "/analyze BTC", thread_id=NEWS)
    telegram.delete_topic(GROUP, NEWS)
    panel = telegram.wait_for_text(GROUP, "Signal:")
    assert panel.photo
    assert panel.thread_id is None


def test_an_answer_that_a_restart_interrupted_finds_its_topic_gone(bot, telegram, lmstudio):
    """After a restart the question would never be answered."""
    held = HeldBack()
    lmstudio.behave(held, echo)
    running = bot(telegram_keys=ALLOWED)
    say(telegram, GROUP, "news", NEWS)
    telegram.wait_for_text(GROUP, "Half of news")
    running.process.kill()
    running.process.wait()
    telegram.delete_topic(GROUP, NEWS)
    running.start()
    assert telegram.wait_for_text(GROUP, "news\n\n💡").thread_id is None
    assert len(telegram.screen(GROUP)) == 1


@pytest.mark.parametrize("stream", ["edit", "off"])
def test_a_topic_that_was_closed_is_answered_in_the_chat(bot, telegram, lmstudio, stream):
    """A topic that an administrator closes would swallow the answers to its last questions."""
    held = HeldBack()
    lmstudio.behave(held, echo)
    bot(telegram_keys=f"{ALLOWED}\nstream = {stream}\n")
    say(telegram, GROUP, "news", NEWS)
    telegram.wait_for(lambda: lmstudio.chats)
    if stream == "edit":
        telegram.wait_for_text(GROUP, "Half of news")
    say(telegram, GROUP, "queued", NEWS)
    telegram.wait_for(lambda: telegram.pending == 0)
    telegram.close_topic(GROUP, NEWS)
    held.release.set()
    assert telegram.wait_for_text(GROUP, "queued\n\n💡").thread_id is None
    # What stands in a closed topic can still be edited.
    where = NEWS if stream == "edit" else None
    assert telegram.wait_for_text(GROUP, "Half of news. All.").thread_id == where


@pytest.mark.parametrize("stream", ["edit", "off"])
def test_a_commentary_outlives_the_topic_of_its_panel(bot, telegram, lmstudio, market, stream):
    """The words would come without the figures and the chart that they are about, or not at all."""
    held = HeldBack()
    lmstudio.behave(held)
    deleted, closed = groups = GROUP, GROUP - 1
    bot(telegram_keys=f"{ALLOWED}, {closed}\nstream = {stream}\n", after=market)
    for chat in groups:
        telegram.say(chat, "/analyze BTC", thread_id=NEWS)
        assert telegram.wait_for_text(chat, "Votes").photo
    telegram.wait_for(lambda: len(lmstudio.chats) == 2)
    if stream == "edit":
        for chat in groups:
            telegram.wait_for_text(chat, "Half of")
    telegram.delete_topic(deleted, NEWS)
    telegram.close_topic(closed, NEWS)
    held.release.set()
    for chat, topic in ((deleted, None), (closed, NEWS)):
        telegram.wait_for_text(chat, "All.\n\n📐 Rules: BTC/USDT")
        panel = telegram.wait_for(lambda chat=chat: [m for m in telegram.screen(chat) if m.photo])
        assert "Votes" in panel[0].caption
        assert panel[0].thread_id == topic
        assert len(telegram.screen(chat)) == 2
