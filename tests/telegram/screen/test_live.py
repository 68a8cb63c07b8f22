"""The events of an answer on screen; `test_live_answers` shows how that looks over time."""

import pytest

from engram.core.events import Button, Finished, Panel, Progress, Stage, TextDelta
from engram.core.waits import finished
from engram.telegram.screen.live import LiveMessage
from engram.telegram.screen.painter import Painter
from engram.telegram.sending.refusals import UndeliverableError
from tests.telegram.screen.conftest import a_job, show

CHAT, OTHER, GROUP = 5, 6, -100


def test_the_answer_is_sent_with_its_formatting(egress, telegram):
    """People would read asterisks."""
    telegram.say(CHAT, "hi")
    answer = Finished("**Up**", "lmstudio", markdown=True)
    show(egress, a_job(CHAT), Progress(Stage.THINKING), TextDelta("**U"), answer)
    (shown,) = telegram.screen(CHAT)
    assert (shown.text, shown.entities[0]["type"]) == ("Up", "bold")
    assert shown.reply_to is None


def test_in_a_group_the_answer_is_a_reply_in_the_same_topic(egress, telegram):
    """Nobody could tell whom the bot answers."""
    asked = telegram.say(GROUP, "/x", chat_type="supergroup", thread_id=3)
    show(egress, a_job(GROUP, asked, 3), Finished("hi", "mock"))
    (shown,) = telegram.screen(GROUP)
    assert (shown.reply_to, shown.thread_id) == (asked, 3)


def test_the_answer_arrives_also_when_its_question_was_deleted(egress, telegram):
    """Deleting a question would make the answer to it an error."""
    asked = telegram.say(GROUP, "/x", chat_type="supergroup")
    telegram.delete(GROUP, asked)
    show(egress, a_job(GROUP, asked), Finished("hi", "mock"))
    assert telegram.wait_for_text(GROUP, "hi")


def test_a_long_answer_continues_in_further_messages(egress, telegram):
    """The end of a long answer would be missing."""
    telegram.say(CHAT, "hi")
    show(egress, a_job(CHAT), Finished("line of text\n" * 700, "lmstudio"))
    assert len(telegram.screen(CHAT)) == 3


def test_the_end_of_a_long_answer_changes_only_its_last_message(egress, telegram):
    """All of its messages would be edited once more, in a group one every 4 s."""
    telegram.say(CHAT, "hi")
    told = "**line** of text\n" * 400
    before = []

    def events():
        yield TextDelta(told)
        telegram.wait_for(lambda: len(telegram.screen(CHAT)) == 2)
        before.extend(telegram.screen(CHAT))
        yield Finished(told + "\nThe end.", "lmstudio", markdown=True)

    finished(LiveMessage(egress, Painter(), a_job(CHAT), "edit").show(events()))
    first, last = telegram.screen(CHAT)
    assert (first.edits, last.edits) == (before[0].edits, before[1].edits + 1)
    assert last.text.endswith("The end.")
    assert all(entity["type"] == "bold" for entity in first.entities)
    assert not last.buttons


def test_an_answer_whose_form_is_refused_is_sent_as_plain_text(egress, telegram):
    """A mistake in the formatting would cost the answer."""
    telegram.say(CHAT, "hi")
    telegram.fail("sendMessage", 400, "Bad Request: can't parse entities")
    show(egress, a_job(CHAT), Finished("**Up**", "lmstudio", markdown=True))
    (shown,) = telegram.screen(CHAT)
    assert (shown.text, shown.entities) == ("Up", ())


def test_a_person_who_blocked_the_bot_is_left_alone(egress, telegram):
    """The bot would try forever to reach them."""
    telegram.say(CHAT, "hi")
    telegram.block(CHAT)
    with pytest.raises(UndeliverableError):
        show(egress, a_job(CHAT), Finished("hi", "mock"))


PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def test_the_panel_is_a_photo_with_its_text_and_the_model_follows(egress, telegram):
    """The chart would be missing, or come after the text."""
    telegram.say(CHAT, "/analyze BTC")
    show(
        egress,
        a_job(CHAT),
        Panel("BTC/USDT", "4h", "panel", lambda: PNG),
        Finished("Up", "lmstudio"),
    )
    photo, text = telegram.screen(CHAT)
    assert (photo.photo, photo.caption, text.text) == (PNG, "panel", "Up")


def test_a_panel_that_is_the_answer_gets_its_note_by_edit(egress, telegram):
    """The same figures would be on screen twice."""
    telegram.say(CHAT, "/analyze BTC")
    done = Finished("panel\n\nnote", "mock", completes_panel=True)
    show(egress, a_job(CHAT), Panel("BTC/USDT", "4h", "panel", lambda: PNG), done)
    (photo,) = telegram.screen(CHAT)
    assert (photo.caption, photo.edits) == ("panel\n\nnote", 1)


