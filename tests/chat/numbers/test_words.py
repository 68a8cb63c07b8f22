"""The words around a number, in the languages that people write."""

import pytest

from engram.chat.numbers import words


@pytest.mark.parametrize(
    ("pattern", "before"),
    [
        ("ABOUT", ["about ", "roughly ", "~", "≈ ", "etwa ", "ca. ", "rund ", "environ ",
                   "près de ", "unos ", "cerca de ", "quase ", "just under ", "close to $"]),
        ("MORE", ["more than ", "at least ", "> ", "≥", "mehr als ", "über ", "plus de ", "más de ",
                  "mais de "]),
        ("LESS", ["less than ", "up to ", "< ", "weniger als ", "unter ", "moins de "]),
        ("PRICE", ["target of ", "stop-loss at ", "support near ", "Resistance: ", "Kursziel bei ",
                   "Widerstand ", "objectif de ", "objetivo en ", "soporte en ", "suporte em ",
                   "alvo de ", "TP ", "buy BTC at ", "kaufen bei ", "above "]),
        ("STOP", ["stop-loss at ", "Stop ", "SL: "]),
        ("FACTOR", ["2 × ", "1.5x", "3·"]),
        ("RATIO", ["1:", "2.5 / ", "R:R of ", "risk/reward of ", "Verhältnis von ", "CRV "]),
    ],
)  # fmt: skip
def test_what_stands_before_a_number_is_understood(pattern, before):
    """Of "about 65,000" an exact price would be demanded, in whichever language it is missing."""
    for text in before:
        assert getattr(words, pattern).search(text), text


@pytest.mark.parametrize(
    ("pattern", "before"),
    [
        ("ABOUT", ["it was about a market that ", "breakfast ", "handsome ", "the sum is "]),
        ("MORE", ["moreover, ", "plus deux ", "over the last days it fell "]),
        ("LESS", ["nevertheless ", "wunder ", "up to then it stood at the price of "]),
        ("PRICE", ["support.\n", "In the end there were ", "the target of the company is that "]),
        ("STOP", ["do not stop, then ", "nonstop; "]),
        ("FACTOR", ["box ", "x "]),
    ],
)  # fmt: skip
def test_what_stands_before_a_number_is_not_misunderstood(pattern, before):
    """An invented price would pass because some word is like another."""
    for text in before:
        assert not getattr(words, pattern).search(text), text


@pytest.mark.parametrize(
    ("pattern", "after"),
    [
        ("TO_ONE", [":1", " to 1", " zu 1", " pour 1", " a 1"]),
        ("TICKER", [" BTC", "ETH", " XRP"]),
        ("PLACE", [" of the move", " of that range", " der Bewegung", " del rango"]),
        ("OPERATOR", [" + 1", "−100", " / 2", " or more", " and above"]),
        ("INTERVAL", [" confidence interval", "-Konfidenzintervall", " interval"]),
        ("ACCOUNT", [" account", "-Konto", " portfolio", " compte"]),
        ("MULTIPLIES", [" ATR", "R", " × 32.35"]),
    ],
)  # fmt: skip
def test_what_stands_after_a_number_is_understood(pattern, after):
    """A factor, or somebody's account, would be taken for a price."""
    for text in after:
        assert getattr(words, pattern).match(text), text


