"""Topics of groups and of private chats, with `launcher.py` as a process."""

import threading

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer, model

GROUP = -100200300
ALLOWED = f"allowed_chat_ids = {GROUP}"
NEWS, TRADES = 31, 32
FORUM = pytest.mark.parametrize("chat", [OWNER, GROUP], ids=["private", "forum"])


def echo(exchange):
    """A model that says what it was asked."""
    text = exchange.body["input"]
    exchange.event("chat.start", model_instance_id=exchange.model)
    exchange.event("message.delta", content=text)
    exchange.end([{"type": "message", "content": text}])


class HeldBack:
    """A model that begins to answer, and ends when `release` is set."""

    def __init__(self):
        self.release = threading.Event()

    def __call__(self, exchange):
        """Answer one request."""
        text = exchange.body["input"]
        exchange.event("chat.start", model_instance_id=exchange.model)
        exchange.event("message.start")
        exchange.event("message.delta", content=f"Half of {text}. ")
        while not self.release.wait(0.02):
            exchange.pause(0.02)
        exchange.event("message.delta", content="All.")
        exchange.end([{"type": "message", "content": f"Half of {text}. All."}])


def say(telegram, chat, text, topic=None, **options):
    """Say it to the bot, which in groups hears only its name."""
    return telegram.say(chat, f"@engram_test_bot {text}", thread_id=topic, **options)


def ask(telegram, chat, text, topic=None):
    """Say `text` and wait for its whole answer, which is returned."""
    say(telegram, chat, text, topic)
    return telegram.wait_for_text(chat, f"{text}\n\n💡")


def previous(lmstudio, text):
    """The turn at the model server that the question `text` followed."""
    (chat,) = (one for one in lmstudio.chats if one.body["input"] == text)
    return chat.body.get("previous_response_id")


def known(lmstudio, text):
    """The questions that the model knew of when it got the question `text`."""
    return [said for role, said in lmstudio.thread(previous(lmstudio, text)) if role == "user"]


@FORUM
def test_a_topic_is_a_conversation_of_its_own(bot, telegram, lmstudio, chat):
    """What is said in one topic would come up in another, and be forgotten with it."""
    lmstudio.behave(echo)
    bot(telegram_keys=ALLOWED)
    for text, topic in [("general", None), ("news", NEWS), ("trades", TRADES)]:
        assert ask(telegram, chat, text, topic).thread_id == topic
        assert previous(lmstudio, text) is None
    telegram.say(chat, "/new", thread_id=NEWS)
    telegram.wait_for_text(chat, "Forgotten")
    for text, topic in [("more general", None), ("more news", NEWS), ("more trades", TRADES)]:
        assert ask(telegram, chat, text, topic).thread_id == topic
    assert known(lmstudio, "more general") == ["general"]
    assert known(lmstudio, "more trades") == ["trades"]
    assert previous(lmstudio, "more news") is None


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


@FORUM
@pytest.mark.parametrize("stream", ["edit", "draft", "off"])
def test_an_answer_to_a_topic_that_was_deleted_comes_into_the_chat(
    bot, telegram, lmstudio, chat, stream
):
    """Whoever deletes a topic while the model thinks would never read the answer."""
    held = HeldBack()
    lmstudio.behave(held, echo)
    running = bot(telegram_keys=f"{ALLOWED}\nstream = {stream}\n")
    say(telegram, chat, "news", NEWS)
    telegram.wait_for(lambda: lmstudio.chats)
    if stream == "edit" or (stream == "draft" and chat < 0):
        assert telegram.wait_for_text(chat, "Half of news").thread_id == NEWS
    elif stream == "draft":
        telegram.wait_for(lambda: any("Half" in one.text for one in telegram.drafts))
        assert telegram.drafts[-1].thread_id == NEWS
    say(telegram, chat, "queued", NEWS)
    telegram.delete_topic(chat, NEWS)
    held.release.set()
    shown = telegram.wait_for_text(chat, "Half of news. All.")
    queued = telegram.wait_for_text(chat, "queued\n\n💡")
    assert [shown.thread_id, queued.thread_id] == [None, None]
    assert len(telegram.screen(chat)) == 2
    # A reply to it, in the chat by now, goes on from there.
    telegram.say(chat, "and?", reply_to=shown.message_id)
    telegram.wait_for_text(chat, "and?\n\n💡")
    assert known(lmstudio, "and?") == ["news"]
    assert "Traceback" not in running.log


@pytest.mark.parametrize("stop", ["button", "command"])
def test_an_answer_that_moved_into_the_chat_can_be_stopped_there(bot, telegram, lmstudio, stop):
    """The button ⏹ below an answer, or /stop beside it, would say that there is none."""
    lmstudio.behave(Answer("word " * 500, delay_between=0.2))
    bot(telegram_keys=ALLOWED)
    say(telegram, GROUP, "news", NEWS)
    telegram.wait_for_text(GROUP, "word")
    telegram.delete_topic(GROUP, NEWS)
    shown = telegram.wait_for_text(GROUP, "word")
    assert shown.thread_id is None
    if stop == "button":
        telegram.press(GROUP, shown.message_id, "/stop")
    else:
        telegram.say(GROUP, "/stop")
    telegram.wait_for_text(GROUP, "word\n\n⏹ Stopped.")


def test_a_chart_comes_into_the_chat_when_its_topic_is_gone(bot, telegram, lmstudio, exchange):
    """The picture would be refused, and the panel come without it or not at all."""
    lmstudio.behave(Answer("Up."))
    market = f"[market]\nexchange = binance\n[binance]\napi_url = {exchange.url}\n"
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
@pytest.mark.parametrize("is_deleted", [True, False], ids=["deleted", "closed"])
def test_a_commentary_outlives_the_topic_of_its_panel(
    bot, telegram, lmstudio, exchange, is_deleted, stream
):
    """The words would come without the figures and the chart that they are about, or not at all."""
    held = HeldBack()
    lmstudio.behave(held)
    market = f"[market]\nexchange = binance\n[binance]\napi_url = {exchange.url}\n"
    bot(telegram_keys=f"{ALLOWED}\nstream = {stream}\n", after=market)
    telegram.say(GROUP, "/analyze BTC", thread_id=NEWS)
    assert telegram.wait_for_text(GROUP, "Votes").photo
    telegram.wait_for(lambda: lmstudio.chats)
    if stream == "edit":
        telegram.wait_for_text(GROUP, "Half of")
    (telegram.delete_topic if is_deleted else telegram.close_topic)(GROUP, NEWS)
    held.release.set()
    telegram.wait_for_text(GROUP, "All.\n\n📐 Rules: BTC/USDT")
    panel = telegram.wait_for(lambda: next((m for m in telegram.screen(GROUP) if m.photo), None))
    assert "Votes" in panel.caption
    assert panel.thread_id == (None if is_deleted else NEWS)
    assert len(telegram.screen(GROUP)) == 2
