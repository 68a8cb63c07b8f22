"""From a message to its answer on screen; with the double, without a process of its own."""

import math
import re
import threading
import time
from dataclasses import replace

import pytest

from engram.chat import texts
from engram.core.errors import UnavailableError
from engram.core.events import Kind, TextDelta
from engram.core.waits import finished
from engram.telegram.incoming import MessageKind
from engram.telegram.job import Job
from engram.telegram.screen import ending as ending_module
from tests.doubles.telegram_files import plain_picture
from tests.machine_speed import ends, within
from tests.telegram.bench import CHAT, Model

LAST_RESORT = texts.LAST_RESORT[Kind.CHAT]


def stop_when_refused(telegram, egress):
    """Stop sending, as at the end of the process, once Telegram has refused an answer."""

    def wait():
        telegram.wait_for(lambda: any(call.status == 500 for call in telegram.calls))
        egress.stop()

    threading.Thread(target=wait, daemon=True).start()


def test_a_question_is_answered_and_done(bench, telegram):
    """A question would be answered again after every start."""
    made = bench()
    telegram.say(CHAT, "hi")
    made.work()
    assert telegram.screen(CHAT)[0].text.startswith("echo hi")
    assert made.inbox.depth == 0


def test_a_person_who_blocked_the_bot_is_given_up(bench, telegram, caplog):
    """The bot would try to reach them at every start."""
    made = bench()
    telegram.say(CHAT, "hi")
    telegram.block(CHAT)
    made.work()
    assert made.inbox.depth == 0
    assert caplog.text.count("blocked by the user") == 1


def test_an_answer_that_telegram_refuses_is_replaced_by_the_last_resort(bench, telegram, rests):
    """A person would be left with nothing because of one word."""
    made = bench()
    telegram.say(CHAT, "hi")
    # So often within ten minutes.
    telegram.fail("sendMessage", 400, "Bad Request: SOMETHING_NEW", times=16)
    made.work()
    assert [shown.text for shown in telegram.screen(CHAT)] == [LAST_RESORT]
    assert made.inbox.depth == 0


def test_where_the_last_resort_is_refused_too_the_question_is_closed(
    bench, telegram, rests, caplog
):
    """It would be asked and refused again after every start, for ever."""
    made = bench()
    telegram.say(CHAT, "hi")
    telegram.fail("sendMessage", 400, "Bad Request: SOMETHING_NEW", times=math.inf)
    made.work()
    assert telegram.screen(CHAT) == []
    assert made.inbox.depth == 0
    assert 2 * 600 <= sum(rests) < 2 * 660
    assert f"chat {CHAT}: Telegram refuses it (400): Bad Request: SOMETHING_NEW" in caplog.text


def test_a_bug_in_showing_takes_the_place_of_the_preview(bench, telegram, monkeypatch, caplog):
    """Half an answer would stay on screen, with a stop button that stops nothing."""
    made = bench()
    telegram.say(CHAT, "hi")
    job = made.take()
    preview = made.egress.bot.send_message(CHAT, "⏳ half").message_id
    job.messages = (preview,)
    failures = iter([ZeroDivisionError("a bug")])
    real = ending_module.pages

    def pages(*arguments, **options):
        for failure in failures:
            raise failure
        return real(*arguments, **options)

    monkeypatch.setattr(ending_module, "pages", pages)
    finished(made.runner.work(job))
    (shown,) = telegram.screen(CHAT)
    assert (shown.message_id, shown.text) == (preview, LAST_RESORT)
    assert made.inbox.depth == 0
    assert "showing an answer failed unexpectedly" in caplog.text


@pytest.mark.parametrize("when", ["before", "while"])
def test_what_the_end_of_the_process_interrupts_stays_in_the_inbox(bench, telegram, when):
    """A question that was asked just before a restart would never be answered."""
    made = bench()
    telegram.say(CHAT, "hi")
    job = made.take()
    if when == "before":
        made.egress.stop()
    else:
        telegram.fail("sendMessage", 500, times=99)
        stop_when_refused(telegram, made.egress)
    finished(made.runner.work(job))
    assert telegram.screen(CHAT) == []
    assert made.inbox.depth == 1


