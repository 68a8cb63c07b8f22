"""What a model says, without its thoughts and its control tokens."""

import json
import random
import time
from pathlib import Path

import pytest

from engram.llm.answer.reasoning import ReasoningFilter, strip_reasoning

TABLE = Path(__file__).parents[2] / "tables" / "reasoning.json"
CASES = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]

MORE = [
    # Leading blocks, however they are written.
    ("<THINKING>a</Thinking>b", "b"),
    ("<think>a</thinking>b", "b"),
    ("<thought>a</thought>\n<reasoning>b</reasoning>c", "c"),
    ("<ant:thinking>a</ant:thinking>b", "b"),
    ("<think/>b", "b"),
    ("<|begin_of_thought|>a<|end_of_thought|>b", "b"),
    ("<|channel>thought\na<channel|>b", "b"),
    ("<think>`</think>` closes it, I think</think>b", "b"),
    ("<think>a</think></think>b", "b"),
    ("<unused94>thought\na<unused95>b", "b"),
    ("<think>a</think>so</think>b", "b"),
    # The channels of gpt-oss, whole, begun by the prompt, and without their tokens.
    ("We need to answer.<|end|><|start|>assistant<|channel|>final<|message|>b", "b"),
    ("<|channel|>analysis<|message|>a<|start|>assistant<|channel|>final<|message|>b", "b"),
    ("<|channel|>analysis<|message|>a `<|end|>` b<|end|><|channel|>final<|message|>c", "c"),
    ("<|channel|>final<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b", "ab"),
    ("analysisWe need to answer.assistantfinalb", "b"),
    ("analysis of BTC: up", "analysis of BTC: up"),
    # Closing tags that nothing opened, and those that a sentence speaks of.
    ("a\n </think>\nb", "b"),
    ("The <think> tag is known.\n</think>\nb", "b"),
    ("Models end it with </think>, then answer.", "Models end it with </think>, then answer."),
    ("Models end it with </think>.", "Models end it with </think>."),
    ('The tag "</think>" ends it.', 'The tag "</think>" ends it.'),
    ("(see </think>) and on", "(see </think>) and on"),
    ("- </think>: the end", "- </think>: the end"),
    ("| <think> | opens |\n| </think> | closes |", "| <think> | opens |\n| </think> | closes |"),
    ("|`a`|\n|</think>|", "|`a`|\n|</think>|"),
    ("Sure: <think>x</think> is the form.", "Sure: <think>x</think> is the form."),
    ("So:\n<think>\nx\n</think>\nis the form.", "So:\n<think>\nx\n</think>\nis the form."),
    ("a ` b\n</think>\nc", "c"),
    # Control tokens, stray or spoken of.
    ("Hi <|im_end|>", "Hi"),
    ("Hi.<|im_end|>\n<|im_start|>user\nAnd ETH?<|im_end|>", "Hi."),
    ("Hi.<|im_end|>\n<|im_start|>assistant\n<think>x</think>Ho.", "Hi.\nHo."),
    ("Hi.<|eot_id|><|start_header_id|>user<|end_header_id|>\nAnd?", "Hi."),
    ("Hi.</s>[INST] And ETH? [/INST] Up.", "Hi."),
    ("Hi.<|user|>\nAnd ETH?", "Hi."),
    ("Qwen has <|im_start|> and <|im_end|>, too.", "Qwen has <|im_start|> and <|im_end|>, too."),
    ("<|im_end|> is a token.", "<|im_end|> is a token."),
    ("<s>64,000</s> 65,000", "<s>64,000</s> 65,000"),
    ("a<|vdash|>b and <|x|>", "a<|vdash|>b and <|x|>"),
    # Code is code, whatever stands in it.
    ("```x``` </think>b", "b"),
    ("1. so:\n   ```\n   </think>\n   ```\n2. b", "1. so:\n   ```\n   </think>\n   ```\n2. b"),
    ("````\n```\n</think>\n```\n````\nb", "````\n```\n</think>\n```\n````\nb"),
    ("~~~\n```\n</s>\n~~~\nb</s>", "~~~\n```\n</s>\n~~~\nb"),
    ("`a` or ``b ` </think>`` c", "`a` or ``b ` </think>`` c"),
    ("`" + "x" * 400 + "</think>b", "b"),
    ("```" + "x" * 100 + "\n</think>\n```", "```" + "x" * 100 + "\n</think>\n```"),
    # Nothing is lost of what only looks like a tag.
    ("price <ema and rsi> 70", "price <ema and rsi> 70"),
    ("a<b [1] [THIN", "a<b [1] [THIN"),
    ("<|", "<|"),
    ("analy", "analy"),
]
ADVERSARIES = [
    "<thin", "<", "`", "`a``b", "<|", "[THINK", "[THINK]", "\n```", "</think", "</think>",
    "<think ",
    "<think a=", "<|channel|>x", "<|channel|>analysis<|message|>", "<|im_start|>", "<|im_end|> ",
    "`</think>`", "<think>\n", " ", "\n", "- ", "12. ", "~~~\n", '"</think>" ', "◁/", "analysis",
]  # fmt: skip