def test_without_a_chart_the_panel_is_text(egress, telegram):
    """A fault in the picture would cost the analysis."""
    telegram.say(CHAT, "/analyze BTC")
    done = Finished("panel\n\nnote", "mock", completes_panel=True)
    show(egress, a_job(CHAT), Panel("BTC/USDT", "4h", "panel", lambda: None), done)
    (shown,) = telegram.screen(CHAT)
    assert shown.text == "panel\n\nnote"


def test_where_no_photos_are_allowed_the_panel_is_text(egress, telegram):
    """A group without photos would get no analysis."""
    telegram.say(GROUP, "/analyze", chat_type="supergroup")
    telegram.fail("sendPhoto", 400, "Bad Request: not enough rights to send photos to the chat")
    done = Finished("panel\n\nnote", "mock", completes_panel=True)
    show(egress, a_job(GROUP), Panel("BTC/USDT", "4h", "panel", lambda: PNG), done)
    (shown,) = telegram.screen(GROUP)
    assert (shown.text, shown.photo) == ("panel\n\nnote", None)


def test_a_panel_that_was_deleted_is_completed_below(egress, telegram):
    """Deleting the chart while the model is tried would cost the answer."""
    telegram.say(CHAT, "/analyze")

    def events():
        yield Panel("BTC/USDT", "4h", "panel", lambda: PNG)
        telegram.delete(CHAT, telegram.screen(CHAT)[0].message_id)
        yield Finished("panel\n\nnote", "mock", completes_panel=True)

    finished(LiveMessage(egress, Painter(), a_job(CHAT), "edit").show(events()))
    (shown,) = telegram.screen(CHAT)
    assert shown.text == "panel\n\nnote"


def test_a_caption_that_is_too_long_continues_below(egress, telegram):
    """Telegram would refuse the photo."""
    telegram.say(CHAT, "/analyze BTC")
    show(
        egress,
        a_job(CHAT),
        Panel("BTC/USDT", "4h", "line\n" * 400, lambda: PNG),
        Finished("Up", "lmstudio"),
    )
    photo, rest, last = telegram.screen(CHAT)
    assert photo.caption.count("line") + rest.text.count("line") == 400
    assert last.text == "Up"


def test_what_is_on_screen_from_an_earlier_try_is_used_again(egress, telegram):
    """After a crash the answer would be on screen twice, once as half a sentence."""
    telegram.say(CHAT, "hi")
    left = egress.bot.send_message(CHAT, "⏳ half a sen").message_id
    job = a_job(CHAT, messages=(left,))
    live = show(egress, job, Finished("Whole.", "lmstudio"))
    (shown,) = telegram.screen(CHAT)
    assert (shown.text, shown.message_id) == ("Whole.", left)
    assert (live.ids, job.inbox.steps) == ((left,), [])


def test_a_panel_of_an_earlier_try_is_used_again(egress, telegram):
    """After a crash, or after a button, there would be a second panel."""
    telegram.say(CHAT, "/analyze BTC")
    buttons = ((Button("1h", "/analyze BTC 1h"),),)
    first = Panel("BTC/USDT", "4h", "panel", lambda: PNG, buttons)
    panel = show(egress, a_job(CHAT), first, Finished("Up", "lmstudio")).ids[0]
    second = Panel("BTC/USDT", "4h", "new panel", lambda: PNG + b"2", buttons)
    done = Finished("new panel\n\nnote", "mock", completes_panel=True)
    show(egress, a_job(CHAT, panel=panel), second, done)
    photo, _text = telegram.screen(CHAT)
    assert (photo.message_id, photo.caption) == (panel, "new panel\n\nnote")
    assert photo.buttons == [("1h", "/analyze BTC 1h")]


def test_the_inbox_knows_what_is_on_screen_before_the_end(egress, telegram):
    """After a crash in between, everything would be sent a second time."""
    telegram.say(CHAT, "/analyze BTC")
    job = a_job(CHAT)
    show(
        egress,
        job,
        Panel("BTC/USDT", "4h", "p", lambda: PNG),
        Finished("Up", "lmstudio"),
    )
    assert job.inbox.steps == ["shown", "shown"]
    photo, text = telegram.screen(CHAT)
    assert (job.panel, job.messages) == (photo.message_id, (text.message_id,))


def test_the_commentary_is_a_reply_to_the_panel(egress, telegram):
    """With two analyses at once nobody could tell which text belongs to which chart."""
    telegram.say(CHAT, "/analyze BTC")
    show(
        egress,
        a_job(CHAT),
        Panel("BTC/USDT", "4h", "p", lambda: PNG),
        Finished("Up", "lmstudio"),
    )
    photo, text = telegram.screen(CHAT)
    assert text.reply_to == photo.message_id