def test_an_answer_that_arrived_during_the_end_is_done(bench, telegram, monkeypatch):
    """The answer would be worked out again after the restart."""
    made = bench()
    telegram.say(CHAT, "hi")
    send = made.egress.bot.send_message

    def last_send(*arguments, **options):
        message = send(*arguments, **options)
        made.egress.stop()
        return message

    monkeypatch.setattr(made.egress.bot, "send_message", last_send)
    made.work()
    assert len(telegram.screen(CHAT)) == 1
    assert made.inbox.depth == 0


def test_what_was_worked_out_and_not_shown_is_asked_again_from_the_same_place(bench, telegram):
    """After a crash the model would be told that it has answered already."""
    made = bench()
    telegram.say(CHAT, "one")
    made.work()
    telegram.say(CHAT, "two")
    job = made.take()
    telegram.fail("sendMessage", 500, times=99)
    stop_when_refused(telegram, made.egress)
    finished(made.runner.work(job))
    assert made.inbox.depth == 1
    again, _ = made.runner.answers.follows(job.incoming)
    assert [turn.question for turn in made.conversations.recall(again).turns] == ["one"]


@pytest.mark.parametrize("step", [TextDelta("Up"), UnavailableError("gone")])
def test_a_commentary_says_which_panel_it_is_about(bench, telegram, exchange, step):
    """Figures of 4h would stand below, or in, a panel that shows 1h by now."""

    class Slow(Model):
        def respond(self, question):
            if question.text == "BTC/USDT 4h":
                is_asked.set()
                within(10, is_pressed.wait)
            yield from super().respond(question)

    is_asked, is_pressed = threading.Event(), threading.Event()
    made = bench(model=Slow(step), exchange=exchange)
    telegram.say(CHAT, "/analyze btc 4h")
    first = made.take()
    answering = threading.Thread(target=finished, args=[made.runner.work(first)], daemon=True)
    answering.start()
    assert within(10, is_asked.wait)
    panel = telegram.wait_for(lambda: [one for one in telegram.screen(CHAT) if one.photo])[0]
    telegram.press(CHAT, panel.message_id, dict(panel.buttons)["1h"])
    job, _ = made.press()
    finished(made.runner.work(job))
    is_pressed.set()
    assert ends(answering, 10)
    shown = next(one for one in telegram.screen(CHAT) if one.photo)
    assert shown.message_id == panel.message_id
    assert shown.caption.startswith("📊 Market Analysis for BTC/USDT · 1h · Binance")
    assert "4h" not in shown.caption
    title = re.compile(r"BTC/USDT (\(4h, Binance\)|· 4h · Binance)")
    about = [one for one in telegram.screen(CHAT) if title.search(one.text or "")]
    assert [one.reply_to for one in about] == [panel.message_id]


def test_an_answer_in_progress_is_known_whatever_else_is_answered(bench, telegram):
    """An edit of the question would be ignored once /help was sent."""
    release, begun = threading.Event(), threading.Event()

    class Slow(Model):
        def respond(self, question):
            begun.set()
            within(5, release.wait)
            yield from super().respond(question)

    made = bench(model=Slow())
    telegram.say(CHAT, "slow")
    job = made.take()
    working = threading.Thread(target=finished, args=[made.runner.work(job)])
    working.start()
    assert within(5, begun.wait)
    telegram.say(CHAT, "/help")
    made.work()
    edited = replace(job.incoming, update_id=1, kind=MessageKind.EDIT)
    edit = Job(edited, made.inbox, time.time())
    assert made.runner.asks_again(edit)
    release.set()
    assert ends(working, 5)
    telegram.say(CHAT, "next")
    made.work()
    assert not made.runner.asks_again(edit)


def test_an_edit_changes_a_question_that_waits(bench, telegram):
    """The answer would be to the words with the typo, or there would be two answers."""
    made = bench()
    telegram.say(CHAT, "hallo")
    job = made.take()
    made.runner.expect(job, "lane")
    edited = replace(job.incoming, update_id=1, kind=MessageKind.EDIT, text="hello")
    assert not made.runner.asks_again(Job(edited, made.inbox, time.time()))
    finished(made.runner.work(job, "lane"))
    (shown,) = telegram.screen(CHAT)
    assert shown.text.startswith("echo hello")


