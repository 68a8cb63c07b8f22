"""What people write -> the markets and the timeframe that they mean."""

import json
import random
import string
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from engram.market.words.fold import MOST_READ
from engram.market.words.markets import Markets
from engram.market.words.reader import Reading, read_command, read_sentence
from tests.growth import is_in_proportion

TABLES = Path(__file__).parents[2] / "tables"
LISTED = json.loads((TABLES / "markets.json").read_text("utf-8"))
MARKETS = Markets(LISTED, "USDT")
MANY = [
    f"{first}{second}{third}X/USDT"
    for first in string.ascii_uppercase
    for second in string.ascii_uppercase
    for third in "AEIOU"
]


def understood(phrase):
    """What the bot would answer `phrase` with, after `before` if that was said."""
    if phrase["via"] == "analyze":
        return read_command(phrase["text"], MARKETS)
    reading = read_sentence(phrase["text"], MARKETS)
    before = read_sentence(phrase.get("before", ""), MARKETS)
    if reading.joins:
        both = dict.fromkeys((*before.symbols, *reading.symbols))
        return replace(reading, symbols=tuple(both))
    if reading.also and before.symbols:
        return replace(reading, symbols=reading.also)
    if not reading.follows:
        return reading if reading.symbols or reading.unknown else Reading()
    frame = reading.timeframe if before.symbols else None
    return Reading(before.symbols, frame, before.unknown)


@pytest.mark.parametrize("table", ["phrases", "phrases_more", "phrases_later"])
def test_phrases_are_understood_and_never_as_another_market(table, measured):
    """A person would have to learn our spelling, or act on the figures of another market."""
    phrases = json.loads((TABLES / f"{table}.json").read_text("utf-8"))
    missed, wrong = [], []
    for phrase in phrases:
        reading = understood(phrase)
        unknown = [word.casefold() for word in phrase.get("unknown", [])]
        said = (list(reading.symbols), reading.timeframe, [w.casefold() for w in reading.unknown])
        if said != (phrase["markets"], phrase["timeframe"], unknown):
            missed.append((phrase["text"], said))
        if not set(reading.symbols) <= set(phrase["markets"]):
            wrong.append((phrase["text"], reading.symbols))
    right = len(phrases) - len(missed)
    measured(f"{table} understood", f"{right} of {len(phrases)}, another market {len(wrong)} times")
    assert wrong == []
    assert right >= 0.95 * len(phrases), missed


PLAIN_TALK = json.loads((TABLES / "plain_talk.json").read_text("utf-8"))


@pytest.mark.parametrize("text", PLAIN_TALK["texts"])
def test_plain_talk_is_about_no_market(text):
    """Whoever speaks of the sun, or of a quick trade, would get the figures of a coin called so."""
    coins = (f"{coin}/USDT" for coin in PLAIN_TALK["coins"])
    reading = read_sentence(text, Markets([*LISTED, *coins], "USDT"))
    assert (reading.symbols, reading.unknown) == ((), ())


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("btc", ("BTC/USDT",)),
        ("hype 4h", ("HYPE/USDT",)),
        ("XYZQ", ("XYZQ/USDT",)),
        ("BTCUSDT", ("BTC/USDT",)),
        ("ethbtc", ("ETH/BTC",)),
        ("btc xyzq", ("BTC/USDT",)),
    ],
)
def test_without_lists_a_command_is_taken_at_its_word(text, symbols):
    """While an exchange is away nobody could ask for anything, or would be told it is unknown."""
    assert read_command(text, Markets((), "USDT", complete=False)).symbols == symbols


def test_without_lists_well_known_coins_are_still_spoken_of():
    """A question in the first second after a start would get no figures."""
    nothing = Markets((), "USDT", complete=False)
    assert read_sentence("is SUI a buy?", nothing).symbols == ("SUI/USDT",)
    assert read_sentence("is XYZQ a buy?", nothing) == Reading(unknown=("XYZQ",), of_markets=True)
    assert read_sentence("good entry for xyzq?", nothing).of_markets
    assert not read_sentence("hello", nothing).of_markets


def test_another_quote_is_not_taken_in_place_of_the_one_meant():
    """A person who asks for euros would get dollars."""
    markets = Markets(["SOL/USDT", "BTC/EUR", "SOLVBTC/USDT", "SOLV/USDT"], "USDT")
    assert read_command("sol/eur", markets) == Reading(unknown=("SOL/EUR",), of_markets=True)
    assert read_command("btc", markets).symbols == ()
    assert read_command("solvbtc", markets).symbols == ("SOLVBTC/USDT",)


def test_the_configured_quote_is_meant_where_none_is_named():
    """A person who trades in euros would have to name them each time."""
    markets = Markets(LISTED, "EUR")
    assert read_command("btc", markets).symbols == ("BTC/EUR",)
    assert read_command("sol", markets).symbols == ("SOL/USDT",)


def test_a_market_with_a_name_in_another_script_is_found():
    """A coin that exchanges list under a Chinese name could not be asked for."""
    assert read_command("币安人生 4h", Markets(["币安人生/USDT"], "USDT")).symbols == (
        "币安人生/USDT",
    )


LONG = {
    "talk": "the price of it is not what I think and link me the docs for eth daily ",
    "coins": "btc eth sol ", "slashes": "btc/", "numbers": "4 ",
    "chinese": "比特币现在多少钱以太坊4小时",
    "letters": "a", "dollars": "$", "choices": "ada or ", "underscores": "a_", "lists": "sui,",
    "colons": "a:", "korean": "비트코인 가격 ", "accents": "a\u0301\u0301", "at": "a@",
    "dots": "btc.d ",
    "capitals": "XYZ OR ", "glued": "btc4h", "money": "btc in the ", "digits": "1",
}  # fmt: skip


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("read", [read_command, read_sentence])
def test_the_longest_text_is_read_at_once(name, read):
    """One message would hold up everybody else's answers."""
    markets = Markets([*MANY, *LISTED], "USDT")
    read("btc", markets)
    text = LONG[name] * (3 * MOST_READ // len(LONG[name]))
    assert is_in_proportion(lambda length: partial(read, text[:length], markets), len(text))


def test_no_text_is_an_error():
    """A person would get the last resort in place of an answer."""
    chance = random.Random(7)
    signs = "btcethsolBTC$#/:.-_ \n4h1d240@'\"،。比特币биткоинبيتكوين\u0301ı½™🚀𝗕"
    for _ in range(500):
        text = "".join(chance.choices(signs, k=chance.randint(0, 40)))
        for read in (read_command, read_sentence):
            assert set(read(text, MARKETS).symbols) <= set(LISTED)


def test_a_key_that_was_pasted_is_not_said_back():
    """A slip of the finger would put a key, taken apart, into the answer and into the store."""
    key = "sk-proj-Zk3vQ9xT1mB7nR5wL2pY8cJ4"
    for read in (read_command, read_sentence):
        assert "zk3vq9" not in str(read(f"{key} price", MARKETS).unknown).lower()
