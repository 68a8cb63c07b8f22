"""Blocks of Markdown, and that nothing of a text is lost."""

import json
import re

import pytest
from hypothesis import given, settings

from engram.core.markdown.blocks import closed, formatted
from engram.core.markdown.inlines import Formatted, Span
from tests.conftest import ROOT
from tests.core.markdown.conftest import applied, characters, texts, with_languages
from tests.growth import is_in_proportion

TABLES = ("screen", "screen_later")


def problems(row):
    """What is wrong with the row of the table on screen."""
    shown, at, found = formatted(row["source"]), 0, []
    for words in row["must"]:
        at = shown.text.find(words, at)
        if at < 0:
            found.append(f"no {words!r}")
            break
        at += len(words)
    found += [f"has {words!r}" for words in row.get("must_not", []) if words in shown.text]
    for style, styles in (("bold", ["bold"]), ("code", ["code", "pre"])):
        spans = [shown.text[s.start : s.end] for s in shown.spans if s.style in styles]
        for words in row.get(style, []):
            if not any(words in text for text in spans):
                found.append(f"{words!r} is not {style}")
    return found


@pytest.mark.parametrize("name", TABLES)
def test_what_models_write_is_on_screen_as_written(name, measured):
    """People would read other numbers than the model wrote."""
    table = json.loads((ROOT / f"tests/tables/{name}.json").read_text(encoding="utf-8"))
    wrong = {row["source"]: found for row in table if (found := problems(row))}
    measured(f"text on {name}, lines that are right", f"{len(table) - len(wrong)} of {len(table)}")
    assert not wrong


@settings(max_examples=200, deadline=None, derandomize=True)
@given(texts)
def test_nothing_is_lost_but_the_marks_of_what_is_formatted(source):
    """Two numbers would become one, or a comparison its opposite."""
    found = formatted(source)
    marks = applied(found)
    assert characters(with_languages(found), marks) == characters(source, marks)
    assert bool(found.text.strip()) == bool(source.strip())
    for sum_ in re.findall(r"(?=(\d(?:[*_~<>+/^=-]{1,3}|`+)\d))", source):
        assert sum_ in found.text


@settings(max_examples=200, deadline=None, derandomize=True)
@given(texts)
def test_a_preview_loses_no_more_than_the_mark_at_its_end(source):
    """While an answer grows, its numbers would be wrong."""
    for end in range(len(source)):
        found = formatted(source[:end], growing=True)
        marks = applied(found) | set("*_~`#>|-:[]()!")
        shown = characters(with_languages(found), marks)
        # An empty block of code is not shown yet, nor its language.
        begun = re.sub(r"(`{3,}|~{3,})[^\n]*\s*[`~]*\s*$", "", source[:end])
        assert shown in (characters(source[:end], marks), characters(begun, marks))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(texts)
def test_formatting_is_nested_as_telegram_wants_it(source):
    """Telegram would drop formatting at random, or refuse the message."""
    found = formatted(source)
    for number, outer in enumerate(found.spans):
        assert 0 <= outer.start < outer.end <= len(found.text)
        for inner in found.spans[number + 1 :]:
            assert inner.start >= outer.start
            assert inner.start >= outer.end or inner.end <= outer.end
            if inner.start < outer.end:
                assert outer.style not in ("pre", "code")
                assert inner.style not in ("pre", "code") or outer.style == "blockquote"


@pytest.mark.parametrize(
    ("source", "text", "spans"),
    [
        ("# Title\n\ntext", "Title\n\ntext", [(0, 5, "bold")]),
        ("## **Plan** `x`", "Plan x", [(0, 5, "bold"), (5, 6, "code")]),
        ("#1 is BTC", "#1 is BTC", []),
        ("a\n\n\n\nb\n", "a\n\nb", []),
        ("a\r\nb\rc", "a\nb\nc", []),
        ("one\n***\ntwo", "one\n———\ntwo", []),
        ("- a\n- 2.5 %", "- a\n- 2.5 %", []),
        ("* a\n* 2 ATR\n* b", "• a\n* 2 ATR\n• b", []),
        ("profit = size\n* price\n- fees\n* x", "profit = size\n* price\n- fees\n* x", []),
        ("p = q\n\n* buy", "p = q\n\n• buy", []),
        ("To do:\n* buy", "To do:\n• buy", []),
        ("> Wait.\n> 2 days\n>\n> **So**\nok", "Wait.\n2 days\n\nSo\nok",
         [(0, 16, "blockquote"), (14, 16, "bold")]),
        ("Buy if price\n> ema200", "Buy if price\n> ema200", []),
        ("> 70 is overbought", "> 70 is overbought", []),
        ("> > nested", "> nested", [(0, 8, "blockquote")]),
        ("> a\n> ```\n> x\n> ```", "a\nx", [(0, 3, "blockquote"), (2, 3, "pre")]),
        ("```\nx = 1\n\n```", "x = 1", [(0, 5, "pre")]),
        ("  ```\n  a\n    b\n  ```\nc", "a\n  b\nc", [(0, 5, "pre")]),
        ("```\nopen\n~~~", "open\n~~~", [(0, 8, "pre")]),
        ("```5 * 3 = 15\nx\n```", "5 * 3 = 15\nx", [(0, 12, "pre")]),
        ("```\n```", "```\n```", []),
        ("a\n```", "a\n```", []),
        ("~~~ 5 % ~~~", "~~~ 5 % ~~~", []),
        ("** **", "** **", []),
        ("| a | b |\n|-|-:|\n| 10 | 2 |\n| x |", "a   b\n──  ─\n10  2\nx", [(0, 19, "pre")]),
        ("a | b\nno | table", "a | b\nno | table", []),
        ("a | b\n-|-|-", "a | b\n-|-|-", []),
    ],
)  # fmt: skip
def test_blocks(source, text, spans):
    """People would read marks, or lose signs that are no marks."""
    assert formatted(source) == Formatted(text, tuple(Span(*span) for span in spans))


