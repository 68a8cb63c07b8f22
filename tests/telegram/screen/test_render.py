"""How a text is split into messages that Telegram accepts."""

import pytest
from telegramify_markdown import utf16_len

from engram.telegram.screen.render import LIMIT, MAX_ENTITIES, Page, pages


@pytest.mark.parametrize(
    ("markdown", "text", "kinds"),
    [
        ("**bold** and `code`", "bold and code", ["bold", "code"]),
        ("# Title\n\ntext", "Title\n\ntext", ["bold"]),
        ("- a\n- b", "• a\n• b", []),
        ("```python\nx = 1\n```", "x = 1", ["pre"]),
        ("BTC_USDT > 5 & *3*", "BTC_USDT > 5 & 3", ["italic"]),
        ("[x](https://example.com)", "x", ["text_link"]),
        ("```\nx = 1\n\n```", "x = 1", ["pre"]),
        ("[ ](https://example.com) `x `", "  x", ["text_link", "code"]),
        ("up ~ 5 % in ~2 h", "up ~ 5 % in ~2 h", []),
    ],
)
def test_markdown_becomes_text_and_entities(markdown, text, kinds):
    """People would read asterisks, or Telegram would refuse the message."""
    (page,) = pages(markdown, markdown=True)
    assert page.text == text
    found = [entity["type"] for entity in page.entities]
    assert all(e["offset"] + e["length"] <= utf16_len(text) for e in page.entities)
    assert [kind for kind in found if kind != "underline"] == kinds


def test_plain_text_stays_as_it_is():
    """Our own panels would lose their asterisks and underscores."""
    text = "* a_b_c <b> & **x** [y](z)"
    assert pages(text, markdown=False) == [Page(text)]


@pytest.mark.parametrize(
    "text",
    [
        "word " * 3000,
        "line\n" * 3000,
        "x" * 10_000,
        "🚀" * 5000,
        "🚀 " * 5000,
        "para\n\n" * 2000 + "end",
        "שלום " * 3000,
    ],
    ids=lambda text: text[:6],
)
@pytest.mark.parametrize("markdown", [True, False])
def test_long_texts_are_split_within_the_limit_and_lose_nothing(text, markdown):
    """The end of a long answer would be missing, or Telegram would refuse it."""
    found = pages(text, markdown=markdown)
    assert len(found) > 1
    assert all(0 < utf16_len(page.text) <= LIMIT for page in found)
    assert "".join("".join(page.text.split()) for page in found) == "".join(text.split())


def test_words_are_not_cut_when_there_are_spaces():
    """A long paragraph would break in the middle of a word."""
    found = pages("wonderful " * 1000, markdown=False)
    assert {word for page in found for word in page.text.split()} == {"wonderful"}


def test_code_that_is_cut_goes_on_as_code():
    """The second half of a listing would be read as text."""
    found = pages("```python\n" + "x = 1\n" * 1500 + "```", markdown=True)
    assert len(found) == 3
    for page in found:
        assert [entity["type"] for entity in page.entities] == ["pre"]
        assert page.entities[0]["offset"] == 0
        assert page.entities[0]["length"] <= utf16_len(page.text)


def test_no_more_entities_than_count():
    """Telegram would ignore some at random."""
    (page,) = pages("**a** b " * 300, markdown=True)
    assert len(page.entities) == MAX_ENTITIES


@pytest.mark.parametrize("text", ["", " \n ", "<!-- -->"])
@pytest.mark.parametrize("markdown", [True, False])
def test_there_is_always_something_to_send(text, markdown):
    """An answer without visible text would never arrive."""
    (page,) = pages(text, markdown=markdown)
    assert page.text.strip()
