"""A model's verdict, in whatever form it writes its lines."""

from functools import partial

import pytest

from engram.chat.verdicts import Verdict, verdicts
from engram.market.evidence import Confidence
from engram.market.outcomes import Signal
from tests.growth import is_in_proportion

BUY, SELL, HOLD = Signal
HIGH, MEDIUM, LOW = Confidence
BTC, ETH = "BTC/USDT", "ETH/USDT"
NOTHING = Verdict()
UNCLEAR = Verdict(stated=True)


def on(text, *symbols):
    """What `text` says about `symbols`, as signal and confidence; None for both if it is silent."""
    found = verdicts(text, symbols or (BTC,))
    return [(one.signal, one.confidence) if one.stated else None for one in found]


@pytest.mark.parametrize(
    "text",
    [
        "It looks weak.\n\nSignal: BUY\nConfidence: Medium",
        "**Signal:** BUY\n**Confidence:** Medium",
        "**Signal: BUY**\n**Confidence: Medium**",
        "- Signal: **Buy**\n- Confidence: *medium*",
        "* `Signal: BUY`\n* `Confidence: Medium`",
        "> Signal: BUY\n> Confidence: Medium",
        "### Signal: BUY\n### Confidence: Medium",
        "## Signal\n\n**BUY**\n\n## Confidence\n\nMedium",
        "Signal:\nBUY\nConfidence:\nMedium.",
        "```\nSignal: BUY\nConfidence: Medium\n```",
        "1. Signal: BUY\n2. Confidence: Medium",
        "SIGNAL： BUY\nCONFIDENCE：MEDIUM",
        "Signal = BUY\nConfidence = Medium",
        "Signal - BUY\nConfidence – Medium",
        "<b>Signal:</b> BUY<br>\n<b>Confidence:</b> Medium",
        '{"signal": "BUY", "confidence": "Medium"}',
        "Signal: BUY, Confidence: Medium",
        "Signal: BUY | Confidence: Medium",
        "Signal: BUY (Confidence: Medium)",
        "📈 Signal: 🟢 BUY\n🎯 Confidence: 🟡 Medium",
        "Final signal: [BUY]\nOverall Confidence: [Medium]",
        "Signal for BTC/USDT (4h): BUY\nConfidence level: Medium",
        "BTC/USDT signal: BUY\nBitcoin confidence: Medium",
        "Signal: Strong BUY!\nConfidence: Medium (because volume is Low)",
        "Signal: BUY, as the trend is up\nConfidence: Medium - High volatility speaks against it",
        "Signal: BUY, not SELL\nConfidence: Medium, not High",
        "Zusammenfassung\n\nSignal: BUY (der Trend zeigt nach oben)\nConfidence: Medium, weil",
        "Signal: BUY\nConfidence: Medium\n\nIn short:\n\nSignal: BUY\nConfidence: Medium",
        "| Signal | Confidence |\n|---|---|\n| BUY | **Medium** |",
        "| Signal | BUY |\n|:--|--:|\n| Confidence | Medium |",
        "| What | View | Why |\n|---|---|---|\n| Signal | BUY | up |\n| Confidence | Medium | |",
        "| | Model | Rules |\n|-|-|-|\n| Signal | BUY | SELL |\n| Confidence | Medium | Low |",
        "| | Rules | Model |\n|-|-|-|\n| Signal | SELL | BUY |\n| Confidence | Low | Medium |",
        "Signal (rules): SELL\nSignal: BUY\nConfidence: Medium",
        "Rules' signal: SELL. Confidence: Low.\nSignal: BUY\nConfidence: Medium",
        "Signal: SELL (by the rules)\n\nSignal: BUY\nConfidence: Medium",
        "The signal is weak: SELL would be early.\nSignal: BUY\nConfidence: Medium",
        "Signal: see below\n\nSignal: BUY\nConfidence: Medium",
    ],
)
def test_a_verdict_is_found_however_it_is_marked_up(text):
    """A person would read that the model has no view, below the lines that state it."""
    assert on(text) == [(BUY, MEDIUM)]


