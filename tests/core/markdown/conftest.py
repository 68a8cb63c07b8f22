"""What the tests of Markdown share: texts that a model might write, and what may go from them."""

import re

from hypothesis import strategies as st

_PIECES = (
    "1", "2.5", "64,000", "10000", "0.01", "%", " ", " ", "  ", "\n", "\n\n", "*", "**", "***", "_",
    "__", "~", "~~", "`", "``", "```", "~~~", "+", "-", "- ", "/", "=", "<", ">", ">=", "> ", "^",
    "(", ")", "[", "]", "{", "|", "| ", "|---|", "--|--", "\n|a|b|\n|-|-|\n", "#", "# ", "!", ":",
    ".", "BTC", "ema", "rsi", "price", "重点", "🚀", "é", "\\", "\\(", "\\frac", "$", "&amp;",
    "<br", "<SYMBOL>", "](https://x.org/a_b)", "[Docs](https://x.org)", "https://x.org/a_b*c", "×",
    "²", "\n```python\n", "\n```\n", "\n> ", "\n* ", "\n1. ", "\n- ", "'", '"',
)  # fmt: skip
texts = st.lists(st.sampled_from(_PIECES), max_size=30).map("".join)

# Marks that may go with each style, and what a table, a rule or a bullet adds.
_MARKS = {
    "bold": "*_#", "italic": "*_", "strikethrough": "~", "code": "`", "blockquote": ">",
    "pre": "`~|:-",
}  # fmt: skip
_ADDED = "•—─"
_LINE_END = re.compile("<br ?/?>", re.IGNORECASE)


def characters(text, applied=()):
    """All characters of `text` but spaces, line ends and the marks of what was `applied`."""
    gone = {*_ADDED, *applied}
    return [char for char in _LINE_END.sub("", text) if not char.isspace() and char not in gone]


def applied(found):
    """The marks that may have gone: those of the formatting that `found` really has."""
    marks = {mark for span in found.spans for mark in _MARKS[span.style]}
    if "—" in found.text:
        marks |= set("-*_")
    if "•" in found.text:
        marks.add("*")
    if "http" in found.text:
        marks |= set("[]()!")
    return marks


def with_languages(found):
    """The text with the languages of its blocks of code, which are not part of it."""
    text = found.text
    for span in sorted(found.spans, key=lambda span: -span.start):
        text = text[: span.start] + span.language + text[span.start :]
    return text
