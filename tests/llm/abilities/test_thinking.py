"""How much a model is asked to think, in the words of each protocol."""

import pytest

from engram.core.events import Question
from engram.core.model import Model
from engram.llm.abilities import thinking

TALK, SERIOUS = Question("hi", calm=True), Question("Why does ETH fall?")
MOST = 4096 + thinking.MOST_BUDGET


@pytest.mark.parametrize(
    ("question", "configured", "can_be_off", "expected"),
    [
        (TALK, "auto", True, "off"),
        (TALK, "auto", False, ""),
        (SERIOUS, "auto", True, ""),
        (SERIOUS, "off", False, "off"),
        (TALK, "high", True, "high"),
        (Question("hi", effort="high", calm=True), "off", True, "high"),
        (Question("hi", effort="auto", calm=True), "high", True, "off"),
        (Question("Why?", effort="auto"), "high", True, ""),
    ],
)
def test_what_is_wanted(question, configured, can_be_off, expected):
    """Who says hi would wait for minutes, or a choice count for nothing."""
    assert thinking.wanted(question, configured, can_be_off=can_be_off) == expected


@pytest.mark.parametrize(
    ("efforts", "question", "configured", "sent"),
    [
        (("off", "on"), TALK, "auto", {"reasoning": "off"}),
        (("low", "high"), TALK, "auto", {}),
        ((), TALK, "auto", {}),
        (("off", "on"), SERIOUS, "auto", {}),
        (("off", "on"), SERIOUS, "on", {"reasoning": "on"}),
        (("off", "on"), SERIOUS, "high", {}),
        (("low", "xhigh"), Question("?", effort="xhigh"), "auto", {"reasoning": "xhigh"}),
        ((), Question("?", effort="high"), "auto", {}),
    ],
)
def test_lm_studio_is_sent_what_its_list_allows(efforts, question, configured, sent):
    """Every question to a model that does not think would be refused first."""
    assert thinking.lmstudio(question, configured, Model("m", efforts=efforts)) == sent


@pytest.mark.parametrize(
    ("effort", "word"),
    [("off", "none"), ("on", "medium"), ("low", "low"), ("xhigh", "xhigh"), ("", ""), ("?!", "")],
)
def test_openai_has_words_of_its_own(effort, word):
    """llama.cpp's server takes "off" for a level like others, and thinks."""
    assert thinking.openai(effort) == word


@pytest.mark.parametrize(
    ("effort", "room", "forms"),
    [
        ("", MOST, []),
        ("off", MOST, [{"thinking": {"type": "disabled"}}]),
        (
            "low", MOST,
            [{"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 5120},
             {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"},
              "max_tokens": 5120}],
        ),
        (
            "on", MOST,
            [{"thinking": {"type": "enabled", "budget_tokens": 4096}, "max_tokens": 8192},
             {"thinking": {"type": "adaptive"}, "max_tokens": 8192}],
        ),
        (
            "high", 4096,
            [{"thinking": {"type": "enabled", "budget_tokens": 3072}, "max_tokens": 4096},
             {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"},
              "max_tokens": 4096}],
        ),
        ("high", 2047, []),
    ],
)  # fmt: skip
def test_anthropic_is_given_room_to_think_and_to_answer(effort, room, forms):
    """A model would spend all of its tokens on thoughts, or refuse a budget that does not fit."""
    assert list(thinking.anthropic(effort, room, 4096)) == forms
