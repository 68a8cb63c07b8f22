"""What people write, and the alert that it means."""

import json
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.market.symbols import Request, Topic
from engram.watch.conditions import Condition
from engram.watch.grammar.wanted import LONGEST, Unclear, Wanted, read_command
from tests.watch.grammar.reading import TABLES, Reading

READER = Reading()
PHRASES = json.loads((TABLES / "alerts.json").read_text("utf-8"))
BTC = Topic((Request.of("BTC/USDT", "4h"),))


def understood(phrase):
    """What came of `phrase`, in the form of the table."""
    read = {"command": read_command}[phrase["via"]]
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


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase["text"])
def test_what_is_written_is_what_is_armed(phrase):
    """A person would wait for something else than what they asked for, or for nothing at all."""
    assert understood(phrase) == phrase


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
    "chinese": "比特币", "frames": "4h ",
}  # fmt: skip


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("length", [LONGEST, 50 * LONGEST])
@pytest.mark.parametrize("read", [read_command])
def test_the_longest_text_is_read_at_once(name, length, read):
    """One message would hold up everybody else's answers."""
    text = (LONG[name] * length)[:length]
    began = process_time()
    read(text, READER)
    assert process_time() - began < 1.0


@given(st.text(alphabet="btceh 0123456789.,'%+-<>=$€kmrsipluvo\n", max_size=60))
def test_no_text_is_an_error(text):
    """A person would get the last resort in place of an answer."""
    assert isinstance(read_command(text, READER), Wanted | Unclear)


@given(st.text(max_size=60))
def test_no_character_is_an_error(text):
    """A person would get the last resort in place of an answer."""
    assert isinstance(read_command(f"btc > {text}", READER), Wanted | Unclear)
