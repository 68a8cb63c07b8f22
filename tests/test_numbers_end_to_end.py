"""What a model invents is named below its answer, with `launcher.py` as a process."""

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer

WARNING = "⚠️ Not in the data: "


@pytest.fixture
def high(exchange):
    """The high of the candle before last, as it follows from what the model gets of it."""
    exchange.shape = "walk"
    rows = exchange.rows("BTC/USDT", "4h")
    price, high = rows[-1][4], rows[-3][2]
    return f"{price * (1 + round(100 * (high / price - 1), 1) / 100):.2f}"


def say(telegram, lmstudio, text, answer):
    """What a person sees who says `text` when the model says `answer`."""
    lmstudio.behave(Answer(answer))
    telegram.say(OWNER, text)
    start = answer.split(" ")[0]

    def texts():
        shown = (one.text or "" for one in telegram.screen(OWNER))
        return [text for text in shown if start in text and "Powered by" in text]

    telegram.wait_for(texts)
    return texts()[-1]


def test_an_answer_is_checked_against_all_that_the_model_was_given(
    bot, telegram, lmstudio, market, high
):
    """Figures of three questions ago would be called inventions, or inventions pass unseen."""
    running = bot(after=market)
    shown = say(telegram, lmstudio, "/analyze BTC 4h", f"First the high was {high}.")
    assert WARNING not in shown
    # The candles are in the server's thread, and in no later prompt.
    shown = say(telegram, lmstudio, "thank you", f"Second a stop at {high}, target $123,456.")
    assert f"{WARNING}$123,456\n" in shown
    assert "high low close" not in lmstudio.chats[-1].body["input"]
    running.stop()
    bot(after=market)
    shown = say(telegram, lmstudio, "thank you", f"Third it stays with the stop at {high}.")
    assert WARNING not in shown
    telegram.say(OWNER, "/new")
    telegram.wait_for_text(OWNER, "Forgotten")
    shown = say(telegram, lmstudio, "thank you", f"Fourth the stop is ${high}.")
    assert WARNING in shown


def test_a_price_without_any_data_is_named(bot, telegram, lmstudio):
    """A price that the model remembers from years ago would pass for today's."""
    bot()
    shown = say(telegram, lmstudio, "how is BTC?", "Bitcoin trades at $43,512.80, up 2.3 %.")
    assert f"{WARNING}$43,512.80, 2.3 %\n" in shown
    shown = say(telegram, lmstudio, "what is 17 * 23.5?", "Multiplied that is 399.5, of course.")
    assert WARNING not in shown
    shown = say(telegram, lmstudio, "I bought at 58,200", "Noted: you paid $58,200 for it.")
    assert WARNING not in shown


def test_a_number_of_310_digits_costs_nothing(bot, telegram, lmstudio, market):
    """The check would overflow, and the whole answer be lost."""
    bot(after=market)
    digits = "7" * 310
    shown = say(telegram, lmstudio, "/analyze BTC", f"Digits are {digits} here.")
    assert digits in shown
    assert f"{WARNING}{digits[:24]}…" in shown
