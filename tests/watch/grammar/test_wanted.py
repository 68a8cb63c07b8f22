"""What people write, and the alert that it means."""

import json
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.market.symbols import Request, Topic
from engram.market.words.markets import Markets
from engram.watch.conditions import Condition
from engram.watch.grammar.wanted import (
    LONGEST,
    Unclear,
    Wanted,
    read_command,
    read_sentence,
)
from tests.growth import is_in_proportion
from tests.watch.grammar.reading import LISTED, TABLES, Reading

READER = Reading()
PHRASES = json.loads((TABLES / "alerts.json").read_text("utf-8"))
BTC = Topic((Request.of("BTC/USDT", "4h"),))


def understood(phrase):
    """What came of `phrase`, in the form of the table."""
    read = {"command": read_command, "sentence": read_sentence}[phrase["via"]]
    found = read(phrase["text"], READER)
    row = {"text": phrase["text"], "via": phrase["via"]}
    if isinstance(found, Wanted):
        timeframe = found.request.timeframe if found.named_timeframe else None
        condition = str(found.condition)
        return row | {
            "market": found.request.symbol, "timeframe": timeframe, "condition": condition
        }  # fmt: skip
    return (
        row | {"asked": found.question.partition(" Send one")[0]}
        if found
        else row | {"alert": False}
    )


def test_what_is_written_is_what_is_armed():
    """A person would wait for something else than what they asked for, or for nothing at all."""
    wrong = [(phrase, found) for phrase in PHRASES if (found := understood(phrase)) != phrase]
    assert wrong == []


def test_a_question_shows_how_to_write_it():
    """A person would have to guess what is understood."""
    asked = read_command("btc 5%", READER)
    assert isinstance(asked, Unclear)
    assert "/alert BTC > 100000" in asked.question


def test_without_a_market_the_one_spoken_of_is_meant():
    """Below an analysis a person would have to name its market once more."""
    found = read_command("> 100k", READER, lambda: BTC)
    assert found == Wanted(Request.of("BTC/USDT", "1h"), False, Condition("price", ">", 100_000))


def test_of_several_markets_spoken_of_none_is_chosen():
    """An alert would be for one of two markets, and nobody knows which."""
    both = Topic((*BTC.requests, Request.of("ETH/USDT", "4h")))
    assert isinstance(read_command("> 100k", READER, lambda: both), Unclear)


LONG = {
    "words": "tell me when btc goes above ", "numbers": "1 ", "groups": "1,000", "spaces": " ",
    "signs": "+-", "symbols": "<>", "equals": "=-", "averages": "ema ", "periods": "rsi 14 ",
    "has": "has just ", "letters": "a", "dots": ".5", "money": "$ ", "percent": "5% ",
    "chinese": "比特币", "frames": "4h ", "asking": "tell me ", "when": "when ", "breaks": ". ",
    "polite": "please ", "asked": "when btc tell me, ", "to do": "remind me to ",
}  # fmt: skip


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("length", [LONGEST, 50 * LONGEST])
@pytest.mark.parametrize("read", [read_command, read_sentence])
def test_the_longest_text_is_read_at_once(name, length, read):
    """One message would hold up everybody else's answers."""
    text = LONG[name] * length
    assert is_in_proportion(lambda length: partial(read, text[:length], READER), length)


def all_phrases():
    """All messages of the other tables, which ask for nothing to be told."""
    for table in ("phrases", "phrases_more", "phrases_later"):
        for phrase in json.loads((TABLES / f"{table}.json").read_text("utf-8")):
            if phrase["via"] == "sentence":
                yield phrase["text"]


def test_what_asks_for_an_answer_is_no_alert():
    """Whoever asks about a market would be told what was armed, or asked for a condition."""
    assert [text for text in all_phrases() if read_sentence(text, READER)] == []


PLAIN_TALK = json.loads((TABLES / "plain_talk.json").read_text("utf-8"))


@pytest.mark.parametrize("text", ["{}", "tell me when {}", "remind me if {}", "wake me when {}"])
def test_plain_talk_arms_nothing(text):
    """Whoever wants to be woken for the sun would be told the price of a coin called so."""
    coins = [f"{coin}/USDT" for coin in PLAIN_TALK["coins"]]
    reader = Reading(Markets([*LISTED, *coins], "USDT"))
    talk = [text.format(one) for one in PLAIN_TALK["texts"]]
    assert [one for one in talk if isinstance(read_sentence(one, reader), Wanted)] == []


@pytest.mark.parametrize(
    "text", ["remind me when dinner is at 8", "wake me when lunch drops 5%", "ping me at 8"]
)
def test_without_lists_of_markets_nothing_is_taken_for_one(text):
    """While an exchange is away a reminder would be refused as an unknown market."""
    assert read_sentence(text, Reading(Markets((), "USDT", complete=False))) is None


def test_without_lists_of_markets_well_known_coins_are_understood():
    """After a start nobody could arm anything in a sentence."""
    reader = Reading(Markets((), "USDT", complete=False))
    assert isinstance(read_sentence("tell me when btc goes above 100k", reader), Wanted)


def test_the_currency_of_the_level_is_that_of_the_market():
    """An alert at 90,000 euros would fire at 90,000 dollars."""
    in_euros = Reading(quote="EUR")
    found = read_command("btc > $100k", in_euros)
    assert isinstance(found, Wanted)
    assert found.request.symbol == "BTC/USDT"
    assert read_command("btc > 90k eur", in_euros).request.symbol == "BTC/EUR"


SAID = ["tell me when {}", "Please notify me as soon as {}.", "if {}, let me know", "ping me if {}"]
WHAT = {
    "{} goes above 90k": "price > 90000", "the price of {} falls below $90,000": "price < 90000",
    "{} drops by 3 percent": "price moves -3%", "{}'s rsi is over 70": "rsi > 70",
    "{} closes under its 50 EMA": "close < ema50", "{} turns to sell": "signal = SELL",
}  # fmt: skip


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("what", WHAT)
@pytest.mark.parametrize("name", ["BTC", "btc", "Bitcoin", "BTC/USDT", "$btc"])
def test_any_request_with_any_condition_is_understood(said, what, name):
    """A person would have to find the one wording that is known."""
    found = read_sentence(said.format(what.format(name)), READER)
    assert isinstance(found, Wanted)
    assert (found.request.symbol, str(found.condition)) == ("BTC/USDT", WHAT[what])


@given(st.sampled_from(PHRASES), st.text(max_size=20))
def test_no_sentence_is_an_error(phrase, more):
    """A person would get the last resort in place of an answer."""
    assert isinstance(read_sentence(phrase["text"] + more, READER), Wanted | Unclear | None)


@given(st.text(alphabet="btceh 0123456789.,'%+-<>=$€kmrsipluvo\n", max_size=60))
def test_no_text_is_an_error(text):
    """A person would get the last resort in place of an answer."""
    assert isinstance(read_command(text, READER), Wanted | Unclear)


@given(st.text(max_size=60))
def test_no_character_is_an_error(text):
    """A person would get the last resort in place of an answer."""
    assert isinstance(read_command(f"btc > {text}", READER), Wanted | Unclear)