def test_an_edit_of_what_has_no_place_in_the_conversation_is_answered(bench, telegram):
    """Whoever corrects a command, or adds the bot's name, would get nothing."""
    made = bench()
    said = telegram.say(CHAT, "/hlep")
    made.work()
    telegram.wait_for_text(CHAT, "I don't know that command")
    telegram.edit_said(CHAT, said, "/help")
    edit = made.take()
    assert made.runner.asks_again(edit)
    edit.incoming = replace(edit.incoming, is_addressed=False)
    assert not made.runner.asks_again(edit)


def test_a_reaction_to_what_an_earlier_version_answered_asks_nothing(bench, telegram):
    """After an update each reaction to the latest question would ask it again."""
    made = bench(model=Model())
    said = telegram.say(CHAT, "one")
    made.work()
    telegram.react(CHAT, said)
    assert not made.runner.asks_again(made.take())
    telegram.edit_said(CHAT, said, "two")
    assert made.runner.asks_again(made.take())


def test_an_edit_of_a_piece_asks_all_of_the_message_again(bench, telegram):
    """The model would be asked the edited piece alone."""
    model = Model()
    made = bench(model=model)
    theirs = telegram.say(CHAT, "BTC will hit 100k")
    telegram.quote(CHAT, "one", theirs)
    job = made.take()
    second = telegram.say(CHAT, "two")
    job.join(made.take())
    finished(made.runner.work(job))
    telegram.edit_said(CHAT, second, "three")
    edit = made.take()
    assert made.runner.asks_again(edit)
    finished(made.runner.work(edit))
    assert [question.text for question in model.questions] == ["one\ntwo", "one\nthree"]
    assert all("> BTC will hit 100k" in question.prompt for question in model.questions)
    assert model.questions[1].history == ()


def test_an_edit_of_the_question_about_a_picture_keeps_the_picture(bench, telegram):
    """Whoever mends a typo in the question would be asked for the picture again."""
    made = bench(model=Model())
    telegram.send_file(CHAT, b"1", name="one.csv")
    job = made.take()
    telegram.send_file(CHAT, b"2", name="two.csv")
    job.join(made.take())
    question = telegram.say(CHAT, "what is it?")
    job.join(made.take())
    finished(made.runner.work(job))
    telegram.edit_said(CHAT, question, "what are they?")
    edit = made.take()
    assert made.runner.asks_again(edit)
    finished(made.runner.work(edit))
    telegram.edit_said(CHAT, job.pieces[1].message_id, "the second")
    captioned = made.take()
    assert made.runner.asks_again(captioned)
    finished(made.runner.work(captioned))
    texts = [text for text, _ in made.asked]
    assert texts == ["what is it?", "what are they?", "the second\nwhat are they?"]
    for _, told in made.asked:
        assert [file.name for file in told["sent"].attachments] == ["one.csv", "two.csv"]


def test_another_picture_with_the_same_words_is_asked_about(bench, telegram):
    """Whoever sent the wrong picture could not put the right one in its place."""
    made = bench(model=Model())
    said = telegram.send_photo(CHAT, plain_picture(1), "what is it?")
    made.work()
    telegram.replace_photo(CHAT, said, plain_picture(2))
    edit = made.take()
    edit.is_change = True
    assert made.runner.asks_again(edit)
    telegram.say(CHAT, "and now?")
    made.work()
    assert not made.runner.asks_again(edit)


def test_an_outage_of_the_model_is_no_error_here(bench, telegram):
    """People would read that something failed."""
    made = bench(UnavailableError("refused"))
    telegram.say(CHAT, "hi")
    made.work()
    (shown,) = telegram.screen(CHAT)
    assert shown.text.startswith(LAST_RESORT)


def test_the_end_waits_until_what_was_sent_is_noted(bench, telegram, monkeypatch):
    """An answer that is on screen would be worked out again after the restart."""
    made, sent, noted = bench(), threading.Event(), threading.Event()
    telegram.say(CHAT, "hi")
    job = made.take()
    link = made.conversations.messages.link

    def slow_link(*arguments, question):
        if not question:
            sent.set()
            within(5, noted.wait)
        link(*arguments, question=question)

    monkeypatch.setattr(made.runner._conversations.messages, "link", slow_link)
    threading.Thread(target=finished, args=[made.runner.work(job)], daemon=True).start()
    assert within(5, sent.wait)
    made.egress.stop(1)
    assert made.inbox.depth == 1
    threading.Timer(0.05, noted.set).start()
    made.runner.flush(5)
    assert made.inbox.depth == 0
