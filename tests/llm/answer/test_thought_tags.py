"""The tags around a model's thoughts and turns."""

import pytest

from engram.llm.answer import thought_tags
from engram.llm.answer.thought_tags import ENDS, LONGEST_END, TOKEN, UNFINISHED, mentioned
from tests.growth import is_in_proportion

OPENING = [
    "<think>", "<THINK>", "<thinking>", "<thought>", "<thoughts>", "<reasoning>", "<reflection>",
    "<scratchpad>", "<seed:think>", '<think type="deep">', "<think/>", "[THINK]", "◁think▷",
    "<|START_THINKING|>", "<|begin_of_thought|>", "<|channel>thought", "<unused94>",
]  # fmt: skip
CLOSING = [
    "</think>", "</thinking>", "</seed:think>", "[/THINK]", "◁/think▷", "<|END_THINKING|>",
    "<|end_of_thought|>", "<unused95>",
]  # fmt: skip
HEADERS = [
    "<|channel|>analysis<|message|>",
    "<|channel|>commentary to=functions.x <|constrain|>json<|message|>",
    "<|channel|> final<|message|>",
]
CONTROL = [
    "<|im_end|>", "<|im_start|>assistant", "<|end|>", "<|eot_id|>", "<|end_of_text|>",
    "<|endoftext|>", "<|start_header_id|>assistant", "<|end_header_id|>", "<start_of_turn>model",
    "<end_of_turn>", "</s>", "<eos>", "<bos>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>",
    "[gMASK]", "<|return|>", "<|call|>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<|user|>",
    "<|assistant|>", "<|end_of_role|>", "<|start_of_role|>assistant", "<turn|>", "<|turn>model",
    "<channel|>", "<|python_tag|>", "<pad>", "<unused12>",
]  # fmt: skip
ALL = [*OPENING, *CLOSING, *HEADERS, *CONTROL]
TEXT = [
    "<b>", "<br>", "<ema", "a < b", "<SYMBOL>", "[1]", "[link](x)", "<thinker>", "</thinker>",
    "<thinks>", "|", "<|", "<|x|", "5 <| 3", "[THINKING]", "<unused>", "<start>", "<end>", "<user>",
    "<system>", "analysis", "think", "<https://think.example>", "</style>", "<s>",
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "tags"),
    [("open", OPENING), ("close", CLOSING), ("header", HEADERS), ("control", CONTROL)],
)
def test_tags_are_known_for_what_they_are(kind, tags):
    """A person would read a model's thoughts, or lose the answer with them."""
    for tag in tags:
        found = TOKEN.match(tag)
        assert found, tag
        assert found[kind] == tag
        assert TOKEN.search(f"before {tag} after")[kind] == tag


@pytest.mark.parametrize("text", TEXT)
def test_what_is_like_a_tag_is_text(text):
    """A line of code or a formula would lose a part of itself."""
    assert TOKEN.search(text) is None


@pytest.mark.parametrize("tag", ALL)
def test_the_beginning_of_a_tag_is_held_back(tag):
    """A tag that arrives in two pieces would be shown, and the thoughts after it."""
    for end in range(1, len(tag)):
        beginning = f"Text {tag[:end]}"
        is_whole = TOKEN.search(beginning)
        assert is_whole or UNFINISHED.search(beginning), tag[:end]


@pytest.mark.parametrize("text", ["plain", "a < b ", "[x] ", "5 > 3", "<b>x", "i < 10;", "<br>\n"])
def test_text_is_not_held_back(text):
    """An answer would stand still until its next line."""
    assert UNFINISHED.search(text) is None


@pytest.mark.parametrize(
    "filler", ["<", "<|", "<think x=", "[", "<|channel|>", "<|channel|>a", "◁"]
)
def test_nothing_takes_long(filler):
    """One hostile answer would hold the processor for minutes."""
    for text in (filler * 20_000, filler + "a" * 40_000, filler + " " * 40_000):

        def case(length, text=text):
            return lambda: (list(TOKEN.finditer(text[:length])), UNFINISHED.search(text[:length]))

        assert is_in_proportion(case, len(text))


@pytest.mark.parametrize(
    ("opened", "text", "rest"),
    [
        ("<", "hm</think>Yes", "Yes"), ("<", "hm</reasoning>Yes", "Yes"), ("[", "a[/THINK]b", "b"),
        ("◁", "a◁/think▷b", "b"), ("<|", "a<|END_THINKING|>b", "b"), ("<|", "a<channel|>b", "b"),
        ("analysis", "hmassistantfinalYes", "Yes"), ("<unused94>", "hm<unused95>Yes", "Yes"),
    ],
)  # fmt: skip
def test_a_block_ends_as_it_was_opened(opened, text, rest):
    """All of an answer would be taken for thoughts."""
    found = ENDS[opened].search(text)
    assert text[found.end() :] == rest
    assert len(found[0]) <= LONGEST_END


@pytest.mark.parametrize("token", ["<|end|>", "<|call|>", "<|return|>", "<|start|>", "<|channel|>"])
def test_a_channel_ends_with_the_next(token):
    """The answer in gpt-oss's second channel would be taken for thoughts."""
    assert thought_tags.CHANNEL_END.search(f"hm{token}").start() == 2


@pytest.mark.parametrize(
    ("before", "tag", "after", "final", "is_word"),
    [
        ("", "<think>", "hm", False, False),
        ("", "<think>", "\nhm", False, False),
        (" ", "<think>", " tag", False, True),  # "the <think> tag"
        (" ", "<think>", ", and", False, True),
        (" ", "<think>", " Hm", False, False),
        (" ", "<think>", "", False, None),
        (" ", "<think>", "", True, False),
        (" ", "<think>", "  ", False, None),
        ('"', "<think>", '"', False, True),
        ('"', "<think>", "x", False, False),
        ("“", "<think>", "”", False, True),
        ("|", "<think>", "|", False, True),
        ("(", "<think>", ")", False, True),
        ("a", "<think>", " tag", False, False),
        ("\n", "<think>", " tag", False, False),
    ],
)
def test_a_tag_that_is_spoken_of_is_a_word(before, tag, after, final, is_word):
    """Who asks what <think> means would get half an answer."""
    assert mentioned(tag + after, len(tag), before, final) is is_word


@pytest.mark.parametrize(
    "token", ["<|user|>", "<|human|>", "<｜User｜>", "<|USER_TOKEN|>", "[INST]"]
)
def test_the_turn_of_a_person_is_none_of_the_answer(token):
    """A model that talks to itself would speak for the person, too."""
    assert thought_tags.PERSONS_TURN.fullmatch(token)
    assert not thought_tags.PERSONS_TURN.search("the <|assistant|> of the user")
