"""The words about what is armed."""

from dataclasses import replace

import pytest

from engram.core.errors import ExchangeError
from engram.watch import texts
from tests.watch.conftest import ALERT


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("+5%", "+5 %"), ("-2.5%", "-2.5 %"), ("+0.25%", "+0.25 %"), ("+10000%", "+10000 %")],
)
def test_a_percentage_is_said_as_it_was_asked_for(asked, shown):
    """A person would read +5.00 % or +0 % and think that it was misunderstood."""
    alert = replace(ALERT, asked=f"price moves {asked}", condition="price > 100")
    expected = f"BTC/USDT rises above 100.00 ({shown} from 90.00)"
    assert texts.what_is_awaited(alert) == expected


@pytest.mark.parametrize(
    ("condition", "far"), [("price > 100", "+11.11 %"), ("price < 80", "-11.11 %"), ("rsi > 5", "")]
)
def test_how_far_the_price_has_to_go(condition, far):
    """The sign would point the wrong way, or an RSI would be measured against a price."""
    assert texts.distance(replace(ALERT, condition=condition), 90.0) == far


@pytest.mark.parametrize(
    ("minute", "told"), [("1m", False), ("", False), ("5m", True), ("1h", True)]
)
def test_longer_candles_than_minutes_are_told(minute, told):
    """A person would count on wicks of a minute where nobody can see them."""
    text = texts.armed(ALERT, "Binance", minute=minute)
    assert ("has no one-minute candles" in text) is told


def test_what_is_armed_already_shows_the_price_of_then():
    """An old price would be told as that of now."""
    text = texts.armed(ALERT, "Binance", is_new=False)
    assert "When it was armed the price was 90.00" in text
    assert "to go" not in text


@pytest.mark.parametrize(
    ("state", "begins"),
    [("fired", "🔔 It has fired"), ("delivered", "🔔 It has fired"), ("disarmed", "✖ Disarmed")],
)
def test_what_became_of_an_alert(state, begins):
    """A person would read that an alert is gone which has told them something."""
    assert texts.ended(replace(ALERT, state=state)).startswith(begins)


def test_reasons_are_named_once():
    """Fifty alerts of an exchange that is away would fill a page with its error."""
    text = texts.resumed(["one"], {"Binance is away.": ["two", "three"]})
    assert text.split("\n") == [
        texts.RESUMED, "· one", "", texts.NOT_RESUMED, "· two", "· three", "Binance is away.",
    ]  # fmt: skip


def test_an_exchange_is_named_with_its_trouble():
    """A person would read "could not be reached" and not know what."""
    text = texts.no_start("Binance", ExchangeError("could not be reached"))
    assert "Binance could not be reached." in text