def streamed(pieces):
    """What is on screen after these pieces: what was said since the last reset."""
    reader, said = ReasoningFilter(), ""
    for number, piece in enumerate(pieces, 1):
        more = reader.feed(piece, final=number == len(pieces))
        said = ("" if more.reset else said) + more.text
    return said.strip()


def cut(text, seed):
    """`text` in pieces of one length, or cut anywhere."""
    dice = random.Random(seed)
    if seed < 4:
        size = seed + 1
        return [text[at : at + size] for at in range(0, len(text), size)] or [""]
    places = sorted(dice.choices(range(len(text) + 1), k=dice.randint(1, 8)))
    ends = zip([0, *places], [*places, len(text)], strict=True)
    return [text[begin:end] for begin, end in ends]


def test_the_table_of_what_models_write(capsys):
    """A person would read a model's thoughts, or lose what it says about a tag."""
    wrong = [case for case in CASES if strip_reasoning(case["raw"]) != case["answer"]]
    with capsys.disabled():
        print(f"\nreasoning: {len(CASES) - len(wrong)} of {len(CASES)} texts are right")
    assert wrong == []


@pytest.mark.parametrize(("raw", "answer"), MORE)
def test_thoughts_and_control_tokens_are_told_from_text(raw, answer):
    """Other models' forms would reach the screen, or ordinary text would not."""
    assert strip_reasoning(raw) == answer


@pytest.mark.parametrize(
    "raw", [case["raw"] for case in CASES] + [raw for raw, _ in MORE], ids=lambda raw: raw[:30]
)
def test_an_answer_is_the_same_however_it_is_cut(raw):
    """What is on screen would depend on how the network cuts the stream."""
    whole = strip_reasoning(raw)
    for seed in range(40):
        pieces = cut(raw, seed)
        assert streamed(pieces) == whole, pieces


def test_a_mixture_of_everything_is_the_same_however_it_is_cut():
    """Two tags in a row would be read in another way than each by itself."""
    bits = [
        *"<>`[]|\n a", "</think>", "<think>", "`", "```\n", "~~~", "<|im_end|>", "<|im_start|>",
        "user", "assistant", "<|channel|>", "final", "analysis", "<|message|>", "<|end|>", "</s>",
        "<s>", "- ",
        "[THINK]", "[/THINK]", "The tag ", " is x. ", "Yes", '"', "◁think▷", "64,000", " <ema",
    ]  # fmt: skip
    for seed in range(600):
        dice = random.Random(seed)
        raw = "".join(dice.choices(bits, k=dice.randint(2, 14)))
        for way in (0, 1, 2, seed + 10, seed + 11):
            assert streamed(cut(raw, way)) == strip_reasoning(raw), (raw, cut(raw, way))


def test_what_was_said_becomes_thought_by_a_closing_tag():
    """Thoughts would stay above the answer."""
    reader = ReasoningFilter()
    assert reader.feed("I should say yes.\n").text == "I should say yes.\n"
    more = reader.feed("</think>\nYes.")
    assert (more.text, more.reset, reader.thought) == ("Yes.", True, True)


def test_little_is_held_back():
    """A person would wait for text that is there."""
    reader = ReasoningFilter()
    assert reader.feed("so <thi").text == "so "
    assert reader.feed("s>").text == "<this>"
    assert reader.feed(" a `b").text == " a "
    assert len(reader.feed("x" * 400).text) > 400


@pytest.mark.parametrize("bit", ADVERSARIES)
def test_no_text_takes_long(bit, idle_clock):
    """One answer would hold up all others."""
    text = (bit * 65_536)[:65_536]
    began = time.monotonic()
    strip_reasoning(text)
    # About as long as tokens are.
    streamed([text[at : at + 4] for at in range(0, len(text), 4)])
    assert idle_clock.since(began) < 3