def test_a_block_of_code_knows_its_language():
    """Telegram could not colour it."""
    assert formatted("```c++\nx\n```").spans == (Span(0, 1, "pre", "c++"),)


@pytest.mark.parametrize(
    ("source", "text", "styles"),
    [
        ("**bold", "bold", ["bold"]),
        ("a **", "a", []),
        ("a **b**", "a b", ["bold"]),
        ("a **b*", "a b", ["bold"]),
        ("**a** *b", "a b", ["bold", "italic"]),
        ("`co", "co", ["code"]),
        ("**a `co", "a co", ["bold", "code"]),
        ("5 * ", "5", []),
        ("5 * 3", "5 * 3", []),
        ("`", "", []),
        ("``", "", []),
        ("```", "", []),
        ("```pyth", "", []),
        ("```python\nx = 1", "x = 1", ["pre"]),
        ("```python\nx = 1\n``", "x = 1", ["pre"]),
        ("```python\nx = 1\n```", "x = 1", ["pre"]),
        ("a\n##", "a", []),
        ("a\n## ", "a", []),
        ("a\n## T", "a\nT", ["bold"]),
        ("a\n>", "a", []),
        ("> **q", "q", ["blockquote", "bold"]),
        ("see [Docs](https://exam", "see Docs (https://exam)", []),
        ("see ![Docs](https://exam", "see Docs (https://exam)", []),
        ("| Coin | Price |", "Coin  Price\n────  ─────", ["pre"]),
        ("| Coin | Price |\n|---", "Coin  Price\n────  ─────", ["pre"]),
        ("**a\nb", "**a\nb", []),
        ("handlers[0](pri", "handlers[0](pri", []),
    ],
)
def test_a_growing_text_shows_no_marks_that_wait_for_their_counterpart(source, text, styles):
    """Asterisks would flash in each answer that streams in."""
    found = formatted(source, growing=True)
    assert (found.text, [span.style for span in found.spans]) == (text, styles)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a\n```\nb", "a\n```\nb\n```"),
        ("~~~~\nb\n~~~\n", "~~~~\nb\n~~~\n~~~~"),
        ("```\nb\n```", "```\nb\n```"),
        ("`a", "`a"),
    ],
)
def test_a_block_of_code_that_was_cut_off_is_closed(source, text):
    """The note below an answer would be code."""
    assert closed(source) == text


HOSTILE = {
    name: (name * 32_768)[:32_768]
    for name in (
        "*", "* ", "*a ", "**a** ", "**a** `b` ", "_a ", "a_", "[", "![", "[a](", "[a](http://x",
        "[a](http://x(b)", ">", "> ", "> a\n", "`", "` ", "`a``b", "```\n", "~~a ", "\\(", "|",
        "a|b\n-|-\n", "|a|\n", "x\n", "1. ", "<br>", "#", "# a\n", " ", "http://", "🚀", "-",
        "(*a*",
    )
}  # fmt: skip
HOSTILE["deeper and deeper"] = "\n".join(f"{'>' * depth} a" for depth in range(360))
HOSTILE["a wide table"] = "|" + "x|" * 300 + "\n|" + "-|" * 300 + ("\n|" + "|" * 300) * 200
HOSTILE["long cells"] = f"|{'x' * 9000}|\n|-|\n" + "|y|\n" * 10_000
HOSTILE["spaces in a fence"] = "```" + " " * 32_000 + "!"


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("growing", [False, True])
def test_no_text_takes_long_or_grows(name, growing):
    """A model in a loop would hold up the answers of all chats."""
    source = HOSTILE[name]
    found = formatted(source, growing=growing)
    assert len(found.text) <= 6 * len(source) + 1000

    def case(length):
        return lambda: formatted(source[:length], growing=growing)

    assert is_in_proportion(case, len(source))
