"""What prompts cost a real model, and what a real server keeps of them: llama.cpp's, with Gemma 3.

CONTRIBUTING.md says how to install and run them. Gemma's tokenizer makes a token of nearly each
digit. Its file has no chat template, and the server's own costs it some thirty tokens more.
"""

from __future__ import annotations

import itertools

import pytest

from engram.chat import prompts
from engram.chat.verdicts import verdicts
from engram.core.events import Finished, Question
from engram.llm.openai import OpenAIClient
from engram.market.report import Findings
from tests.chat.test_prompts import reported
from tests.conftest import make_assistant
from tests.series import made
from tests.test_real_servers import gemma, pytestmark, start

__all__ = ["gemma", "pytestmark", "start"]

# Tokens that an analysis may cost.
ANALYSIS = 700
HISTORY = "given 34 times here, right 19, chance 17"


@pytest.fixture
def client(start, gemma):
    """A client of a server with the model; answers are short, which the client knows."""
    client = OpenAIClient(f"{start(gemma, '--answer', 30).url}/v1")
    assert client.query("Say something long.")
    return client


def final(assistant, text, chat="1"):
    """The answer to `text`."""
    answer = list(assistant.reply(chat, text))[-1]
    assert isinstance(answer, Finished)
    assert answer.source == "openai"
    return answer


@pytest.mark.parametrize("scale", [1e-7, 1e-5, 0.1, 30.0, 650.0, 1e6])
def test_an_analysis_of_any_market_is_small(client, scale, measured):
    """A coin with many zeros would cost twice as much as Bitcoin."""
    found = Findings((reported(made("walk", 999, 1, "4h", scale), HISTORY),))
    asked = Question("BTC/USDT 4h", prompt=prompts.analysis(found), system=prompts.SYSTEM)
    (*_, answer) = client.respond(asked)
    measured(f"price {found.reports[0].data.candles.price:g}", f"{answer.usage.read} tokens")
    assert 0 < answer.usage.read <= ANALYSIS


def test_a_question_after_an_analysis_is_read_alone(client, exchange, measured):
    """A person would wait for the analysis to be read once more, as its own history."""
    exchange.shape = "walk"
    assistant = make_assistant(client, exchange=exchange)
    usages = [final(assistant, text).usage for text in ("/analyze BTC 4h", "Why?", "And now?")]
    for before, after in itertools.pairwise(usages):
        measured("read before, now, of which cached", f"{before.read} {after.read} {after.cached}")
        # All of the prompt before it, but for the few tokens with which its answer began.
        assert after.cached >= before.read - 24


@pytest.mark.parametrize("coins", ["BTC", "BTC ETH"])
def test_even_a_very_small_model_keeps_the_form(start, gemma, exchange, coins):
    """Its analyses would have no verdict."""
    client = OpenAIClient(f"{start(gemma, '--answer', 500).url}/v1")
    exchange.shape = "walk"
    answer = final(make_assistant(client, exchange=exchange), f"/analyze {coins} 4h")
    text = answer.text.partition("📐")[0]
    symbols = [f"{coin}/USDT" for coin in coins.split()]
    assert all(verdict.complete for verdict in verdicts(text, symbols))
