"""How a text is split into messages that Telegram accepts."""

import pytest
from hypothesis import given, settings

from engram.core.markdown.blocks import formatted
from engram.core.text.printable import is_blank
from engram.telegram.incoming import TEXT_LIMIT
from engram.telegram.screen.render import CAPTION_LIMIT, MAX_ENTITIES, Page, pages, shortened
from tests.core.markdown.conftest import characters, texts
from tests.doubles import telegram_rules
from tests.doubles.telegram_rules import utf16_len


def entity(kind, offset, length, **more):
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("markdown", "text", "entities"),
    [
        ("**bold** and `code`", "bold and code", [entity("bold", 0, 4), entity("code", 9, 4)]),
        ("# Title\n\ntext", "Title\n\ntext", [entity("bold", 0, 5)]),
        ("```python\nx = 1\n```", "x = 1", [entity("pre", 0, 5, language="python")]),
        ("🚀 **🚀 up**", "🚀 🚀 up", [entity("bold", 3, 5)]),
        ("> Wait", "Wait", [entity("blockquote", 0, 4)]),
        ("BTC_USDT > 5 & *3*", "BTC_USDT > 5 & *3*", []),
        ("10000*0.01*2 = 200", "10000*0.01*2 = 200", []),
        ("[x](https://example.com)", "x (https://example.com)", []),
    ],
)
def test_markdown_becomes_text_and_entities(markdown, text, entities):
    """People would read asterisks, or Telegram would refuse the message."""
    assert pages(markdown, markdown=True) == [Page(text, tuple(entities))]


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
        "a" + " " * 9000 + "b",
        "a" + "\n" * 9000 + "b",
    ],
    ids=lambda text: text[:6],
)
@pytest.mark.parametrize("markdown", [True, False])
def test_long_texts_are_split_within_the_limit_and_lose_nothing(text, markdown):
    """The end of a long answer would be missing, or Telegram would refuse it."""
    found = pages(text, markdown=markdown)
    assert all(page.text.strip() and utf16_len(page.text) <= TEXT_LIMIT for page in found)
    assert "".join("".join(page.text.split()) for page in found) == "".join(text.split())


@settings(max_examples=100, deadline=None, derandomize=True)
@given(texts)
def test_pages_lose_nothing_and_telegram_takes_them(text):
    """What stands where two messages meet would be missing, or formatting be refused."""
    text *= 200
    found = pages(text, markdown=True)
    whole = "".join(page.text for page in found)
    assert characters(whole) == characters(formatted(text).text) or not text.strip()
    for page in found:
        kept = telegram_rules.formatted(page.text, list(page.entities), TEXT_LIMIT, "empty")
        assert len(kept.entities) <= MAX_ENTITIES


def test_words_are_not_cut_when_there_are_spaces():
    """A long paragraph would break in the middle of a word."""
    found = pages("wonderful " * 1000, markdown=False)
    assert {word for page in found for word in page.text.split()} == {"wonderful"}


def test_a_caption_is_shorter_than_what_follows():
    """Telegram would refuse a photo, or a panel take more messages than it needs."""
    first, second = pages("line\n" * 1000, markdown=False, first=CAPTION_LIMIT)
    assert utf16_len(first.text) <= CAPTION_LIMIT < utf16_len(second.text)


def test_code_that_is_cut_goes_on_as_code():
    """The second half of a listing would be read as text."""
    found = pages("```python\n" + "  x = 1\n" * 1500 + "```", markdown=True)
    assert len(found) == 3
    for page in found:
        assert page.entities == (entity("pre", 0, utf16_len(page.text), language="python"),)
        assert all(line == "  x = 1" for line in page.text.split("\n"))


def test_no_more_entities_than_count():
    """Telegram would ignore some at random."""
    (page,) = pages("**bold** plain " * 300, markdown=True)
    assert len(page.entities) == MAX_ENTITIES


@pytest.mark.parametrize("text", ["", " \n ", "\u200b\u2060", "\u200d\n" * 9000])
@pytest.mark.parametrize("markdown", [True, False])
def test_there_is_always_something_to_send(text, markdown):
    """An answer without visible text would never arrive."""
    (page,) = pages(text, markdown=markdown)
    assert not is_blank(page.text)


@pytest.mark.parametrize("text", ["~", "**", "<!-- -->", "```\n```", "[]()", ">", "#"])
def test_what_is_only_marks_is_shown_as_written(text):
    """An answer of one sign would be three dots."""
    assert pages(text, markdown=True) == [Page(text)]


def test_of_a_growing_text_there_may_be_nothing_to_see():
    """Dots would flash in place of the progress."""
    assert pages("**", markdown=True, growing=True) == []
    assert pages("**a", markdown=True, growing=True) == [Page("a", (entity("bold", 0, 1),))]


NOTE = "✂️ More."


@given(texts)
@settings(max_examples=60, deadline=None)
def test_what_is_shortened_is_accepted_by_telegram(text):
    """The last of five messages would be refused, and with it the end of each long answer."""
    made = pages(f"**a** {text}\n\n" * 300, markdown=True)
    for most in (1, 2, len(made)):
        shown = shortened(made, most, NOTE)
        assert len(shown) <= most
        assert shown[: most - 1] == made[: most - 1]
        assert shown[-1].text.endswith(NOTE) == (len(made) > most)
        for page in shown:
            assert utf16_len(page.text) <= TEXT_LIMIT
            telegram_rules.formatted(page.text, list(page.entities), TEXT_LIMIT, "empty")


def test_the_last_paragraph_stays_with_its_formatting():
    """Nobody would know whose answer it is, or which numbers are not in the data."""
    made = pages("🚀 word " * 2000 + "\n\n**By** `me`", markdown=True)
    (shown,) = shortened(made, 1, NOTE)
    assert shown.text.endswith(f"word\n\nBy me\n\n{NOTE}")
    ahead = utf16_len(shown.text[: shown.text.index("By me")])
    assert shown.entities == (entity("bold", ahead, 2), entity("code", ahead + 3, 2))
    assert len(shortened(made, 9, NOTE)) == len(made)


def test_formatting_ends_where_the_text_is_cut():
    """Telegram would refuse the message."""
    made = pages(f"```\n{'x ' * 4000}\n```", markdown=True)
    (shown,) = shortened(made, 1, NOTE)
    assert shown.entities == (entity("pre", 0, utf16_len(shown.text) - len(NOTE) - 2),)
