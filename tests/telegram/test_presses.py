"""What is said to a press of a button, and what it asks for; with the double."""

import pytest

from engram.chat import texts
from engram.core.events import TextDelta
from engram.core.waits import finished
from engram.telegram.sending.refusals import NotNowError
from engram.telegram.texts import NOT_YOURS
from tests.telegram.bench import ANN, BEN, CHAT, GROUP


def note(telegram):
    """The answer to the latest press."""
    telegram.wait_for(lambda: len(telegram.callback_answers) == len(telegram._api.callbacks))
    return telegram.callback_answers[-1].get("text")


@pytest.mark.parametrize(
    ("data", "options", "expected", "accepted"),
    [
        ("/analyze BTC 4h", {}, None, True),
        ("/refresh BTC 4h", {}, None, True),
        ("/models glm", {}, None, True),
        ("/stop", {}, "No answer is in progress.", False),
        ("/new", {}, "I don't know this button.", False),
        ("drop table", {}, "I don't know this button.", False),
        ("", {}, "I don't know this button.", False),
        ("/analyze " + "é" * 40, {}, "I don't know this button.", False),
        ("/analyze BTC", {"is_queue_full": True}, "One at a time, please", False),
    ],
)
def test_presses_are_looked_at_before_they_are_believed(
    bench, telegram, data, options, expected, accepted
):
    """Anyone who calls Telegram directly could have the bot do anything."""
    made = bench()
    telegram.say(CHAT, "hi")
    message = made.egress.bot.send_message(CHAT, "panel").message_id
    telegram.press(CHAT, message, data)
    job, was_accepted = made.press(**options)
    assert was_accepted is accepted
    assert (note(telegram) or "").startswith(expected or "")
    if accepted:
        assert message in (job.panel, *job.messages)


def test_a_press_is_answered_also_while_the_chat_pauses(bench, telegram):
    """The button would seem to do nothing."""
    made = bench()
    telegram.say(CHAT, "hi")
    message = made.egress.bot.send_message(CHAT, "panel").message_id
    telegram.fail("sendMessage", 429, retry_after=60)
    with pytest.raises(NotNowError):
        made.egress.preview(CHAT, lambda: made.egress.bot.send_message(CHAT, "hi"))
    telegram.press(CHAT, message, "/analyze BTC")
    assert made.press()[1]
    assert note(telegram) is None


@pytest.mark.parametrize(("presser", "accepted"), [(ANN, True), (BEN, False)])
def test_in_a_group_the_buttons_are_for_the_person_who_asked(bench, telegram, presser, accepted):
    """One person would change the chart that another one is reading."""
    made = bench()
    telegram.say(GROUP, "/analyze BTC", user_id=ANN)
    made.work()
    (shown,) = telegram.screen(GROUP)
    telegram.press(GROUP, shown.message_id, "/analyze BTC 4h", user_id=presser)
    assert made.press()[1] is accepted
    assert note(telegram) == (None if accepted else NOT_YOURS)


def test_a_button_of_a_message_that_is_gone_is_answered_by_a_new_one(bench, telegram):
    """Telegram would show an hourglass on a button from last year."""
    made = bench()
    telegram.say(CHAT, "hi")
    telegram.press(CHAT, 4711, "/analyze BTC 4h")
    job, accepted = made.press()
    assert (accepted, job.panel, note(telegram)) == (True, None, None)
    finished(made.runner.work(job))
    telegram.wait_for_text(CHAT, "Market Analysis for BTC/USDT · 4h")


def test_a_button_that_opens_a_panel_leaves_its_own_message_alone(bench, telegram, exchange):
    """The comparison of two markets would vanish when one of them is looked at."""
    made = bench(exchange=exchange)
    telegram.say(CHAT, "/analyze btc eth 4h")
    made.work()
    blocks, _ = telegram.screen(CHAT)
    telegram.press(CHAT, blocks.message_id, dict(blocks.buttons)["ETH/USDT"])
    job, _ = made.press()
    finished(made.runner.work(job))
    *before, panel, commentary = telegram.screen(CHAT)
    assert before[0].text == blocks.text
    assert panel.caption.startswith("📊 Market Analysis for ETH/USDT · 4h · Binance")
    assert commentary.reply_to == panel.message_id


def test_the_stop_button_stops_the_answer_in_progress(bench, telegram):
    """The graphics card would be busy with what nobody reads."""
    made = bench(TextDelta("one"))
    telegram.say(CHAT, "hi")
    message = made.egress.bot.send_message(CHAT, "one").message_id
    in_progress = made.assistant.reply(str(CHAT), "hi")
    next(in_progress)
    telegram.press(CHAT, message, "/stop")
    assert made.press()[1] is False
    assert note(telegram) == texts.STOPPING
    in_progress.close()