@pytest.mark.parametrize("text", [" USD", "EUR", " ATR", "R", " btc", " now", " A"])
def test_what_is_no_ticker(text):
    """60,000 USD would be a number of coins."""
    assert not words.TICKER.match(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("support", "support"), ("Unterstützung", "support"), ("soporte", "support"),
        ("suporte", "support"), ("Resistance", "resistance"), ("Widerstand", "resistance"),
        ("résistance", "resistance"), ("EMA 50", "ema"), ("moyenne mobile", "ema"),
        ("gleitender Durchschnitt", "ema"), ("Bollinger", "band"), ("upper band", "band"),
        ("Stop-Loss", "stop"), ("Spanne", "range"), ("rango", "range"), ("faixa", "range"),
        ("plage", "range"), ("price", None), ("schema", None), ("lemma", None),
    ],
)  # fmt: skip
def test_levels_are_known_in_each_language(text, name):
    """The distance to "Widerstand" would be called invented, that to "resistance" not."""
    found = words.LEVELS.search(text)
    assert (found and found.lastgroup) == name


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("61.8 %", "61.8"), ("61,8%", "61,8"), ("0.618", "618"), (".382", "382"), ("50 %", "50"),
        ("161.8 %", "161.8"), ("0,5", "5"), ("62.8 %", None), ("1.618", None), ("0.6183", None),
    ],
)  # fmt: skip
def test_retracements_are_those_of_every_textbook(text, ratio):
    """Any percentage would be a Fibonacci ratio, or one of them an invention."""
    found = words.RETRACEMENT.search(text)
    assert (found and (found[1] or found[2])) == ratio


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("at 08:00", "08:00"), ("on 2 November", "2"), ("28. Nov", "28"), ("2 de noviembre", "2"),
        ("Nov 28", "28"), ("March 5", "5"), ("3 août", "3"), ("5 Mär", "5"), ("8:00", None),
        ("in 2 days", None),
    ],
)  # fmt: skip
def test_the_time_of_a_candle_is_found(text, time):
    """A move "on 28 November" would be looked for in another candle, or in none."""
    found = words.TIME.search(text)
    assert (found and next(filter(None, found.groups()))) == time


@pytest.mark.parametrize(
    ("text", "power"),
    [("a thousand coins", 1), ("eine Million", 2), ("un millón", 2), ("one billion", 3),
     ("mil", None)],
)  # fmt: skip
def test_how_many_coins_are_spoken_of(text, power):
    """What a million coins cost would be called invented."""
    found = words.MANY.search(text)
    assert (found and found.lastindex) == power


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("THRESHOLD", ["overbought", "überkauft", "sobrecompra", "survendu", "level", "≥"]),
        ("EXAMPLE", ["e.g. ", "zum Beispiel", "z. B.", "par exemple", "por ejemplo", "例如"]),
        ("AGO", ["yesterday", "gestern", "hier", "ayer", "ontem", "24 h"]),
        ("MIDDLE", ["midpoint", "Mitte", "milieu", "medio", "half"]),
        ("ROUND", ["psychological", "runde Marke", "barrera", "barrier"]),
        ("OWN_MONEY", ["risk", "Konto", "capital", "cuenta", "per trade", "Einsatz"]),
        ("SIZE", ["profit", "Verlust", "taille", "ganancia", "buy"]),
        ("VOLUME", ["volume", "Handelsvolumen", "moyenne", "promedio"]),
        ("REWARD", ["2R", "reward", "1:2", "Risiko", "CRV"]),
        ("FIBONACCI", ["Fibonacci", "retracement", "golden ratio", "61.8"]),
        ("MARKET", ["price", "Kurs", "cours", "precio", "preço", "цена", "价格", "Bitcoin"]),
        ("INDICATOR", ["RSI", "adx", "Stochastic %K", "Fear & Greed", "Williams %R"]),
    ],
)  # fmt: skip
def test_what_a_passage_is_about_is_understood(pattern, texts):
    """What is plain in English would be invented in another language."""
    for text in texts:
        assert getattr(words, pattern).search(text), text


@pytest.mark.parametrize(
    ("text", "value"),
    [("RSI is at 71", "71"), ("RSI (14): 71", "71"), ("RSI liegt bei 71", "71"),
     ("RSI est à 71", "71"), ("RSI está en 71", "71"), ("RSI has fallen to 71", "71"),
     ("RSI above 71", ""), ("RSI and 71", ""), ("RSI times 71", "")],
)  # fmt: skip
def test_only_what_is_said_to_be_its_value_is_one(text, value):
    """A threshold would be taken for the RSI, or an invented RSI for a threshold."""
    between = words.IS.match(text, words.INDICATOR.search(text).end())
    assert text[between.end() :] == value or (not value and not text[between.end() :].isdigit())