@pytest.mark.parametrize(
    ("text", "signal", "confidence"),
    [
        ("Signal: BUY\nSignal: SELL\nConfidence: Low", None, LOW),
        ("Signal: BUY or SELL\nConfidence: Low", None, LOW),
        ("Signal: BUY/HOLD\nConfidence: Low", None, LOW),
        ("Signal: HOLD → BUY\nConfidence: Low", None, LOW),
        ("Signal: BUY, SELL or HOLD\nConfidence: High, Medium or Low", None, None),
        ("Signal: Neutral\nConfidence: 60 %", None, None),
        ("Signal: not BUY\nConfidence: Low", None, LOW),
        ("Signal: HOLD\nConfidence: Low to Medium", HOLD, None),
        ("Signal: HOLD\nConfidence: Medium-High", HOLD, None),
        ("Signal: HOLD\nConfidence: Niedrig oder Low", HOLD, None),
        ("Signal: HOLD\nConfidence: Low\nConfidence: High", HOLD, None),
        ("Signal: HOLD\nConfid", HOLD, None),
        ("Signal: HO", None, None),
        ("Confidence: Low", None, LOW),
    ],
)
def test_what_is_not_one_value_is_none(text, signal, confidence):
    """One of two contradicting lines would be kept as what the model said."""
    assert on(text) == [(signal, confidence)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It may rise.",
        "The rules' signal: SELL. I would wait.",
        "A clear signal would be a close above it: BUY then, not before.",
        "My confidence is low, and I would hold.",
        "Buy low, sell high.",
        "End with 'Signal: BUY', 'Signal: SELL' or 'Signal: HOLD'.",
    ],
)
def test_prose_is_no_verdict(text):
    """A sentence about a signal would be taken for the model's verdict."""
    assert verdicts(text, [BTC]) == (NOTHING,)


@pytest.mark.parametrize(
    "text",
    [
        "### BTC/USDT\nSignal: BUY\nConfidence: Low\n\n### ETH/USDT\n"
        "Signal: SELL\nConfidence: High",
        "**1. Bitcoin**\n- Signal: BUY\n- Confidence: Low\n\n**2. Ether (4h)**\nIt follows BTC, "
        "which is stronger than it was for weeks.\n- Signal: SELL\n- Confidence: High",
        "BTC:\nSignal: BUY\nConfidence: Low\nETH:\nSignal: SELL\nConfidence: High",
        "BTC-USDT: Signal: BUY, Confidence: Low\nETHUSDT: Signal: SELL, Confidence: High",
        "ETH/USDT signal: SELL\nConfidence: High\nBTC/USDT signal: BUY\nConfidence: Low",
        "Signal for BTC: BUY\nConfidence for BTC: Low\nSignal for ETH: SELL\n"
        "Confidence for ETH: High",
        "| Market | Signal | Confidence |\n|---|---|---|\n| BTC/USDT | BUY | Low |\n"
        "| ETH | SELL | High |",
        "| | BTC | ETH |\n|---|---|---|\n| Signal | BUY | SELL |\n| Confidence | Low | High |",
        "BTC/USDT is stronger than ETH/USDT.\n\n## BTC/USDT (4h, Binance)\nUp.\nSignal: BUY\n"
        "Confidence: Low\n## ETH/USDT (4h, Binance)\nDown.\nSignal: SELL\nConfidence: High",
    ],
)  # fmt: skip
def test_each_market_has_the_lines_below_its_name(text):
    """One market's verdict would stand beside another's name."""
    assert on(text, BTC, ETH) == [(BUY, LOW), (SELL, HIGH)]


def test_lines_without_a_market_are_nobodys():
    """A verdict on one of two markets would be given to both, or be called missing."""
    both = verdicts("Both look alike.\n\nSignal: HOLD\nConfidence: Low", [BTC, ETH])
    assert both == (UNCLEAR, UNCLEAR)
    assert on("BTC/USDT\nSignal: BUY\nConfidence: Low", BTC, ETH) == [(BUY, LOW), None]


def test_one_coin_against_two_others_is_told_by_the_pair():
    """The verdict on one pair would stand beside the other."""
    text = "BTC/EUR\nSignal: BUY\nConfidence: Low\n\nBTC/USDT\nSignal: SELL\nConfidence: High"
    assert on(text, BTC, "BTC/EUR") == [(SELL, HIGH), (BUY, LOW)]
    assert verdicts("BTC\nSignal: BUY", [BTC, "BTC/EUR"]) == (UNCLEAR, UNCLEAR)


def test_a_verdict_is_complete_with_both():
    """Half a verdict would be judged as a whole one."""
    assert Verdict(BUY, LOW, stated=True).complete
    assert not Verdict(BUY, None, stated=True).complete
    assert not UNCLEAR.complete


LONG = {
    "verdicts": "Signal: BUY " * 6000,
    "labels": "Signal for " * 6000,
    "headings": "BTC/USDT\nSignal\n" * 4000,
    "brackets": ("(for)" * 15 + " x signal: BUY\n") * 600,
    "rows": "| a | b |\n" * 6000,
    "cells": "| Signal " * 8000 + "|",
    "bullets": "- " * 30_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_long_text_is_read_in_no_time(text):
    """One long answer would stop the bot: the work must grow with the text only."""
    assert is_in_proportion(lambda length: partial(verdicts, text[:length], [BTC, ETH]), len(text))
